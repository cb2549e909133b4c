// A store's frames through zarrita. ZARRITA: its node_modules; CLIP: a clip's folder; PIXELS: the clip as rgb24.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { register } from "../src/zarrita.js";

const { ZARRITA, CLIP, PIXELS, PRORES_WASM } = process.env;

test("zarrita reads frames", { skip: !ZARRITA }, async () => {
    const zarr = await import(`${ZARRITA}/zarrita/dist/src/index.js`);
    const { default: FileSystemStore } = await import(`${ZARRITA}/@zarrita/storage/dist/src/fs.js`);
    register(zarr.registry, PRORES_WASM && new URL(`file://${PRORES_WASM}`));
    const array = await zarr.open(zarr.root(new FileSystemStore(CLIP)).resolve("video/video"), { kind: "array" });
    const expected = await readFile(PIXELS);
    const [frames, height, width, channels] = array.shape;
    const bytes = height * width * channels;
    assert.equal(expected.length, frames * bytes);
    for (const i of [0, frames - 1, frames >> 1]) {
        const { data, shape } = await zarr.get(array, [i, null, null, null]);
        assert.deepEqual(shape, [height, width, channels]);
        assert.ok(Buffer.from(data).equals(expected.subarray(i * bytes, (i + 1) * bytes)), `frame ${i}`);
    }
    const part = await zarr.get(array, [1, zarr.slice(2, 5), zarr.slice(3, 9), null]);
    assert.deepEqual(part.shape, [3, 6, 3]);
});
