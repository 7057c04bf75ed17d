/**
 * The compiled model in the browser: its memory, one job of the driver, its events. It knows no drug and no biology.
 *
 * What the driver is given, in which order, and what the codes of events are comes with the page model (`page.engine`),
 * read from the Python code that runs natively.
 */

const ALIGN = 64;
const WASM_PAGE = 65536;
const STACK = 262144;
const WORD = 8;

/**
 * @typedef {object} EventRow An event of one person, as in `osteon.engine.events.Event`.
 * @property {number} time day
 * @property {string} kind name of the kind of event
 * @property {string} name target as a name, which orders events of one instant
 * @property {number} target place of the state or parameter
 * @property {number} value of an infusion the whole amount
 * @property {number} [end] day on which an infusion ends
 * @property {number} group of a regimen, -1 for none
 * @property {number} share place of the bioavailability, -1 for none
 * @property {number} slot which infusion starts or ends, -1 for none
 */

/** @typedef {{also: {quantity: string, operator: string, level: number}[], hold: boolean}} Rule */
/** @typedef {{rows: EventRow[], rules: Rule[], slots: number}} Schedule */

export class Engine {
  /**
   * @param {object} page the page model: names, defaults, sizes, layout
   * @param {WebAssembly.Module} module
   */
  constructor(page, module) {
    this.page = page;
    this.memory = new WebAssembly.Memory({ initial: 32, maximum: 8192 });
    const env = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: true }, STACK),
      __indirect_function_table: new WebAssembly.Table({ initial: 64, element: "anyfunc" }),
    };
    this.code = new WebAssembly.Instance(module, { env }).exports;
    this.lanes = page.sizes.lanes;
    this.parameterPlace = places(page.parameters);
    this.statePlace = places(page.states);
    this.outputPlace = places(page.outputs);
  }

  /**
   * Parameters of n persons or draws: defaults with values over them.
   * @param {Object<string, number|ArrayLike<number>>} values a number, or n numbers, each
   * @param {number} n
   * @returns {Float64Array} (n, parameters)
   */
  matrix(values, n) {
    const width = this.page.parameters.length;
    const matrix = new Float64Array(n * width);
    for (let row = 0; row < n; row++) matrix.set(this.page.defaults, row * width);
    for (const [name, value] of Object.entries(values)) {
      const place = this.parameterPlace[name];
      if (place === undefined) throw new Error(`The model has no parameter '${name}'.`);
      for (let row = 0; row < n; row++) matrix[row * width + place] = typeof value === "number" ? value : value[row];
    }
    return matrix;
  }

  /** States of the model's own start, (n, states). @param {Float64Array} matrix @param {number} n */
  initial(matrix, n) {
    return this._formulas("initial", matrix, n, this.page.states.length);
  }

  /** What follows from parameters alone, (n, formulas); names are those of `page.formulas`. */
  formulas(matrix, n) {
    return this._formulas("formulas", matrix, n, this.page.formulas.length);
  }

  _formulas(name, matrix, n, width) {
    const { lanes } = this;
    const inputs = this.page.parameters.length;
    this.top = STACK;
    const own = this._room(WORD * inputs * lanes);
    const out = this._room(WORD * width * lanes);
    const found = new Float64Array(n * width);
    for (let first = 0; first < n; first += lanes) {
      const given = this._numbers(own, inputs * lanes);
      for (let lane = 0; lane < lanes; lane++) {
        const row = Math.min(first + lane, n - 1);
        for (let i = 0; i < inputs; i++) given[i * lanes + lane] = matrix[row * inputs + i];
      }
      this.code[name](own, out);
      const got = this._numbers(out, width * lanes);
      for (let lane = 0; lane < lanes && first + lane < n; lane++) {
        for (let i = 0; i < width; i++) found[(first + lane) * width + i] = got[i * lanes + lane];
      }
    }
    return found;
  }

  /** The power that the driver itself takes, so that every browser gets the same bits. */
  power(base, exponent) {
    return this.code.power_of(base, exponent);
  }

  /** The natural logarithm by the same polynomials. */
  log(x) {
    return this.code.log_of(x);
  }

  /**
   * Integrate n persons who share a schedule.
   * @param {{matrix: Float64Array, start: Float64Array, n: number, times: number[], begin: number, schedule?: Schedule, rtol: number}} job
   *   start: (n, states) on day `begin`; times: rising days
   * @returns {{values: Float64Array, final: Float64Array, failed: boolean[], steps: number[], given: number[]}}
   *   values (n, times, outputs), final (n, states); given: doses of each group that the first was given
   */
  run(job) {
    const { page, lanes } = this;
    const sizes = { n: job.n, times: job.times.length, states: page.states.length, outputs: page.outputs.length };
    const schedule = sorted(job.schedule ?? { rows: [], rules: [], slots: 0 }, page.engine);
    this.top = STACK;
    const blocks = this._blocks(job, schedule, sizes);
    const work = {};
    for (const [name, rows] of Object.entries(page.work)) work[name] = this._room(WORD * rows * lanes);
    const words = page.engine.layout.flatMap(([part, fields]) =>
      fields.flatMap(([field]) => (part === "code" ? this._call(field, blocks, work) : blocks[field].words)),
    );
    const frame = this._room(WORD * words.length);
    new Uint8Array(this.memory.buffer, STACK, this.top - STACK).fill(0);
    for (const block of Object.values(blocks)) this._fill(block);
    this._tolerances(work, job.rtol);
    this._integers(frame, words.length).set(words.map(BigInt));
    this.code.drive(frame);
    return this._results(blocks, sizes);
  }

  _blocks(job, schedule, { n, times, states, outputs }) {
    const { page, lanes } = this;
    const { engine } = page;
    const width = page.parameters.length;
    const events = schedule.rows.length;
    const looks = schedule.rules.flatMap((rule) => rule.also);
    const lasts = schedule.rules.reduce((found, rule) => [...found, found.at(-1) + rule.also.length], [0]);
    const column = (name) => schedule.rows.map((row) => row[name]);
    const setting = [job.begin, engine.first_step, engine.max_step, engine.max_steps, -1 / page.sizes.order];
    const kinds = schedule.rows.map((row) => engine.kinds[row.kind]);
    const mark = new Array(engine.marks * lanes).fill(0).fill(-1, 0, lanes);
    const block = (kind, shape, values) => this._block(kind, shape, values);
    return {
      parameters: block("f", [n, width], job.matrix),
      start_state: block("f", [n, states], job.start),
      home: block("f", [n, states], job.start),
      times: block("f", [times], job.times),
      schedule: block("i", [n]),
      first_event: block("i", [2], [0, events]),
      when: block("f", [2, events], [...column("time"), ...column("value")]),
      what: block("i", [5, events], [...kinds, ...column("target"), ...column("group"), ...column("share"), ...column("slot")]),
      rule_first: block("i", [schedule.rules.length + 1], lasts),
      rule_hold: block("i", [schedule.rules.length], schedule.rules.map((rule) => (rule.hold ? 1 : 0))),
      guard: block("i", [2, looks.length], [
        ...looks.map((look) => this.outputPlace[look.quantity]),
        ...looks.map((look) => engine.operators.indexOf(look.operator)),
      ]),
      guard_level: block("f", [looks.length], looks.map((look) => look.level)),
      setting: block("f", [setting.length], setting),
      now: block("f", [engine.nows, lanes]),
      mark: block("i", [engine.marks, lanes], mark),
      body: block("f", [3, states, lanes]),
      own: block("f", [width, lanes]),
      out: block("f", [Math.max(outputs, 1), lanes]),
      rules: block("b", [2, Math.max(schedule.groups, 1), lanes]),
      running: block("f", [Math.max(schedule.slots, 1), lanes]),
      infusing: block("i", [states, lanes]),
      after: block("f", [1 + states, lanes]),
      values: block("f", [n, times, outputs]),
      final: block("f", [n, states]),
      count: block("i", [2 + schedule.groups, n]),
      delivered: block("f", [n, states]),
    };
  }

  _block(kind, shape, values) {
    const length = shape.reduce((product, axis) => product * axis, 1);
    const at = this._room(length * (kind === "b" ? 1 : WORD));
    return { kind, at, length, values, words: [at, ...shape] };
  }

  _fill({ kind, at, length, values }) {
    if (!values || !length) return;
    if (kind === "f") this._numbers(at, length).set(values);
    else this._integers(at, length).set(Array.from(values, BigInt));
  }

  /** Place of a function of the kernel in the table, or addresses of all that it is called with. */
  _call(field, blocks, work) {
    const { calls, rows } = this.page.engine;
    if (!calls[field]) return [this.code[`at_${field}`]()];
    return calls[field].map((name) => {
      if (name in work) return work[name];
      if (!(name in rows)) return blocks[name].at;
      const [array, row] = rows[name]; // before the blocks: what was delivered to a lane is not what is handed back
      const [, , ...inner] = blocks[array].words;
      return blocks[array].at + WORD * row * inner.reduce((product, axis) => product * axis, 1);
    });
  }

  /** What is looser than the command line is a sketch, which need not follow what is left of a dose as far down. */
  _tolerances(work, rtol) {
    const { page, lanes } = this;
    const tolerance = this._numbers(work.tolerance, page.scale.length * lanes);
    const { absolute_share, sketch_share, rtol: resting } = page.engine;
    const share = (rtol > resting ? sketch_share : absolute_share) * rtol;
    page.scale.forEach((scale, i) => tolerance.fill(scale * share, i * lanes, (i + 1) * lanes));
    this._numbers(work.relative, lanes).fill(rtol);
  }

  _results(blocks, { n, times, states, outputs }) {
    const count = this._integers(blocks.count.at, blocks.count.length);
    const groups = blocks.count.length / n - 2;
    return {
      values: this._numbers(blocks.values.at, n * times * outputs).slice(),
      final: this._numbers(blocks.final.at, n * states).slice(),
      failed: Array.from(count.subarray(0, n), (status) => status !== 0n),
      steps: Array.from(count.subarray(n, 2 * n), Number),
      given: Array.from({ length: groups }, (_, g) => Number(count[(2 + g) * n])),
    };
  }

  _room(bytes) {
    const at = Math.ceil(this.top / ALIGN) * ALIGN;
    this.top = at + bytes;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / WASM_PAGE) + 16);
    return at;
  }

  _numbers(at, length) {
    return new Float64Array(this.memory.buffer, at, length);
  }

  _integers(at, length) {
    return new BigInt64Array(this.memory.buffer, at, length);
  }
}

/** Place of every name in a list. @param {string[]} names @returns {Object<string, number>} */
export function places(names) {
  return Object.fromEntries(names.map((name, i) => [name, i]));
}

/** Rows for the driver, in its order: all of one instant at one time, of an infusion its start and its end. */
function sorted(schedule, engine) {
  const rank = (row) => engine.rank[row.kind];
  const rows = startsAndEnds(onInstants(schedule.rows, engine)).sort(
    (a, b) => a.time - b.time || rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const groups = rows.reduce((most, row) => Math.max(most, row.group), -1) + 1;
  return { rows, groups, rules: schedule.rules, slots: schedule.slots };
}

/** What happens at one instant has one time; an infusion that is over within its instant is a bolus. */
function onInstants(rows, engine) {
  const reach = (time) => time + Math.max(engine.instant.floor, engine.instant.share * Math.abs(time));
  const brief = rows.map((row) => row.kind === "infusion" && row.end <= reach(row.time));
  const ends = rows.filter((row, i) => row.kind === "infusion" && !brief[i]).map((row) => row.end);
  const now = new Map();
  let anchor = -Infinity;
  for (const time of Float64Array.from([...rows.map((row) => row.time), ...ends]).sort()) {
    if (time <= reach(anchor)) now.set(time, anchor);
    else anchor = time;
  }
  const moved = (time) => now.get(time) ?? time;
  return rows.map((row, i) => {
    if (brief[i]) return { ...row, time: moved(row.time), kind: "bolus", slot: -1 };
    return row.kind === "infusion" ? { ...row, time: moved(row.time), end: moved(row.end) } : { ...row, time: moved(row.time) };
  });
}

function startsAndEnds(rows) {
  return rows.flatMap((row) => {
    if (row.kind !== "infusion") return [row];
    const start = { ...row, value: row.value / (row.end - row.time) };
    return [start, { ...row, time: row.end, kind: "end", value: 0, share: -1 }];
  });
}
