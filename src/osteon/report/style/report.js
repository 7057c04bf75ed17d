/** What a report does beside being read: figures saved as PNG, and the living page opened inside it. Nothing is asked from anywhere. */

const SCALE = 2; // pixels of a PNG for one of the drawing

/** Save a file. @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** The SVG file of a link as a PNG. @param {HTMLAnchorElement} link @returns {Promise<Blob>} */
function picture(link) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = image.naturalWidth * SCALE;
      canvas.height = image.naturalHeight * SCALE;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be drawn."))), "image/png");
    };
    image.onerror = () => reject(new Error("The picture could not be drawn."));
    image.src = link.href;
  });
}

/** Text of the living page, unpacked. @param {string} packed @returns {Promise<string>} */
async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

/** Open the living page with the state that a button names. @param {HTMLButtonElement} button */
async function openLive(button) {
  const place = button.closest("[data-live]");
  const frame = place.querySelector("iframe") ?? document.createElement("iframe");
  frame.className = "live";
  frame.title = "The living page: who she is, what she is given, and what the model answers";
  place.address ??= URL.createObjectURL(new Blob([await unpacked(place.querySelector("script").textContent.trim())], { type: "text/html" }));
  for (const other of place.querySelectorAll("[data-open]")) other.setAttribute("aria-pressed", String(other === button));
  const fresh = frame.cloneNode(false);
  fresh.src = place.address + (button.dataset.open ? `#${button.dataset.open}` : "");
  if (frame.parentNode) frame.replaceWith(fresh);
  else place.append(fresh);
}

document.addEventListener("click", async (event) => {
  const png = event.target.closest("[data-png]");
  if (png) save(await picture(png.parentNode.querySelector("a[download$='.svg']")), png.dataset.png);
  const live = event.target.closest("[data-open]");
  if (live) await openLive(live);
});
for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
