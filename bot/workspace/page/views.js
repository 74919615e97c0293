// The app's own surfaces, modals and the home tab, and the page's one question: are you sure?

import { drawBlocks, readValues } from "./blocks.js";
import { desk } from "./store.js";
import { $, button, e, focusIn, iconButton } from "./ui.js";

const typedIn = new Map();
let shown = {};
let isSending = false;
let giveBack = () => {};

/** Shows the top of the stack. A redraw keeps what was typed, and a covered view finds it again. */
export function drawModal(stack) {
  const dialog = $("modal");
  const view = stack.at(-1);
  const sig = view && JSON.stringify([view.id, view.content, view.errors]);
  if (sig === shown.sig) return;
  if (shown.id) typedIn.set(shown.id, readValues(dialog));
  const isNew = shown.id !== view?.id;
  shown = { id: view?.id, sig };
  if (!view) return close(dialog);
  if (!dialog.open) giveBack = focusIn(document.body);
  const keep = focusIn(dialog);
  dialog.replaceChildren(...parts(view));
  if (!dialog.open) dialog.showModal();
  keep(dialog);
  const wanted = `[aria-invalid=true]${isNew ? ", .body :is(input, textarea, select), footer button:last-child" : ""}`;
  dialog.querySelector(wanted)?.focus({ preventScroll: isNew }); // what is agreed to stands at the top
}

function close(dialog) {
  typedIn.clear();
  dialog.close();
  dialog.replaceChildren();
  if (document.activeElement === document.body) giveBack(document.body);
}

/** Escape closes the dialog by itself; then the workspace hears of it, and may have another view beneath. */
$("modal").addEventListener("close", () => shown.id && leave());

const leave = () => desk.do("close");

function parts(view) {
  const { title, submit, close: cancel } = view.content;
  const body = e("div.body", blocksOf(view, "modal", typedIn.get(view.id)));
  body.addEventListener("keydown", ({ key, ctrlKey, metaKey, target }) => {
    if (key === "Enter" && (ctrlKey || metaKey || target.matches("input:not([type=checkbox], [type=radio])"))) submitOnce();
  });
  return [
    e("header", e("h2", { id: "title" }, title.text), iconButton("close", "Dismiss", leave)),
    body,
    e("footer", button("btn", leave, cancel?.text ?? "Cancel"), submit && button("btn.primary", submitOnce, submit.text)),
  ];
}

function blocksOf(view, surface, given = {}) {
  const onAction = (action) => desk.do("press_in_view", { home: surface === "home", ...action });
  return drawBlocks(view.content.blocks, { names: desk.names, surface, typed: view.typed, errors: view.errors, given, onAction });
}

async function submitOnce() {
  const dialog = $("modal");
  if (isSending || !dialog.querySelector("footer .primary")) return;
  dialog.ariaBusy = isSending = true;
  await desk.do("submit", { values: readValues(dialog) });
  dialog.ariaBusy = isSending = false;
}

export function drawHome(view) {
  return view ? e("div", blocksOf(view, "home")) : e("p.soft", "Opening…");
}

/** Resolves to whether the person said yes. A message takes the focus back: its tools are hidden. */
export function confirm(title, text, yes) {
  const answer = (look, words) => button(look, () => dialog.close(words), words);
  const answers = e("footer", answer("btn", "Cancel"), answer("btn.danger", yes));
  const dialog = e("dialog.ask", { "aria-label": title }, e("h2", title), e("p", text), answers);
  const from = document.activeElement.closest("article");
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    from?.focus();
    resolve(dialog.returnValue === yes);
  }));
}
