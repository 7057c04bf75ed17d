/** Numbers of the page from what the engine gives: curves, changes, quantiles, risks. Nothing here knows biology. */

/**
 * @typedef {{times: number[], names: string[], values: Float64Array, draws: number[]}} Answer values (draws, times, names)
 */

/** One output of one draw, a number a time. @param {Answer} answer @param {string} name @param {number} row */
export function series(answer, name, row = 0) {
  const width = answer.names.length;
  const place = answer.names.indexOf(name);
  const first = row * answer.times.length * width + place;
  return Array.from(answer.times, (_, i) => answer.values[first + i * width]);
}

/** The same of all draws of many answers. @param {Answer[]} answers @param {string} name @returns {number[][]} */
export function everySeries(answers, name) {
  return answers.flatMap((answer) => answer.draws.map((_, row) => (answer.failed?.[row] ? null : series(answer, name, row)))).filter(Boolean);
}

/** As the reader sees it: change in percent of month 0, or the value times a factor. */
export function shown(values, times, form) {
  if (form.as !== "change") return values.map((value) => value * (form.factor ?? 1));
  const base = values[Math.max(0, times.findIndex((time) => time >= 0))];
  return values.map((value) => 100 * (value / base - 1));
}

/** Quantile with linear interpolation, as NumPy takes it. @param {number[]} sorted rising */
export function quantile(sorted, share) {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

/** Middle 90 % of curves at every time. @param {number[][]} curves @returns {{low: number[], high: number[]}|null} */
export function band(curves) {
  if (curves.length < 2) return null;
  const column = new Float64Array(curves.length);
  const [low, high] = [[], []];
  for (let i = 0; i < curves[0].length; i++) {
    for (let k = 0; k < curves.length; k++) column[k] = curves[k][i];
    column.sort();
    low.push(quantile(column, 0.05));
    high.push(quantile(column, 0.95));
  }
  return { low, high };
}

const madeOf = new WeakMap();

/** What `make` makes of these answers: worked out the first time, kept as long as they are. @param {Answer[]} answers */
function madeOnce(answers, key, make) {
  if (!madeOf.has(answers)) madeOf.set(answers, {});
  const made = madeOf.get(answers);
  return (made[key] ??= make());
}

/** Middle 90 % of all draws of whole answers, in the form of a figure. @param {Answer[]} answers @param {{output: string, as: string}} figure */
export function bandOf(answers, figure) {
  const curves = () => everySeries(answers, figure.output).map((values) => shown(values, answers[0].times, figure));
  return madeOnce(answers, `band ${figure.output} ${figure.as}`, () => band(curves()));
}

/** Middle 90 % of numbers, or null where there are too few. */
export function middle(numbers) {
  if (numbers.length < 2) return null;
  const sorted = [...numbers].sort((a, b) => a - b);
  return { low: quantile(sorted, 0.05), high: quantile(sorted, 0.95) };
}

/**
 * Chance of a first event from month 0 to the end, death competing; hazards a year at every time, linear between.
 * As `osteon simulate` gives it as risk_KIND. @param {number[]} hazard @param {number[]} death @param {number[]} times days
 */
export function riskOfHazard(hazard, death, times, daysPerYear) {
  let [risk, alive] = [0, 1];
  for (let i = 1; i < times.length; i++) {
    if (times[i - 1] < 0) continue;
    const years = (times[i] - times[i - 1]) / daysPerYear;
    const own = ((hazard[i] + hazard[i - 1]) / 2) * years;
    const both = own + ((death[i] + death[i - 1]) / 2) * years;
    const left = Math.exp(-both);
    if (both > 0) risk += alive * (own / both) * (1 - left);
    alive *= left;
  }
  return risk;
}

/** The same from a cumulated hazard. */
export function riskOfCumulated(values, times) {
  const first = Math.max(0, times.findIndex((time) => time >= 0));
  return 1 - Math.exp(-(values.at(-1) - values[first]));
}

/** Risk of an event of one draw. @param {{output: string, cumulated: boolean, death: string}} event */
export function riskOf(answer, event, row, daysPerYear) {
  const values = series(answer, event.output, row);
  if (event.cumulated) return riskOfCumulated(values, answer.times);
  return riskOfHazard(values, series(answer, event.death, row), answer.times, daysPerYear);
}

/** Risks of every draw of whole answers. */
export function everyRisk(answers, event, daysPerYear) {
  return madeOnce(answers, `risk ${event.output}`, () => answers.flatMap((answer) => answer.draws.map((_, row) => riskOf(answer, event, row, daysPerYear))));
}

/** A signed number with a true minus; what rounds to nothing has no sign. */
export function signed(value, digits = 1) {
  const rounded = Number(value.toFixed(digits));
  const text = Math.abs(rounded).toFixed(digits);
  return rounded > 0 ? `+${text}` : rounded < 0 ? `−${text}` : text;
}

/** A number with a true minus. */
export function plain(value, digits = 1) {
  return value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−");
}

/** Of 1,000, with two digits that count. */
export function perThousand(share) {
  const count = 1000 * share;
  if (Math.abs(count) < 0.05) return "0";
  if (Math.abs(count) < 9.95) return plain(count, 1);
  return plain(Math.abs(count) < 99.5 ? Math.round(count) : Number(count.toPrecision(2)), 0);
}

/** A difference of 1,000 with its sign. */
export function perThousandSigned(share) {
  const text = perThousand(Math.abs(share));
  return text === "0" ? "0" : share > 0 ? `+${text}` : `−${text}`;
}

/** Text that is safe inside HTML. */
export function safe(text) {
  const codes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (letter) => codes[letter]);
}
