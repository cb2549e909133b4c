// Decoders in workers of their own, so that a page stays responsive and several frames are decoded at once.
import { ProResError } from "./decoder.js";
import { loadModule } from "./index.js";

const here = new URL("./worker.js", import.meta.url);

async function newWorker() {
    if (typeof Worker !== "undefined") return new Worker(here, { type: "module" });
    const { Worker: NodeWorker } = await import("node:worker_threads");
    const worker = new NodeWorker(here);
    return {
        postMessage: (...given) => worker.postMessage(...given),
        terminate: () => worker.terminate(),
        set onmessage(f) { worker.on("message", (data) => f({ data })); },
        set onerror(f) { worker.on("error", (error) => f({ message: error.message })); },
    };
}

export class DecoderPool {
    #idle = [];
    #queue = [];
    #workers = [];
    #closed = false;

    static async create(size = globalThis.navigator?.hardwareConcurrency ?? 2, source) {
        const pool = new DecoderPool();
        const module = await loadModule(source);
        for (let i = 0; i < size; i++) pool.#add(await newWorker(), module);
        return pool;
    }

    #add(worker, module) {
        worker.onmessage = ({ data }) => this.#done(worker, data);
        worker.onerror = ({ message }) => this.#done(worker, { code: -2, message });
        worker.postMessage({ module });
        this.#workers.push(worker);
        this.#idle.push(worker);
    }

    #done(worker, answer) {
        const { resolve, reject } = worker.job;
        worker.job = undefined;
        this.#idle.push(worker);
        if (answer.message === undefined) resolve(answer.picture);
        else reject(new ProResError(answer.code, answer.message));
        this.#next();
    }

    #next() {
        while (this.#idle.length > 0 && this.#queue.length > 0) {
            const worker = this.#idle.pop();
            worker.job = this.#queue.shift();
            worker.postMessage({ frame: worker.job.frame, options: worker.job.options });
        }
    }

    decode(frame, options = {}) {
        if (this.#closed) return Promise.reject(new ProResError(-1, "the pool is closed"));
        return new Promise((resolve, reject) => {
            this.#queue.push({ frame, options, resolve, reject });
            this.#next();
        });
    }

    get waiting() {
        return this.#queue.length;
    }

    close() {
        this.#closed = true;
        for (const job of this.#queue.splice(0)) job.reject(new ProResError(-1, "the pool was closed"));
        for (const worker of this.#workers) {
            worker.job?.reject(new ProResError(-1, "the pool was closed"));
            worker.terminate();
        }
    }
}
