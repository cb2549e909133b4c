// A decoder: an instance of prores.wasm, for one thread.

/** Pixel formats, in the order of prores_layout (prores/prores.h). */
export const LAYOUTS = [
    "native", "yuv422p10le", "yuv444p10le", "yuv444p12le", "gray", "gray16le", "rgb24", "bgr24",
    "rgb48le", "rgba", "yuva444p12le", "yuva444p10le", "gray10le", "rgba64le", "bgr48le",
];
const FIELDS = ["weave", "top", "bottom", "bob-top", "bob-bottom"];
const MATRICES = ["frame", "bt601", "bt709", "bt2020"];
const CODES = new Map([
    [-1, "usage"], [-2, "nomem"], [-9, "corrupt"], [-10, "format"], [-11, "unsupported"],
]);
const CHANNELS = { rgb24: 3, bgr24: 3, rgb48le: 3, bgr48le: 3, rgba: 4, rgba64le: 4 };
const BYTES = new Set(["gray", "rgb24", "bgr24", "rgba"]);

/** Why a frame was not decoded. */
export class ProResError extends Error {
    constructor(code, message) {
        super(message);
        this.name = "ProResError";
        this.code = CODES.get(code) ?? String(code);
    }
}

function number(names, name, what) {
    const found = names.indexOf(name);
    if (found < 0) throw new ProResError(-1, `${what} "${name}": not one of ${names.join(", ")}`);
    return found;
}

function check(options) {
    const known = ["layout", "scale", "region", "fields", "matrix", "conceal"];
    for (const name of Object.keys(options))
        if (!known.includes(name))
            throw new ProResError(-1, `${name}: no such option; ${known.join(", ")}`);
}

export class Decoder {
    #wasm;

    constructor(instance) {
        this.#wasm = instance.exports;
        this.#wasm._initialize();
    }

    /** The planes of the last picture, as they lie in the module's memory. */
    #planes(layout) {
        const wasm = this.#wasm;
        const type = BYTES.has(layout) ? Uint8Array : Uint16Array;
        const channels = CHANNELS[layout] ?? 1;
        const planes = [];
        for (let i = 0, at = wasm.pixels(); i < wasm.planes(); i++) {
            const width = wasm.plane_width(i), height = wasm.plane_height(i);
            const n = width * height * channels;
            planes.push({ width, height, channels, data: new type(wasm.memory.buffer, at, n) });
            at += n * type.BYTES_PER_ELEMENT;
        }
        return planes;
    }

    decode(frame, options = {}) {
        check(options);
        const { layout = "native", scale = 1, region, fields = "weave", matrix = "frame", conceal } = options;
        const [x, y, width, height] = region ?? [0, 0, 0, 0];
        const wasm = this.#wasm;
        const at = wasm.frame(frame.length);
        if (at === 0) throw new ProResError(-2, `frame of ${frame.length} bytes: out of memory`);
        new Uint8Array(wasm.memory.buffer).set(frame, at);
        const code = wasm.decode(
            frame.length, number(LAYOUTS, layout, "layout"), number(FIELDS, fields, "fields"), scale,
            x, y, width, height, number(MATRICES, matrix, "matrix"), conceal ? 1 : 0,
        );
        if (code !== 0) throw new ProResError(code, this.#message());
        return {
            layout,
            width: wasm.width(),
            height: wasm.height(),
            depth: wasm.depth(),
            damaged: wasm.damaged(),
            planes: this.#planes(layout),
        };
    }

    #message() {
        const at = this.#wasm.message();
        const bytes = new Uint8Array(this.#wasm.memory.buffer, at, 768);
        return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
    }
}

/** Functions of WASI that libc names and the decoder never calls. */
function imports(module) {
    const made = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module))
        (made[from] ??= {})[name] = () => 52; // ENOSYS
    return made;
}

export async function instantiate(module) {
    return new Decoder(await WebAssembly.instantiate(module, imports(module)));
}
