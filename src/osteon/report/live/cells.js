/**
 * Cell products: what a dose does to bone, as an interval, beside embolism and death. In people there is no point estimate;
 * nowhere is there a best dose.
 */

export class CellsScreen {
  constructor(app) {
    this.app = app;
    const [first] = app.about.cells.rows;
    this.chosen = first ? { species: first.species, source: first.source, route: first.route } : {};
  }

  /** Nothing is computed anew here: the rows were, when the page was written. */
  jobs() {
    return [];
  }

  /** No answers are awaited. */
  heard() {}

  /** The whole screen anew. @param {HTMLElement} root */
  build(root) {
    const { cells } = this.app.about;
    this.root = root;
    const field = (key, label) => {
      const values = [...new Set(cells.rows.map((row) => row[key]))];
      return `<label class="line">${label} ${select(`data-cell="${key}"`, values.map((value) => [value, cells.words[value]]), this.chosen[key])}</label>`;
    };
    root.innerHTML = `<section id="answer" tabindex="-1" aria-labelledby="h-cells"><h2 id="h-cells">Cell products</h2><p class="say" id="say" aria-live="polite"></p>
      ${this.given()}<div class="row">${field("species", "In a")}${field("source", "cells from")}${field("route", "given")}</div></section>
      <section id="doses"></section><section id="hangs"></section><p class="small" role="status" id="told"></p>`;
    root.addEventListener("click", ({ target }) => {
      if (target.dataset.given === undefined) return;
      const { source, route } = cells.arms[Number(target.dataset.given)];
      Object.assign(this.chosen, { source, route });
      for (const key of ["source", "route"]) root.querySelector(`[data-cell="${key}"]`).value = this.chosen[key];
      this.update();
    });
    root.addEventListener("change", ({ target }) => {
      if (target.dataset.cell) {
        this.chosen[target.dataset.cell] = target.value;
        this.update();
      }
    });
    this.update();
  }

  /** What arms of a study are given, where the page is of one. */
  given() {
    const { arms, untold } = this.app.about.cells;
    if (!arms) return "";
    const item = (arm, i) => `<li><b>${safe(arm.arm)}</b>: ${safe(arm.words)} ${arm.source ? `<button class="quiet" data-given="${i}">Show its product</button>` : "(not counted in cells: no row here)"}</li>`;
    return `<div class="note"><b>In this study</b><ul>${arms.map(item).join("")}</ul><p class="small">${safe(untold[0].toUpperCase() + untold.slice(1))}; what a person's bone would do with them is not known well enough for the first screen.</p></div>`;
  }

  /** Arms whose dose a row has. */
  armsOf(row) {
    const arms = (this.app.about.cells.arms ?? []).filter((arm) => arm.source === row.source && arm.route === row.route && arm.dose === row.dose);
    return arms.length ? `<span class="small"> this study: ${safe(arms.map((arm) => arm.arm).join(", "))}</span>` : "";
  }

  rows() {
    return this.app.about.cells.rows.filter((row) => ["species", "source", "route"].every((key) => row[key] === this.chosen[key]));
  }

  /** Sentence, table and what it hangs on. */
  update() {
    const rows = this.rows();
    if (!rows.length) return;
    const { words, months, draws } = this.app.about.cells;
    const human = this.chosen.species === "human";
    const low = Math.min(...rows.map((row) => row.benefit[0]));
    const high = Math.max(...rows.map((row) => row.benefit[1]));
    const measure = human ? "BMD of a woman" : `trabecular bone of a ${words[this.chosen.species]}`;
    const nothing = low <= 0 && high >= 0 ? "Nothing at all is among the answers. " : "";
    const carried = human ? "What cells do in people is carried over from animals, with a chance that nothing carries over. " : "";
    this.root.querySelector("#say").innerHTML = `Over these doses, ${months} months changed the ${measure} by <b>${signed(low)} to ${signed(high)} %</b> (90 % of ${draws} parameter draws). ${nothing}${carried}No dose here is called the best.`;
    const body = rows.map((row) => `<tr><th scope="row">${row.dose.toLocaleString("en")}${this.armsOf(row)}${row.extrapolated ? '<span class="small"> beyond the largest usual dose: extrapolated</span>' : ""}</th><td data-h="bone, %">${signed(row.benefit[0])} to ${signed(row.benefit[1])}</td><td data-h="embolism of 1,000">${perThousand(row.embolism[0])} to ${perThousand(row.embolism[1])}</td><td data-h="death of 1,000">${perThousand(row.death[0])} to ${perThousand(row.death[1])}</td><td class="l" data-h="rests on">${row.evidence === "animal" ? "animal data" : "assumed, from animals"}</td></tr>`);
    this.root.querySelector("#doses").innerHTML = `<table class="fold"><caption>What a dose does, beside what it risks<span>90 % of parameter draws. The rates of embolism and death were seen in animals.</span></caption><thead><tr><th scope="col">cells a kilogram</th><th scope="col">bone, %</th><th scope="col">embolism of 1,000</th><th scope="col">death of 1,000</th><th scope="col" class="l">rests on</th></tr></thead><tbody>${body.join("")}</tbody></table>`;
    const causes = rows[0].causes?.map(([name, rank]) => `<li><code>${safe(name)}</code>: rank correlation ${signed(rank, 2)}</li>`);
    this.root.querySelector("#hangs").innerHTML = !causes ? "" : `<h3>What it hangs on</h3>${causes.length ? `<ul>${causes.join("")}</ul><p class="small">Drawn values whose ranks go with the outcome of the largest dose, as far as chance among so few draws does not explain it. A source of cells is not ranked against another: no trial compares them.</p>` : '<p class="small">The outcome does not move here, or with nothing that was drawn more than by chance.</p>'}`;
  }
}
