// Asks every few seconds whether the wallet has answered, and loads the page again when it has.
// Without JavaScript a link on the page does the same.
const EVERY_MS = 3000;
const marked = document.querySelector("[data-check-state]");

async function check() {
  if (document.hidden) return;
  const response = await fetch(marked.dataset.checkState, { headers: { accept: "application/json" } });
  if (!response.ok) return;
  const { state } = await response.json();
  if (state !== marked.dataset.checkNow) location.reload();
}

if (marked) {
  setInterval(() => check().catch(() => {}), EVERY_MS);
  document.addEventListener("visibilitychange", () => check().catch(() => {}));
}
