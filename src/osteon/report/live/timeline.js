/**
 * The treatment as bars on a time line: drag a bar or its ends by mouse or touch; with the keyboard, arrows move by a month,
 * with shift by a year. A tick for every dose. Changes of habits are bars below.
 */

const ROW = 34;
const LEFT = 6;

export class Timeline {
  /**
   * @param {HTMLElement} place
   * @param {{label: string, about: object, bars: () => object[], months: () => number, changed: () => void}} given
   *   bars: objects with from, until (null: open), label, every (days or null); they are changed in place
   */
  constructor(place, given) {
    this.place = place;
    this.given = given;
    this.drag = null;
    place.addEventListener("pointerdown", (event) => this._down(event));
    place.addEventListener("pointermove", (event) => this._move(event));
    place.addEventListener("pointerup", () => (this.drag = null));
    place.addEventListener("pointercancel", () => (this.drag = null));
    place.addEventListener("keydown", (event) => this._key(event));
  }

  /** Draw anew; what had the focus keeps it. */
  draw() {
    const focus = document.activeElement?.dataset?.bar;
    const width = Math.max(280, this.place.clientWidth);
    const bars = this.given.bars();
    this.scale = (width - 2 * LEFT) / this.given.months();
    const tall = ROW * Math.max(1, bars.length) + 26;
    const body = bars.map((bar, i) => this._bar(bar, i)).join("");
    this.place.innerHTML = `<svg viewBox="0 0 ${width} ${tall}" width="${width}" height="${tall}" role="group" aria-label="${safe(this.given.label)}">${this._grid(tall)}${body}</svg>`;
    if (focus) this.place.querySelector(`[data-bar="${focus}"]`)?.focus({ focusVisible: true });
  }

  _x(month) {
    return LEFT + this.scale * month;
  }

  _grid(tall) {
    const months = this.given.months();
    const step = this.scale * 12 < 44 ? 24 : 12;
    return Array.from({ length: Math.floor(months / step) + 1 }, (_, i) => i * step)
      .map((month) => {
        const anchor = month === 0 ? "start" : month + step > months ? "end" : "middle";
        const word = month === 0 ? "month 0" : month;
        return `<line class="ax" x1="${this._x(month)}" x2="${this._x(month)}" y1="0" y2="${tall - 22}"/><text x="${this._x(month)}" y="${tall - 6}" text-anchor="${anchor}">${word}</text>`;
      })
      .join("");
  }

  _bar(bar, i) {
    const months = this.given.months();
    const until = Math.min(bar.until ?? months, months);
    const [x, y] = [this._x(Math.max(0, bar.from)), i * ROW + 3];
    const width = Math.max(6, this._x(until) - x);
    const name = `${bar.label}, months ${bar.from} to ${bar.until ?? "the end"}`;
    const inside = bar.label.length * 7.4 + 26 < width;
    const right = x + width + 12 + bar.label.length * 7.4 > this._x(months);
    const label = inside
      ? `<text class="inbar" x="${x + 13}" y="${y + 17}">${safe(bar.label)}</text>`
      : `<text class="t" x="${right ? x - 10 : x + width + 12}" y="${y + 17}" text-anchor="${right ? "end" : "start"}">${safe(bar.label)}</text>`;
    return `<g class="c${bar.arm}"><rect class="course" data-bar="${i}-move" tabindex="0" role="slider" aria-label="${safe(name)}: move" aria-valuemin="0" aria-valuemax="${months}" aria-valuenow="${bar.from}" aria-valuetext="${safe(name)}" x="${x}" y="${y}" width="${width}" height="${ROW - 8}" rx="5"/>${this._doses(bar, until, y)}${label}${this._handle(i, "from", bar.from, x - 5, y, `${bar.label}: first month`)}${this._handle(i, "until", until, x + width - 7, y, `${bar.label}: last month`)}</g>`;
  }

  _handle(i, part, month, x, y, name) {
    return `<rect class="handle" data-bar="${i}-${part}" tabindex="0" role="slider" aria-label="${safe(name)}" aria-valuemin="0" aria-valuemax="${this.given.months()}" aria-valuenow="${month}" x="${x}" y="${y}" width="12" height="${ROW - 8}" rx="3"/>`;
  }

  /** A tick a dose, as long as ticks can be told apart. */
  _doses(bar, until, y) {
    if (!bar.every) return "";
    const step = bar.every / this.given.about.time.days_per_month;
    if (this.scale * step < 4) return "";
    const count = Math.ceil((until - bar.from) / step - 1e-9);
    return Array.from({ length: count }, (_, k) => this._x(bar.from + k * step) + 1)
      .map((x) => `<line class="dose" x1="${x}" x2="${x}" y1="${y + ROW - 16}" y2="${y + ROW - 9}"/>`)
      .join("");
  }

  _down(event) {
    const part = event.target.closest?.("[data-bar]");
    if (!part) return;
    this.drag = { bar: part.dataset.bar, x: event.clientX };
    part.focus();
    this.place.setPointerCapture(event.pointerId);
  }

  _move(event) {
    if (!this.drag) return;
    const months = Math.round((event.clientX - this.drag.x) / this.scale);
    if (!months) return;
    this.drag.x += months * this.scale;
    this._shift(this.drag.bar, months);
  }

  _key(event) {
    const bar = event.target.dataset?.bar;
    const direction = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 }[event.key];
    if (!bar || !direction) return;
    event.preventDefault();
    this._shift(bar, direction * (event.shiftKey ? 12 : 1));
  }

  _shift(name, months) {
    const [place, part] = name.split("-");
    const bar = this.given.bars()[place];
    const end = this.given.months();
    const until = bar.until ?? end;
    if (part === "move") {
      const by = Math.max(Math.min(0, bar.from) - bar.from, Math.min(end - until, months));
      bar.from += by;
      bar.until = until + by;
    } else if (part === "from") bar.from = Math.max(Math.min(0, bar.from), Math.min(until - 1, bar.from + months));
    else bar.until = Math.max(bar.from + 1, Math.min(end, until + months));
    this.given.changed();
  }
}
