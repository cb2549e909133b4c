export { Decoder, LAYOUTS, ProResError } from "./decoder.js";
export { DecoderPool } from "./pool.js";
import { instantiate } from "./decoder.js";

let compiled;

/** The module of this package, compiled once. */
export function loadModule(source) {
    if (source !== undefined) return compile(source);
    return (compiled ??= compile(new URL("../prores.wasm", import.meta.url)));
}

async function compile(source) {
    if (source instanceof WebAssembly.Module) return source;
    if (!(source instanceof URL) && typeof source !== "string") return WebAssembly.compile(source);
    const url = new URL(source, import.meta.url);
    if (url.protocol === "file:") {
        const { readFile } = await import("node:fs/promises");
        return WebAssembly.compile(await readFile(url));
    }
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
    return WebAssembly.compile(await answer.arrayBuffer());
}

export async function createDecoder(source) {
    return instantiate(await loadModule(source));
}
