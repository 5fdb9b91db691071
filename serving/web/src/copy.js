// <button data-copy="#id" data-copied="Copied">Copy</button> copies the text of #id.

export function initCopyButtons(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", () => copy(root, button));
  }
}

async function copy(root, button) {
  const source = root.querySelector(button.dataset.copy);
  const text = source?.value ?? source?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    select(source); // the browser refuses the clipboard: leave the text selected, ready for Ctrl+C
    return;
  }
  announce(button, button.dataset.copied ?? "✓");
}

function select(element) {
  if (element) window.getSelection()?.selectAllChildren(element);
}

function announce(button, text) {
  const before = button.textContent;
  button.setAttribute("aria-live", "polite");
  button.textContent = text;
  window.setTimeout(() => {
    button.textContent = before;
  }, 3000);
}
