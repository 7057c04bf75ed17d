/** Two plans for the same person, side by side; differences are taken draw by draw, so that what both share falls out. */

export class CompareScreen {
  constructor(app) {
    this.app = app;
  }

  /** Plans that this screen needs computed. */
  plans() {
    return [0, 1];
  }

  /** The whole screen anew. @param {HTMLElement} root */
  build(root) {
    const { app } = this;
    this.root = root;
    const plan = (i) => `<section aria-labelledby="h-plan${i}"><h2 id="h-plan${i}"><span class="arm c${i + 1}">Plan ${"AB"[i]}</span></h2><div id="plan${i || ""}">${planForm(app.about, app.state.plans[i], i)}</div></section>`;
    root.innerHTML = `<div class="two"><div class="side" id="controls">
      <div class="row"><button data-do="undo">Undo</button><button data-do="redo">Redo</button><button data-swap>Swap A and B</button><button data-same>B as A</button></div>
      ${plan(0)}${plan(1)}
      <section aria-labelledby="h-who"><h2 id="h-who">The person of both</h2><div id="person">${personForm(app.about, app.state.person)}</div></section>
      <div class="row"><button data-do="csv">CSV of both</button><button data-do="link">Copy link</button></div>
      <p class="small" role="status" id="told"></p></div>
    <div class="main">
      <section id="answer" tabindex="-1" aria-labelledby="h-say"><h2 id="h-say" class="vh">The answer</h2><p class="say" id="say" aria-live="polite">Computing …</p><div id="warnings"></div></section>
      <section aria-labelledby="h-time"><h2 id="h-time">Treatment over time</h2><h3>Plan A</h3><div class="timeline" id="timeline0"></div><h3>Plan B</h3><div class="timeline" id="timeline1"></div></section>
      <section aria-labelledby="h-bone"><h2 id="h-bone">Bone and blood</h2><ul class="key">${["Plan A", "Plan B"].map((name, i) => `<li><svg width="34" height="14" viewBox="0 0 34 14" aria-hidden="true" class="c${i + 1}"><rect class="know" width="34" height="14"/><line class="ln c${i + 1}" x1="0" x2="34" y1="7" y2="7"/></svg>${name}, 90 % of what nobody knows</li>`).join("")}</ul><div class="grid" id="figures">${figureFrames(app.about)}</div></section>
      <section aria-labelledby="h-risk"><h2 id="h-risk">Fractures and harms</h2><div id="events"></div></section>
    </div></div>`;
    this.timelines = [0, 1].map(
      (i) =>
        new Timeline(root.querySelector(`#timeline${i}`), {
          label: `Plan ${"AB"[i]} over time`,
          about: app.about,
          bars: () => app.state.plans[i].map((course) => barOf(course, app.about.drugs[course.drug].words, i + 1, course.every)),
          months: () => app.state.months,
          changed: () => app.moved(),
        }),
    );
    bind(root.querySelector("#controls"), app);
    root.addEventListener("click", ({ target }) => this.pressed(target.closest("button")));
    this.settings();
  }

  pressed(button) {
    const { app } = this;
    if (button?.dataset.swap != null) app.rebuild((state) => state.plans.reverse());
    else if (button?.dataset.same != null) app.rebuild((state) => (state.plans[1] = structuredClone(state.plans[0])));
    else if (button?.dataset.take) take(button, app, app.sets);
  }

  /** Timelines and warnings as the state has them. */
  settings() {
    const { app, root } = this;
    const said = app.state.plans.flatMap((plan, i) => warningsOf(app.about, app.state, plan).filter((w) => w.kind !== "ask").map((w) => `<li><b>Plan ${"AB"[i]}.</b> ${safe(w.text)}</li>`));
    root.querySelector("#warnings").innerHTML = said.length ? `<div class="note"><b>What labels and trials say</b><ul>${said.join("")}</ul></div>` : "";
    this.timelines.forEach((timeline) => timeline.draw());
  }

  /** Numbers anew, once both lines are there. */
  update() {
    const { app, root } = this;
    const [a, b] = app.sets;
    if (!a.line || !b.line || a.line.times.length !== b.line.times.length) return;
    root.querySelector("#say").innerHTML = this.sentence(a, b);
    root.querySelector("#events").innerHTML = this.table(a, b);
    drawFigures(root, app, [a, b]);
  }

  /** What B changes against A, in words. */
  sentence(a, b) {
    const { app } = this;
    const { noun } = personWords(app.state.person);
    const hip = (answer, values) => shown(values, answer.times, { as: "change" }).at(-1);
    const ends = (set) => everySeries(set.unknown, "bmd_total_hip").map((values) => hip(set.line, values));
    const typical = hip(b.line, series(b.line, "bmd_total_hip")) - hip(a.line, series(a.line, "bmd_total_hip"));
    const event = app.about.events.find((row) => row.output === app.about.headline);
    const risk = this.difference(a, b, event);
    const range = (interval, text) => (interval ? ` (${text(interval.low)} to ${text(interval.high)})` : "");
    return `In this ${noun}, plan B (${safe(planWords(app.about, b.plan))}) against plan A (${safe(planWords(app.about, a.plan))}) changed hip BMD by <b>${signed(typical)} points</b>${range(middle(paired(ends(a), ends(b))), signed)} after ${app.state.months / 12} years, and fractures that come to notice by <b>${perThousandSigned(risk.typical)} of 1,000</b>${range(risk.interval, perThousandSigned)}. <span class="small">In brackets: 90 % of what nobody knows, draw by draw. An interval that holds 0 tells them not apart.</span>`;
  }

  difference(a, b, event) {
    const year = this.app.about.time.days_per_year;
    const typical = riskOf(b.line, event, 0, year) - riskOf(a.line, event, 0, year);
    return { typical, interval: middle(paired(everyRisk(a.unknown, event, year), everyRisk(b.unknown, event, year))) };
  }

  table(a, b) {
    const year = this.app.about.time.days_per_year;
    const drugs = [...a.plan, ...b.plan].map((course) => course.drug);
    const rows = this.app.about.events.filter((event) => event.side === "benefit" || drugs.some((drug) => event.causes[drug]));
    const body = (side) =>
      rows
        .filter((event) => event.side === side)
        .map((event) => {
          const { typical, interval } = this.difference(a, b, event);
          const verdict = !interval ? "…" : interval.low > 0 ? "more with B" : interval.high < 0 ? "fewer with B" : "not told apart";
          return `<tr><th scope="row">${safe(event.words)}</th><td data-h="plan A">${perThousand(riskOf(a.line, event, 0, year))}</td><td data-h="plan B">${perThousand(riskOf(b.line, event, 0, year))}</td><td data-h="difference">${perThousandSigned(typical)}</td><td data-h="90 %">${interval ? `${perThousandSigned(interval.low)} to ${perThousandSigned(interval.high)}` : "…"}</td><td class="l" data-h="so">${verdict}</td></tr>`;
        })
        .join("");
    return `<table class="fold"><caption>Of 1,000 such persons, within ${this.app.state.months} months<span>Differences draw by draw: 90 % of what nobody knows.</span></caption><thead><tr><th scope="col">Event</th><th scope="col">plan A</th><th scope="col">plan B</th><th scope="col">difference</th><th scope="col">90 %</th><th scope="col" class="l">so</th></tr></thead><tbody><tr class="head benefit"><th scope="rowgroup" colspan="6">▲ Fractures</th></tr>${body("benefit")}<tr class="head harm"><th scope="rowgroup" colspan="6">▼ Harms</th></tr>${body("harm")}</tbody></table>`;
  }
}

/** Differences of the same draws. */
function paired(first, second) {
  return first.length === second.length ? second.map((value, i) => value - first[i]) : [];
}
