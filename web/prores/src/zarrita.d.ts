import type { Source } from "./index.js";

/** Make zarrita read arrays of camzarr: `register(zarrita.registry)`. source: as in loadModule(). */
export declare function register(registry: Map<string, () => Promise<unknown>>, source?: Source): void;
