/**
 * A worker: it has one job at a time, small ones, and answers with the values of the outputs that were asked for.
 * @typedef {{stamp: number, what: string, scenario: object, draws: number[], table: string, rtol: number, names?: string[]}} Job
 */

let workerEngine = null;

/** What a worker does with a message: first the model, then jobs. */
function work({ data }) {
  if (data.page) {
    workerEngine = engineOf(data);
    postMessage({ ready: true });
    return;
  }
  const began = performance.now();
  const answer = { stamp: data.stamp, what: data.what, draws: data.draws, rtol: data.rtol };
  try {
    const got = data.cohort ? simulateCohort(workerEngine, data) : simulate(workerEngine, data.scenario, data);
    const names = data.names ?? workerEngine.page.outputs;
    const values = picked(workerEngine, got.values, names);
    Object.assign(answer, { times: got.times, given: got.given, failed: got.failed, names, values, ms: performance.now() - began });
    postMessage(answer, [values.buffer]);
  } catch (error) {
    postMessage({ ...answer, error: String(error.message ?? error) });
  }
}

/** Only the outputs of these names, in their order. */
function picked(engine, values, names) {
  const width = engine.page.outputs.length;
  if (names.length === width) return values;
  const columns = names.map((name) => engine.outputPlace[name]);
  const rows = values.length / width;
  const found = new Float64Array(rows * columns.length);
  for (let row = 0; row < rows; row++) columns.forEach((at, i) => (found[row * columns.length + i] = values[row * width + at]));
  return found;
}

onmessage = work;
