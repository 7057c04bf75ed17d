/**
 * What the reader has set: the person, two plans, how long, which screen. Plain data: it is what undo, the link and the
 * scenario file are made of. Months count from month 0; amounts are in the unit of the drug's card.
 *
 * @typedef {{drug: string, route: string, amount: number, every: number, from: number, until: number, adherence: number,
 *   stop: null|{quantity: string, operator: string, level: number}, hold: null|object}} Course one drug given for a while
 * @typedef {{name: string, kind?: string, value?: number, from: number, until: number|null}} Habit
 * @typedef {{person: object, plans: Course[][], habits: Habit[], overrides: object[], months: number, screen: string, arm: string}} State
 */

/** Earlier states, so that whatever was done can be undone. */
export class Past {
  constructor(state) {
    this.states = [JSON.stringify(state)];
    this.at = 0;
  }

  /** Remember a state; what had been undone before is gone. */
  add(state) {
    const text = JSON.stringify(state);
    if (text === this.states[this.at]) return;
    this.states = [...this.states.slice(0, this.at + 1), text].slice(-100);
    this.at = this.states.length - 1;
  }

  /** The state `steps` away, or null. */
  go(steps) {
    const at = this.at + steps;
    if (at < 0 || at >= this.states.length) return null;
    this.at = at;
    return JSON.parse(this.states[at]);
  }
}

/** A state as the end of a link. @param {State} state */
export function toLink(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The state that a link names, laid over the usual one; null where it is none. */
export function fromLink(link, usual) {
  try {
    const text = atob(link.replace(/^#/, "").replace(/-/g, "+").replace(/_/g, "/"));
    const found = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
    const whole = found && typeof found.person === "object" && Array.isArray(found.plans) && found.plans.every(Array.isArray);
    return whole ? { ...usual, ...found, person: { ...found.person } } : null;
  } catch {
    return null;
  }
}

const OPERATORS_OF_RULES = ["<", "<=", ">", ">="];
const PLAIN_WORDS = /^[\w .,:/%()+-]{0,100}$/;

/**
 * Whether a state that came from elsewhere (a link, a saved file) holds nothing but numbers and plain words, and names only what
 * this page has. What does not is refused whole: nothing of it is ever put into the page.
 */
export function sound(state, about, parameters) {
  const { plans, habits = [], overrides = [], months } = state;
  const rule = (one) => one == null || (one.quantity in about.outputs && OPERATORS_OF_RULES.includes(one.operator) && Number.isFinite(one.level));
  const numbers = (row, keys) => keys.every((key) => Number.isFinite(row[key]));
  const course = (row) =>
    about.drugs[row.drug]?.routes.includes(row.route) && numbers(row, ["amount", "every", "from", "until", "adherence"]) && row.every > 0 && rule(row.stop) && rule(row.hold);
  return (
    harmless(state) &&
    Array.isArray(habits) &&
    Array.isArray(overrides) &&
    plans.length === 2 &&
    plans.every((plan) => plan.every(course)) &&
    habits.every((row) => row.name in about.habits && Number.isFinite(row.from)) &&
    overrides.every((row) => parameters.includes(row.parameter) && Number.isFinite(row.value)) &&
    Number.isInteger(months) &&
    months >= 12 &&
    months <= 1000 &&
    Number.isFinite(state.person.age)
  );
}

/** Numbers, truth values and plain words, however deep. */
function harmless(value) {
  if (value == null || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") return OPERATORS_OF_RULES.includes(value) || PLAIN_WORDS.test(value);
  return Object.entries(value).every(([key, inner]) => PLAIN_WORDS.test(key) && harmless(inner));
}

/** A plan of the state as a scenario of the engine. @param {State} state @param {Course[]} plan @param {object} time */
export function toScenario(state, plan, time) {
  const day = (months) => months * time.days_per_month;
  const { person } = state;
  const baseline = Object.fromEntries(BASELINE.map((key) => [key, person[key] ?? null]));
  return {
    person: { ...person, baseline },
    regimen: plan.map((course) => ({
      drug: course.drug,
      route: course.route,
      amount: course.amount,
      every: course.every,
      start: day(course.from),
      until: day(course.until),
      duration: course.duration ?? 0,
      adherence: course.adherence,
      stop_when: course.stop ? [course.stop] : [],
      hold_when: course.hold ? [course.hold] : [],
    })),
    habit: state.habits.map((habit) => ({
      name: habit.name,
      kind: habit.kind,
      value: habit.value,
      start: day(habit.from),
      until: habit.until == null ? null : day(habit.until),
    })),
    override: state.overrides,
    days: Array.from({ length: state.months + 1 }, (_, month) => day(month)),
  };
}

const BASELINE = ["t_lumbar_spine", "t_total_hip", "t_femoral_neck", "turnover", "vitamin_d", "calcium_intake", "protein_intake"];

/** The same as a file for `osteon simulate`. @param {State} state @param {Course[]} plan @param {object} about words and units */
export function toToml(state, plan, about) {
  const { person } = state;
  const lines = [`# osteon simulate scenario.toml --model full`, `# model and fit ${about.fingerprint.slice(0, 16)}`];
  lines.push("format = 1", 'title = "From the page"', "", "[person]");
  for (const [key, value] of Object.entries(person)) {
    if (value == null || BASELINE.includes(key)) continue;
    lines.push(`${key} = ${tomlValue(value, about.person_units[key])}`);
  }
  lines.push("[person.baseline]");
  for (const key of BASELINE) if (person[key] != null) lines.push(`${key} = ${tomlValue(person[key], about.person_units[key])}`);
  for (const course of plan) lines.push(...courseLines(course, about));
  for (const habit of state.habits) {
    lines.push("", "[[habit]]", `name = "${habit.name}"`);
    if (habit.kind) lines.push(`kind = "${habit.kind}"`);
    else lines.push(`dose = "${exact(habit.value)} ${about.habits[habit.name].unit}"`);
    lines.push(`from = "${habit.from} months"`);
    if (habit.until != null) lines.push(`until = "${habit.until} months"`);
  }
  for (const change of state.overrides) lines.push("", "[[override]]", `parameter = "${change.parameter}"`, `value = ${exact(change.value)}`);
  const names = about.told.map((name) => `"${name}"`).join(", ");
  lines.push("", "[output]", `end = "${state.months} months"`, 'at = "1 month"', `of = [${names}]`, 'as = "value"', `draws = ${about.draws}`);
  return `${lines.join("\n")}\n`;
}

function courseLines(course, about) {
  const drug = about.drugs[course.drug];
  const lines = ["", "[[regimen]]", `drug = "${course.drug}"`, `dose = "${exact(course.amount)} ${drug.unit}"`];
  lines.push(`route = "${course.route}"`, `every = "${exact(course.every)} days"`);
  lines.push(`from = "${course.from} months"`, `until = "${course.until} months"`);
  if (course.duration) lines.push(`duration = "${exact(course.duration)} days"`);
  if (course.adherence < 1) lines.push(`adherence = ${exact(course.adherence)}`);
  if (course.stop) lines.push(`stop_when = "${ruleText(course.stop, about)}"`);
  if (course.hold) lines.push(`hold_when = "${ruleText(course.hold, about)}"`);
  return lines;
}

/** A rule as scenario files have it. */
export function ruleText(rule, about) {
  const unit = about.outputs[rule.quantity]?.unit ?? "1";
  return `${rule.quantity} ${rule.operator} ${exact(rule.level)}${unit === "1" ? "" : ` ${unit}`}`;
}

function tomlValue(value, unit) {
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => `"${item}"`).join(", ")}]`;
  if (typeof value === "string") return `"${value}"`;
  return unit ? `"${exact(value)} ${unit}"` : exact(value);
}

/** A number with all its digits and a point, never an exponent that a file would not know. */
function exact(value) {
  const text = String(value);
  return text.includes("e") ? value.toFixed(12) : text;
}
