// Where one types: a new message, an answer, or a change to what was said.

import { button, e, iconButton } from "./ui.js";

const TALLEST = 220;
const drafts = new Map();

/** `send(text, isBroadcast)` resolves to a problem, or to "" when it is said and the text may go. */
export function composer(label, draft, { send, editLast, alsoTo }) {
  const problem = e("p.problem", { role: "alert" });
  const also = e("input", { type: "checkbox" });
  const box = textBox(label, drafts.get(draft) ?? "", submit);
  let isSending = false;

  async function submit() {
    const text = box.value.trim();
    if (!text || isSending) return;
    isSending = true;
    problem.textContent = await send(text, also.checked);
    isSending = false;
    if (problem.textContent) return;
    also.checked = false;
    box.value = "";
    box.dispatchEvent(new Event("input"));
  }
  box.addEventListener("input", () => {
    drafts.set(draft, box.value);
    problem.textContent = "";
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowUp" && !box.value && editLast()) event.preventDefault();
  });
  const node = e("div.composer", problem, e("div.box", box, iconButton("send", "Send", submit)), alsoTo && e("label", also, ` Also send to ${alsoTo}`));
  return { node, focus: () => box.focus() };
}

/** Changing a message in its place. Escape leaves it as it was. */
export function editor(begins, save, cancel) {
  const problem = e("p.problem", { role: "alert" });
  const box = textBox("Edit your message", begins, submit);
  async function submit() {
    const text = box.value.trim();
    if (text === begins) cancel();
    else if (text) problem.textContent = await save(text);
  }
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    cancel();
  });
  setTimeout(() => box.focus());
  return e("div.editor", e("div.box", box), problem, button("plain", cancel, "Cancel"), button("primary", submit, "Save"));
}

function textBox(label, begins, submit) {
  const box = e("textarea", { rows: 1, "aria-label": label, placeholder: label, maxlength: 40000 });
  box.addEventListener("input", () => grow(box));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  box.value = begins;
  setTimeout(() => grow(box));
  return box;
}

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, TALLEST)}px`;
}
