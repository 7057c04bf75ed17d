/**
 * Why: how the parts of the model move each other. A map of its modules with what they hand on; under the time cursor each
 * part shows how far it is from month 0. A part opens with its quantities, equations and parameters; a value that is changed
 * here is marked assumed, and holds for the whole life.
 */

const STILL = 0.02;

export class WhyScreen {
  constructor(app) {
    this.app = app;
    this.month = 6;
    const { nodes, chain } = app.about.map;
    this.node = (nodes.find((node) => node.output === chain[0]?.output) ?? nodes[0]).name;
  }

  /** Plans that this screen needs computed. */
  plans() {
    return [0];
  }

  /** Typical lines alone are enough here. */
  jobs(rtol) {
    const scenario = (plan) => toScenario(this.app.state, plan, this.app.about.time);
    return [
      { what: "line 0", scenario: scenario(this.app.state.plans[0]), draws: [0], rtol },
      { what: "without 0", scenario: scenario([]), draws: [0], rtol },
    ];
  }

  /** The whole screen anew. @param {HTMLElement} root */
  build(root) {
    const { app } = this;
    this.root = root;
    root.innerHTML = `<section id="answer" tabindex="-1" aria-labelledby="h-why"><h2 id="h-why">What moves what: ${safe(planWords(app.about, app.state.plans[0]))}</h2>
      <p class="small">Arrows are drawn from the model's equations: who reads whom. Move the month; each part shows how far it is from month 0. Press a part to see its equations and numbers.</p>
      <label class="knob"><span>Month</span><output id="month">${this.month}</output><input type="range" id="cursor" min="0" max="${app.state.months}" step="1" value="${this.month}" aria-label="Month"></label>
      <p class="say" id="say" aria-live="polite">Computing …</p></section>
      <div class="two why"><div class="main"><section><div id="map"></div></section></div>
      <div class="main"><section id="part" aria-live="polite"></section></div></div>
      <section id="changed"></section><p class="small" role="status" id="told"></p>`;
    root.addEventListener("input", ({ target }) => target.id === "cursor" && this.at(Number(target.value)));
    root.addEventListener("click", ({ target }) => this.pressed(target));
    root.addEventListener("keydown", (event) => {
      if ((event.key === "Enter" || event.key === " ") && event.target.dataset?.node) {
        event.preventDefault();
        this.pressed(event.target);
      }
    });
    root.addEventListener("change", ({ target }) => target.dataset.value && this.change(target));
    this.part();
    this.changed();
  }

  at(month) {
    this.month = month;
    this.root.querySelector("#month").textContent = month;
    this.update();
  }

  pressed(target) {
    const node = target.closest("[data-node]");
    const undo = target.closest("[data-undo]");
    if (node) {
      this.node = node.dataset.node;
      this.part();
      this.update();
      this.root.querySelector(`[data-node="${this.node}"]`)?.focus();
    } else if (undo) this.override(undo.dataset.undo, null);
  }

  /** A value written by the reader. */
  change(target) {
    const value = Number(target.value);
    if (target.value === "" || !Number.isFinite(value)) this.app.tell("Write a number.");
    else this.override(target.dataset.value, value);
  }

  override(parameter, value) {
    this.app.set((state) => {
      state.overrides = state.overrides.filter((row) => row.parameter !== parameter);
      if (value != null) state.overrides.push({ parameter, value });
    });
    this.part();
    this.changed();
  }

  /** What has been changed here, with a way back. */
  changed() {
    const rows = this.app.state.overrides.map((row) => `<li><code>${safe(row.parameter)}</code> = ${row.value} (<b>assumed</b>, by you) <button data-undo="${safe(row.parameter)}">Take back</button></li>`);
    this.root.querySelector("#changed").innerHTML = rows.length ? `<div class="note"><b>Changed by you: nobody has measured or fitted these.</b><ul>${rows.join("")}</ul></div>` : "";
  }

  /** Numbers anew. */
  update() {
    const set = this.app.result(0);
    if (!set.line) return;
    this.root.querySelector("#map").innerHTML = this.map(set.line);
    this.root.querySelector("#say").innerHTML = this.sentence(set.line);
  }

  /** How far a quantity is from month 0 at the cursor, as a share. */
  moved(line, name) {
    const values = series(line, name);
    const first = values[Math.max(0, line.times.findIndex((time) => time >= 0))];
    const now = values[Math.min(values.length - 1, this.month)];
    return first ? now / first - 1 : 0;
  }

  /** The chain from resorption's masters to bone, in words. */
  sentence(line) {
    const parts = this.app.about.map.chain.filter((step) => line.names.includes(step.output)).map((step) => `${safe(step.words)} <b>${signed(100 * this.moved(line, step.output), 0)} %</b>`);
    return `At month ${this.month}, against month 0: ${parts.join(" → ")}.`;
  }

  /** Parts that are shown: biology, outcomes, and the drugs that are given. */
  nodes() {
    const { nodes, drugs } = this.app.about.map;
    const given = new Set(this.app.state.plans[0].map((course) => course.drug));
    return nodes.filter((node) => !drugs[node.name] || given.has(drugs[node.name]));
  }

  map(line) {
    const { edges } = this.app.about.map;
    const nodes = this.nodes();
    const width = Math.max(300, Math.floor(this.root.querySelector("#map").clientWidth));
    const columns = Math.max(2, Math.floor(width / 170));
    const [wide, tall] = [width / columns - 30, 54];
    const place = (i) => ({ x: (i % columns) * (width / columns) + 15, y: Math.floor(i / columns) * 82 + 12 });
    const at = Object.fromEntries(nodes.map((node, i) => [node.name, place(i)]));
    const height = Math.max(...Object.values(at).map((spot) => spot.y)) + tall + 8;
    const near = edges.filter((edge) => (edge.from === this.node || edge.to === this.node) && at[edge.from] && at[edge.to]);
    const arrows = near.map((edge) => arrow(at[edge.from], at[edge.to], wide, tall)).join("");
    const boxes = nodes.map((node) => this.box(node, at[node.name], wide, tall, line)).join("");
    return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="Map of the model"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8Z" fill="currentColor"/></marker></defs>${arrows}${boxes}</svg>`;
  }

  box(node, { x, y }, wide, tall, line) {
    const share = line.names.includes(node.output) ? this.moved(line, node.output) : null;
    const way = share == null || Math.abs(share) < STILL ? "" : share > 0 ? " up" : " down";
    const letters = Math.floor((wide - 76) / 7);
    const name = node.output.replace(/_/g, " ");
    const quantity = name.length <= letters && name !== node.words.toLowerCase() ? name : "";
    const change = share == null ? "" : `${way === " up" ? "▲" : way === " down" ? "▼" : ""} ${signed(100 * share, 0)} % ${quantity}`.trim();
    return `<g class="node${way}" data-node="${node.name}" tabindex="0" role="button" aria-pressed="${node.name === this.node}"><rect x="${x}" y="${y}" width="${wide}" height="${tall}" rx="7"/><text class="${node.name === this.node ? "b" : "t"}" x="${x + 9}" y="${y + 22}">${safe(node.words)}</text><text x="${x + 9}" y="${y + 42}">${change}</text></g>`;
  }

  /** The part that is open: its quantities, equations, parameters. */
  part() {
    const { about, page } = this.app;
    const node = about.map.nodes.find((one) => one.name === this.node);
    const own = Object.entries(about.parameters).filter(([, row]) => row[4] === node.name);
    const changed = Object.fromEntries(this.app.state.overrides.map((row) => [row.parameter, row.value]));
    const equations = about.map.equations[node.name] ?? [];
    const hands = (list, from, to) => list.filter((edge) => edge[from] === node.name).map((edge) => about.map.nodes.find((one) => one.name === edge[to]).words);
    const rows = own.map(([key, [unit, kind, source, note]]) => {
      const value = changed[key] ?? page.defaults[page.parameters.indexOf(key)];
      return `<tr><th scope="row"><code>${key}</code>${note ? `<span class="small"> ${safe(note)}</span>` : ""}</th><td data-h="value"><input type="number" step="any" data-value="${key}" value="${Number(value.toPrecision(6))}" aria-label="Value of ${key}"> ${unit === "1" ? "" : safe(unit)}</td><td class="l" data-h="kind">${key in changed ? "<b>assumed</b>, by you" : safe(kind)}</td><td class="l" data-h="source">${provenanceOf(about, key, source)}</td></tr>`;
    });
    this.root.querySelector("#part").innerHTML = `<h2>${safe(node.words)}</h2><p>${safe(node.note)}</p>
      <p class="small">${node.output ? `On the map it shows <code>${safe(node.output)}</code>. ` : ""}Reads: ${hands(about.map.edges, "to", "from").join(", ") || "nothing"}. Is read by: ${hands(about.map.edges, "from", "to").join(", ") || "nothing"}.</p>
      <details open><summary>Equations (${equations.length})</summary><ul>${equations.map(([name, text, unit]) => `<li><code>${safe(name)} = ${safe(text)}</code> <span class="small">${unit === "1" ? "" : safe(unit)}</span></li>`).join("")}</ul></details>
      <details><summary>Parameters (${own.length}): change one</summary><table class="fold"><thead><tr><th scope="col">Parameter</th><th scope="col">value</th><th scope="col" class="l">kind</th><th scope="col" class="l">source</th></tr></thead><tbody>${rows.join("")}</tbody></table></details>${turnedBy(about, node.name, "this")}`;
  }
}

/** An arrow from one box to another. */
function arrow(from, to, wide, tall) {
  if (Math.abs(from.x - to.x) < 1) {
    const down = from.y < to.y;
    const [x, y1, y2] = [from.x + wide / 2, down ? from.y + tall : from.y, down ? to.y : to.y + tall];
    const out = Math.abs(y2 - y1) > tall ? wide / 2 + 12 : 0;
    return `<path class="edge" marker-end="url(#tip)" d="M${x} ${y1}C${x + out} ${y1 + (down ? 10 : -10)} ${x + out} ${y2 - (down ? 10 : -10)} ${x} ${y2}"/>`;
  }
  const right = from.x < to.x;
  const [x1, y1] = [right ? from.x + wide : from.x, from.y + tall / 2];
  const [x2, y2] = [right ? to.x : to.x + wide, to.y + tall / 2];
  const bend = Math.abs(x2 - x1) / 2 + 12;
  const side = right ? bend : -bend;
  return `<path class="edge" marker-end="url(#tip)" d="M${x1} ${y1}C${x1 + side} ${y1} ${x2 - side} ${y2} ${x2} ${y2}"/>`;
}
