/** Parts of the page that several screens share: figures, the table of events, warnings, evidence. */

/**
 * @typedef {object} ResultSet one plan computed
 * @property {object[]} plan
 * @property {number} arm number of its colour
 * @property {string} name
 * @property {object|null} line typical, with the plan
 * @property {object|null} without typical, without drugs
 * @property {object[]} unknown draws of what nobody knows
 * @property {object[]} people draws of how persons differ
 * @property {object|null} ghost the line as it was before the last change
 */

/** Frames of the figures, empty; they are drawn into when numbers come. */
export function figureFrames(about) {
  return about.figures
    .map(
      (figure) => `<figure data-figure="${figure.output}"><figcaption><b>${safe(figure.words)}</b><span></span></figcaption><div class="draw"></div>
      <div class="get">${["SVG", "PNG", "CSV"].map((form) => `<button class="quiet" data-take="${form}" aria-label="${safe(figure.words)} as ${form}">${form}</button>`).join("")}</div></figure>`,
    )
    .join("");
}

/** Draw every figure of a part of the page. @param {HTMLElement} root @param {object} app @param {ResultSet[]} sets */
export function drawFigures(root, app, sets) {
  const ready = sets.filter((set) => set.line);
  if (!ready.length) return;
  const frames = app.about.figures.map((figure) => root.querySelector(`[data-figure="${figure.output}"]`));
  const widths = frames.map((place) => Math.max(240, Math.floor(place.clientWidth))); // all before anything is written: one layout
  app.about.figures.forEach((figure, i) => {
    const made = figureOf(app, figure, ready);
    frames[i].querySelector(".draw").innerHTML = curves(made, widths[i]);
    frames[i].querySelector("figcaption span").textContent = made.says;
  });
}

function figureOf(app, figure, sets) {
  const { line } = sets[0];
  const form = (answer, values) => shown(values, answer.times, figure);
  const lines = [];
  const bands = [];
  for (const set of sets) {
    const people = bandOf(set.people, figure);
    const know = bandOf(set.unknown, figure);
    if (people && sets.length === 1) bands.push({ ...people, kind: "person", arm: set.arm });
    if (know) bands.push({ ...know, kind: "know", arm: set.arm });
  }
  for (const set of sets) {
    if (set.without && set === sets[0]) lines.push({ values: form(set.without, series(set.without, figure.output)), kind: "without", arm: 0 });
    if (set.ghost?.times.length === set.line.times.length) lines.push({ values: form(set.ghost, series(set.ghost, figure.output)), kind: "ghost", arm: 0 });
    lines.push({ values: form(set.line, series(set.line, figure.output)), kind: "typical", arm: set.arm });
  }
  const points = publishedPoints(app, figure);
  const says = sets.map((set) => endWords(set, figure)).join(" · ");
  const start = form(line, series(line, figure.output));
  const describe = `${endWords(sets[0], figure)} after ${app.state.months} months; ${plain(start[0], 2)} at month 0.`;
  return { title: figure.words, months: app.state.months, lines, bands, points, zero: figure.as === "change", least: figure.least, says, describe };
}

/** The last value with its interval. */
export function endWords(set, figure) {
  const at = (answer, values) => shown(values, answer.times, figure).at(-1);
  const value = at(set.line, series(set.line, figure.output));
  const ends = bandOf(set.unknown, figure);
  const interval = ends && { low: ends.low.at(-1), high: ends.high.at(-1) };
  const digits = digitsOf(figure, value);
  const text = figure.as === "change" ? (number) => signed(number, digits) : (number) => plain(number, digits);
  const unit = figure.as === "change" ? " %" : figure.unit ? ` ${figure.unit}` : "";
  return `${text(value)}${unit}${interval ? ` (${text(interval.low)} to ${text(interval.high)})` : ""}`;
}

function digitsOf(figure, value) {
  if (figure.as === "change") return 1;
  return Math.abs(value) < 0.1 ? 4 : 2;
}

/** Published values, only while the plan is the arm that they are of. */
function publishedPoints(app, figure) {
  const arm = app.arm();
  if (!arm || figure.as !== "change" || app.state.screen !== "one") return [];
  return arm.points
    .filter((point) => point.output === figure.output && point.month <= app.state.months)
    .map((point) => ({ ...point, words: `Published (${arm.words}, month ${plain(point.month, 1)}): ${signed(point.value)} %; ${point.role}` }));
}

/** How far off the model is for the arm that is loaded, outcome by outcome. */
export function howFarOff(app, set) {
  const arm = app.arm();
  if (!arm?.points.length || !set.line) return "";
  const rows = app.about.figures
    .filter((figure) => figure.as === "change")
    .map((figure) => {
      const points = arm.points.filter((point) => point.output === figure.output && point.month <= app.state.months);
      if (!points.length) return "";
      const values = shown(series(set.line, figure.output), set.line.times, figure);
      const misses = points.map((point) => at(values, point.month) - point.value);
      const root = Math.sqrt(misses.reduce((sum, miss) => sum + miss * miss, 0) / misses.length);
      const roles = [...new Set(points.map((point) => point.role))].join(", ");
      return `<tr><th scope="row">${safe(figure.words)}</th><td data-h="published values">${points.length}</td><td data-h="root mean square, points">${plain(root, 1)}</td><td data-h="mean, points">${signed(misses.reduce((sum, miss) => sum + miss, 0) / misses.length, 1)}</td><td class="l" data-h="role">${safe(roles)}</td></tr>`;
    })
    .join("");
  return `<h3>How far off the model is for ${safe(arm.words)}</h3><table class="fold"><caption><span>The typical woman of the trial beside its published means; a role "calibrate" was used in the fit, "holdout" was not.</span></caption><thead><tr><th scope="col">Outcome</th><th scope="col">published values</th><th scope="col">root mean square, points</th><th scope="col">mean, points</th><th scope="col" class="l">role</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** A monthly curve at any month. */
function at(values, month) {
  const low = Math.min(values.length - 1, Math.floor(month));
  const high = Math.min(values.length - 1, low + 1);
  return values[low] + (month - low) * (values[high] - values[low]);
}

/** Events of 1,000: with and without drugs, interval and difference; clinical fractures first. */
export function eventTable(app, set) {
  if (!set.line) return "";
  const { plural } = personWords(app.state.person);
  const rows = app.about.events.map((event) => eventNumbers(app, event, set)).filter((row) => row.relevant);
  const most = (side) => Math.max(...rows.filter((row) => row.event.side === side).map((row) => row.most), 1e-9);
  const group = (side, words) => {
    const own = rows.filter((row) => row.event.side === side);
    return own.length ? `<tr class="head ${side}"><th scope="rowgroup" colspan="6">${words}</th></tr>${own.map((row) => eventRow(row, most(side))).join("")}` : "";
  };
  return `<table class="fold"><caption>Of 1,000 ${plural} like ${app.state.person.sex === "male" ? "him" : "her"}, within ${app.state.months} months<span>First events; of fractures, before death of another cause. 90 %: of what nobody knows. The bar is with drugs, its line the interval, the dashed line without drugs; hatched: not shown, not excluded.</span></caption>
    <thead><tr><th scope="col">Event</th><th scope="col">with drugs</th><th scope="col">90 %</th><th scope="col">without</th><th scope="col">difference</th><th scope="col"><span class="vh">Bar</span></th></tr></thead>
    <tbody>${group("benefit", "▲ Fractures")}${group("harm", "▼ Harms")}</tbody></table>`;
}

/** How plausible absolute risks are: placebo arms of trials beside the same women here, registers beside people of the same ages. */
export function absoluteRisks(about) {
  const { rows, pooled, registers } = about.absolute;
  const means = pooled.map(([words, ratio]) => `${words.toLowerCase()} ${plain(ratio, 2)}`).join(", ");
  const row = ([arm, outcome, months, prior, published, here, confidence]) =>
    `<tr><th scope="row">${safe(arm)}: ${safe(outcome.toLowerCase())}, ${plain(months, 0)} months</th><td data-h="with a prior vertebral fracture">${plain(100 * prior, 0)} %</td><td data-h="published">${plain(published, 1)} %${confidence === "read" ? "" : ` (${safe(confidence)})`}</td><td data-h="here">${plain(here, 1)} %</td><td data-h="here over published">${plain(here / published, 2)}</td></tr>`;
  const register = ([outcome, source, fitted, count, low, high]) =>
    `<tr><th scope="row">${safe(outcome)}<span class="small"> ${safe(about.references[source] ?? `${source}; its full reference is not kept`)}</span></th><td class="l" data-h="use">${fitted ? "fitted" : "compared"}</td><td data-h="sexes and ages">${count}</td><td data-h="here over published">${low === high ? plain(low, 2) : `${plain(low, 2)} to ${plain(high, 2)}`}</td></tr>`;
  return `<details><summary>How far off absolute risks are: placebo arms of trials, registers</summary><p>Here over published, geometric means: ${safe(means)}. Vertebral fractures on radiographs are mostly ones that nobody noticed; noticed ones stand first above.</p>
    <table class="fold"><thead><tr><th scope="col">Placebo arm</th><th scope="col">with a prior vertebral fracture</th><th scope="col">published</th><th scope="col">here</th><th scope="col">here over published</th></tr></thead><tbody>${rows.map(row).join("")}</tbody></table>
    <table class="fold"><caption>Registers of people at large<span>Those fitted set the level of hazards; no incidence of a trial is fitted. Incidences of people of one sex and age, lowest to highest.</span></caption><thead><tr><th scope="col">Register</th><th scope="col" class="l">use</th><th scope="col">sexes and ages</th><th scope="col">here over published</th></tr></thead><tbody>${registers.map(register).join("")}</tbody></table></details>`;
}

/** Numbers of one event, and whether drugs of the plan have to do with it. */
export function eventNumbers(app, event, set) {
  const year = app.about.time.days_per_year;
  const withDrugs = riskOf(set.line, event, 0, year);
  const without = set.without ? riskOf(set.without, event, 0, year) : null;
  const interval = middle(everyRisk(set.unknown, event, year));
  const causes = set.plan.map((course) => event.causes[course.drug]).filter(Boolean);
  const added = without == null ? 0 : withDrugs - without;
  const most = Math.max(withDrugs, interval?.high ?? 0, without ?? 0);
  const shownByData = causes.some((cause) => cause.shown);
  return { event, withDrugs, without, interval, added, most, causes, shown: event.side === "benefit" || shownByData, relevant: event.side === "benefit" || causes.length > 0 };
}

function eventRow(row, most) {
  const { event, withDrugs, without, interval, added } = row;
  const x = (share) => ((140 * share) / most).toFixed(1);
  const line = interval ? `<line class="wh" x1="${x(interval.low)}" x2="${x(interval.high)}" y1="9" y2="9"/>` : "";
  const bare = without == null ? "" : `<line class="wo" x1="${x(without)}" x2="${x(without)}" y1="0" y2="18"/>`;
  const bar = `<svg viewBox="0 0 142 18" width="142" height="18" aria-hidden="true"><rect class="${row.shown ? event.side : "hatch"}" x="0" y="4" width="${Math.max(1, x(withDrugs))}" height="10"/>${line}${bare}</svg>`;
  const upper = !row.shown && interval && without != null ? `<span class="small"> not shown, not excluded: up to ${perThousand(Math.max(0, interval.high - without))} more</span>` : "";
  return `<tr><th scope="row">${safe(event.words)}${upper}</th><td data-h="with drugs">${perThousand(withDrugs)}</td><td data-h="90 %">${interval ? `${perThousand(interval.low)} to ${perThousand(interval.high)}` : "…"}</td><td data-h="without">${without == null ? "…" : perThousand(without)}</td><td data-h="difference">${without == null ? "…" : perThousandSigned(added)}</td><td class="bar">${bar}</td></tr>`;
}

/** Benefit, harm and unknown side by side. */
export function threeColumns(app, set) {
  if (!set.line || !set.without) return "";
  const rows = app.about.events.map((event) => eventNumbers(app, event, set)).filter((row) => row.relevant);
  const item = (row) => `<li>${safe(row.event.words)}: ${perThousandSigned(row.added)} of 1,000</li>`;
  const list = (some, none) => (some.length ? `<ul>${some.map(item).join("")}</ul>` : `<p>${none}</p>`);
  const benefit = rows.filter((row) => row.event.side === "benefit").slice(0, 4);
  const harm = rows.filter((row) => row.event.side === "harm" && row.shown).sort((a, b) => b.added - a.added).slice(0, 6);
  const open = rows.filter((row) => row.event.side === "harm" && !row.shown).map((row) => {
    const upTo = row.interval ? perThousand(Math.max(0, row.interval.high - row.without)) : "…";
    return `<li>${safe(row.event.words)}: not shown, not excluded, up to ${upTo} more</li>`;
  });
  const untried = warningsOf(app.about, app.state, set.plan).filter((w) => w.kind === "untried").map((w) => `<li>${safe(w.text)}</li>`);
  const unknown = [...untried, ...open];
  return `<div class="benefit"><h3>▲ Fractures, with against without</h3>${list(benefit, "No drug is given.")}</div>
    <div class="harm"><h3>▼ Harms that data show</h3>${list(harm, "None of the tables' harms belongs to this plan.")}</div>
    <div class="unk"><h3>? What is not known</h3>${unknown.length ? `<ul>${unknown.join("")}</ul>` : "<p>How this person differs from others like her or him: the pale shade.</p>"}</div>`;
}

/** What labels say. */
export function warningList(app, plan) {
  const found = warningsOf(app.about, app.state, plan);
  if (!found.length) return "";
  const words = { ask: "Ask first", exceeded: "Label exceeded", "not approved": "Not approved", contraindicated: "Contraindicated", untried: "Not tried" };
  const item = (w) => `<li><b>${words[w.kind]}.</b> ${safe(w.text)}</li>`;
  const ask = found.filter((w) => w.kind === "ask");
  const rest = found.filter((w) => w.kind !== "ask");
  const open = ask.length ? `<details><summary>What labels ask first (${ask.length})</summary><ul>${ask.map(item).join("")}</ul></details>` : "";
  return `${rest.length ? `<div class="note"><b>What labels and trials say</b><ul>${rest.map(item).join("")}</ul></div>` : ""}${open}`;
}

/** Where the numbers of each drug come from: every parameter with kind and source, claims, references. */
export function evidence(app, plan) {
  const { about, page } = app;
  const names = [...new Set(plan.map((course) => course.drug))];
  if (!names.length) return '<p class="small">Without a drug the numbers are those of the biology: see the screen Why.</p>';
  return names
    .map((name) => {
      const drug = about.drugs[name];
      const rows = drug.parameters.map((key) => parameterRow(about, page, key)).join("");
      const claims = about.claims.filter((claim) => claim.drugs.includes(name));
      const sources = drug.references.map((key) => `<li>${safe(about.references[key] ?? key)}</li>`).join("");
      return `<details><summary>${safe(drug.words)}: ${drug.parameters.length} parameters, ${claims.length} claims</summary>
        <p>${safe(drug.mechanism)} Usual: ${safe(drug.usual_words)}. Evidence: ${safe(drug.evidence)}.${drug.limits ? ` ${safe(drug.limits)}` : ""}</p>
        <table class="fold"><thead><tr><th scope="col">Parameter</th><th scope="col">value</th><th scope="col" class="l">kind</th><th scope="col" class="l">source</th><th scope="col" class="l">claims that turn without it</th></tr></thead><tbody>${rows}</tbody></table>
        ${claims.length ? `<h3>Claims of the review in which it stands</h3><ul>${claims.map((claim) => `<li><b>${claim.id}</b> (${safe(claim.kind)}): ${safe(claim.says)} <code>osteon claims ${claim.id}</code></li>`).join("")}</ul>` : ""}
        ${turnedBy(about, name, drug.words.toLowerCase())}
        ${sources ? `<h3>Sources</h3><ul>${sources}</ul>` : ""}</details>`;
    })
    .join("");
}

/** One parameter as a row: value with unit, kind, where it comes from. */
export function parameterRow(about, page, key) {
  const [unit, kind, source, note, module] = about.parameters[key];
  const value = page.defaults[page.parameters.indexOf(key)];
  return `<tr><th scope="row"><code>${key}</code>${note ? `<span class="small"> ${safe(note)}</span>` : ""}</th><td data-h="value">${Number(value.toPrecision(5))}${unit === "1" ? "" : ` ${safe(unit)}`}</td><td class="l" data-h="kind">${safe(kind)}</td><td class="l" data-h="source">${provenanceOf(about, key, source)}</td><td class="l" data-h="claims">${claimsOf(about, module)}</td></tr>`;
}

/** Where a parameter comes from: its source, the published rows behind it and how sure they are, its card. */
export function provenanceOf(about, key, source) {
  const [rows, confidence] = about.supports[key] ?? [[], ""];
  const behind = rows.length ? ` Published ${rows.length > 1 ? "rows" : "row"} ${rows.map((row) => `<code>${safe(row)}</code>`).join(", ")}: ${safe(confidence)}.` : "";
  return `${safe(about.references[source] ?? source)}<span class="small">${behind} <code>osteon show ${key}</code></span>`;
}

const CLAIMS_SHOWN = 4;

/** Claims whose verdict turns where the mechanism of a parameter is broken: a few, and how many more. */
export function claimsOf(about, module) {
  const ids = about.turns[module] ?? [];
  if (!ids.length) return "none";
  const more = ids.length > CLAIMS_SHOWN ? ` and ${ids.length - CLAIMS_SHOWN} more` : "";
  return `${ids.slice(0, CLAIMS_SHOWN).map((id) => `<code>${id}</code>`).join(", ")}${more}`;
}

/** Claims whose verdict turned when a mechanism was broken, in words. */
export function turnedBy(about, name, words) {
  const ids = about.turns[name];
  return ids ? `<p>Claims whose verdict turns where ${safe(words)} is broken: ${ids.map((id) => `<code>${id}</code>`).join(", ")}.</p>` : "";
}

/** The key of the kinds of spread. */
export function spreadKey(arm) {
  const mark = (inside) => `<svg width="34" height="14" viewBox="0 0 34 14" aria-hidden="true" class="c${arm}">${inside}</svg>`;
  return `<ul class="key"><li>${mark('<line class="ln" x1="0" x2="34" y1="7" y2="7"/>')}typical</li>
    <li>${mark('<rect class="know" width="34" height="14"/>')}90 % of what nobody knows</li>
    <li>${mark('<rect class="person" width="34" height="14"/>')}90 % of how persons like this differ</li>
    <li>${mark('<line class="ln without" x1="0" x2="34" y1="7" y2="7"/>')}without drugs</li>
    <li>${mark('<line class="ln ghost" x1="0" x2="34" y1="7" y2="7"/>')}before the last change</li></ul>`;
}

/** Hand over a figure in the form that its button names. @param {HTMLElement} button @param {object} app @param {ResultSet[]} sets */
export async function take(button, app, sets) {
  const frame = button.closest("[data-figure]");
  const output = frame.dataset.figure;
  const svg = frame.querySelector("svg");
  if (button.dataset.take === "SVG") keep(`${output}.svg`, alone(svg), "image/svg+xml");
  else if (button.dataset.take === "PNG") keep(`${output}.png`, await picture(svg));
  else keep(`${output}.csv`, csvOf(app, sets, [output]), "text/csv");
}

/** Monthly values of outputs as CSV: the plan, its interval, without drugs. */
export function csvOf(app, sets, outputs) {
  const rows = ["plan,month,output,unit,value,lo90,hi90,without_drugs"];
  for (const set of sets.filter((one) => one.line)) {
    for (const output of outputs) {
      const typical = series(set.line, output);
      const interval = band(everySeries(set.unknown, output));
      const bare = set.without ? series(set.without, output) : null;
      const unit = app.about.outputs[output].unit;
      typical.forEach((value, i) => {
        const month = set.line.times[i] / app.about.time.days_per_month;
        rows.push([set.name, Number(month.toFixed(6)), output, unit, value, interval?.low[i] ?? "", interval?.high[i] ?? "", bare?.[i] ?? ""].join(","));
      });
    }
  }
  return `${rows.join("\n")}\n`;
}
