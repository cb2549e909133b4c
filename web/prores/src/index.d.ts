/** Pixel formats, by FFmpeg's names; "native": the planes as recorded, 10 bit (4:2:2) or 12 bit (4:4:4). */
export type Layout =
    | "native" | "yuv422p10le" | "yuv444p10le" | "yuv444p12le" | "yuva444p10le" | "yuva444p12le"
    | "gray" | "gray10le" | "gray16le" | "rgb24" | "bgr24" | "rgba" | "rgb48le" | "bgr48le" | "rgba64le";
export declare const LAYOUTS: readonly Layout[];

export interface DecodeOptions {
    /** Default: "native". */
    layout?: Layout;
    /** The result is 1/scale as wide and high, rounded up. Default: 1. */
    scale?: 1 | 2 | 4 | 8;
    /** x, y, width, height in pixels of the result; only slices that it intersects are decoded. */
    region?: [number, number, number, number];
    /** Of an interlaced frame. Default: "weave", both. */
    fields?: "weave" | "top" | "bottom" | "bob-top" | "bob-bottom";
    /** From Y'CbCr to RGB. Default: "frame", what the frame's header says. */
    matrix?: "frame" | "bt601" | "bt709" | "bt2020";
    /** Fill damaged slices with grey and count them, instead of an error. */
    conceal?: boolean;
}

export interface Plane {
    width: number;
    height: number;
    /** Values of a pixel: 3 or 4 where they are packed, else 1. */
    channels: number;
    /** Rows without padding; Uint16Array for layouts of more than 8 bits. */
    data: Uint8Array | Uint16Array;
}

export interface Picture {
    layout: Layout;
    width: number;
    height: number;
    /** Significant bits of a value: 8, 10, 12 or 16. */
    depth: number;
    /** Slices that could not be decoded; 0 without `conceal`. */
    damaged: number;
    planes: Plane[];
}

/** Why a frame was not decoded. code: "usage", "nomem", "corrupt", "format" or "unsupported". */
export declare class ProResError extends Error {
    readonly code: string;
}

/** A decoder for one frame at a time, on the calling thread. */
export declare class Decoder {
    private constructor();
    /**
     * Decode one ProRes frame. The planes lie in the decoder's memory: they are valid until its next call; copy
     * them (`data.slice()`) to keep them. Throws ProResError.
     */
    decode(frame: Uint8Array, options?: DecodeOptions): Picture;
}

/** Decoders in workers. Pictures own their memory; they are given in the order in which they are complete. */
export declare class DecoderPool {
    private constructor();
    /** size: number of workers, by default one for each processor. source: as in loadModule(). */
    static create(size?: number, source?: Source): Promise<DecoderPool>;
    decode(frame: Uint8Array, options?: DecodeOptions): Promise<Picture>;
    /** Frames that wait for a worker. */
    readonly waiting: number;
    /** End the workers; what is not complete is rejected. */
    close(): void;
}

/** Where the module is: its address, its bytes, or a compiled one. By default prores.wasm of this package. */
export type Source = URL | string | BufferSource | WebAssembly.Module;
export declare function loadModule(source?: Source): Promise<WebAssembly.Module>;
export declare function createDecoder(source?: Source): Promise<Decoder>;
