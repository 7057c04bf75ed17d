/**
 * Figures as SVG, drawn at the width that they are shown at, so that their text is never shrunk. A figure says its result in
 * numbers to a screen reader, and can be taken away as SVG, PNG or CSV.
 *
 * @typedef {{name: string, values: number[], kind: string, arm: number}} Line kind: line, without, ghost
 * @typedef {{low: number[], high: number[], kind: string, arm: number}} Band kind: person (how persons differ) or know
 */

const MARGIN = { left: 44, right: 12, top: 8, bottom: 24 };
const HEIGHT = 178;

/** Round numbers between two ends. */
export function ticks(low, high, count = 4) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => (high - low) / size <= count + 0.5) ?? 10 * power;
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-9 * step; tick += step) found.push(Number(tick.toPrecision(12)));
  return found;
}

/** Years or months at which the time axis has numbers. */
function monthTicks(months, width) {
  const most = Math.max(2, Math.floor(width / 40));
  const fits = [6, 12, 24, 36, 48, 60, 120].filter((size) => months / size <= most);
  const step = fits.find((size) => months % size === 0) ?? fits[0] ?? months;
  return Array.from({ length: Math.floor(months / step) + 1 }, (_, i) => i * step);
}

/** Rounded to a tenth of a pixel. */
function tenths(pixels) {
  return Math.round(10 * pixels) / 10;
}

/** Where things are in a figure. */
function scales(width, months, low, high) {
  const inner = width - MARGIN.left - MARGIN.right;
  const tall = HEIGHT - MARGIN.top - MARGIN.bottom;
  return {
    x: (month) => MARGIN.left + (inner * month) / months,
    y: (value) => MARGIN.top + (tall * (high - value)) / (high - low),
  };
}

/** The range that all curves need, with some air, and zero where changes are shown. */
function range(figure) {
  const all = [
    ...figure.lines.flatMap((line) => line.values),
    ...figure.bands.flatMap((area) => [...area.low, ...area.high]),
    ...(figure.points ?? []).flatMap((point) => [point.low ?? point.value, point.high ?? point.value]),
  ].filter(Number.isFinite);
  let low = Math.min(...all, figure.zero ? 0 : Infinity);
  let high = Math.max(...all, figure.zero ? 0 : -Infinity);
  if (high - low < figure.least) {
    const middle = (high + low) / 2;
    [low, high] = [middle - figure.least / 2, middle + figure.least / 2];
  }
  const air = 0.06 * (high - low);
  return [low - air, high + air];
}

/**
 * A figure of curves over months.
 * @param {{id: string, title: string, months: number, lines: Line[], bands: Band[], points?: object[], zero: boolean, least: number,
 *   describe: string, cursor?: number}} figure
 * @param {number} width pixels
 */
export function curves(figure, width) {
  const [low, high] = range(figure);
  const { x, y } = scales(width, figure.months, low, high);
  const step = figure.months / (figure.lines[0].values.length - 1);
  const place = (value, i) => `${tenths(x(i * step))} ${tenths(y(value))}`;
  const path = (values) => `M${values.map(place).join("L")}`;
  const area = (shape) => {
    const back = shape.low.map((value, i) => `L${place(value, i)}`).reverse();
    return `${path(shape.high)}${back.join("")}Z`;
  };
  const parts = [axes(figure, width, low, high, x, y)];
  for (const shape of figure.bands) parts.push(`<path class="${shape.kind} c${shape.arm}" d="${area(shape)}"/>`);
  for (const line of figure.lines) parts.push(`<path class="ln ${line.kind} c${line.arm}" d="${path(line.values)}"/>`);
  for (const point of figure.points ?? []) parts.push(diamond(point, x, y));
  if (figure.cursor != null) parts.push(`<line class="cursor" x1="${x(figure.cursor)}" x2="${x(figure.cursor)}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>`);
  const name = `${safe(figure.title)}: ${safe(figure.describe)}`;
  return `<svg viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img" aria-label="${name}"><title>${name}</title>${parts.join("")}</svg>`;
}

function axes(figure, width, low, high, x, y) {
  const across = ticks(low, high).map((tick) => {
    const zero = figure.zero && tick === 0 ? "ax0" : "ax";
    const text = Number(tick.toPrecision(6)).toString().replace("-", "−");
    return `<line class="${zero}" x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${MARGIN.left - 6}" y="${y(tick) + 4}" text-anchor="end">${text}</text>`;
  });
  const along = monthTicks(figure.months, width - MARGIN.left).map((month) => {
    const end = month + 12 > figure.months ? "end" : month === 0 ? "start" : "middle";
    const word = month + 12 > figure.months ? `${month} mo` : `${month}`;
    return `<text x="${end === "end" ? Math.min(x(month) + 14, width - 2) : x(month)}" y="${HEIGHT - 7}" text-anchor="${end}">${word}</text>`;
  });
  return [...across, ...along].join("");
}

/** A published value: an open diamond with its interval. */
function diamond(point, x, y) {
  const [cx, cy] = [x(point.month), y(point.value)];
  const whisker = point.low == null ? "" : `<line class="st c1" x1="${cx}" x2="${cx}" y1="${y(point.low)}" y2="${y(point.high)}"/>`;
  return `${whisker}<path class="hollow c1" d="M${cx} ${cy - 5}L${cx + 5} ${cy}L${cx} ${cy + 5}L${cx - 5} ${cy}Z"><title>${safe(point.words)}</title></path>`;
}

/** Rules of the page that a figure needs when it stands alone. */
function styleOf(element) {
  const names = ["fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity", "font-size", "font-family", "font-weight", "opacity"];
  const style = getComputedStyle(element);
  return names.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
}

/** A figure as text that stands alone: colours and fonts are written into it. @param {SVGElement} svg */
export function alone(svg) {
  const copy = svg.cloneNode(true);
  const from = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, i) => element.setAttribute("style", styleOf(from[i])));
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("style", `background:${getComputedStyle(document.body).backgroundColor}`);
  return new XMLSerializer().serializeToString(copy);
}

/** A figure as a PNG, twice as fine as on screen. @param {SVGElement} svg @returns {Promise<Blob>} */
export async function picture(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(alone(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Let the reader keep a file. @param {string} name @param {Blob|string} content @param {string} type */
export function keep(name, content, type = "text/plain") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
