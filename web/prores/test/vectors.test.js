// Every vector of tests/vectors: the decoder in WebAssembly gives the bytes that docs/pixels.md defines.
// PRORES_WASM: the module, if it is not beside the package.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { createDecoder, DecoderPool, LAYOUTS, ProResError } from "../src/index.js";

const folder = new URL("../../../tests/vectors/", import.meta.url);
const { vectors } = JSON.parse(await readFile(new URL("vectors.json", folder), "utf8"));
const source = process.env.PRORES_WASM && new URL(`file://${process.env.PRORES_WASM}`);

function sha256(picture) {
    const hash = createHash("sha256");
    for (const { data } of picture.planes) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return hash.digest("hex");
}

function options({ layout, scale, fields, matrix, conceal, region }) {
    return { layout, scale, fields, matrix, conceal, region };
}

test("vectors", async (t) => {
    const decoder = await createDecoder(source);
    let compared = 0;
    for (const vector of vectors) {
        await t.test(vector.name, async () => {
            const frame = await readFile(new URL(vector.frame, folder));
            for (const result of vector.results) {
                assert.equal(sha256(decoder.decode(frame, options(result))), result.sha256, JSON.stringify(options(result)));
                compared++;
            }
            if (vector.damaged) assert.throws(() => decoder.decode(frame), ProResError);
        });
    }
    assert.ok(compared > 100);
});

test("a pool gives the same, whatever the order", async () => {
    const pool = await DecoderPool.create(2, source);
    const jobs = vectors.filter((vector) => !vector.damaged).flatMap((vector) => vector.results.map((r) => [vector, r]));
    const frames = new Map();
    for (const [vector] of jobs) frames.set(vector, await readFile(new URL(vector.frame, folder)));
    const got = await Promise.all(jobs.map(([vector, result]) => pool.decode(frames.get(vector), options(result))));
    got.forEach((picture, i) => assert.equal(sha256(picture), jobs[i][1].sha256));
    await assert.rejects(pool.decode(new Uint8Array(10)), (error) => error instanceof ProResError && error.code === "format");
    assert.equal(pool.waiting, 0);
    const last = pool.decode(frames.values().next().value);
    pool.close();
    await assert.rejects(last, /closed/);
    await assert.rejects(pool.decode(new Uint8Array(10)), /closed/);
});

test("errors", async () => {
    const decoder = await createDecoder(source);
    const frame = await readFile(new URL(vectors[1].frame, folder));
    const fails = (code, bytes, given) =>
        assert.throws(() => decoder.decode(bytes, given), (error) => error instanceof ProResError && error.code === code && error.message.length > 0);
    fails("format", new Uint8Array(0));
    fails("format", new Uint8Array(100));
    fails("usage", frame, { layout: "rgb" });
    fails("usage", frame, { scale: 3 });
    fails("usage", frame, { region: [0, 0, 9999, 1] });
    fails("usage", frame, { colour: true });
    fails("unsupported", frame, { layout: "yuv444p10le" });
    fails("corrupt", frame.subarray(0, frame.length - 100));
    assert.equal(decoder.decode(frame).planes.length, 3, "and goes on");
    for (const layout of LAYOUTS.filter((name) => !name.startsWith("yuv") && name !== "native"))
        assert.ok(decoder.decode(frame, { layout }).planes.length >= 1, layout);
    await assert.rejects(createDecoder(new Uint8Array(8)));
});
