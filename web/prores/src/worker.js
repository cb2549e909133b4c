// The worker of DecoderPool: one decoder.
import { instantiate } from "./decoder.js";

const port = typeof self !== "undefined" && self.postMessage ? self : (await import("node:worker_threads")).parentPort;
let decoder;

async function answer({ module, frame, options }) {
    if (module) {
        decoder = instantiate(module);
        return;
    }
    try {
        const picture = (await decoder).decode(frame, options);
        for (const plane of picture.planes) plane.data = plane.data.slice();
        port.postMessage({ picture }, picture.planes.map((plane) => plane.data.buffer));
    } catch (error) {
        port.postMessage({ code: error.code, message: error.message });
    }
}

if (port.on) port.on("message", answer);
else port.onmessage = ({ data }) => answer(data);
