// Runs as they go: state and progress looked at again and again, buttons that start, stop and resume.

/** Ask for a change; only our own pages know the token.  @param {string} address @param {object} body */
export async function post(address, body, signal) {
  const change = document.querySelector('meta[name="change"]').content;
  const head = { "content-type": "application/json", "x-osteon": change };
  const answer = await fetch(address, { method: "POST", headers: head, body: JSON.stringify(body), signal });
  return { status: answer.status, ...(await answer.json()) };
}

/** Say what happened where it is read aloud.  @param {string} text */
export function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}

const told = (answer) => answer.errors.map((e) => e.sentence || e.message).join(" ");

async function start(body) {
  say("Starting …");
  const answer = await post("/api/jobs", body);
  if (answer.ok) location.assign(`/runs/${answer.id}`);
  else say(told(answer));
}

const MARKS = { finished: "✓ ", failed: "✕ ", running: "… ", stopping: "… " };
const span = (s) => (s >= 90 ? `${Math.round(s / 60)} min` : `${Math.round(s)} s`);

function paint(row, alone) {
  const badge = document.querySelector(`[data-state="${row.id}"]`);
  if (!badge) return;
  const before = badge.textContent.replace(/^\W+/, "");
  if (alone && before !== row.state) return void location.reload(); // other buttons, other tables
  badge.textContent = (MARKS[row.state] || "☐ ") + row.state;
  badge.className = `badge s-${row.state}`;
  const going = row.state === "running" || row.state === "stopping";
  const bar = document.querySelector(`[data-share="${row.id}"]`);
  bar.hidden = !going;
  if (row.share === null) bar.removeAttribute("value");
  else bar.value = row.share;
  const left = row.eta === null ? "" : `, about ${span(row.eta)} to go`;
  document.querySelector(`[data-text="${row.id}"]`).textContent = going ? row.text + left : "";
}

async function look() {
  const alone = document.querySelector("[data-alone]");
  const answer = await fetch(alone ? `/api/jobs/${alone.dataset.job}` : "/api/jobs");
  if (!answer.ok) return true;
  const rows = (await answer.json()).rows;
  for (const row of rows) paint(row, alone !== null);
  return rows.some((r) => !["finished", "failed", "stopped"].includes(r.state));
}

async function watch() {
  let more = true;
  while (more) {
    try {
      more = await look();
    } catch {
      say("The program does not answer; it may have ended. Runs that are on their way go on.");
    }
    await new Promise((r) => setTimeout(r, document.hidden ? 4000 : 900));
  }
}

for (const button of document.querySelectorAll("[data-post]"))
  button.addEventListener("click", async () => {
    button.disabled = true;
    const answer = await post(button.dataset.post, JSON.parse(button.dataset.body || "{}"));
    if (answer.ok) location.reload();
    else say(told(answer));
    button.disabled = false;
  });
for (const button of document.querySelectorAll("[data-start]"))
  button.addEventListener("click", () => start(JSON.parse(button.dataset.start)));
for (const form of document.querySelectorAll("[data-form]"))
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start({ kind: form.dataset.form, ids: [new FormData(form).get("ids")] });
  });
const compare = document.getElementById("compare");
if (compare)
  compare.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`/compare?${new URLSearchParams(new FormData(compare))}`);
  });
if (document.querySelector("[data-job]")) watch();
