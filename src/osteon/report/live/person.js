/**
 * From a person and what is given to one job of the engine: parameters, events, the years before month 0, the match to what
 * was measured there. It mirrors `osteon.simulation` (person, dosing, run_in); every number comes with the page model, and a
 * test holds both to each other.
 *
 * @typedef {object} Scenario
 * @property {object} person keys of `[person]` in a scenario file, numbers in its own units (age in years, spans in days)
 * @property {object[]} regimen keys of `[[regimen]]`: drug, route, amount, every, start, until, duration, adherence, rules
 * @property {object[]} [habit] name, kind or value, start, until
 * @property {object[]} [override] parameter, factor or value, start, until
 * @property {number[]} days rising days that are asked for
 */

const KEPT = 24;

/** Parameters of a person; what is not given follows from age and sex. */
export function parametersOf(engine, person) {
  const { recipe } = engine.page;
  const sex = person.sex ?? "female";
  const female = sex === "female" ? 1 : 0;
  const height = recipe.height[sex];
  const bmi = person.bmi || (person.weight ? person.weight / height ** 2 : recipe.bmi);
  const prior = person.prior_fractures ?? [];
  const values = {
    age_at_start: person.age,
    female,
    bmi,
    body_weight: person.weight || bmi * height ** 2,
    smoking: recipe.smoking[person.smoking ?? "never"],
    alcohol: person.alcohol ?? 0,
    ...menopause(person, sex, recipe),
    ...Object.fromEntries(recipe.fractures.map((kind) => [`prior_${kind}_fractures`, prior.filter((f) => f === kind).length])),
    ...(female ? {} : recipe.peak_of_men),
  };
  const usual = usualOf(engine, { age_at_start: person.age, female, bmi });
  const { baseline = {} } = person;
  const given = {
    vitamin_d_supply: baseline.vitamin_d,
    calcium_intake: baseline.calcium_intake,
    protein_intake: baseline.protein_intake,
    exercise: person.exercise ? recipe.exercise[person.exercise] : null,
    hypogonadism_age: person.hypogonadism_at,
    fat_excess: person.body_fat == null ? null : person.body_fat / 100 - usual.usual_share,
    glucocorticoid: person.glucocorticoid,
    immobilisation: person.immobilised ? recipe.rest[person.immobilised] : null,
    inflammation_burden: person.rheumatoid_arthritis ? recipe.arthritis : null,
    kidney_damage: person.gfr ? 1 - person.gfr / usual.usual_gfr : null,
  };
  for (const [name, value] of Object.entries(given)) if (value != null) values[name] = value;
  return values;
}

function menopause(person, sex, recipe) {
  if (sex === "male") return { menopause_age: recipe.never };
  if (person.surgical_menopause_at != null) {
    return { surgical_menopause_age: person.surgical_menopause_at, menopause_age: recipe.menopause_age };
  }
  if (person.years_since_menopause != null) return { menopause_age: person.age - person.years_since_menopause };
  return { menopause_age: recipe.menopause_age };
}

/** What is usual at this age, sex and body: formulas of the module. */
export function usualOf(engine, values) {
  const found = engine.formulas(engine.matrix(values, 1), 1);
  return Object.fromEntries(engine.page.formulas.map((name, i) => [name, found[i]]));
}

/** First day of each burden, by parameter. */
export function onsetsOf(recipe, person) {
  const have = Object.keys(recipe.burdens).filter((burden) => person[burden]);
  return Object.fromEntries(have.map((b) => [recipe.burdens[b], -(person[`${b}_for`] || recipe.usual_burden)]));
}

/** Days of the doses taken, strictly before `until` and the end; a share `adherence` of them, evenly spread. */
export function doseTimes(regimen, end) {
  const slack = 1e-9;
  let times = [regimen.start];
  if (regimen.every != null) {
    const stop = Math.min(end, regimen.until ?? Infinity);
    const count = Math.max(0, Math.ceil((stop - regimen.start) / regimen.every - slack));
    times = Array.from({ length: count }, (_, k) => regimen.start + regimen.every * k);
  }
  const share = regimen.adherence ?? 1;
  const taken = (k) => Math.floor((k + 1) * share + slack) > Math.floor(k * share + slack);
  return times.filter((time, k) => taken(k) && time < end);
}

/** First day that is run with drugs, habits and overrides in force, or looked at. */
export function beginOf(engine, scenario) {
  const { recipe } = engine.page;
  const starts = [
    ...(scenario.regimen ?? []).map((r) => r.start),
    ...(scenario.habit ?? []).map((h) => h.start),
    ...(scenario.override ?? []).map((o) => o.start ?? recipe.run_in_start),
    ...Object.values(onsetsOf(recipe, scenario.person)),
    scenario.days[0],
  ];
  return Math.min(0, ...starts);
}

/** Everything that happens, from day `begin` on. */
export function scheduleOf(engine, scenario, begin) {
  const schedule = new ScheduleWriter(engine);
  const end = scenario.days.at(-1);
  for (const [name, day] of Object.entries(onsetsOf(engine.page.recipe, scenario.person))) {
    if (day > begin) {
      schedule.parameter(begin, "set", name, 0);
      schedule.parameter(day, "restore", name, 0);
    }
  }
  (scenario.regimen ?? []).forEach((regimen, group) => schedule.regimen(regimen, group, end));
  for (const habit of scenario.habit ?? []) schedule.habit(habit);
  for (const override of scenario.override ?? []) schedule.override(override, begin);
  return { rows: schedule.rows, rules: schedule.rules, slots: schedule.slots };
}

class ScheduleWriter {
  constructor(engine) {
    this.engine = engine;
    this.rows = [];
    this.rules = [];
    this.slots = 0;
  }

  put(time, kind, name, target, value, more = {}) {
    this.rows.push({ time, kind, name, target, value, group: -1, share: -1, slot: -1, ...more });
  }

  parameter(time, kind, name, value) {
    this.put(time, kind, name, this.engine.parameterPlace[name], value);
  }

  regimen(regimen, group, end) {
    const { page } = this.engine;
    const entry = page.entries.find((e) => e.drug === regimen.drug && e.route === regimen.route);
    const times = doseTimes(regimen, end).map((time) => time + entry.lag);
    const name = page.states[entry.state];
    for (const [also, hold] of [[regimen.stop_when, false], [regimen.hold_when, true]]) {
      if (!also?.length) continue;
      this.rules.push({ also, hold });
      const rule = this.rules.length - 1;
      for (const time of times) this.put(time, "check", String(rule), rule, 0, { group });
    }
    for (const time of times) {
      const given = { group, share: entry.share };
      if (regimen.duration > 0) {
        const infusion = { ...given, slot: this.slots++, end: time + regimen.duration };
        this.put(time, "infusion", name, entry.state, regimen.amount, infusion);
      } else this.put(time, "bolus", name, entry.state, regimen.amount, given);
    }
  }

  habit(habit) {
    const { kinds, amounts } = this.engine.page.recipe.habits;
    const named = kinds[habit.name];
    const amount = amounts[habit.name];
    const value = named ? named.values[habit.kind ?? named.usual] : habit.value;
    const name = (named ?? amount).parameter;
    this.parameter(habit.start, amount?.adds ? "add" : "set", name, value);
    if (habit.until != null) this.parameter(habit.until, "restore", name, 0);
  }

  override(override, begin) {
    const start = override.start ?? begin;
    if (override.factor != null) this.parameter(start, "scale", override.parameter, override.factor);
    else this.parameter(start, "set", override.parameter, override.value);
    if (override.until != null) this.parameter(override.until, "restore", override.parameter, 0);
  }
}

/** The undrugged model of the years before, and only those values that it has. */
function before(engine, values) {
  const { runIn } = engine;
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in runIn.parameterPlace));
}

/** (n, states) on day `to` after an undrugged life from the reference adult on; drugs stand at their own start. */
function ranIn(engine, values, n, to, rtol) {
  const { runIn } = engine;
  const states = engine.initial(engine.matrix(values, n), n);
  const matrix = runIn.matrix(before(engine, values), n);
  const begin = engine.page.recipe.run_in_start + Math.min(0, to);
  const { final } = runIn.run({ matrix, start: runIn.initial(matrix, n), n, times: [to], begin, rtol });
  const width = engine.page.states.length;
  runIn.page.states.forEach((name, i) => {
    for (let row = 0; row < n; row++) states[row * width + engine.statePlace[name]] = final[row * runIn.page.states.length + i];
  });
  return states;
}

/** Parameters matched to month 0 and states on day `begin`. */
function started(engine, scenario, given, n, begin, rtol) {
  const { recipe } = engine.page;
  const { baseline = {} } = scenario.person;
  const sites = recipe.sites.filter((site) => baseline[`t_${site}`] != null);
  const target = Object.fromEntries(
    sites.map((site) => [site, recipe.reference[site].mean + recipe.reference[site].sd * baseline[`t_${site}`]]),
  );
  const withoutBurdens = (values) => {
    const off = Object.keys(onsetsOf(recipe, scenario.person)).map((name) => [name, 0]);
    return { ...values, ...Object.fromEntries(off) };
  };
  const schedule = scheduleOf(engine, scenario, begin);
  const monthZero = (values) => {
    const start = ranIn(engine, withoutBurdens(values), n, begin, rtol);
    const got = engine.run({ matrix: engine.matrix(values, n), start, n, times: [0], begin, schedule, rtol });
    return (name) => column(engine, got.values, n, name);
  };
  let values = given;
  if (sites.length) values = { ...values, ...surfaces(engine, withoutBurdens(values), target, n, rtol) };
  if (baseline.turnover != null) values = { ...values, ...turnover(engine, values, baseline.turnover, n, monthZero) };
  if (sites.length) values = { ...values, ...peaks(engine, values, target, n, monthZero) };
  return { values, states: ranIn(engine, withoutBurdens(values), n, begin, rtol) };
}

/** Sparseness of each compartment, by the first site known of those that tell it: what the usual peak would leave over what there is. */
function surfaces(engine, values, target, n, rtol) {
  const { runIn } = engine;
  const { sparseness_range: [low, high], run_in_start: begin, sparse_as: told } = engine.page.recipe;
  const matrix = runIn.matrix(before(engine, values), n);
  const got = runIn.run({ matrix, start: runIn.initial(matrix, n), n, times: [0], begin, rtol });
  const found = {};
  for (const [part, sites] of Object.entries(told)) {
    const site = sites.find((name) => target[name] !== undefined);
    if (site === undefined) continue;
    const usual = column(runIn, got.values, n, `bmd_${site}`);
    found[`sparseness_${part}`] = usual.map((value) => clip(value / target[site], low, high));
  }
  return found;
}

/** Remodelling intensity that shows the turnover measured; secants in logs. */
function turnover(engine, values, measured, n, monthZero) {
  const { passes, power_range: [least, most], scale_range: [low, high] } = engine.page.recipe.turnover;
  let scale = new Array(n).fill(1);
  let power = new Array(n).fill(1);
  let earlier = null;
  for (let pass = 0; pass < passes; pass++) {
    const reached = monthZero({ ...values, ...(pass ? { turnover_scale: scale } : {}) });
    const found = reached("resorption").map((value, i) => value * scale[i]);
    if (earlier) {
      power = power.map((old, i) => {
        const step = engine.log(scale[i] / earlier.scale[i]);
        return Math.abs(step) > 1e-9 ? engine.log(found[i] / earlier.found[i]) / step : old;
      });
    }
    earlier = { scale, found };
    scale = scale.map((old, i) => clip(old * engine.power(measured / found[i], 1 / clip(power[i], least, most)), low, high));
  }
  return { turnover_scale: scale };
}

/** Peak bone mass that gives the T-scores measured: BMD is linear in it. */
function peaks(engine, values, target, n, monthZero) {
  const reached = monthZero(values);
  return Object.fromEntries(
    Object.entries(target).map(([site, bmd]) => {
      const name = `peak_bmd_${site}`;
      const peak = values[name] ?? engine.page.defaults[engine.parameterPlace[name]];
      return [name, reached(`bmd_${site}`).map((got, i) => ((typeof peak === "number" ? peak : peak[i]) * bmd) / got)];
    }),
  );
}

/** One output at the first time asked for, of n persons. */
function column(engine, values, n, name) {
  const stride = values.length / n;
  return Array.from({ length: n }, (_, row) => values[row * stride + engine.outputPlace[name]]);
}

function clip(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/**
 * Simulate a scenario.
 * @param {Engine} engine with `runIn`, the engine of the undrugged model
 * @param {Scenario} scenario
 * @param {{rtol: number, draws?: number[], table?: string}} options draws: which parameter sets, 0 the typical one; table:
 *   "draws" of what is not known, or "people" for how persons differ
 * @returns {{times: number[], values: Float64Array, failed: boolean[], given: number[]}} values (draws, times, outputs)
 */
export function simulate(engine, scenario, { rtol, draws = [0], table = "draws" }) {
  const n = draws.length;
  const begin = beginOf(engine, scenario);
  const schedule = scheduleOf(engine, scenario, begin);
  const { values, states } = remembered(engine, scenario, schedule, { begin, rtol, draws, table });
  const asked = [...new Set([Math.min(0, scenario.days[0]), 0, ...scenario.days])];
  const times = asked.sort((a, b) => a - b).filter((time) => time >= begin);
  const got = engine.run({ matrix: engine.matrix(values, n), start: states, n, times, begin, schedule, rtol });
  return { times, values: got.values, failed: got.failed, given: got.given };
}

/** The start of this person, kept for as long as nothing before month 0 changes. */
function remembered(engine, scenario, schedule, { begin, rtol, draws, table }) {
  const past = schedule.rows.filter((row) => row.time < 0);
  const key = JSON.stringify([scenario.person, past, past.length ? schedule.rules : [], begin, rtol, draws, table]);
  engine.starts ??= new Map();
  let found = engine.starts.get(key);
  if (!found) {
    const own = parametersOf(engine, scenario.person);
    found = started(engine, scenario, { ...own, ...drawn(engine, own, draws, table) }, draws.length, begin, rtol);
    engine.starts.set(key, found);
    if (engine.starts.size > KEPT) engine.starts.delete(engine.starts.keys().next().value);
  }
  return found;
}

/** Values of parameters that are not known or that differ, a number a draw; what a person brings herself is hers. */
function drawn(engine, own, draws, table) {
  if (draws.length === 1 && draws[0] === 0) return {};
  const free = Object.entries(engine.page[table]).filter(([name]) => !(name in own));
  return Object.fromEntries(free.map(([name, values]) => [name, draws.map((draw) => values[draw])]));
}

/**
 * Persons of a cohort, matched and run up to month 0 beforehand, on one plan.
 * @param {Engine} engine
 * @param {{scenario: Scenario, people: number[], rtol: number}} job scenario: what is given, from month 0 on
 */
export function simulateCohort(engine, { scenario, people, rtol }) {
  const { cohort } = engine.page;
  const n = people.length;
  const pick = (column) => people.map((i) => column[i]);
  const values = Object.fromEntries(Object.entries(cohort.parameters).map(([name, column]) => [name, pick(column)]));
  const start = engine.initial(engine.matrix(values, n), n);
  const width = engine.page.states.length;
  for (const [name, column] of Object.entries(cohort.states)) {
    const place = engine.statePlace[name];
    people.forEach((i, row) => (start[row * width + place] = column[i]));
  }
  const schedule = scheduleOf(engine, { ...scenario, person: {} }, 0);
  const times = scenario.days.filter((day) => day >= 0);
  const got = engine.run({ matrix: engine.matrix(values, n), start, n, times, begin: 0, schedule, rtol });
  return { times, values: got.values, failed: got.failed, given: got.given };
}
