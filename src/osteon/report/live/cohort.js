/** A cohort: virtual women who differ, on the first plan; every one a thin line, the middle 90 % of them a pale shade. */

const PORTION = 25;
const DRAWN = 60;

export class CohortScreen {
  constructor(app) {
    this.app = app;
    this.answers = [];
    this.busy = true;
  }

  /** Outputs that are shown and counted. */
  names() {
    const { about, page } = this.app;
    const outputs = [...about.figures.map((figure) => figure.output), ...about.events.flatMap((event) => [event.output, event.death ?? event.output])];
    return [...new Set(outputs)].filter((name) => page.outputs.includes(name));
  }

  /** Everybody in small jobs; plans begin at month 0 here. */
  jobs(rtol) {
    const { app } = this;
    this.busy = true;
    this.next = [];
    const { size } = app.page.cohort;
    const scenario = toScenario({ ...app.state, habits: [], overrides: [] }, this.plan(), app.about.time);
    return Array.from({ length: Math.ceil(size / PORTION) }, (_, i) => ({
      what: "cohort 0",
      cohort: true,
      scenario,
      people: Array.from({ length: Math.min(PORTION, size - i * PORTION) }, (_, k) => i * PORTION + k),
      names: this.names(),
      rtol,
    }));
  }

  /** The first plan, as far as it begins at month 0 or later. */
  plan() {
    return this.app.state.plans[0].filter((course) => course.from >= 0);
  }

  /** A portion came. */
  heard(answer) {
    this.next.push({ ...answer, draws: answer.failed });
    if (this.next.reduce((sum, one) => sum + one.failed.length, 0) < this.app.page.cohort.size) return;
    this.answers = this.next;
    this.busy = false;
    this.update();
  }

  /** The whole screen anew. @param {HTMLElement} root */
  build(root) {
    const { app } = this;
    this.root = root;
    root.innerHTML = `<div class="two"><div class="side" id="controls"><div class="row"><button data-do="undo">Undo</button><button data-do="redo">Redo</button></div>
      <section aria-labelledby="h-plan"><h2 id="h-plan">The treatment of all</h2><div id="plan">${planForm(app.about, app.state.plans[0], 0)}</div></section><p class="small" role="status" id="told"></p></div>
      <div class="main"><section id="answer" tabindex="-1" aria-labelledby="h-say"><h2 id="h-say">${safe(app.page.cohort.words)}</h2><p class="say" id="say" aria-live="polite">Computing …</p>
      <p class="small">What differs here is persons: age, bone, turnover, kinetics. What nobody knows is held at its typical value. Courses that begin before month 0, habits and changed parameters are left out.</p></section>
      <section aria-labelledby="h-time"><h2 id="h-time">Treatment over time</h2><div class="timeline" id="timeline"></div></section>
      <section aria-labelledby="h-bone"><h2 id="h-bone">Bone and blood</h2><ul class="key"><li><svg width="34" height="14" viewBox="0 0 34 14" aria-hidden="true" class="c1"><line class="ln" x1="0" x2="34" y1="7" y2="7"/></svg>median</li><li><svg width="34" height="14" viewBox="0 0 34 14" aria-hidden="true" class="c1"><rect class="person" width="34" height="14"/></svg>90 % of persons</li><li><svg width="34" height="14" viewBox="0 0 34 14" aria-hidden="true" class="c1"><line class="ln faint" x1="0" x2="34" y1="7" y2="7"/></svg>${DRAWN} of them</li></ul><div class="grid" id="figures">${figureFrames(app.about)}</div></section>
      <section aria-labelledby="h-risk"><h2 id="h-risk">Of 1,000 such women</h2><div id="events"></div></section></div></div>`;
    this.timeline = new Timeline(root.querySelector("#timeline"), {
      label: "Treatment over time",
      about: app.about,
      bars: () => app.state.plans[0].map((course, i) => barOf(course, app.about.drugs[course.drug].words, (i % 5) + 1, course.every)),
      months: () => app.state.months,
      changed: () => app.moved(),
    });
    bind(root.querySelector("#controls"), app);
    root.querySelectorAll('[data-take="CSV"]').forEach((button) => button.remove());
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-take]");
      if (button) take(button, app, []);
    });
    this.settings();
  }

  settings() {
    this.timeline.draw();
  }

  /** Numbers anew. */
  update() {
    if (!this.answers.length) return;
    const { app, root } = this;
    for (const figure of app.about.figures) {
      const place = root.querySelector(`[data-figure="${figure.output}"]`);
      const made = this.figure(figure);
      place.querySelector(".draw").innerHTML = curves(made, Math.max(240, Math.floor(place.clientWidth)));
      place.querySelector("figcaption span").textContent = made.describe;
    }
    root.querySelector("#say").innerHTML = this.sentence();
    root.querySelector("#events").innerHTML = this.table();
  }

  figure(figure) {
    const { times } = this.answers[0];
    const everybody = everySeries(this.answers, figure.output).map((values) => shown(values, times, figure));
    const range = band(everybody);
    const median = everybody[0].map((_, i) => quantile(everybody.map((values) => values[i]).sort((a, b) => a - b), 0.5));
    const lines = [...everybody.slice(0, DRAWN).map((values) => ({ values, kind: "faint", arm: 1 })), { values: median, kind: "typical", arm: 1 }];
    const text = figure.as === "change" ? (value) => `${signed(value)} %` : (value) => plain(value, digitsOf(figure, value));
    const unit = figure.as === "change" || !figure.unit ? "" : ` ${figure.unit}`;
    const describe = `median ${text(median.at(-1))}${unit}; 90 % of persons ${text(range.low.at(-1))} to ${text(range.high.at(-1))}`;
    return { title: figure.words, months: this.app.state.months, lines, bands: [{ ...range, kind: "person", arm: 1 }], zero: figure.as === "change", least: figure.least, describe };
  }

  sentence() {
    const { app } = this;
    const hip = everySeries(this.answers, "bmd_total_hip").map((values) => shown(values, this.answers[0].times, { as: "change" }).at(-1));
    const range = middle(hip);
    const more = hip.filter((value) => value > 0).length / hip.length;
    return `Given <b>${safe(planWords(app.about, this.plan()))}</b>, <b>${Math.round(100 * more)} of 100</b> women had more hip BMD after ${app.state.months / 12} years than at month 0; 90 % of them changed by ${signed(range.low)} to ${signed(range.high)} %.`;
  }

  table() {
    const { app } = this;
    const year = app.about.time.days_per_year;
    const drugs = this.plan().map((course) => course.drug);
    const rows = app.about.events
      .filter((event) => event.side === "benefit" || drugs.some((drug) => event.causes[drug]))
      .map((event) => {
        const risks = everyRisk(this.answers, event, year).filter(Number.isFinite);
        const mean = risks.reduce((sum, risk) => sum + risk, 0) / risks.length;
        const range = middle(risks);
        return `<tr><th scope="row">${safe(event.words)}</th><td data-h="mean of all">${perThousand(mean)}</td><td data-h="90 % of persons">${perThousand(range.low)} to ${perThousand(range.high)}</td></tr>`;
      });
    return `<table class="fold"><caption>Within ${app.state.months} months<span>The mean of persons, and how their own chances differ.</span></caption><thead><tr><th scope="col">Event</th><th scope="col">mean of all</th><th scope="col">90 % of persons</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }
}
