// Block Kit as a person sees it. A block that cannot be drawn leaves a marker; the others are drawn all the same.

import { h, lines, link, replace } from "./dom.js";
import { drawElement, newId, readElement, words } from "./elements.js";
import { markdown, scrolled } from "./markdown.js";
import { richText } from "./mrkdwn.js";

const only = new WeakMap(); // a block's element → the element of its only control

/** Blocks as elements. Never throws, whatever the blocks are. */
export function drawBlocks(blocks, ctx) {
  const drawn = document.createDocumentFragment();
  drawn.append(...[blocks ?? []].flat().map((block) => drawBlock(block, ctx)));
  return drawn;
}

/** What stands in the controls below `root`, by block; a control that was emptied is there with an empty value. */
export function readValues(root) {
  const read = [...root.querySelectorAll(".b")].map((node) => [node.dataset.blockId, readElement(only.get(node))]);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

function drawBlock(block, ctx) {
  const type = BLOCKS[block?.type] ? block.type : "unknown";
  const node = h(`div.b.b-${type}`, { "data-block-id": block?.block_id ?? "" });
  const error = ctx.errors?.[block?.block_id];
  const alert = error && h("div.error", { role: "alert", id: newId() }, String(error));
  return replace(node, marked(block, () => BLOCKS[type](block, ctx, node, alert)), alert);
}

// One part that is not what it should be does not take its neighbours along.
function marked(part, draw) {
  try {
    return draw();
  } catch {
    const type = typeof part?.type === "string" && part.type ? part.type.slice(0, 60) : "unknown";
    return h("span.frame.marker", `This part cannot be shown here: ${type}`);
  }
}

function element(e, b, ctx, node, isAlone, props) {
  return marked(e, () => {
    if (e.type === "image") return picture(e, "small", ctx.names);
    const drawn = [drawElement(e, b, ctx, isAlone, props)].flat();
    if (isAlone) only.set(node, drawn[0]);
    return drawn;
  });
}

function section(b, ctx, node) {
  const { text, fields, accessory } = b;
  if (!text && !fields) throw new TypeError("nothing to show");
  const id = newId();
  const columns = fields && h("div.fields", fields.map((field) => h("div", words(field, ctx.names))));
  const label = /button|overflow/.test(accessory?.type) ? {} : { "aria-labelledby": id };
  return [
    h("div.said", { id }, text && h("div", words(text, ctx.names)), columns),
    accessory !== undefined && h("div", element(accessory, b, ctx, node, true, label)),
  ];
}

function context({ elements }, { names }) {
  return elements.map((e) => marked(e, () => (e.type === "image" ? picture(e, "tiny", names) : h("span", words(e, names)))));
}

function actions(b, ctx, node) {
  return b.elements.map((e) => element(e, b, ctx, node, b.elements.length === 1));
}

// Nothing is fetched from elsewhere: a picture that was not uploaded here is a frame with its description.
function picture({ alt_text, image_url, slack_file }, size, { me }) {
  if (typeof alt_text !== "string") throw new TypeError("a picture has a description");
  const src = slack_file ? `/control/files/${encodeURIComponent(slack_file.id)}?as=${me}` : /^data:image\//.test(image_url) && image_url;
  if (src) return h(`img.p-${size}`, { src, alt: alt_text });
  return h(`span.frame.p-${size}`, { role: "img", "aria-label": alt_text }, "🖼️ ", alt_text);
}

function input(b, ctx, node, alert) {
  const [label, hint, id] = [newId(), newId(), newId()];
  const isOptional = b.optional === true;
  const about = `${b.hint ? hint : ""} ${alert?.id ?? ""}`.trim();
  const props = { id, "aria-labelledby": label, "aria-describedby": about || null, "aria-invalid": alert && true, "aria-required": !isOptional || null };
  return [
    h("label.asks", { id: label, for: id }, words(b.label, ctx.names), isOptional && h("span.soft", " (optional)")),
    element(b.element, b, ctx, node, true, props),
    b.hint && h("div.soft", { id: hint }, words(b.hint, ctx.names)),
  ];
}

function table({ rows, column_settings: columns }, { names }) {
  const side = (cell, at) => ({ center: ".center", right: ".right" })[columns?.[at]?.align] ?? (cell.type === "raw_number" ? ".right" : "");
  return scrolled(rows.map((cells, at) => h("tr", cells.map((cell, n) => h((at ? "td" : "th") + side(cell, n), CELLS[cell.type](cell, names))))));
}

const CELLS = { __proto__: null, rich_text: richText, raw_text: ({ text }) => lines(text), raw_number: ({ text, value }) => String(text ?? value) };

const BLOCKS = {
  __proto__: null,
  section,
  context,
  actions,
  input,
  table,
  context_actions: actions,
  divider: () => h("hr"),
  header: ({ text }, { names }) => h("h3", words(text, names)),
  image: (b, { names }) => [b.title && h("div.soft", words(b.title, names)), picture(b, "large", names)],
  rich_text: (b, { names }) => richText(b, names),
  markdown: ({ text }, { names }) => markdown(text, names),
  video: ({ title, title_url, alt_text }, { names }) => h("div.frame", "🎞️ Video: ", link(title_url, words(title, names)), h("div", String(alt_text ?? ""))),
  file: ({ external_id }) => h("div.frame", `📎 File: ${external_id}`),
};
