// A form from the JSON schema of a file kind: the table behind it is the file, a fault stands at its field.
import { post, say } from "./jobs.js";

const form = document.getElementById("form");
const kind = form.dataset.kind;
let schema, table, faults = [], wide = new Set(), count = 0;

/** An element.  @param {string} tag @param {object} about @param {...(Node|string)} inside */
function el(tag, about = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...inside);
  return made;
}

const words = (key) => String(key).replaceAll("_", " ").replace(/^./, (c) => c.toUpperCase());
const at = (path) => path.reduce((v, k) => (v === undefined || v === null ? undefined : v[k]), table);

function put(path, value) {
  const last = path[path.length - 1];
  const home = path.slice(0, -1).reduce((v, k) => (v[k] ??= {}), table);
  if (value !== undefined) home[last] = value;
  else if (Array.isArray(home)) home.splice(last, 1);
  else delete home[last];
}

/** A schema without references and without "or nothing". */
function plain(node) {
  let s = node;
  while (s.$ref) s = { ...schema.$defs[s.$ref.split("/").pop()], ...Object.fromEntries(Object.entries(s).filter(([k]) => k !== "$ref")) };
  const options = (s.anyOf || s.oneOf || []).filter((o) => o.type !== "null");
  if (options.length === 1) return plain({ ...options[0], default: s.default, title: s.title, description: s.description || options[0].description });
  return options.length ? { ...s, options: options.map(plain) } : s;
}

const isTable = (s) => s.type === "object" || s.properties !== undefined;
const faultsAt = (path) => faults.filter((f) => f.path.length === path.length && f.path.every((k, i) => k === path[i]));
const faultsIn = (path) => faults.filter((f) => path.every((k, i) => k === f.path[i]));
const told = (path, id) => faultsAt(path).map((f, i) => el("p", { class: "fault", id: `${id}-fault-${i}` }, f.message + (f.hint && !f.message.includes(f.hint) ? ` ${f.hint}` : "") + (f.allowed && f.allowed.length < 200 ? ` Allowed: ${f.allowed}.` : "")));

function changed(path, value, again = false) {
  put(path, value);
  faults = faults.filter((f) => !(f.path.length >= path.length && path.every((k, i) => k === f.path[i])));
  if (again) draw();
  later();
}

/** What somebody wrote, as the file will hold it. */
function read(s, text) {
  const types = s.options ? s.options.map((o) => o.type) : [s.type];
  if (text === "") return undefined;
  const number = Number(text);
  if ((types.includes("number") || types.includes("integer") || types.includes(undefined)) && Number.isFinite(number)) return number;
  if (types.includes("array") && /^\s*\[/.test(text)) try { return JSON.parse(text); } catch { /* as it is: the fault will say */ }
  return text;
}

const written = (v) => (v === undefined || v === null ? "" : typeof v === "object" ? JSON.stringify(v) : String(v));

/** A field with its label, hint and faults. */
function field(key, s, path, needed) {
  const id = `f${(count += 1)}`;
  const value = at(path);
  const wrong = faultsIn(path);
  const described = [`${id}-hint`, ...faultsAt(path).map((_, i) => `${id}-fault-${i}`)].join(" ");
  const about = { id, "aria-describedby": described, "aria-invalid": wrong.length ? "true" : undefined, required: needed, "data-path": JSON.stringify(path) };
  const initial = s.default === null || s.default === undefined || typeof s.default === "object" ? "" : String(s.default);
  let input;
  if (s.type === "boolean") {
    input = el("input", { ...about, type: "checkbox", onchange: (e) => changed(path, e.target.checked ? true : undefined) });
    input.checked = value === true;
    return el("div", { class: "field tick" }, el("label", { for: id }, input, words(key)), ...told(path, id));
  }
  if (s.enum) {
    const none = el("option", { value: "" }, initial ? `${words(initial)} (as it is)` : needed ? "choose" : "none");
    input = el("select", { ...about, onchange: (e) => changed(path, e.target.value || undefined, true) }, none, ...s.enum.map((v) => el("option", { value: v }, words(v))));
    input.value = value ?? "";
  } else if (s.type === "array") {
    const items = plain(s.items || {});
    const many = items.enum ? `one a line: ${items.enum.join(", ")}` : items.examples ? `one a line, as ${items.examples[0]}` : "one a line";
    input = el("textarea", { ...about, class: "short", rows: Math.max(2, (value || []).length + 1), placeholder: many, oninput: (e) => {
      const lines = e.target.value.split("\n").map((l) => l.trim()).filter(Boolean).map((l) => read(items, l));
      changed(path, lines.length ? lines : undefined);
    } });
    input.value = (value || []).map(written).join("\n");
    for (const f of wrong.filter((x) => x.path.length > path.length)) faults.push({ ...f, path, message: `Line ${f.path[path.length] + 1}: ${f.message}` });
    faults = faults.filter((f) => !wrong.includes(f) || f.path.length === path.length);
  } else {
    const example = s.examples?.[0] ?? s.options?.find((o) => o.examples)?.examples[0] ?? "";
    input = el("input", { ...about, type: "text", autocomplete: "off", placeholder: initial || (example ? `as ${example}` : ""), oninput: (e) => changed(path, read(s, e.target.value.trim())) });
    input.value = written(value);
  }
  const hint = s.description || s.options?.find((o) => o.description)?.description || "";
  return el("div", { class: "field" }, el("label", { for: id }, words(key) + (needed ? " *" : "")), input, el("p", { class: "hint", id: `${id}-hint` }, hint), ...told(path, id));
}

/** A table: what is needed or set first, the rest folded away. */
function fields(s, path) {
  const needed = new Set(s.required || []);
  const shown = [], more = [];
  for (const [key, node] of Object.entries(s.properties || {})) {
    if (path.length === 0 && (key === "format" || key === "events" || key === "compartments")) continue;
    const own = [...path, key];
    const first = needed.has(key) || at(own) !== undefined || faultsIn(own).length;
    (first ? shown : more).push(part(key, plain(node), own, needed.has(key)));
  }
  if (!more.length) return shown;
  const place = JSON.stringify(path);
  const folded = el("details", { ontoggle: (e) => (e.target.open ? wide.add(place) : wide.delete(place)) }, el("summary", {}, `More (${more.length})`), ...more);
  folded.open = wide.has(place);
  return [...shown, folded];
}

function part(key, s, path, needed) {
  const choice = s.options?.find(isTable);
  if (choice && typeof at(path) === "object" && !Array.isArray(at(path))) return box(key, choice, path, needed);
  if (choice) {
    const other = el("button", { type: "button", class: "quiet", onclick: () => changed(path, {}, true) }, `Write ${key.replaceAll("_", " ")} out instead`);
    const text = field(key, { ...s, options: s.options.filter((o) => !isTable(o)) }, path, needed);
    text.append(other);
    return text;
  }
  if (isTable(s)) return box(key, s, path, needed);
  const items = s.type === "array" ? plain(s.items || {}) : null;
  return items && isTable(items) ? list(key, items, path) : field(key, s, path, needed);
}

function box(key, s, path, needed) {
  if (at(path) === undefined && !needed)
    return el("p", { class: "row" }, el("button", { type: "button", onclick: () => changed(path, {}, true) }, `Add ${key.replaceAll("_", " ")}`));
  if (at(path) === undefined) put(path, {});
  const without = needed ? [] : [el("button", { type: "button", class: "quiet", onclick: () => changed(path, undefined, true) }, `Remove ${key.replaceAll("_", " ")}`)];
  return el("fieldset", {}, el("legend", {}, words(key)), ...told(path, `t${(count += 1)}`), ...fields(s, path), ...without);
}

function list(key, items, path) {
  const have = at(path) || [];
  const each = have.map((_, i) => {
    const own = [...path, i];
    const without = el("button", { type: "button", class: "quiet", onclick: () => changed(own, undefined, true) }, `Remove ${key.replaceAll("_", " ")} ${i + 1}`);
    return el("fieldset", {}, el("legend", {}, `${words(key)} ${i + 1}`), ...told(own, `t${(count += 1)}`), ...fields(items, own), without);
  });
  const add = el("button", { type: "button", onclick: () => changed(path, [...have, {}], true) }, `Add ${key.replaceAll("_", " ")}`);
  return el("div", {}, ...told(path, `t${(count += 1)}`), ...each, el("p", { class: "row" }, add));
}

function draw() {
  const focus = document.activeElement?.dataset?.path;
  count = 0;
  const parts = fields(schema, []);
  const general = faults.filter((f) => f.path.length === 0);
  document.getElementById("faults").replaceChildren(...(faults.length ? [el("div", { class: "note wrong-note" }, el("b", {}, faults.length === 1 ? "One thing is not right yet" : `${faults.length} things are not right yet`), el("ul", {}, ...(general.length ? general : faults).map((f) => el("li", {}, f.sentence))))] : []));
  form.replaceChildren(...parts);
  if (focus) form.querySelector(`[data-path='${CSS.escape(focus).replaceAll("\\", "\\")}']`)?.focus();
}

let timer, asked = null;
const events = document.getElementById("events");
/** What is sent of a file: its table, and the event table where one is written. */
const sent = (file) => (events?.value.trim() ? { ...file, events: events.value } : file);

/** A moment after the last change: the file, and of one person the answer. Only the newest counts. */
function later() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 250);
}

async function refresh() {
  asked?.abort();
  asked = new AbortController();
  const signal = asked.signal;
  try {
    const file = await post(`/api/write/${kind}`, sent({ table }), signal);
    document.getElementById("text").value = file.ok ? file.toml : "";
    if (kind === "scenario") show(await post("/api/simulate", sent({ table, seed: seed() }), signal));
  } catch (error) {
    if (error.name !== "AbortError") say("The program does not answer.");
  }
}

function show(answer) {
  const now = document.getElementById("now");
  if (!answer.ok) return void now.replaceChildren(el("ul", {}, ...answer.errors.map((e) => el("li", {}, e.sentence))));
  const last = new Map(answer.rows.map((r) => [r.output, r]));
  const rows = [...last.values()].map((r) => el("tr", {}, el("th", { scope: "row" }, r.output.replaceAll("_", " ")), el("td", {}, `${r.value.toPrecision(3).replace("-", "−")} ${r.unit === "1" ? "" : r.unit}`)));
  const months = [...last.values()][0]?.months;
  now.replaceChildren(
    ...answer.words.map((w) => el("p", {}, w)),
    el("table", {}, el("caption", {}, `At month ${months?.toFixed(0)}`), el("tbody", {}, ...rows)),
    el("ul", { class: "small" }, ...answer.notes.map((n) => el("li", {}, n))),
  );
}

const number = (id) => {
  const box = document.getElementById(id);
  return box && box.value !== "" ? Number(box.value) : null;
};
const seed = () => number("seed") ?? 1;

async function start() {
  say("Checking …");
  const body = sent({ kind, table, seed: seed(), workers: number("workers") ?? 1 });
  const answer = await post("/api/jobs", number("patients") === null ? body : { ...body, patients: number("patients") });
  if (answer.ok) return void location.assign(`/runs/${answer.id}`);
  faults = answer.errors;
  say(faults.length === 1 ? "One thing is not right yet." : `${faults.length} things are not right yet.`);
  draw();
  document.querySelector("[aria-invalid]")?.focus();
}

async function readText(text) {
  const answer = await post(`/api/read/${kind}`, sent({ toml: text }));
  if (!answer.ok) {
    faults = answer.errors;
    draw();
    return;
  }
  table = answer.table;
  const right = await post(`/api/validate/${kind}`, sent({ toml: text }));
  faults = right.errors;
  draw();
  later();
}

document.getElementById("start").addEventListener("click", start);
document.getElementById("seed").addEventListener("input", later);
document.getElementById("read").addEventListener("click", () => readText(document.getElementById("text").value));
document.getElementById("open").addEventListener("change", async (e) => e.target.files[0] && readText(await e.target.files[0].text()));
events?.addEventListener("input", () => {
  if (!events.value.trim()) put(["events"], undefined);
  later();
});
document.getElementById("open-events")?.addEventListener("change", async (e) => {
  if (!e.target.files[0]) return;
  events.value = await e.target.files[0].text();
  later();
});
document.getElementById("save").addEventListener("click", () => {
  const link = el("a", { href: URL.createObjectURL(new Blob([document.getElementById("text").value])), download: `${kind}.toml` });
  link.click();
});
form.addEventListener("submit", (e) => e.preventDefault());
const opened = await (await fetch(`/api/schema/${kind}`)).json();
schema = opened.schema;
table = opened.start;
draw();
refresh();
