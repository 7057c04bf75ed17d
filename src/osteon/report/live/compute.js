/**
 * Workers that compute for the page. The newest question wins: a worker that is busy finishes its small job and then takes
 * the newest; answers to older questions are dropped. The first worker does nothing but lines while something moves, so that
 * a curve never waits for a band or for exact numbers. After the reader has rested, the others compute everything again at
 * the tolerance of the command line, so that what stands still on screen is what `osteon simulate` says.
 */

const DRAWS_A_JOB = 8;
const REST = 200;

export class Computer {
  /**
   * @param {{page: object, module: WebAssembly.Module, runIn: WebAssembly.Module}} parts
   * @param {string} text source of the workers
   * @param {(answer: object) => void} heard called with every answer to the newest question
   */
  constructor(parts, text, heard) {
    this.heard = heard;
    this.stamp = 0;
    this.jobs = [];
    this.timer = 0;
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const size = Math.max(2, Math.min(4, navigator.hardwareConcurrency ?? 2));
    this.workers = Array.from({ length: size }, () => new Worker(address));
    this.ready = Promise.all(this.workers.map((worker) => this._begin(worker, parts)));
  }

  _begin(worker, parts) {
    return new Promise((done) => {
      worker.onmessage = () => {
        worker.onmessage = ({ data }) => this._answered(worker, data);
        done();
      };
      worker.postMessage(parts);
    });
  }

  /**
   * Ask anew.
   * @param {(rtol: number) => object[]} jobs makes the jobs for a tolerance, the most urgent first
   * @param {{moving: number, resting: number}} tolerance
   */
  ask(jobs, tolerance) {
    clearTimeout(this.timer);
    this._queue(jobs(tolerance.moving), true);
    this.later = () => this._queue(jobs(tolerance.resting), false);
    this.timer = setTimeout(() => this._rest(), REST);
  }

  /** The same at the tolerance of the command line, once the quick answers are whole and the reader rests. */
  _rest() {
    const waiting = this.jobs.length || this.workers.some((worker) => worker.busy);
    if (!this.later || waiting || performance.now() - this.asked < REST) return;
    const later = this.later;
    this.later = null;
    later();
  }

  _queue(jobs, moving) {
    this.stamp += 1;
    this.jobs = jobs.map((job) => ({ ...job, stamp: this.stamp, quick: moving && (job.draws?.length === 1 || Boolean(job.cohort)) }));
    this.asked = performance.now();
    this.workers.forEach((worker) => this._give(worker));
  }

  _give(worker) {
    const next = worker === this.workers[0] ? this.jobs.findIndex((job) => job.quick) : 0;
    if (worker.busy || next < 0 || next >= this.jobs.length) return;
    worker.busy = true;
    worker.postMessage(this.jobs.splice(next, 1)[0]);
  }

  _answered(worker, answer) {
    worker.busy = false;
    this._give(worker);
    if (answer.stamp === this.stamp) this.heard({ ...answer, waited: performance.now() - this.asked, left: this.jobs.length });
    this._rest();
  }
}

/** Draws 1 to n in jobs of a few, so that no job is long. @returns {number[][]} */
export function portions(n) {
  const found = [];
  for (let first = 1; first <= n; first += DRAWS_A_JOB) {
    found.push(Array.from({ length: Math.min(DRAWS_A_JOB, n + 1 - first) }, (_, i) => first + i));
  }
  return found;
}
