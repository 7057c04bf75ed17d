/** The page: one state, one computer, screens that show it. */

const TOLERANCE = { moving: 1e-4, resting: 1e-6 };
const SCREENS = [
  ["one", "One person", OneScreen],
  ["compare", "Compare", CompareScreen],
  ["cohort", "A cohort", CohortScreen],
  ["cells", "Cells", CellsScreen],
  ["why", "Why", WhyScreen],
  ["lesson", "Lesson", LessonScreen],
];

class App {
  /** @param {object} parts the compiled model @param {object} about words and units */
  constructor(parts, about) {
    this.page = parts.page;
    this.about = about;
    this.parts = parts;
    this.usual = structuredClone(about.start);
    this.state = this.fromElsewhere() ?? structuredClone(this.usual);
    this.past = new Past(this.state);
    this.sets = this.state.plans.map((plan, i) => emptySet(plan, i));
    this.timings = { line: [], painted: [] };
    const text = `${document.getElementById("core").textContent}\n${document.getElementById("worker").textContent}`;
    this.computer = new Computer(parts, text, (answer) => this.heard(answer));
    this.frame = 0;
  }

  /** The state of the link, or the one that this file was saved with; null where it is not sound. */
  fromElsewhere() {
    const state = fromLink(location.hash, this.usual) ?? savedState(this.usual);
    return sound(state, this.about, this.page.parameters) ? state : null;
  }

  /** The arm of a trial that the state is, or undefined. */
  arm() {
    return this.about.arms.find((arm) => arm.id === this.state.arm);
  }

  result(plan) {
    return this.sets[plan];
  }

  /** Change the state; forms stay as they are. */
  set(mutate) {
    mutate(this.state);
    this.moved();
  }

  /** Change the state, and draw its forms anew. */
  rebuild(mutate) {
    mutate(this.state);
    this.moved();
    this.forms();
  }

  /** Something moved: one question a frame, however often the reader moves. */
  moved({ keepArm = false } = {}) {
    if (!keepArm) this.state.arm = "";
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.screen.settings?.();
      this.remember();
      this.ask();
    });
  }

  /** The link follows; what can be undone grows when the reader pauses. */
  remember() {
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      this.past.add(this.state);
      history.replaceState(null, "", `#${toLink(this.state)}`);
      this.undoButtons();
    }, 250);
  }

  /** Ask the workers for all that the screen shows. */
  ask() {
    this.moment = performance.now();
    for (const set of this.sets) if (set.rested) set.ghost = set.line;
    this.sets.forEach((set, i) => Object.assign(set, { plan: this.state.plans[i], rested: false }));
    this.computer.ask((rtol) => this.jobs(rtol), TOLERANCE);
  }

  jobs(rtol) {
    if (this.screen.jobs) return this.screen.jobs(rtol);
    const plans = this.screen.plans();
    const scenario = (plan) => toScenario(this.state, plan, this.about.time);
    const names = this.bandNames();
    const first = plans.flatMap((i) => [{ what: `line ${i}`, scenario: scenario(this.state.plans[i]), draws: [0], rtol }]);
    const bare = plans.slice(0, 1).map((i) => ({ what: `without ${i}`, scenario: scenario([]), draws: [0], rtol }));
    const bands = ["draws", "people"].flatMap((table) =>
      plans.flatMap((i) => portions(this.about.draws).map((draws) => ({ what: `${table} ${i}`, scenario: scenario(this.state.plans[i]), draws, table, rtol, names }))),
    );
    this.sets.forEach((set) => Object.assign(set, { next: { unknown: [], people: [] } }));
    this.total = bands.length;
    return [...bare, ...first, ...bands]; // without drugs takes a moment, and its answer is painted with the line
  }

  /** Outputs that bands are drawn of. */
  bandNames() {
    const outputs = [...this.about.figures.map((figure) => figure.output), ...this.about.events.flatMap((event) => [event.output, event.death ?? event.output])];
    return [...new Set(outputs)].filter((name) => this.page.outputs.includes(name));
  }

  /** An answer came. */
  heard(answer) {
    if (answer.error) {
      this.tell(`This cannot be computed: ${answer.error}`);
      return;
    }
    if (this.screen.heard) {
      this.screen.heard(answer);
      return;
    }
    const [what, place] = answer.what.split(" ");
    const set = this.sets[place];
    if (what === "line") {
      set.line = answer;
      set.rested = answer.rtol === TOLERANCE.resting;
      if (answer.failed[0]) this.tell("The solver gave up on this person: the numbers end where it did.");
      this.timings.line.push(answer.waited);
      this.paint(true);
    } else if (what === "without") {
      set.without = answer;
      this.sets.forEach((one) => (one.without = answer));
      if (set.line?.stamp === answer.stamp) this.paint(false);
    } else {
      const kind = what === "draws" ? "unknown" : "people";
      set.next[kind].push(answer);
      if (set.next[kind].length === portions(this.about.draws).length) {
        set[kind] = set.next[kind];
        this.timings[kind] = performance.now() - this.moment;
        this.paint(false);
      }
    }
  }

  /** Show what has come; bands of an older question fade until the new ones are whole. */
  paint(first) {
    if (first) this.sets.forEach((set) => set.line?.rtol === TOLERANCE.moving && Object.assign(set, { unknown: [], people: [] }));
    this.screen.update();
    if (first && this.moment) {
      this.timings.painted.push(performance.now() - this.moment);
      this.timings.first ??= performance.now();
    }
  }

  /** A sentence for the reader, read aloud where that is wished. */
  tell(text) {
    const place = document.getElementById("told");
    if (place) place.textContent = text;
  }

  /** Forms as the state has them; the control in use keeps the focus. */
  forms() {
    const focus = focusPath(document.activeElement);
    const root = document.getElementById("screen");
    const place = (id, html) => {
      const part = root.querySelector(id);
      if (part) part.innerHTML = html;
    };
    place("#person", personForm(this.about, this.state.person));
    place("#plan", planForm(this.about, this.state.plans[0], 0));
    place("#plan1", planForm(this.about, this.state.plans[1], 1));
    place("#habits", habitForm(this.about, this.state.habits));
    const arm = root.querySelector("#arm");
    if (arm) arm.value = this.state.arm;
    if (focus) root.querySelector(focus)?.focus({ focusVisible: true });
    this.phoneBar();
  }

  /** A slider's own text, and the same on the bar of a phone. */
  showKnob(key) {
    for (const knob of this.about.sliders) {
      const value = this.state.person[knob.key];
      document.querySelectorAll(`[data-shows="${knob.key}"]`).forEach((place) => (place.textContent = sliderText(knob, value)));
      document.querySelectorAll(`[data-slide="${knob.key}"]`).forEach((range) => value != null && Number(range.value) !== value && (range.value = value));
    }
    return key;
  }

  /** Screens of this page: that of cells only where its rows were computed. */
  screens() {
    return SCREENS.filter(([key]) => key !== "cells" || this.about.cells);
  }

  /** Go to a screen. */
  show(name) {
    this.state.screen = this.screens().some(([key]) => key === name) ? name : "one";
    const [, words, Screen] = SCREENS.find(([key]) => key === this.state.screen);
    document.getElementById("screens").innerHTML = this.screens().map(
      ([key, label]) => `<button data-screen="${key}"${key === this.state.screen ? ' aria-current="page"' : ""}>${label}</button>`,
    ).join("");
    const root = document.getElementById("screen");
    root.replaceChildren();
    this.screen = new Screen(this);
    this.screen.build(root);
    document.title = `Osteon: ${words.toLowerCase()}`;
    this.undoButtons();
    this.phoneBar();
    this.ask();
  }

  undoButtons() {
    const able = { undo: this.past.at > 0, redo: this.past.at < this.past.states.length - 1 };
    for (const [name, may] of Object.entries(able)) document.querySelectorAll(`[data-do="${name}"]`).forEach((button) => (button.disabled = !may));
  }

  /** On a phone one slider stays in sight, so that it is seen together with its curve. */
  phoneBar() {
    const bar = document.getElementById("phonebar");
    bar.hidden = !["one", "compare"].includes(this.state.screen);
    const given = this.about.sliders.filter((knob) => this.state.person[knob.key] != null);
    const kept = given.find((knob) => knob.key === this.knob) ?? given.find((knob) => knob.key === "t_total_hip") ?? given[0];
    this.knob = kept.key;
    const value = this.state.person[kept.key];
    bar.innerHTML = `${select('data-knob aria-label="What to move"', given.map((knob) => [knob.key, knob.words]), kept.key)}<output data-shows="${kept.key}">${sliderText(kept, value)}</output><input type="range" data-slide="${kept.key}" min="${kept.low}" max="${kept.high}" step="${kept.step}" value="${value}" aria-label="${safe(kept.words)}">`;
  }

  /** Load a trial's typical woman and plan. */
  load(id) {
    const arm = this.about.arms.find((one) => one.id === id);
    if (!arm) return this.rebuild((state) => (state.arm = ""));
    Object.assign(this.state, { person: structuredClone(arm.person), habits: structuredClone(arm.habits ?? []), overrides: structuredClone(arm.overrides ?? []), months: arm.months, arm: id });
    this.state.plans[0] = structuredClone(arm.plan);
    this.past.add(this.state);
    return this.show(this.state.screen);
  }

  /** Back or forth in what was done. */
  go(steps) {
    const state = this.past.go(steps);
    if (state) {
      this.state = state;
      this.show(state.screen);
    }
  }

  /** Buttons that do something with the whole. */
  async act(name) {
    const set = this.sets[0];
    if (name === "undo") this.go(-1);
    else if (name === "redo") this.go(1);
    else if (name === "reset") this.rebuildAll(structuredClone(this.usual));
    else if (name === "print") print();
    else if (name === "csv") keep("osteon.csv", csvOf(this, this.sets.filter((one) => one.line), this.about.told), "text/csv");
    else if (name === "toml") await this.copy(toToml(this.state, set.plan, this.about), "scenario.toml");
    else if (name === "link") await this.copy(`${location.href.split("#")[0]}#${toLink(this.state)}`, "The link");
  }

  rebuildAll(state) {
    this.state = { ...state, screen: this.state.screen };
    this.past.add(this.state);
    this.show(this.state.screen);
  }

  /** To the clipboard; where that is not allowed, as a file. */
  async copy(text, name) {
    this.copied = text;
    try {
      await navigator.clipboard.writeText(text);
      this.tell(`${name} is copied.`);
    } catch {
      keep(name === "scenario.toml" ? name : "link.txt", text);
      this.tell(`${name} is saved as a file: the browser lets no page from a disk write to its clipboard.`);
    }
  }

  /** Everything that is pressed outside the forms. */
  listen() {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.screen) this.show(button.dataset.screen);
      else if (button?.dataset.do) this.act(button.dataset.do);
    });
    document.addEventListener("change", ({ target }) => {
      if (target.dataset.arm != null) this.load(target.value);
      else if (target.dataset.months != null) this.rebuildAll({ ...this.state, months: Number(target.value), arm: "" });
      else if (target.dataset.knob != null) {
        this.knob = target.value;
        this.phoneBar();
      }
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "z" && event.target.tagName !== "INPUT") this.go(event.shiftKey ? 1 : -1);
    });
    bind(document.getElementById("phonebar"), this);
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth === width) return;
      width = innerWidth;
      this.screen.settings?.();
      this.screen.update();
    });
    addEventListener("hashchange", () => {
      const state = location.hash.length > 1 ? this.fromElsewhere() : null;
      if (state && JSON.stringify(state) !== JSON.stringify(this.state)) this.rebuildAll(state);
    });
  }
}

/** The state that this file was saved with, or the usual one. */
function savedState(usual) {
  const saved = document.getElementById("saved");
  return structuredClone({ ...usual, ...(saved ? JSON.parse(saved.textContent) : {}) });
}

function emptySet(plan, i) {
  return { plan, arm: i + 1, name: `plan ${"AB"[i]}`, line: null, without: null, unknown: [], people: [], ghost: null, rested: false };
}

/** A control as a selector, by its data, so that it can be found again after its form is drawn anew. */
function focusPath(element) {
  const data = Object.entries(element?.dataset ?? {});
  if (!data.length) return null;
  return data.map(([key, value]) => `[data-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}="${value}"]`).join("");
}

/** Begin. */
async function begin() {
  const packedModel = JSON.parse(document.getElementById("packed").textContent);
  const [parts, about] = await Promise.all([compiled(packedModel), unpacked(packedModel.about)]);
  const app = new App(parts, JSON.parse(new TextDecoder().decode(about)));
  window.osteon = app;
  await app.computer.ready;
  app.listen();
  app.show(app.state.screen);
}

begin();
