/**
 * A lesson: each task sets cases up, asks one question, and lets the model say which answer it bears out. Answers are kept in
 * the link and can be saved as a file of their own.
 */

export class LessonScreen {
  constructor(app) {
    this.app = app;
    this.results = {};
    app.state.answers ??= {};
    this.key = app.about.lessons.find((task) => app.state.answers[task.key] == null)?.key ?? app.about.lessons[0].key;
  }

  get task() {
    return this.app.about.lessons.find((task) => task.key === this.key);
  }

  /** The cases of the open task. */
  jobs(rtol) {
    this.results = {};
    const { task, app } = this;
    return task.cases.map((one, i) => {
      const state = { person: one.person, habits: [], overrides: [], months: task.months };
      return { what: `case ${i}`, scenario: toScenario(state, one.plan, app.about.time), draws: [0], rtol };
    });
  }

  /** A case came. */
  heard(answer) {
    this.results[answer.what.split(" ")[1]] = answer;
    if (Object.keys(this.results).length === this.task.cases.length) this.update();
  }

  /** The whole screen anew. @param {HTMLElement} root */
  build(root) {
    this.root = root;
    root.innerHTML = `<section id="answer" tabindex="-1" aria-labelledby="h-lesson"><h2 id="h-lesson">Lesson</h2><p class="small">Answer before you look. The page computes the cases now and says which answer the model bears out. A model may be wrong: how far off it was against trials stands on the first screen for every arm that can be loaded.</p><ol id="tasks" class="row"></ol></section>
      <section class="card spaced" id="task" aria-live="polite"></section>
      <section><div class="row"><button data-save>Save this page with my answers</button><button data-do="link">Copy link with my answers</button></div><p class="small" role="status" id="told"></p></section>`;
    root.addEventListener("click", ({ target }) => this.pressed(target.closest("button")));
    this.draw();
  }

  pressed(button) {
    if (!button) return;
    if (button.dataset.task) {
      this.key = button.dataset.task;
      this.draw();
      this.app.ask();
      if (!this.task.cases.length) this.update();
    } else if (button.dataset.choice) {
      this.app.state.answers[this.key] = Number(button.dataset.choice);
      this.app.remember();
      this.draw();
      this.update();
    } else if (button.dataset.save != null) savePage(this.app.state);
  }

  draw() {
    const { app, task } = this;
    const given = app.state.answers;
    this.root.querySelector("#tasks").innerHTML = app.about.lessons.map((one, i) => `<li style="list-style:none"><button data-task="${one.key}"${one.key === this.key ? ' aria-current="true"' : ""}>${i + 1}. ${safe(one.title)}${given[one.key] == null ? "" : " ✓"}</button></li>`).join("");
    const chosen = given[task.key];
    const choices = task.choices.map((words, i) => `<button data-choice="${i}"${chosen == null ? "" : " disabled"} aria-pressed="${chosen === i}">${safe(words)}</button>`);
    this.root.querySelector("#task").innerHTML = `<h3>${safe(task.title)}</h3><p>${safe(task.text)}</p><p><b>${safe(task.question)}</b></p><div class="row">${choices.join("")}</div><div id="said">${chosen == null ? "" : '<p class="small">Computing …</p>'}</div>`;
  }

  /** What the model says, once the reader has answered. */
  update() {
    const { task, app } = this;
    const chosen = app.state.answers?.[task.key];
    const place = this.root.querySelector("#said");
    if (chosen == null || !place || Object.keys(this.results).length < task.cases.length) return;
    const { right, words } = this.judged();
    const verdict = chosen === right ? '<span class="right">✓ So says the model.</span>' : `<span class="wrong">✕ The model says: ${safe(task.choices[right])}.</span>`;
    place.innerHTML = `<p>${verdict} ${words}</p><div id="figure" class="draw"></div><p>${safe(task.after)}</p>`;
    if (!task.cases.length) return;
    const figure = place.querySelector("#figure");
    figure.innerHTML = curves(this.figure(), Math.max(280, Math.min(640, figure.clientWidth)));
  }

  /** Which choice holds, and the numbers behind it. */
  judged() {
    const { task } = this;
    const { measure } = task;
    if (task.cells) return this.judgedCells();
    const values = task.cases.map((_, i) => this.measured(this.results[i]));
    const [first, second] = task.against === "case" ? values : [this.atStart(), values[0]];
    const distance = second / first - 1;
    const right = Math.abs(distance) < (measure.same ?? task.same) ? 1 : distance > 0 ? 0 : 2;
    const unit = this.app.about.outputs[measure.output]?.unit ?? "1";
    const told = task.against === "case" ? task.cases.map((one, i) => `${safe(one.words)}: <b>${this.number(values[i])}</b>`) : [`month 0: <b>${this.number(first)}</b>`, `then: <b>${this.number(second)}</b>`];
    return { right, words: `${told.join("; ")}${measure.as === "change" ? " of month 0" : unit === "1" ? "" : ` ${safe(unit)}`}.` };
  }

  /** The task of cells: upper ends of the largest dose, from the rows that the page was written with. */
  judgedCells() {
    const { cells } = this.app.about;
    const { source, route, species } = this.task.cells;
    const last = (name) => cells.rows.filter((row) => row.species === name && row.source === source && row.route === route).at(-1);
    const [first, second] = species.map(last);
    const right = second.benefit[1] > first.benefit[1] * (1 + this.task.same) ? 0 : second.benefit[1] < first.benefit[1] * (1 - this.task.same) ? 2 : 1;
    const told = [first, second].map((row) => `${safe(cells.words[row.species])}: <b>${signed(row.benefit[0])} to ${signed(row.benefit[1])} %</b> at ${row.dose.toLocaleString("en")} cells a kilogram`);
    return { right, words: `${told.join("; ")}, 90 % of ${cells.draws} parameter draws.` };
  }

  number(value) {
    return this.task.measure.as === "change" ? `${plain(100 * value, 1)} %` : plain(value, value < 1 ? 3 : 2);
  }

  atStart() {
    const values = series(this.results[0], this.task.measure.output);
    return values[Math.max(0, this.results[0].times.findIndex((time) => time >= 0))];
  }

  measured(answer) {
    const { measure, months } = this.task;
    const values = series(answer, measure.output);
    const part = values.slice(measure.from ?? 0, (measure.to ?? months) + 1);
    const taken = { end: values.at(-1), lowest: Math.min(...part), highest: Math.max(...part) }[measure.take];
    return measure.as === "change" ? taken / values[0] : taken;
  }

  figure() {
    const { task } = this;
    const { output } = task.measure;
    const known = this.app.about.figures.find((row) => row.output === output);
    const lines = task.cases.map((_, i) => ({ values: shown(series(this.results[i], output), this.results[i].times, known), kind: "typical", arm: i + 1 }));
    const ends = task.cases.map((one, i) => `${one.words}: ${plain(lines[i].values.at(-1), 2)} at the end`);
    return { title: known.words, months: task.months, lines, bands: [], zero: known.as === "change", least: known.least, describe: ends.join("; ") };
  }
}

/** The page as a file that opens with this state. */
function savePage(state) {
  const copy = document.documentElement.cloneNode(true);
  copy.querySelector("#screen").replaceChildren();
  copy.querySelector("#saved")?.remove();
  const saved = document.createElement("script");
  saved.type = "application/json";
  saved.id = "saved";
  saved.textContent = JSON.stringify(state).replace(/</g, "\\u003c");
  copy.querySelector("body").prepend(saved);
  keep("osteon-lesson.html", `<!doctype html>\n${copy.outerHTML}`, "text/html");
}
