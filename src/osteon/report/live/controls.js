/** What the reader sets: who she or he is, what is given, what changes besides. */

const SEXES = [["female", "Woman"], ["male", "Man"]];
const SMOKES = [["never", "never"], ["former", "formerly"], ["current", "now"]];
const EXERCISES = [["", "as usual"], ["walking", "walks"], ["resistance", "strength"], ["impact", "impact"], ["resistance_and_impact", "strength and impact"]];
const RESTS = [["", "no"], ["housebound", "housebound"], ["wheelchair", "wheelchair"], ["paralysis", "paralysis"], ["bed_rest", "bed rest"]];
const BROKEN = [["vertebral", "a vertebra"], ["hip", "the hip"], ["nonvertebral", "another bone"]];
const OPERATORS = ["<", "<=", ">", ">="];

/** A select as HTML. @param {string} attributes @param {string[][]} options value and words @param {string} value */
export function select(attributes, options, value) {
  const rows = options.map(([key, words]) => `<option value="${safe(key)}"${key === value ? " selected" : ""}>${safe(words)}</option>`);
  return `<select ${attributes}>${rows.join("")}</select>`;
}

/** The controls of the person as HTML. @param {object} about @param {object} person */
export function personForm(about, person) {
  const { sex } = person;
  const sliders = about.sliders.filter((knob) => sex === "female" || knob.key !== "years_since_menopause");
  const prior = BROKEN.map(([key, words]) => {
    const count = (person.prior_fractures ?? []).filter((kind) => kind === key).length;
    return `<label class="line">Has broken ${words} <input type="number" min="0" max="9" step="1" data-prior="${key}" value="${count}"> times</label>`;
  });
  return `
    <label class="line">${select('data-person="sex" aria-label="Sex"', SEXES, sex)}</label>
    ${sliders.map((knob) => slider(knob, person)).join("")}
    ${prior.join("")}
    <details><summary>More about ${sex === "female" ? "her" : "him"}</summary>
    <label class="line">Smokes ${select('data-person="smoking"', SMOKES, person.smoking ?? "never")}</label>
    <label class="line">Exercise ${select('data-person="exercise"', EXERCISES, person.exercise ?? "")}</label>
    <label class="line">Immobile ${select('data-person="immobilised"', RESTS, person.immobilised ?? "")}</label>
    <label class="line"><input type="checkbox" data-person="rheumatoid_arthritis"${person.rheumatoid_arthritis ? " checked" : ""}> Rheumatoid arthritis, active, for a year</label>
    ${about.ages.filter((row) => row.sex === sex).map((row) => number(row, person)).join("")}
    </details>`;
}

function number({ key, words, low, high }, person) {
  return `<label class="line">${words} <input type="number" min="${low}" max="${high}" step="1" data-number="${key}" value="${person[key] ?? ""}"> years</label>`;
}

/** A slider; one of what need not be given has a box that switches it on. */
function slider(knob, person) {
  const value = person[knob.key];
  const optional = knob.usual == null;
  const open = optional ? `<input type="checkbox" data-open="${knob.key}" aria-label="${safe(knob.words)} is given"${value == null ? "" : " checked"}> ` : "";
  const at = value ?? knob.low;
  return `<label class="knob"><span>${open}${safe(knob.words)}</span><output data-shows="${knob.key}">${sliderText(knob, value)}</output><input type="range" data-slide="${knob.key}" min="${knob.low}" max="${knob.high}" step="${knob.step}" value="${at}" aria-label="${safe(knob.words)}"${value == null ? " disabled" : ""}></label>`;
}

/** What a slider says. */
export function sliderText(knob, value) {
  if (value == null) return "as usual at this age";
  const digits = Number.isInteger(knob.step) ? 0 : String(knob.step).split(".")[1].length;
  return `${plain(Number(value), digits)}${knob.unit ? ` ${knob.unit}` : ""}`;
}

/** A plan as a form. @param {object} about @param {object[]} plan @param {number} index which plan */
export function planForm(about, plan, index) {
  const courses = plan.map((course, i) => courseForm(about, course, `${index}-${i}`));
  const drugs = Object.entries(about.drugs).map(([name, drug]) => [name, drug.words]);
  return `${courses.join("") || '<p class="small">Nothing is given.</p>'}
    <div class="row">${select(`data-add="${index}" aria-label="Drug to add"`, [["", "Add a drug …"], ...drugs], "")}</div>`;
}

function courseForm(about, course, at) {
  const drug = about.drugs[course.drug];
  const limits = `min="0" max="${20 * drug.largest[course.route]}" step="any"`;
  return `<fieldset><legend>${safe(drug.words)}</legend>
    <label class="line">Dose <input type="number" ${limits} data-course="${at}" data-key="amount" value="${course.amount}"> ${drug.unit} ${drug.routes.length > 1 ? select(`data-course="${at}" data-key="route" aria-label="Route"`, drug.routes.map((r) => [r, r]), course.route) : course.route}</label>
    <label class="line">Every <input type="number" min="0.25" max="1500" step="any" data-course="${at}" data-key="every" value="${Number(course.every.toPrecision(7))}"> days</label>
    <label class="line">From month <input type="number" min="-120" max="240" step="1" data-course="${at}" data-key="from" value="${course.from}"> to <input type="number" min="-119" max="241" step="1" data-course="${at}" data-key="until" value="${course.until}" aria-label="Last month"></label>
    <label class="knob"><span>Doses taken</span><output>${Math.round(100 * course.adherence)} %</output><input type="range" min="0.1" max="1" step="0.05" data-course="${at}" data-key="adherence" value="${course.adherence}" aria-label="Share of doses taken"></label>
    ${ruleForm(about, course.stop, at, "stop", "Stop for good when")}
    ${ruleForm(about, course.hold, at, "hold", "Leave doses out while")}
    <div class="row"><button data-holiday="${at}">Holiday in the middle</button><button data-remove="${at}" aria-label="Remove ${safe(drug.words)}">Remove</button></div>
  </fieldset>`;
}

/** A rule looked at on dosing days, or a button that makes one. */
function ruleForm(about, rule, at, key, words) {
  if (!rule) return `<div class="row"><button class="quiet" data-rule="${at}" data-key="${key}">${words} …</button></div>`;
  const names = about.figures.map((figure) => [figure.output, figure.words]);
  const unit = about.outputs[rule.quantity].unit;
  return `<div class="row"><span class="small">${words}</span>
    ${select(`data-rule-part="${at}" data-key="${key}" data-part="quantity" aria-label="Quantity"`, names, rule.quantity)}
    ${select(`data-rule-part="${at}" data-key="${key}" data-part="operator" aria-label="Comparison"`, OPERATORS.map((o) => [o, o]), rule.operator)}
    <input type="number" step="any" data-rule-part="${at}" data-key="${key}" data-part="level" value="${rule.level}" aria-label="Level"> ${unit === "1" ? "" : safe(unit)}
    <button class="quiet" data-rule-off="${at}" data-key="${key}" aria-label="Remove this rule">Remove</button></div>`;
}

/** Changes of habits as a form. */
export function habitForm(about, habits) {
  const rows = habits.map((habit, i) => {
    const kind = about.habits[habit.name];
    const what = kind.kinds
      ? select(`data-habit="${i}" data-key="kind" aria-label="Kind"`, kind.kinds.map((k) => [k, k.replace(/_/g, " ")]), habit.kind)
      : `<input type="number" min="0" max="${kind.most}" step="any" data-habit="${i}" data-key="value" value="${habit.value}" aria-label="Amount"> ${safe(kind.unit)}`;
    return `<fieldset><legend>${safe(habitWords(habit.name))}</legend><div class="row">${what}</div>
      <label class="line">From month <input type="number" step="1" data-habit="${i}" data-key="from" value="${habit.from}"> to <input type="number" step="1" data-habit="${i}" data-key="until" value="${habit.until ?? ""}" placeholder="the end" aria-label="Last month"></label>
      <button data-habit-off="${i}">Remove</button></fieldset>`;
  });
  const names = Object.keys(about.habits).map((name) => [name, habitWords(name)]);
  return `${rows.join("")}<div class="row">${select('data-habit-add aria-label="Habit or illness to add"', [["", "Add a change …"], ...names], "")}</div>`;
}

/** A habit in words. */
export function habitWords(name) {
  const words = { bmi: "Body mass index", vitamin_d: "Vitamin D taken", calcium: "Calcium taken", immobilisation: "Rest", inflammation: "Inflammation" }[name];
  return words ?? name[0].toUpperCase() + name.slice(1);
}

/** Let every control of a part of the page change the state. @param {HTMLElement} root @param {object} app */
export function bind(root, app) {
  root.addEventListener("input", (event) => input(event.target, app));
  root.addEventListener("change", (event) => change(event.target, app));
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) click(button, app);
  });
}

/** What moves while the reader drags: no form is drawn anew. */
function input(target, app) {
  const { slide, course, key } = target.dataset;
  if (slide) {
    app.set((state) => setPerson(state, slide, Number(target.value), app.about));
    app.showKnob(slide);
  } else if (course && target.type === "range") {
    const value = Number(target.value);
    target.previousElementSibling.textContent = `${Math.round(100 * value)} %`;
    app.set((state) => (courseAt(state, course)[key] = value));
  }
}

/** A person keeps years that can be: the last period lies between the earliest and the latest age of one. */
function setPerson(state, key, value, about) {
  const { person } = state;
  const { earliest_menopause: earliest, latest_menopause: latest } = about.limits;
  person[key] = value;
  if (person.years_since_menopause == null) return;
  const most = Math.max(0, person.age - earliest);
  person.years_since_menopause = Math.min(most, Math.max(0, person.age - latest, person.years_since_menopause));
}

function courseAt(state, at) {
  const [plan, course] = at.split("-");
  return state.plans[plan][course];
}

/** What is chosen or written. */
function change(target, app) {
  const { dataset } = target;
  const value = target.type === "number" ? Number(target.value) : target.value;
  if (target.type === "number" && (!Number.isFinite(value) || !target.validity.valid)) return app.tell(`${target.value || "Nothing"} cannot be used here: ${target.validationMessage}`);
  if (dataset.person) return app.rebuild((state) => personChoice(state, dataset.person, target, app.about));
  if (dataset.number) return app.set((state) => (state.person[dataset.number] = target.value === "" ? null : value));
  if (dataset.prior) return app.set((state) => setPrior(state, dataset.prior, value));
  if (dataset.open) return app.rebuild((state) => openKnob(state, dataset.open, target.checked, app.about));
  if (dataset.course && target.type !== "range") return app.rebuild((state) => setCourse(state, dataset, value));
  if (dataset.add != null && target.value) return app.rebuild((state) => addCourse(state, Number(dataset.add), target.value, app.about));
  if (dataset.rulePart) return app.rebuild((state) => (courseAt(state, dataset.rulePart)[dataset.key][dataset.part] = value));
  if (dataset.habit) return app.rebuild((state) => (state.habits[dataset.habit][dataset.key] = target.value === "" ? null : value));
  if (dataset.habitAdd != null && target.value) return app.rebuild((state) => addHabit(state, target.value, app.about));
  return undefined;
}

function personChoice(state, key, target, about) {
  const { person } = state;
  person[key] = target.type === "checkbox" ? target.checked : target.value || null;
  if (key !== "sex") return;
  for (const name of ["years_since_menopause", "surgical_menopause_at", "hypogonadism_at"]) delete person[name];
  if (person.sex === "female") person.years_since_menopause = Math.max(0, Math.round(person.age - about.limits.menopause_age));
}

function setPrior(state, kind, count) {
  const others = (state.person.prior_fractures ?? []).filter((name) => name !== kind);
  state.person.prior_fractures = [...others, ...new Array(Math.max(0, Math.round(count))).fill(kind)];
}

function openKnob(state, key, open, about) {
  const knob = about.sliders.find((row) => row.key === key);
  state.person[key] = open ? (knob.low + knob.high) / 2 : null;
}

function setCourse(state, { course: at, key }, value) {
  const course = courseAt(state, at);
  course[key] = value;
  if (course.until <= course.from) course.until = course.from + 1;
}

function addCourse(state, plan, name, about) {
  const last = Math.max(0, ...state.plans[plan].map((course) => course.until));
  const from = Math.min(last, state.months - 12);
  const length = about.drugs[name].usual_months ?? 36;
  state.plans[plan].push({ ...structuredClone(about.drugs[name].usual), from, until: Math.min(state.months, from + length) });
}

function addHabit(state, name, about) {
  const kind = about.habits[name];
  const how = kind.kinds ? { kind: kind.usual } : { value: kind.usual };
  state.habits.push({ name, ...how, from: 0, until: null });
}

function click(button, app) {
  const { holiday, remove, rule, ruleOff, habitOff, key } = button.dataset;
  if (remove) app.rebuild((state) => removeCourse(state, remove));
  else if (holiday) app.rebuild((state) => takeHoliday(state, holiday, app));
  else if (rule) app.rebuild((state) => (courseAt(state, rule)[key] = structuredClone(app.about.rules[key])));
  else if (ruleOff) app.rebuild((state) => (courseAt(state, ruleOff)[key] = null));
  else if (habitOff) app.rebuild((state) => state.habits.splice(Number(habitOff), 1));
}

function removeCourse(state, at) {
  const [plan, course] = at.split("-");
  state.plans[plan].splice(Number(course), 1);
}

/** A course becomes two, with a pause of a third of it between them. */
function takeHoliday(state, at, app) {
  const [plan, place] = at.split("-");
  const course = state.plans[plan][place];
  const part = Math.floor((course.until - course.from) / 3);
  if (part < 1) {
    app.tell("This course is too short for a holiday.");
    return;
  }
  const after = { ...structuredClone(course), from: course.from + 2 * part };
  state.plans[plan].splice(Number(place) + 1, 0, after);
  course.until = course.from + part;
}
