/** The first screen: one person, what is given, what follows. */

export class OneScreen {
  constructor(app) {
    this.app = app;
  }

  /** Plans that this screen needs computed. */
  plans() {
    return [0];
  }

  /** The whole screen anew. @param {HTMLElement} root */
  build(root) {
    const { app } = this;
    const { noun, her } = personWords(app.state.person);
    this.root = root;
    root.innerHTML = `<div class="two"><div class="side" id="controls">
      <section aria-labelledby="h-do"><h2 id="h-do" class="vh">Undo, load, take away</h2>
        <div class="row"><button data-do="undo">Undo</button><button data-do="redo">Redo</button><button data-do="reset">Start again</button></div>
        <label class="line">Load a trial's typical woman and plan ${select('id="arm" data-arm', [["", "none"], ...app.about.arms.map((arm) => [arm.id, arm.words])], app.state.arm)}</label></section>
      <section aria-labelledby="h-who"><h2 id="h-who">The person</h2><div id="person">${personForm(app.about, app.state.person)}</div></section>
      <section aria-labelledby="h-plan"><h2 id="h-plan">The treatment</h2><div id="plan">${planForm(app.about, app.state.plans[0], 0)}</div>
        <label class="line">Watched for ${select("data-months aria-label='Years watched'", [24, 36, 48, 60, 96, 120, 180].map((m) => [String(m), `${m / 12} years`]), String(app.state.months))}</label></section>
      <section aria-labelledby="h-habits"><h2 id="h-habits">Habits and illnesses that change</h2><div id="habits">${habitForm(app.about, app.state.habits)}</div></section>
      <section aria-labelledby="h-take"><h2 id="h-take">Take it with you</h2>
        <div class="row"><button data-do="toml">Copy as scenario.toml</button><button data-do="link">Copy link</button><button data-do="csv">CSV of all</button><button data-do="print">Print</button></div></section>
      <p class="small" role="status" id="told"></p></div>
    <div class="main">
      <section id="answer" tabindex="-1" aria-labelledby="h-say"><h2 id="h-say" class="vh">The answer</h2><p class="say" id="say" aria-live="polite">Computing …</p><div class="three" id="three"></div><div id="warnings"></div></section>
      <section aria-labelledby="h-time"><h2 id="h-time">Treatment over time</h2><p class="small">Drag bars or their ends; with the keyboard, arrows move by a month, with shift by a year. Months from month 0.</p><div class="timeline" id="timeline"></div></section>
      <section aria-labelledby="h-bone"><h2 id="h-bone">Bone and blood of this ${noun} over ${app.state.months} months</h2>${spreadKey(1)}<p class="small" id="published"></p><div class="grid" id="figures">${figureFrames(app.about)}</div></section>
      <section aria-labelledby="h-risk"><h2 id="h-risk">Fractures and harms</h2><div id="events"></div><div>${absoluteRisks(app.about)}</div></section>
      <section aria-labelledby="h-from"><h2 id="h-from">Where ${her} numbers come from</h2><div id="far"></div><div id="evidence"></div></section>
    </div></div>`;
    this.timeline = new Timeline(root.querySelector("#timeline"), {
      label: "Treatment over time",
      about: app.about,
      bars: () => barsOf(app.about, app.state, 0),
      months: () => app.state.months,
      changed: () => app.moved(),
    });
    bind(root.querySelector("#controls"), app);
    root.querySelector("#figures").addEventListener("click", (event) => {
      const button = event.target.closest("[data-take]");
      if (button) take(button, app, [app.result(0)]);
    });
    this.settings();
  }

  /** Forms and timeline as the state has them; numbers stay. */
  settings() {
    const { app, root } = this;
    const drugs = app.state.plans[0].map((course) => course.drug).join();
    if (drugs !== this.drugs) root.querySelector("#evidence").innerHTML = evidence(app, app.state.plans[0]);
    this.drugs = drugs;
    root.querySelector("#warnings").innerHTML = warningList(app, app.state.plans[0]);
    this.timeline.draw();
  }

  /** Numbers anew. */
  update() {
    const { app, root } = this;
    const set = app.result(0);
    if (!set.line) return;
    drawFigures(root, app, [set]); // first: it asks how wide they are, which costs a layout once something is written
    root.querySelector("#say").innerHTML = answerSentence(app.about, app.state, set);
    root.querySelector("#three").innerHTML = threeColumns(app, set);
    root.querySelector("#events").innerHTML = eventTable(app, set);
    root.querySelector("#far").innerHTML = howFarOff(app, set);
    const arm = app.arm();
    root.querySelector("#published").textContent = arm?.points.length ? `Open diamonds: published means of ${arm.words}. They go when anything is changed.` : "";
  }
}

/** Bars of the timeline: courses of a plan, then habits; what is moved is the state itself. */
export function barsOf(about, state, plan) {
  const courses = state.plans[plan].map((course, i) => barOf(course, about.drugs[course.drug].words, (i % 5) + 1, course.every));
  const habits = state.habits.map((habit) => barOf(habit, habitWords(habit.name), 4, null));
  return [...courses, ...habits];
}

function barOf(source, label, arm, every) {
  return {
    label,
    arm,
    every,
    get from() {
      return source.from;
    },
    set from(month) {
      source.from = month;
    },
    get until() {
      return source.until;
    },
    set until(month) {
      source.until = month;
    },
  };
}
