// Statements that hold the words, the verdict and the kind that are asked for.
const of = (id) => document.getElementById(id);

function filter() {
  const words = of("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of document.querySelectorAll("#claims tbody tr")) {
    const text = row.textContent.toLowerCase();
    const right = (id) => !of(id).value || row.dataset[id] === of(id).value;
    row.hidden = !(words.every((w) => text.includes(w)) && right("verdict") && right("kind"));
    shown += row.hidden ? 0 : 1;
  }
  of("count").textContent = `${shown} statements`;
}

of("filter").addEventListener("input", filter);
of("filter").addEventListener("submit", (event) => event.preventDefault());
filter();
