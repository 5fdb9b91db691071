// Filters the register while somebody types. The whole index is fetched once, so no server learns what was searched
// for; without scripts the search is not shown, and the lists have everything.

const LONGEST = 50;
const PAUSE = 150;

const area = document.querySelector("[data-search]");
if (area) start(area);

function start(area) {
  const input = area.querySelector("input");
  let timer = 0;
  let index; // fetched when somebody first looks for something
  const run = async () => {
    index ??= load(area.dataset.search);
    try {
      const rows = await index;
      show(area, find(rows, input.value), input.value);
    } catch {
      index = undefined; // offline: the next letter tries again
      say(area, area.dataset.failed);
    }
  };
  input.addEventListener("input", () => {
    // with this page of the tab's history, so that Back finds it again; never in the address
    window.history.replaceState({ search: input.value }, "");
    window.clearTimeout(timer);
    timer = window.setTimeout(run, PAUSE);
  });
  input.value = window.history.state?.search ?? "";
  if (input.value) void run();
  area.hidden = false;
}

async function load(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error("no index");
  const index = await response.json();
  return [...questions(index), ...claims(index)];
}

function* questions({ services, texts, questions }) {
  for (const [service, text, id, state] of questions) {
    const [member, name] = services[service];
    const [title, purpose, law, asked] = texts[text];
    const href = `questions/${member}/${id}.html`;
    yield row({ href, title, lines: [name, purpose, law], state, others: [asked, member, id] });
  }
}

function* claims(index) {
  for (const [member, name, id, title, statement] of index.claims) {
    const href = `claims/${member}/${id}.html`;
    yield row({ href, title, lines: [name, statement], claim: true, others: [member, id] });
  }
}

function row(found) {
  const { title, lines, others } = found;
  return { ...found, inTitle: plain(title), everything: plain([title, ...lines, ...others].join(" ")) };
}

// "Tŷ" is found by "ty": accents and capitals make no difference.
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/’/g, "'");
}

function find(rows, words) {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [];
  const has = (text) => wanted.every((word) => text.includes(word));
  const found = rows.filter((one) => has(one.everything));
  return [...found.filter((one) => has(one.inTitle)), ...found.filter((one) => !has(one.inTitle))];
}

function show(area, found, words) {
  const shown = found.slice(0, LONGEST);
  area.querySelector("ul").replaceChildren(...shown.map((one) => entry(area, one)));
  if (!words.trim()) return say(area, "");
  if (found.length === 0) return say(area, area.dataset.none);
  const text = found.length > LONGEST ? area.dataset.more : area.dataset.count;
  say(area, text.replace("{n}", found.length).replace("{m}", LONGEST));
}

function say(area, text) {
  area.querySelector("[role=status]").textContent = text;
}

// Text only: whatever a name holds, it makes no element.
function entry(area, { href, title, lines, state, claim }) {
  const item = element("li", "register-entry");
  const heading = element("p", "govuk-body register-claim");
  const link = element("a", "govuk-link", title);
  link.href = href;
  heading.append(link);
  const marks = claim ? [area.dataset.claim] : state > 0 ? [area.dataset.states.split("|")[state]] : [];
  for (const mark of marks) heading.append(" ", element("strong", "govuk-tag govuk-tag--grey", mark));
  item.append(heading, ...lines.map((line) => element("p", "govuk-body-s", line)));
  return item;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
