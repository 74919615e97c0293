// The markdown block: enough of CommonMark and its tables. Line by line; what nests deeper than DEEPEST is text.

import { h } from "./dom.js";
import { inlineMarkdown } from "./mrkdwn.js";

const DEEPEST = 8;
const FENCE = /^ {0,3}(```+|~~~+)/;
const HEADING = /^ {0,3}(#{1,6})(?:\s+|$)/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])( +|$)/;
const DASHES = /^\|?:?-+:?(?:\|:?-+:?)*\|?$/;

export function markdown(text, names) {
  return h("div.markdown", blocks(text.split(/\r?\n/), names, 0));
}

function blocks(rows, names, depth) {
  const drawn = [];
  for (let at = 0; at < rows.length; ) {
    const read = reader(rows, at, depth) ?? paragraph;
    const [node, end] = read(rows, at, names, depth);
    drawn.push(node);
    at = end;
  }
  return drawn;
}

function reader(rows, at, depth) {
  const row = rows[at];
  if (!row.trim()) return () => [null, at + 1];
  if (FENCE.test(row)) return fence;
  if (HEADING.test(row)) return heading;
  if (RULE.test(row)) return () => [h("hr"), at + 1];
  if (depth < DEEPEST && /^ {0,3}>/.test(row)) return quote;
  if (depth < DEEPEST && ITEM.test(row)) return list;
  return row.includes("|") && DASHES.test(rows[at + 1]?.replace(/\s/g, "")) ? table : undefined;
}

function fence(rows, at) {
  const [, mark] = FENCE.exec(rows[at]);
  let end = at + 1;
  while (end < rows.length && (!rows[end].trim().startsWith(mark) || rows[end].trim().replaceAll(mark[0], ""))) end++;
  return [h("pre", rows.slice(at + 1, end).join("\n")), end + 1];
}

function heading(rows, at, names) {
  const [start, { length }] = HEADING.exec(rows[at]);
  return [h(`h${Math.min(length + 2, 6)}`, inlineMarkdown(rows[at].slice(start.length).replace(/ #+ *$/, ""), names)), at + 1];
}

function quote(rows, at, names, depth) {
  let end = at + 1;
  while (end < rows.length && (/^ {0,3}>/.test(rows[end]) || !reader(rows, end, depth))) end++;
  return [h("blockquote", blocks(rows.slice(at, end).map((row) => row.replace(/^ {0,3}> ?/, "")), names, depth + 1)), end];
}

function list(rows, at, names, depth) {
  const [, margin, first] = ITEM.exec(rows[at]);
  const isOrdered = /\d/.test(first);
  const items = [];
  let end = at;
  for (let one; end < rows.length && (one = ITEM.exec(rows[end])); ) {
    const inside = one[1].length + 2;
    const shift = one[1].length - margin.length;
    if (shift < 0 || shift > 3 || /\d/.test(one[2]) !== isOrdered || RULE.test(rows[end])) break;
    const own = [rows[end++].slice(one[0].length)];
    while (end < rows.length && belongs(rows, end, inside, own.at(-1))) own.push(rows[end++].replace(new RegExp(`^ {0,${inside + one[2].length - 1}}`), ""));
    items.push(item(own, names, depth));
  }
  return [h(isOrdered ? "ol" : "ul", { start: isOrdered && parseInt(first, 10) }, items), end];
}

// A row goes on an item when it is indented; or when it is the rest of its sentence.
function belongs(rows, at, inside, before) {
  const own = rows[at].trim() ? at : at + 1;
  return rows[own]?.search(/\S/) >= inside || (own === at && before.trim() !== "" && !reader(rows, at, 0));
}

// What is short is a line, not a paragraph.
function item(own, names, depth) {
  const [task, tick] = /^\[([ xX])\] +/.exec(own[0]) ?? [""];
  own[0] = own[0].slice(task.length);
  const inside = blocks(own, names, depth + 1).map((node) => (node?.localName === "p" ? [...node.childNodes] : node));
  if (!tick) return h("li", inside);
  const isDone = tick !== " ";
  return h("li.task", h("input", { type: "checkbox", disabled: true, checked: isDone, "aria-label": isDone ? "done" : "to do" }), inside);
}

function table(rows, at, names) {
  const aligned = cells(rows[at + 1]).map((dashes) => (dashes.endsWith(":") ? (dashes[0] === ":" ? "center" : "right") : "left"));
  const row = (tag, text) => h("tr", cells(text).slice(0, aligned.length).map((cell, n) => h(`${tag}.${aligned[n]}`, inlineMarkdown(cell, names))));
  const drawn = [row("th", rows[at])];
  let end = at + 2;
  while (rows[end]?.includes("|")) drawn.push(row("td", rows[end++]));
  return [scrolled(drawn), end];
}

/** A table scrolls inside itself; with the keyboard, too. */
export function scrolled(rows) {
  return h("div.scroll", { role: "region", "aria-label": "Table", tabindex: 0 }, h("table", rows));
}

function cells(row) {
  return row.trim().replace(/^\||\|$/g, "").replace(/\\\|/g, "\0").split("|").map((cell) => cell.trim().replaceAll("\0", "|"));
}

function paragraph(rows, at, names, depth) {
  let end = at + 1;
  while (end < rows.length && !reader(rows, end, depth)) end++;
  return [h("p", rows.slice(at, end).map((row, n) => [n > 0 && h("br"), inlineMarkdown(row.trim(), names)])), end];
}
