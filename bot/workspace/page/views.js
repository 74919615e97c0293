// The app's own surfaces, modals and the home tab, and the page's one question: are you sure?

import { drawBlocks, readValues } from "./blocks.js";
import { asked, question } from "./elements.js";
import { desk } from "./store.js";
import { $, button, focusIn, h, iconButton } from "./ui.js";

const typedIn = new Map();
let shown = {};
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
$("modal").onclose = () => shown.id && leave();

const leave = () => desk.do("close");

function parts(view) {
  const { title, submit, close: cancel } = view.content;
  const body = h("div.body", blocksOf(view, "modal", typedIn.get(view.id)));
  body.onkeydown = ({ key, ctrlKey, metaKey, target }) => {
    if (key === "Enter" && (ctrlKey || metaKey || target.matches("input:not([type=checkbox], [type=radio])"))) submitOnce();
  };
  return [
    h("header", h("h2", { id: "title" }, title.text), iconButton("close", "Dismiss", leave)),
    body,
    h("footer", button("btn", leave, cancel?.text ?? "Cancel"), submit && button("btn.primary", submitOnce, submit.text)),
  ];
}

function blocksOf({ content, typed, errors }, surface, given) {
  const onAction = (action) => desk.do("press_in_view", { home: surface === "home", ...action });
  return drawBlocks(content.blocks, { names: desk.names, typed, errors, given, onAction });
}

async function submitOnce() {
  const dialog = $("modal");
  if (dialog.ariaBusy === "true" || !dialog.querySelector("footer .primary")) return;
  dialog.ariaBusy = true;
  await desk.do("submit", { values: readValues(dialog) });
  dialog.ariaBusy = false;
}

export function drawHome(view) {
  return view ? h("div", blocksOf(view, "home")) : h("p.soft", "Opening…");
}

/** Whether the person said yes. A message takes the focus back: its tools are hidden. */
export async function confirm(title, text, yes) {
  const from = document.activeElement.closest("article");
  const isSure = await asked(question({ title, text, yes, look: "danger" }));
  from?.focus();
  return isSure;
}
