// Slack's own markup, its rich text and its dates. One pass over the text: no input takes more than linear time.

import { h, lines, link, safeUrl } from "./dom.js";
import { emoji } from "./emoji.js";

const EMOJI = /:([a-z0-9_+'-]{1,60}(?:::skin-tone-[2-6])?):/y;
const TOKEN = /<([^<>\n]+)>/y;
const CODE = /(`+)([^`\n]+)\1(?!`)/y;
const BARE = /https?:\/\/[^\s<>|"*`]+/y;
const MD_LINK = /(!?)\[([^[\]\n]{0,500})\]\(\s*([^\s()<>]{1,2000})(?:\s+"[^"\n]*")?\s*\)/y;
const WORD = /[\p{L}\p{N}]/u;
const SLACK = { tags: { "*": "strong", _: "em", "~": "s" }, marks: /[*_~<:]|`+|https?:\/\//g };
const MARKDOWN = {
  tags: { "***": "strong", "**": "strong", __: "strong", "*": "em", _: "em", "~~": "s" },
  marks: /\*{1,3}|__?|~~|`+|[<:[\\]|!\[|https?:\/\//g,
};

/** mrkdwn as nodes. `verbatim`: no links but those that were marked. */
export function mrkdwn(text, names, verbatim = false) {
  const parts = text.split(/```([^]+?)```/);
  return parts.flatMap((part, at) => {
    if (at % 2) return [h("pre", {}, tokens(part.replace(/^\n|\n$/g, ""), names))];
    // The line break around a fence is the fence's own.
    return quoted(part.slice(at && part[0] === "\n" ? 1 : 0, at < parts.length - 1 && part.length > 1 && part.endsWith("\n") ? -1 : undefined), names, verbatim);
  });
}

/** plain_text as nodes; nothing in it is markup but, if asked for, emoji. */
export function plain(text, { emoji: withEmoji } = {}) {
  return lines(withEmoji ? text.replace(new RegExp(EMOJI, "g"), (whole, name) => emoji(name) ?? whole) : text);
}

/** A line of CommonMark, with Slack's tokens in it. */
export function inlineMarkdown(text, names) {
  return inline(text, names, MARKDOWN);
}

function quoted(text, names, verbatim) {
  const found = [];
  let bar = null;
  const rows = text.split("\n");
  for (let at = 0; at < rows.length; at++) {
    const rest = /^(?:>|&gt;){3}/.exec(rows[at]);
    const one = /^(?:>|&gt;) ?/.exec(rows[at]);
    const draw = (row) => inline(row, names, SLACK, verbatim);
    if (rest) {
      rows[at] = rows[at].slice(rest[0].length).trimStart();
      return [...found, h("blockquote", {}, rows.slice(at).map((row, n) => [n > 0 && h("br"), draw(row)]))];
    }
    if (one) {
      if (bar) bar.append(h("br"));
      else found.push((bar = h("blockquote")));
      bar.append(...draw(rows[at].slice(one[0].length)));
    } else {
      if (at && !bar) found.push(h("br"));
      bar = null;
      found.push(...draw(rows[at]));
    }
  }
  return found;
}

// `kept` holds strings, nodes and open marks. A mark that finds its end takes everything since into its element;
// one that does not is text after all.
function inline(text, names, dialect, verbatim = false) {
  const kept = [];
  const open = {};
  const marks = new RegExp(dialect.marks);
  let at = 0;
  const say = (words) => {
    if (typeof kept.at(-1) === "string") kept[kept.length - 1] += words;
    else if (words) kept.push(words);
  };
  for (let found; (found = marks.exec(text)); ) {
    const mark = found[0];
    say(text.slice(at, found.index));
    at = found.index + mark.length;
    if (dialect.tags[mark]) emphasis(kept, open, mark, dialect, text[found.index - 1] ?? " ", text[at] ?? " ");
    else {
      const [part, end] = special(text, found.index, mark, names, dialect, verbatim);
      if (typeof part === "string") say(part);
      else kept.push(part);
      at = end;
    }
    marks.lastIndex = at;
  }
  say(text.slice(at));
  return settled(kept);
}

function emphasis(kept, open, mark, { tags }, before, after) {
  const inWords = tags["***"] && mark !== "_" && mark !== "__"; // CommonMark: *within* a word is fine
  const isEdge = (side) => inWords || !WORD.test(side);
  const start = open[mark];
  if (start !== undefined && start < kept.length - 1 && /\S/.test(before) && isEdge(after) && before !== mark) {
    const inside = settled(kept.splice(start).slice(1));
    kept.push(h(tags[mark], {}, mark === "***" ? h("em", {}, inside) : inside));
    for (const one of Object.keys(open)) if (open[one] >= start) delete open[one];
  } else {
    if (/\S/.test(after) && isEdge(before) && before !== mark && after !== mark) open[mark] = kept.length;
    kept.push({ mark });
  }
}

function settled(kept) {
  const joined = [];
  for (const one of kept) {
    const text = one.mark ?? one;
    if (typeof text === "string" && typeof joined.at(-1) === "string") joined[joined.length - 1] += text;
    else joined.push(text);
  }
  return joined.map((one) => (typeof one === "string" ? unescape(one) : one)).filter((one) => one !== "");
}

// What begins here, and where it ends. Nothing begins: the mark is text.
function special(text, at, mark, names, dialect, verbatim) {
  const read = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  let found = null;
  let part = null;
  if (mark[0] === "`" && (found = read(CODE))) part = h("code", {}, dialect === SLACK ? tokens(found[2], names) : found[2].replace(/^ (.*) $/, "$1"));
  else if (mark === "<" && (found = read(TOKEN))) part = token(found[1], names);
  else if (mark === ":" && (found = read(EMOJI))) part = emoji(found[1]);
  else if (mark === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) return [text[at + 1] === "&" ? "&amp;" : text[at + 1], at + 2];
  else if (mark.endsWith("[") && (found = read(MD_LINK))) part = markdownLink(found, names);
  else if (mark[0] === "h" && !verbatim && !WORD.test(text[at - 1] ?? " ") && (found = read(BARE))) {
    const raw = trimmed(found[0]);
    const url = unescape(raw);
    return [safeUrl(url) ? link(url, url) : raw, at + raw.length];
  }
  return part ? [part, at + found[0].length] : [mark, at + mark.length];
}

function markdownLink([, isImage, label, url], names) {
  const address = unescape(url);
  if (!safeUrl(address)) return null;
  return link(address, isImage ? `🖼 ${label || address}` : label ? inline(label, names, MARKDOWN, true) : address);
}

// A sentence's last full stop is not part of the address.
function trimmed(url) {
  let end = url.length;
  while (end && ".,;:!?)'~_]".includes(url[end - 1])) end--;
  return url.slice(0, end);
}

// Inside code only tokens count.
function tokens(text, names) {
  return text.split(/(<[^<>\n]+>)/).flatMap((part, at) => (at % 2 && token(part.slice(1, -1), names)) || lines(unescape(part)));
}

/** What stands between < and >; null when it is nothing Slack knows. */
function token(inside, names) {
  const cut = inside.indexOf("|");
  const [target, label] = cut < 0 ? [inside, ""] : [inside.slice(0, cut), unescape(inside.slice(cut + 1))];
  const id = target.slice(1);
  if (/^@[UW]\w+$/.test(target)) return user(id, names, label);
  if (/^#[A-Z]\w+$/.test(target)) return channel(id, names, label);
  if (/^!subteam\^\w+$/.test(target)) return group(target.slice(9), names, label);
  if (/^!(?:here|channel|everyone)$/.test(target)) return mention(`@${id}`);
  const date = /^!date\^(\d{1,12})\^([^^]+)(?:\^(.*))?$/.exec(target);
  if (date) return time(date[1], unescape(date[2]), label, unescape(date[3] ?? ""));
  if (target[0] === "!" && label) return document.createTextNode(label);
  const url = unescape(target);
  if (!safeUrl(url)) return null;
  return link(url, plain(label || url.replace(/^mailto:/, ""), { emoji: true }));
}

function mention(words, isMe = false) {
  return h("span", { class: isMe ? "mention me" : "mention" }, words);
}

function user(id, names, label = "") {
  return mention(`@${names.person(id)?.name ?? (label || id).replace(/^@/, "")}`, id === names.me);
}

function group(id, names, label = "") {
  return mention(`@${names.group(id)?.handle ?? (label || id).replace(/^@/, "")}`);
}

function channel(id, names, label = "") {
  const name = names.channel(id)?.name;
  if (!name) return mention(label ? `#${label.replace(/^#/, "")}` : "🔒 private channel");
  return h("button", { type: "button", class: "mention", on: { click: () => names.openChannel(id) } }, `#${name}`);
}

function time(seconds, format, fallback, url = "") {
  const told = when(seconds, format, fallback);
  const at = new Date(Number(seconds) * 1000);
  const node = h("time", isNaN(at) ? { class: "when" } : { class: "when", datetime: at.toISOString(), title: at.toLocaleString() }, told);
  return safeUrl(url) ? link(url, node) : node;
}

/** Slack's date formats, in the browser's zone: `{date_short_pretty} {time}` → "Today 10:32 AM". */
export function when(seconds, format, fallback) {
  const at = new Date(Number(seconds) * 1000);
  if (seconds === "" || seconds === null || isNaN(at) || typeof format !== "string") return fallback || String(seconds);
  const told = format.replace(/\{(\w+)\}/g, (whole, name) => {
    const found = FORMATS[name.replace(/_pretty$/, "")];
    if (!found) return whole;
    return name.endsWith("_pretty") ? near(at) ?? found(at) : found(at);
  });
  return told.replace(/^[ty](?=oday|omorrow|esterday)/, (letter) => letter.toUpperCase());
}

const part = (at, options) => at.toLocaleDateString("en-US", options);
const clock = (at, options) => at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit", ...options }).replace(/\u202f/g, " ");
const two = (number) => String(number).padStart(2, "0");
const FORMATS = {
  date_num: (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
  date: (at) => `${part(at, { month: "long" })} ${ordinal(at.getDate())}, ${at.getFullYear()}`,
  date_short: (at) => part(at, { month: "short", day: "numeric", year: "numeric" }),
  date_long: (at) => `${part(at, { weekday: "long" })}, ${FORMATS.date(at)}`,
  time: (at) => clock(at),
  time_secs: (at) => clock(at, { second: "2-digit" }),
  ago,
};

function near(at) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[Math.round((midnight(at) - midnight(Date.now())) / 86_400_000)];
}

function ordinal(day) {
  const ending = day > 3 && day < 21 ? "th" : ["th", "st", "nd", "rd"][day % 10] ?? "th";
  return day + ending;
}

function ago(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const steps = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? steps.at(-1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

/** A rich_text block. Throws on what is none. */
export function richText(block, names) {
  return h("div", { class: "rich" }, block.elements.map((part) => container(part, names)));
}

/** Only the words of it. */
export function richPlain(part) {
  return part.text ?? (part.elements ?? []).map(richPlain).join(part.type === "rich_text" || part.type === "rich_text_list" ? "\n" : "");
}

function container(part, names) {
  const inside = (tag, props = {}) => h(tag, props, part.elements.map((one) => phrase(one, names)));
  switch (part.type) {
    case "rich_text_section":
      return inside("div");
    case "rich_text_quote":
      return inside("blockquote");
    case "rich_text_preformatted":
      return inside("pre", { class: part.border ? "border" : "" });
    case "rich_text_list":
      return list(part, names);
    default:
      throw new TypeError("no such part of rich text");
  }
}

function list(part, names) {
  const isOrdered = part.style === "ordered";
  const depth = Math.min(Math.max(Number(part.indent) || 0, 0), 8);
  const start = isOrdered && part.offset > 0 ? part.offset + 1 : null;
  const items = part.elements.map((one) => h("li", {}, container(one, names)));
  const node = h(isOrdered ? "ol" : "ul", { start, class: part.border ? "border" : "" }, items);
  node.style.marginInlineStart = `${depth * 1.4}rem`;
  node.style.listStyleType = (isOrdered ? ["decimal", "lower-alpha", "lower-roman"] : ["disc", "circle", "square"])[depth % 3];
  return node;
}

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

function phrase(part, names) {
  let node = spoken(part, names);
  for (const [style, tag] of Object.entries(STYLES)) if (part.style?.[style] === true) node = h(tag, {}, node);
  return node;
}

function spoken(part, names) {
  switch (part.type) {
    case "text":
      return lines(part.text);
    case "link": {
      const words = lines(part.text || part.url);
      return safeUrl(part.url) ? link(part.url, words) : words;
    }
    case "user":
      return user(part.user_id, names);
    case "usergroup":
      return group(part.usergroup_id, names);
    case "channel":
      return channel(part.channel_id, names);
    case "broadcast":
      return mention(`@${part.range}`);
    case "emoji":
      return emoji(part.name) ?? byCode(part.unicode) ?? `:${part.name}:`;
    case "date":
      return time(part.timestamp, part.format, part.fallback, part.url);
    case "color":
      return [swatch(part.value), String(part.value)];
    default:
      throw new TypeError("no such phrase of rich text");
  }
}

function byCode(unicode) {
  if (!/^[0-9a-f]{2,6}(-[0-9a-f]{2,6}){0,9}$/i.test(unicode ?? "")) return undefined;
  const codes = unicode.split("-").map((code) => parseInt(code, 16));
  return codes.every((code) => code <= 0x10ffff) ? String.fromCodePoint(...codes) : undefined;
}

function swatch(value) {
  const node = h("span", { class: "colour", "aria-hidden": "true" });
  if (/^#[0-9a-f]{3,8}$/i.test(value)) node.style.backgroundColor = value;
  return node;
}
