// usage: node decode.mjs PACKAGE MODULE TURBORES FRAME...
//
// Decode frames with camzarr-prores and with TurboRes in turn, in one thread, and print JSON: milliseconds a frame.
import { readFile } from "node:fs/promises";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const [packageFolder, modulePath, turboresFolder, ...paths] = argv.slice(2);
const { createDecoder } = await import(pathToFileURL(`${packageFolder}/src/index.js`).href);
const { Decoder, Frame } = await import(pathToFileURL(`${turboresFolder}/dist/turbores.js`).href);
const frames = await Promise.all(paths.map(async (path) => new Uint8Array(await readFile(path))));
const ours = await createDecoder(pathToFileURL(modulePath));
const theirs = await Decoder.create({ proresFourCc: "apcn", useSharedMemory: false });
if (theirs instanceof Error) throw theirs;
const target = new Frame();

const kinds = {
    ours: (frame) => ours.decode(frame),
    rgba: (frame) => ours.decode(frame, { layout: "rgba" }),
    eighth: (frame) => ours.decode(frame, { layout: "rgba", scale: 8 }),
    async turbores(frame) {
        const result = await theirs.decode(frame, target);
        if (result instanceof Error) throw result;
    },
};
const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
const TURNS = 100, WARM = 30; // the engine compiles what runs often anew
for (let i = 0; i < WARM + TURNS; i++) {
    for (const [kind, decode] of Object.entries(kinds)) {
        const begun = performance.now();
        await decode(frames[i % frames.length]);
        if (i >= WARM) times[kind].push(performance.now() - begun);
    }
}
console.log(JSON.stringify(times));
process.exit(0); // TurboRes keeps workers
