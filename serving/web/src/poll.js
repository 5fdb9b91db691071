// <div data-poll="/state-url" data-poll-state="waiting"> asks /state-url for {"state": "…", "location"?: "…"} and,
// when the state is another one, opens `location` (of this site only) or loads the page again. It asks every second at
// first, then less and less often, and not at all while nobody looks at the page. Without scripts the page offers a
// link to load it again.

const FIRST = 1000;
const LONGEST = 10_000;
const GROWTH = 1.15;

export function initPolling(root) {
  const element = root.querySelector("[data-poll]");
  if (element) void poll(element);
}

async function poll(element) {
  for (let wait = FIRST; ; wait = Math.min(wait * GROWTH, LONGEST)) {
    await pause(wait);
    await visible();
    const answer = await ask(element.dataset.poll);
    if (answer && answer.state !== element.dataset.pollState) return open(answer.location);
  }
}

async function ask(url) {
  try {
    const response = await fetch(url, { headers: { accept: "application/json" }, cache: "no-store" });
    return response.ok ? await response.json() : null;
  } catch {
    return null; // offline, or the service restarts: ask again later
  }
}

function open(location) {
  const target = new URL(location ?? window.location.href, window.location.href);
  if (location && target.origin === window.location.origin) window.location.assign(target);
  else window.location.reload();
}

function pause(milliseconds) {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}

function visible() {
  if (document.visibilityState === "visible") return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", resolve, { once: true });
  });
}
