/** The packed model of the page becomes an engine: base64, gzip, compile. Nothing is asked from anywhere. */

import { Engine } from "./engine.js";

/** Bytes of a text in base64, unzipped. @param {string} text @returns {Promise<Uint8Array>} */
export async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * The parts of a packed model, ready to be sent to workers.
 * @param {{data: string, module: string, run_in: string}} packed
 * @returns {Promise<{page: object, module: WebAssembly.Module, runIn: WebAssembly.Module}>}
 */
export async function compiled(packed) {
  const [data, module, runIn] = await Promise.all([packed.data, packed.module, packed.run_in].map(unpacked));
  const modules = await Promise.all([module, runIn].map((bytes) => WebAssembly.compile(bytes)));
  return { page: JSON.parse(new TextDecoder().decode(data)), module: modules[0], runIn: modules[1] };
}

/** An engine with that of the years before month 0. */
export function engineOf({ page, module, runIn }) {
  const engine = new Engine(page, module);
  engine.runIn = new Engine(page.run_in, runIn);
  return engine;
}
