// Block Kit as a person sees it. A block that cannot be drawn leaves a marker; the others are drawn all the same.

import { h, link, lines, safeUrl } from "./dom.js";
import { drawElement, newId, readElement, words } from "./elements.js";
import { markdown, scrolled } from "./markdown.js";
import { richText } from "./mrkdwn.js";

const readable = new WeakMap(); // a block's element → the element of its only control

/** Blocks as elements. Never throws, whatever the blocks are. */
export function drawBlocks(blocks, ctx) {
  const drawn = document.createDocumentFragment();
  if (blocks === null || blocks === undefined) return drawn;
  drawn.append(...(Array.isArray(blocks) ? blocks : [blocks]).map((block) => drawBlock(block, ctx)));
  return drawn;
}

/** What stands in the controls below `root`, by block; a control that was emptied is there with an empty value. */
export function readValues(root) {
  const values = {};
  for (const node of root.querySelectorAll(".b[data-block-id]")) {
    const value = readElement(readable.get(node));
    if (value !== undefined) values[node.dataset.blockId] = value;
  }
  return values;
}

function drawBlock(block, ctx) {
  const type = block?.type;
  const isKnown = typeof type === "string" && Object.hasOwn(BLOCKS, type);
  const node = h("div", { class: `b b-${isKnown ? type : "unknown"}`, "data-block-id": String(block?.block_id ?? "") });
  const error = ctx.errors?.[block?.block_id];
  const alert = error ? h("div", { class: "error", role: "alert", id: newId() }, String(error)) : null;
  try {
    node.append(...[BLOCKS[isKnown ? type : ""](block, ctx, node, alert)].flat(Infinity).filter(Boolean));
  } catch {
    node.replaceChildren(marker(type));
  }
  if (alert) node.append(alert);
  return node;
}

function marker(type) {
  const told = typeof type === "string" && type ? type.slice(0, 60) : "unknown";
  return h("span", { class: "frame marker" }, `This part cannot be shown here: ${told}`);
}

// One control that is not what it should be does not take its neighbours along.
function element(e, block, ctx, node, how = {}) {
  try {
    if (e.type === "image") return picture(e, "p-small");
    const drawn = [drawElement(e, block, ctx, how)].flat();
    if (how.isAlone) readable.set(node, drawn[0]);
    return drawn;
  } catch {
    return marker(e?.type);
  }
}

function header(b, { names }) {
  return h("h3", {}, words(b.text, names));
}

function section(b, ctx, node) {
  if (!b.text && !b.fields) throw new TypeError("nothing to show");
  const fields = b.fields?.map((field) => h("div", {}, words(field, ctx.names)));
  const label = newId();
  const body = h("div", { class: "body", id: label }, b.text && h("div", {}, words(b.text, ctx.names)), fields && h("div", { class: "fields" }, fields));
  if (b.accessory === undefined) return body;
  const isNamed = /button|overflow|image/.test(b.accessory?.type) || b.accessory?.placeholder;
  return [body, h("div", { class: "beside" }, element(b.accessory, b, ctx, node, { isAlone: true, props: isNamed ? {} : { "aria-labelledby": label } }))];
}

function context(b, { names }) {
  return b.elements.map((e) => {
    try {
      return e.type === "image" ? picture(e, "p-tiny") : h("span", {}, words(e, names));
    } catch {
      return marker(e?.type);
    }
  });
}

function actions(b, ctx, node) {
  return b.elements.map((e) => element(e, b, ctx, node, { isAlone: b.elements.length === 1 }));
}

function image(b, { names }) {
  return [b.title && h("div", { class: "soft" }, words(b.title, names)), picture(b, "p-large")];
}

// Nothing is fetched: a picture that is not in the message itself is a frame with its description.
function picture(e, size) {
  if (typeof e.alt_text !== "string") throw new TypeError("a picture has a description");
  if (/^data:image\//.test(e.image_url)) return h("img", { class: size, src: e.image_url, alt: e.alt_text });
  return h("span", { class: `frame picture ${size}`, role: "img", "aria-label": e.alt_text, title: e.alt_text }, "🖼️ ", h("span", {}, e.alt_text));
}

function input(b, ctx, node, alert) {
  const [label, hint, id] = [newId(), newId(), newId()];
  const about = [b.hint && hint, alert?.id].filter(Boolean).join(" ");
  const props = { id, "aria-labelledby": label, "aria-describedby": about || null, "aria-invalid": alert ? "true" : null };
  if (b.optional !== true) props["aria-required"] = "true";
  return [
    h("label", { id: label, for: id }, words(b.label, ctx.names), b.optional === true && h("span", { class: "soft" }, " (optional)")),
    element(b.element, b, ctx, node, { isAlone: true, props }),
    b.hint && h("div", { class: "soft", id: hint }, words(b.hint, ctx.names)),
  ];
}

function table(b, { names }) {
  const aligned = (at) => (["center", "right"].includes(b.column_settings?.[at]?.align) ? b.column_settings[at].align : "");
  const row = (cells, at) => h("tr", {}, cells.map((cell, n) => h(at ? "td" : "th", { class: aligned(n) || (cell.type === "raw_number" ? "right" : "") }, inCell(cell, names))));
  return scrolled(h("table", {}, b.rows.map(row)));
}

function inCell(cell, names) {
  if (cell.type === "rich_text") return richText(cell, names);
  if (cell.type === "raw_number") return String(cell.text ?? cell.value);
  if (cell.type === "raw_text") return lines(cell.text);
  throw new TypeError("no such cell");
}

function video(b, { names }) {
  const title = words(b.title, names);
  const url = safeUrl(b.title_url) && b.title_url;
  return h("div", { class: "frame" }, "🎞️ Video: ", url ? link(url, title) : title, h("div", { class: "soft" }, String(b.alt_text ?? "")));
}

const BLOCKS = {
  header,
  section,
  context,
  actions,
  image,
  input,
  table,
  video,
  context_actions: actions,
  divider: () => h("hr"),
  rich_text: (b, { names }) => richText(b, names),
  markdown: (b, { names }) => markdown(b.text, names),
  file: (b) => h("div", { class: "frame" }, `📎 File: ${b.external_id ?? ""}`),
  "": (b) => marker(b?.type),
};
