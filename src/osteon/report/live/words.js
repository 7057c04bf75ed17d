/** Sentences: what was given and what follows, what labels say, what no trial has tried. */

const SITES_IN_WORDS = { bmd_total_hip: "hip BMD", bmd_lumbar_spine: "spine BMD" };

/** Drugs of a plan in words, one after the other. */
export function planWords(about, plan) {
  const ordered = [...plan].sort((a, b) => a.from - b.from);
  const names = ordered.map((course) => about.drugs[course.drug].words.toLowerCase());
  const once = names.filter((name, i) => i === 0 || name !== names[i - 1]);
  return once.join(", then ") || "no drug";
}

/** Who it is. */
export function personWords(person) {
  const noun = person.sex === "male" ? "man" : "woman";
  return { noun, her: person.sex === "male" ? "his" : "her", plural: person.sex === "male" ? "men" : "women" };
}

/**
 * The answer in a sentence, with its interval.
 * @param {object} about @param {object} state @param {{line: object, without: object, unknown: object[]}} set
 */
export function answerSentence(about, state, set) {
  const { noun, her, plural } = personWords(state.person);
  const { days_per_year: year } = about.time;
  const years = state.months / 12;
  const given = planWords(about, set.plan);
  const { line, without, unknown } = set;
  const parts = Object.entries(SITES_IN_WORDS).map(([output, words]) => {
    const change = (values) => shown(values, line.times, { as: "change" }).at(-1);
    const interval = middle(everySeries(unknown, output).map(change));
    const range = interval ? ` (${signed(interval.low)} to ${signed(interval.high)})` : "";
    return `${her} ${words} ${wasChanged(change(series(line, output)))}${range}`;
  });
  const event = about.events.find((row) => row.output === about.headline);
  const risk = riskOf(line, event, 0, year);
  const interval = middle(everyRisk(unknown, event, year));
  const range = interval ? ` (${perThousand(interval.low)} to ${perThousand(interval.high)})` : "";
  const bare = without ? `, ${perThousand(riskOf(without, event, 0, year))} without drugs` : "";
  return `In a ${noun} of ${plain(state.person.age, 0)} given <b>${safe(given)}</b>, ${years} years changed ${parts.join(" and ")}. Of 1,000 such ${plural} <b>${perThousand(risk)}</b>${range} had a fracture that came to notice${bare}. <span class="small">In brackets: 90 % of what nobody knows.</span>`;
}

function wasChanged(percent) {
  return `by <b>${signed(percent)} %</b>`;
}

/** Months of treatment with one drug, overlaps counted once, gaps left out. */
function monthsOn(courses, end) {
  const spans = courses.map((course) => [course.from, Math.max(course.from, Math.min(course.until, end))]).sort((a, b) => a[0] - b[0]);
  let [months, reached] = [0, -Infinity];
  for (const [first, last] of spans) {
    months += Math.max(0, last - Math.max(first, reached));
    reached = Math.max(reached, last);
  }
  return months;
}

/** What labels say of a plan, and what no trial has tried. @returns {{kind: string, text: string}[]} */
export function warningsOf(about, state, plan) {
  const found = [];
  for (const name of new Set(plan.map((course) => course.drug))) {
    const drug = about.drugs[name];
    const own = plan.filter((course) => course.drug === name);
    found.push(...labelWarnings(drug, monthsOn(own, state.months), state.person, about.limits.label_slack), ...beyond(about, drug, own));
  }
  for (const pair of together(about, plan)) found.push(pair);
  return found;
}

function labelWarnings(drug, months, person, slack) {
  const { label } = drug;
  if (!label) return [];
  const found = [];
  const after = person.sex === "female" && (person.years_since_menopause != null || person.surgical_menopause_at != null);
  if (label.unapproved) found.push(["not approved", `${drug.words} is not on the market: ${label.unapproved}.`]);
  if (label.most_months != null && months > label.most_months + slack) {
    found.push(["exceeded", `${Math.round(months)} months of ${drug.words.toLowerCase()} are more than the ${label.most_months} of its label${label.policy ? `: ${label.policy}` : ""}.`]);
  }
  if (label.women_after_menopause && !after) found.push(["not approved", `${drug.words} is approved for women after menopause only.`]);
  if (label.least_egfr != null && person.gfr != null && person.gfr < label.least_egfr) {
    found.push(["contraindicated", `${drug.words} is not advised at a filtration of ${person.gfr} (least ${label.least_egfr}).`]);
  }
  if (label.least_egfr != null && person.gfr == null) found.push(["ask", `${drug.words} asks for a filtration of at least ${label.least_egfr} mL/min, which is not given.`]);
  if (label.not_with.length) found.push(["ask", `${drug.words} is not for: ${label.not_with.join("; ")}.`]);
  return found.map(([kind, text]) => ({ kind, text, source: label.source }));
}

/** Doses and schedules beyond the largest that a trial has given. */
function beyond(about, drug, courses) {
  const found = [];
  for (const course of courses) {
    const most = drug.largest[course.route];
    const dense = drug.densest[course.route];
    const rate = dense ? course.amount / course.every / (dense.amount / dense.every) : 0;
    if (course.amount > most * (1 + 1e-9)) {
      found.push({ kind: "untried", text: `${course.amount} ${drug.unit} of ${drug.words.toLowerCase()} is beyond the largest dose that a trial gave (${most} ${drug.unit}): extrapolated.` });
    } else if (rate > about.studied_slack) {
      found.push({ kind: "untried", text: `${drug.words} so often is ${plain(rate, 1)} times the densest schedule of a trial: extrapolated.` });
    }
  }
  return found;
}

/** Orders and combinations of drugs that no arm of the tables has had. */
function together(about, plan) {
  const names = [...new Set([...plan].sort((a, b) => a.from - b.from).map((course) => course.drug))];
  if (names.length < 2) return [];
  const tried = about.arms.some((arm) => names.every((name) => arm.plan.some((course) => course.drug === name)));
  if (tried) return [];
  const words = names.map((name) => about.drugs[name].words.toLowerCase()).join(" and ");
  return [{ kind: "untried", text: `No trial among the tables of this model gave ${words} to the same persons.` }];
}
