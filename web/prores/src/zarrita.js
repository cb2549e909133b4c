// The codec `camzarr.prores` for zarrita.
import { createDecoder, ProResError } from "./index.js";

const VERSION = 1; // of the arithmetic, docs/pixels.md

class ProresCodec {
    kind = "array_to_bytes";
    #decoder;
    #options;
    #shape;

    constructor(decoder, configuration, meta) {
        const { version, layout, matrix, fields = "weave" } = configuration ?? {};
        if (version !== VERSION)
            throw new ProResError(-11, `camzarr.prores: version ${version}; this decoder has ${VERSION}`);
        this.#decoder = decoder;
        this.#options = { layout, matrix, fields };
        this.#shape = meta.shape;
    }

    encode() {
        throw new ProResError(-11, "camzarr.prores only decodes");
    }

    decode(bytes) {
        const { planes } = this.#decoder.decode(bytes, this.#options);
        const data = planes[0].data.slice();
        const size = this.#shape.reduce((product, n) => product * n, 1);
        if (planes.length !== 1 || data.length !== size)
            throw new ProResError(-10, `frame of ${planes[0].width} x ${planes[0].height}: not ${this.#shape}`);
        const stride = this.#shape.map((_, i) => this.#shape.slice(i + 1).reduce((product, n) => product * n, 1));
        return { data, shape: this.#shape, stride };
    }
}

export function register(registry, source) {
    registry.set("camzarr.prores", async () => {
        const decoder = await createDecoder(source);
        return { kind: "array_to_bytes", fromConfig: (configuration, meta) => new ProresCodec(decoder, configuration, meta) };
    });
}
