// Asks the book's Python, which runs in a worker, so that the page never waits for it.

// Where the parts of this lie; a page has them beside this module, a notebook gives them as URLs of its own.
const here = (name) => new URL(name, import.meta.url).href;
export const ASSETS = {
  worker: () => here("worker.mjs"),
  micropython: () => here("micropython.mjs"),
  wasm: () => here("micropython.wasm"),
  editor: () => here("editor.mjs"),
};

const LIMIT = 3000; // ms

export class Stopped extends Error {}

export class Python {
  #worker = null;
  #queue = Promise.resolve();
  #asked = 0;
  #starting = null;

  constructor(assets = ASSETS) {
    this.assets = assets;
    this.born = 0; // how many workers there have been
  }

  // The answer to one question. Questions wait for each other; one that takes longer than `limit` ends the worker,
  // raises Stopped, and the next question gets a new worker. `output` is called with every line that is printed;
  // `transfer` lists what is handed over with the question.
  ask(kind, data, { limit = LIMIT, output = () => {}, transfer = [] } = {}) {
    const answer = this.#queue.then(() => this.#ask(kind, data, limit, output, transfer));
    this.#queue = answer.catch(() => {});
    return answer;
  }

  stop() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  // Starts a worker where there is none.
  start() {
    return this.#worker ? Promise.resolve() : (this.#starting ??= this.#start().finally(() => (this.#starting = null)));
  }

  async #start() {
    const worker = new Worker(this.assets.worker(), { type: "module" });
    worker.postMessage({ micropython: this.assets.micropython(), wasm: this.assets.wasm() });
    await new Promise((resolve, reject) => {
      const fail = (event) => {
        event.preventDefault();
        worker.terminate();
        reject(new Error("Python could not be loaded. Is the network there? Then load the page again."));
      };
      worker.onmessage = (event) => (event.data.ready ? resolve() : fail(event));
      worker.onerror = fail;
    });
    this.#worker = worker;
    this.born += 1;
  }

  async #ask(kind, data, limit, output, transfer) {
    await this.start();
    const worker = this.#worker;
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.stop();
        reject(new Stopped(`stopped after ${limit / 1000} seconds: is there a loop that does not end?`));
      }, limit);
      worker.onmessage = ({ data: reply }) => {
        if ("output" in reply) return output(reply.output);
        if (reply.id !== id) return;
        clearTimeout(timer);
        if (reply.broken) {
          this.stop();
          reject(new Stopped(reply.broken));
        } else resolve(reply);
      };
      worker.postMessage({ id, kind, data }, transfer);
    });
  }
}
