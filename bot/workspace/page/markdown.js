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
  return h("div", { class: "rich markdown" }, blocks(text.split(/\r?\n/), names, 0));
}

function blocks(rows, names, depth) {
  const found = [];
  for (let at = 0; at < rows.length; ) {
    const reader = READERS.find(({ starts }) => starts(rows, at, depth)) ?? PARAGRAPH;
    const [node, end] = reader.read(rows, at, names, depth);
    if (node) found.push(node);
    at = end;
  }
  return found;
}

const READERS = [
  { starts: (rows, at) => !rows[at].trim(), read: (rows, at) => [null, at + 1] },
  { starts: (rows, at) => FENCE.test(rows[at]), read: fence },
  { starts: (rows, at) => HEADING.test(rows[at]), read: heading },
  { starts: (rows, at) => RULE.test(rows[at]), read: (rows, at) => [h("hr"), at + 1] },
  { starts: (rows, at, depth) => depth < DEEPEST && /^ {0,3}>/.test(rows[at]), read: quote },
  { starts: (rows, at, depth) => depth < DEEPEST && ITEM.test(rows[at]), read: list },
  { starts: (rows, at) => rows[at].includes("|") && DASHES.test(rows[at + 1]?.replace(/\s/g, "")), read: table },
];
const PARAGRAPH = { read: paragraph };

function fence(rows, at) {
  const mark = FENCE.exec(rows[at])[1];
  let end = at + 1;
  while (end < rows.length && !(rows[end].trim().startsWith(mark) && !rows[end].trim().replaceAll(mark[0], ""))) end++;
  return [h("pre", {}, h("code", {}, rows.slice(at + 1, end).join("\n"))), end + 1];
}

function heading(rows, at, names) {
  const [start, { length }] = HEADING.exec(rows[at]);
  return [h(`h${Math.min(length + 2, 6)}`, { class: `h${length}` }, inlineMarkdown(rows[at].slice(start.length).replace(/ #+ *$/, ""), names)), at + 1];
}

function quote(rows, at, names, depth) {
  let end = at;
  while (end < rows.length && rows[end].trim() && (/^ {0,3}>/.test(rows[end]) || !begins(rows, end, depth))) end++;
  return [h("blockquote", {}, blocks(rows.slice(at, end).map((row) => row.replace(/^ {0,3}> ?/, "")), names, depth + 1)), end];
}

function list(rows, at, names, depth) {
  const [, { length: margin }, first] = ITEM.exec(rows[at]);
  const isOrdered = /\d/.test(first);
  const items = [];
  let end = at;
  while (end < rows.length) {
    const one = ITEM.exec(rows[end]);
    if (!one || one[1].length > margin + 3 || one[1].length < margin || /\d/.test(one[2]) !== isOrdered || RULE.test(rows[end])) break;
    const inside = Math.min(one[0].length, one[1].length + one[2].length + 4);
    const own = [rows[end++].slice(one[0].length)];
    while (end < rows.length && belongs(rows, end, one[1].length + 2, own)) own.push(rows[end++].replace(new RegExp(`^ {0,${inside}}`), ""));
    items.push(item(own, names, depth));
  }
  const start = isOrdered ? parseInt(first, 10) : 1;
  return [h(isOrdered ? "ol" : "ul", { start: start === 1 ? null : start }, items), end];
}

// A row goes on an item when it is indented; or when it is the rest of its sentence.
function belongs(rows, at, inside, own) {
  if (!rows[at].trim()) return /^ {2,}\S/.test(rows[at + 1] ?? "") && rows[at + 1].search(/\S/) >= inside;
  return rows[at].search(/\S/) >= inside || (own.at(-1).trim() !== "" && !begins(rows, at, 0));
}

function item(own, names, depth) {
  const task = /^\[([ xX])\] +/.exec(own[0]);
  if (!task) return h("li", {}, tight(own, names, depth));
  own[0] = own[0].slice(task[0].length);
  const isDone = task[1] !== " ";
  return h("li", { class: "task" }, h("input", { type: "checkbox", disabled: true, checked: isDone, "aria-label": isDone ? "done" : "to do" }), tight(own, names, depth));
}

// A short item is a line, not a paragraph.
function tight(own, names, depth) {
  return blocks(own, names, depth + 1).flatMap((node) => (node.localName === "p" ? [...node.childNodes] : [node]));
}

function table(rows, at, names) {
  const aligned = cells(rows[at + 1]).map((dashes) => (dashes.endsWith(":") ? (dashes.startsWith(":") ? "center" : "right") : "left"));
  const row = (tag, text) => h("tr", {}, cells(text).slice(0, aligned.length).map((cell, n) => h(tag, { class: aligned[n] }, inlineMarkdown(cell, names))));
  let end = at + 2;
  const body = [];
  while (end < rows.length && rows[end].includes("|")) body.push(row("td", rows[end++]));
  return [scrolled(h("table", {}, h("thead", {}, row("th", rows[at])), h("tbody", {}, body))), end];
}

/** A table scrolls inside itself; with the keyboard, too. */
export function scrolled(table) {
  return h("div", { class: "scroll", role: "region", "aria-label": "Table", tabindex: "0" }, table);
}

function cells(row) {
  return row.trim().replace(/^\|/, "").replace(/\|$/, "").replace(/\\\|/g, "\0").split("|").map((cell) => cell.trim().replaceAll("\0", "|"));
}

function begins(rows, at, depth) {
  return READERS.some(({ starts }) => starts(rows, at, depth));
}

function paragraph(rows, at, names, depth) {
  let end = at + 1;
  while (end < rows.length && !begins(rows, end, depth)) end++;
  const text = rows.slice(at, end).map((row) => row.trim()).join("\n");
  return [h("p", {}, text.split("\n").map((row, n) => [n > 0 && h("br"), inlineMarkdown(row, names)])), end];
}
