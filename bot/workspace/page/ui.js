// Small parts everything is drawn from: buttons, icons, faces, text boxes; and redrawing only what changed.

import { h } from "./dom.js";
import { person, state } from "./store.js";

const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h16M4 15h16",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  bell: "M4 18h16M6 18a6 6 0 0 1 12 0M12 12V9M10 9h4M3 21h18",
  home: "M4 11 12 4l8 7M6 10v10h12V10",
  reply: "M4 5h16v11H11l-4 4v-4H4z",
  pencil: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  story: "M5 4v16M5 6h6M5 12h10M5 18h14",
  bulb: "M9 18h6M10 21h4M8 14a6 6 0 1 1 8 0q-1 1-1 4H9q0-3-1-4",
  restart: "M5 12a7 7 0 1 0 2-5L4 10M4 5v5h5",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  send: "M4 12 20 4l-5 16-4-7zM11 13l9-9",
  check: "M5 12l5 5 9-10",
  window: "M13 5h6v6M19 5l-8 8M16 14v5H5V8h5",
};
const SVG = "http://www.w3.org/2000/svg";

export { h };
export const $ = (id) => document.getElementById(id);

export const button = (classes, press, ...inside) => Object.assign(h(`button.${classes}`, ...inside), { onclick: press });

export const iconButton = (picture, label, press, props) =>
  button("ib", press, { "aria-label": label, title: label, ...props }, PATHS[picture] ? icon(picture) : picture);

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = svg.appendChild(document.createElementNS(SVG, "path"));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = true;
  path.setAttribute("d", PATHS[name]);
  return svg;
}

/** Initials on a colour of their own; the app wears its bell. The name stands beside it. */
export function face(id, name = person(id).name) {
  const isApp = id === state.app.user;
  const letters = name.split(" ").map((word) => word[0]).join("").slice(0, 2);
  const hue = [...id].reduce((sum, letter) => (sum * 157 + letter.codePointAt(0)) % 360, 27);
  const made = h("span.av", { "aria-hidden": true }, isApp ? icon("bell") : letters.toUpperCase());
  made.style.background = isApp ? "#0f6f73" : `hsl(${hue} 42% 32%)`;
  return made;
}

/** Where one types. It grows with its text, and Enter is `submit`. */
export function textBox(label, begins, submit) {
  const box = h("textarea", { rows: 1, "aria-label": label, placeholder: label });
  box.oninput = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  };
  box.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  box.value = begins;
  setTimeout(box.oninput);
  return box;
}

// Redrawing.

const drawnIn = new WeakMap();
let last = null;

document.addEventListener("focusin", ({ target }) => (last = target));
document.addEventListener("pointerdown", ({ target }) => (last = target.closest("button, a, input, select, textarea, article")));

/** Makes the children of `parent` what `items` say, each `[key, signature, draw]`; the same signature keeps its node. */
export function keyed(parent, items) {
  const before = drawnIn.get(parent) ?? new Map();
  const after = new Map();
  for (const [key, sig, draw] of items) {
    const known = before.get(key);
    after.set(key, known && sig.every((value, at) => value === known.sig[at]) ? known : { sig, node: draw() });
  }
  drawnIn.set(parent, after);
  for (const [key, { node }] of before) {
    const fresh = after.get(key)?.node;
    if (fresh === node) continue;
    const giveBack = focusIn(node);
    node.replaceWith(...(fresh ? [fresh] : []));
    if (fresh) giveBack(fresh);
  }
  let spot = parent.firstChild;
  for (const { node } of after.values()) {
    if (node === spot) spot = spot.nextSibling;
    else parent.insertBefore(node, spot);
  }
}

/** Notes which control of `node` has the focus; returns what gives it to the same control of another node.
 *  A busy control is disabled and so has just lost it: the last one counts as long as nothing else took over. */
export function focusIn(node) {
  const isHere = node.contains(last) && [last, document.body].includes(document.activeElement);
  const near = (name) => isHere && last.closest(`[data-${name}]`)?.getAttribute(`data-${name}`);
  const [block, name, text] = [near("block-id"), near("action-id") ?? near("tool"), last?.textContent];
  // The tools of a message are there while it has the focus, so `fresh` takes it first.
  return (fresh) => {
    if (!name) return;
    const inBlock = block ? `[data-block-id="${CSS.escape(block)}"] ` : "";
    const found = [...fresh.querySelectorAll(`${inBlock}:is([data-action-id="${CSS.escape(name)}"], [data-tool="${CSS.escape(name)}"])`)];
    const same = found.find((one) => one.textContent === text) ?? found[0] ?? fresh;
    for (const one of [fresh, same.querySelector("button, input, select, textarea") ?? same]) one.focus({ preventScroll: true });
  };
}
