// The app's own surfaces, modals and the home tab, and the page's one question: are you sure?

import { drawBlocks, readValues } from "./blocks.js";
import { focusIn } from "./lists.js";
import { desk } from "./store.js";
import { $, button, e, iconButton } from "./ui.js";

const TROUBLE = "We had some trouble connecting. Try again?";
const typedIn = new Map();
let shown = { sig: "" };
let isSending = false;
let giveBack = () => {};

/** Shows the top of the stack. A redraw keeps what was typed, and a covered view finds it again. */
export function drawModal(stack) {
  const dialog = $("modal");
  const view = stack.at(-1);
  const sig = view ? JSON.stringify([view.id, view.content, view.errors]) : "";
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
  const wanted = dialog.querySelector("[aria-invalid=true]") ?? (isNew && dialog.querySelector(".body :is(input, textarea, select), footer button:last-child"));
  if (wanted) wanted.focus();
}

function close(dialog) {
  typedIn.clear();
  dialog.close();
  dialog.replaceChildren();
  if (document.activeElement === document.body) giveBack(document.body);
}

function parts(view) {
  const { title, submit, close: leave } = view.content;
  const body = e("div.body", blocksOf(view, "modal", typedIn.get(view.id)));
  const go = button("primary", submitOnce, { disabled: isSending }, submit?.text);
  body.addEventListener("keydown", ({ key, ctrlKey, metaKey, target }) => {
    if (submit && key === "Enter" && (ctrlKey || metaKey || target.matches("input:not([type=checkbox], [type=radio])"))) go.click();
  });
  return [
    e("header", e("h2", { id: "title" }, title.text), iconButton("close", "Dismiss", () => desk.do("close"))),
    body,
    e("footer", e("p.problem", { role: "alert" }), button("plain", () => desk.do("close"), leave?.text ?? "Cancel"), submit && go),
  ];
}

function blocksOf(view, surface, given = {}) {
  const onAction = (action) => desk.do("press_in_view", { home: surface === "home", ...action });
  return drawBlocks(view.content.blocks, { names: desk.names, surface, typed: view.typed, errors: view.errors, given, onAction });
}

/** The modal may be drawn anew meanwhile: what the answer changes is looked up when it is there. */
async function submitOnce() {
  if (isSending) return;
  const setSending = (is) => $("modal").querySelectorAll("footer .primary").forEach((one) => (one.disabled = isSending = is));
  setSending(true);
  const told = await desk.tell("submit", { values: readValues($("modal")) });
  isSending = false;
  setSending(false);
  const problem = $("modal").querySelector("footer .problem");
  if (problem) problem.textContent = told.result === "failed" ? TROUBLE : told.problem ?? "";
}

/** Escape asks to close the view; the dialog goes when the workspace says that it went. */
for (const kind of ["cancel", "keydown"])
  $("modal").addEventListener(kind, (event) => {
    if (event.defaultPrevented || (kind === "keydown" && event.key !== "Escape") || event.target.closest("dialog") !== $("modal")) return;
    event.preventDefault();
    desk.do("close");
  });

export function drawHome(view) {
  return view ? e("div", blocksOf(view, "home")) : e("p.soft", "Opening…");
}

/** Resolves to whether the person said yes. */
export function confirm(title, text, yes) {
  return new Promise((resolve) => {
    const dialog = e("dialog", { "aria-label": title });
    const answer = (kind, label, isYes) => button(kind, () => (resolve(isYes), dialog.remove()), label);
    dialog.append(e("header", e("h2", title)), e("p.body", text), e("footer", answer("plain", "Cancel", false), answer("danger", yes, true)));
    dialog.addEventListener("cancel", () => (resolve(false), dialog.remove()));
    document.body.append(dialog);
    dialog.showModal();
  });
}
