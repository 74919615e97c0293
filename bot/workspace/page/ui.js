// Small parts everything is drawn from: elements by a short name, buttons, line icons and faces.

import { h } from "./dom.js";
import { person, state } from "./store.js";

const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h16M4 15h16",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  bell: "M4 18h16M6 18a6 6 0 0 1 12 0M12 12V9M10 9h4M3 21h18",
  home: "M4 11 12 4l8 7M6 10v10h12V10",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3q8 9 0 18M12 3q-8 9 0 18",
  reply: "M4 5h16v11H11l-4 4v-4H4z",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9 10v.01M15 10v.01M8 14q4 5 8 0",
  pencil: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  story: "M5 4v16M5 6h6M5 12h10M5 18h14",
  bulb: "M9 18h6M10 21h4M8 14a6 6 0 1 1 8 0q-1 1-1 4H9q0-3-1-4",
  restart: "M5 12a7 7 0 1 0 2-5L4 10M4 5v5h5",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  send: "M4 12 20 4l-5 16-4-7zM11 13l9-9",
  check: "M5 12l5 5 9-10",
  eye: "M2 12q10-14 20 0-10 14-20 0M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  window: "M13 5h6v6M19 5l-8 8M16 14v5H5V8h5",
};
const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

/** `e("p.topic", {title}, …)`: an element by tag and classes; the properties may be left out. */
export function e(name, ...inside) {
  const [tag, ...classes] = name.split(".");
  const props = inside[0]?.constructor === Object ? inside.shift() : {};
  return h(tag, { class: classes.join(" ") || null, ...props }, inside);
}

export function button(classes, press, ...inside) {
  const made = e(`button.${classes}`, ...inside);
  made.addEventListener("click", press);
  return made;
}

export const iconButton = (picture, label, press, props) => button("ib", press, { "aria-label": label, title: label, ...props }, icon(picture));

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = svg.appendChild(document.createElementNS(SVG, "path"));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  return svg;
}

/** Initials on a colour of their own; the app wears its bell. The name stands beside it. */
export function face(id, size = "big", name = person(id).name) {
  const isApp = id === state.app.user;
  const letters = name.split(" ").map((word) => word[0]).join("").slice(0, 2);
  const hue = [...id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 3583, 7);
  const made = e(`span.av.${size}`, { "aria-hidden": "true" }, isApp ? icon("bell") : letters.toUpperCase());
  made.style.background = isApp ? "#0f6f73" : `hsl(${hue} 42% 34%)`;
  return made;
}
