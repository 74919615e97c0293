// Slack's own markup, its rich text and its dates. One pass over the text: no input takes more than linear time.

import { h, lines, link, safeUrl, unescape } from "./dom.js";
import { emoji } from "./emoji.js";
import { now } from "./store.js";

const EMOJI = /:([a-z0-9_+'-]{1,60}(?:::skin-tone-[2-6])?):/y;
const BARE = /https?:\/\/[^\s<>|"*`]+/y;
const PAIRED = {
  "`": /(`+)([^`\n]+)\1(?!`)/y,
  "<": /<([^<>\n]+)>/y,
  ":": EMOJI,
  "[": /(!?)\[([^[\]\n]{0,500})\]\(\s*([^\s()<>]{1,2000})(?:\s+"[^"\n]*")?\s*\)/y,
};
const WORD = /[\p{L}\p{N}]/u;
const SLACK = { tags: { "*": "strong", _: "em", "~": "s" }, marks: /[*_~<:]|`+|https?:\/\//g };
const MARKDOWN = {
  tags: { "***": "strong", "**": "strong", __: "strong", "*": "em", _: "em", "~~": "s" },
  marks: /\*{1,3}|__?|~~|`+|[<:[\\]|!\[|https?:\/\//g,
};

/** mrkdwn as nodes. `verbatim`: no links but those that were marked. */
export function mrkdwn(text, names, verbatim = false) {
  // The line break before and after a fence is the fence's own.
  const how = { ...SLACK, names, verbatim };
  return text.split(/\n?```\n?([^]+?)\n?```\n?/).flatMap((part, at) => (at % 2 ? h("pre", tokens(part, names)) : quoted(part, how)));
}

/** plain_text as nodes; nothing in it is markup but, if asked for, emoji. */
export function plain(text, { emoji: isDrawn } = {}) {
  return lines(isDrawn ? text.replace(new RegExp(EMOJI, "g"), (whole, name) => emoji(name) ?? whole) : text);
}

/** A line of CommonMark, with Slack's tokens in it. */
export const inlineMarkdown = (text, names) => inline(text, { ...MARKDOWN, names });

function quoted(text, how) {
  const drawn = [];
  let bar = null;
  let isRest = false;
  text.split("\n").forEach((row, at) => {
    const [mark] = (!isRest && /^(?:(?:>|&gt;){3}|(?:>|&gt;)) ?/.exec(row)) || [""];
    isRest ||= unescape(mark).startsWith(">>>");
    const wasBar = bar;
    if (!mark && !isRest) bar = null;
    else if (!bar) drawn.push((bar = h("blockquote")));
    else bar.append(h("br"));
    const inside = inline(row.slice(mark.length), how);
    if (bar) bar.append(...inside);
    else drawn.push(at && !wasBar ? h("br") : "", ...inside);
  });
  return drawn;
}

// `kept` holds strings, nodes and open marks. A mark that finds its end takes everything since into its element;
// one that does not is text after all.
function inline(text, how) {
  const kept = [];
  const open = {};
  const marks = new RegExp(how.marks);
  let at = 0;
  for (let found; (found = marks.exec(text)); marks.lastIndex = at) {
    const [mark] = found;
    if (found.index > at) kept.push(text.slice(at, found.index));
    at = found.index + mark.length;
    if (how.tags[mark]) emphasis(kept, open, mark, how.tags, text[found.index - 1] ?? " ", text[at] ?? " ");
    else {
      const [part, end] = special(text, found.index, mark, how) || [mark, at];
      if (!found.index && part.matches?.(".when")) part.classList.add("first");
      kept.push(part);
      at = end;
    }
  }
  return settled([...kept, text.slice(at)]);
}

function emphasis(kept, open, mark, tags, before, after) {
  const isEdge = (side) => (tags["**"] && mark[0] !== "_") || !WORD.test(side); // CommonMark: *within* a word is fine
  const start = open[mark];
  if (start < kept.length - 1 && /\S/.test(before) && isEdge(after) && before !== mark) {
    const inside = settled(kept.splice(start).slice(1));
    kept.push(h(tags[mark], mark === "***" ? h("em", inside) : inside));
    for (const one in open) if (open[one] >= start) delete open[one];
  } else {
    if (/\S/.test(after) && isEdge(before) && before !== mark && after !== mark) open[mark] = kept.length;
    kept.push(mark);
  }
}

// Neighbouring strings become one; only then are they unescaped, once.
function settled(kept) {
  const joined = [];
  for (const one of kept) {
    if (typeof one === "string" && typeof joined.at(-1) === "string") joined.push(joined.pop() + one);
    else joined.push(one);
  }
  return joined.map((one) => (typeof one === "string" ? unescape(one) : one));
}

// What begins here, and where it ends.
function special(text, at, mark, how) {
  const read = (pattern) => ((pattern.lastIndex = at), pattern.exec(text));
  if (mark === "\\") return /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "") ? [text[at + 1].replace("&", "&amp;"), at + 2] : null;
  if (mark[0] === "h") {
    if (how.verbatim || WORD.test(text[at - 1] ?? " ")) return null;
    const raw = trimmed(read(BARE)?.[0] ?? mark);
    const url = unescape(raw);
    return [safeUrl(url) ? link(url, url) : raw, at + raw.length];
  }
  const found = read(PAIRED[mark.at(-1)]);
  const part = found && pair(found, mark.at(-1), how);
  return part && [part, at + found[0].length];
}

function pair([, one, two, three], mark, how) {
  if (mark === "<") return token(one, how.names);
  if (mark === ":") return emoji(one);
  if (mark === "`") return h("code", how.tags["**"] ? two.replace(/^ (.*) $/, "$1") : tokens(two, how.names));
  const url = unescape(three);
  return safeUrl(url) && link(url, one ? `🖼 ${two || url}` : two ? inline(two, { ...how, verbatim: true }) : url);
}

// A sentence's last full stop is not part of the address.
function trimmed(url) {
  let end = url.length;
  while (".,;:!?)'~_]".includes(url[end - 1])) end--;
  return url.slice(0, end);
}

// Inside code only tokens count.
function tokens(text, names) {
  return text.split(/<([^<>\n]+)>/).map((part, at) => (at % 2 ? token(part, names) ?? lines(unescape(`<${part}>`)) : lines(unescape(part))));
}

// What stands between < and >; null when it is nothing Slack knows.
function token(inside, names) {
  const [, target, label] = /^([^|]*)\|?([^]*)$/.exec(inside).map(unescape);
  const [, kind, id] = /^(@|#|!subteam\^|!)(\w+)$/.exec(target) ?? [];
  if (kind && (kind !== "!" || /^(here|channel|everyone)$/.test(id))) return mention(kind, id, names, label);
  const [, seconds, format, url] = /^!date\^(\d{1,12})\^([^^]+)(?:\^(.*))?$/.exec(target) ?? [];
  if (seconds) return time(seconds, format, label, url);
  if (target[0] === "!") return label ? document.createTextNode(label) : null;
  return safeUrl(target) ? link(target, plain(label || target.replace(/^mailto:/, ""), { emoji: true })) : null;
}

function mention(kind, id, names, label = "") {
  const known = kind !== "!" && names[{ "@": "person", "#": "channel" }[kind] ?? "group"](id);
  const said = (label || id).replace(/^[@#]/, "");
  if (kind === "@") return h(`span.mention${id === names.me ? ".me" : ""}`, `@${known?.name ?? said}`);
  if (kind !== "#") return h("span.mention", `@${known?.handle ?? said}`);
  if (!known) return h("span.mention", label ? `#${said}` : "🔒 private channel");
  return h("button.mention", { on: { click: () => names.openChannel(id) } }, `#${known.name}`);
}

function time(seconds, format, fallback, url) {
  const title = new Date(seconds * 1000).toLocaleString();
  return link(url, h("time.when", { title }, when(seconds, format, fallback)));
}

/** Slack's date formats, in the browser's zone: `{date_short_pretty} {time}` → "today 10:32 AM". */
export function when(seconds, format, fallback) {
  const at = new Date(seconds * 1000);
  if (!seconds || isNaN(at) || typeof format !== "string") return fallback || String(seconds);
  return format.replace(/\{(\w+?)(_pretty)?\}/g, (whole, name, isPretty) => (isPretty && near(at)) || FORMATS[name]?.(at) || whole);
}

const ORDER = new Intl.PluralRules("en", { type: "ordinal" });
const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };
const spell = (at, options) => at.toLocaleDateString("en-US", options);
const clock = (at, second) => at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit", second }).replace(/\u202f/g, " ");
const FORMATS = {
  __proto__: null,
  date_num: (at) => at.toLocaleDateString("sv"), // Swedes write 2026-02-03
  date: (at) => `${spell(at, { month: "long" })} ${at.getDate()}${ENDINGS[ORDER.select(at.getDate())]}, ${at.getFullYear()}`,
  date_short: (at) => spell(at, { dateStyle: "medium" }),
  date_long: (at) => `${spell(at, { weekday: "long" })}, ${FORMATS.date(at)}`,
  time: clock,
  time_secs: (at) => clock(at, "2-digit"),
  ago,
};

function near(at) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[Math.round((midnight(at) - midnight(now())) / 86_400_000)];
}

function ago(at) {
  const seconds = Math.round((at - now()) / 1000);
  const steps = Object.entries({ year: 31_536_000, month: 2_592_000, day: 86_400, hour: 3600, minute: 60, second: 0 });
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(seconds / (size || 1)), unit);
}

/** A rich_text block. Throws on what is none. */
export function richText(block, names) {
  return h("div", block.elements.map((part) => container(part, names)));
}

/** Only the words of it. */
export function richPlain(part) {
  return part.text ?? (part.elements ?? []).map(richPlain).join(/rich_text(_list)?$/.test(part.type) ? "\n" : "");
}

const CONTAINERS = { rich_text_section: "div", rich_text_quote: "blockquote", rich_text_preformatted: "pre" };

function container(part, names) {
  const border = part.border ? ".border" : "";
  if (part.type !== "rich_text_list") return h(CONTAINERS[part.type].concat(border), part.elements.map((one) => phrase(one, names)));
  const isOrdered = part.style === "ordered";
  const depth = Math.min(Math.max(Number(part.indent) || 0, 0), 8);
  const node = h((isOrdered ? "ol" : "ul") + border, { start: isOrdered && part.offset > 0 && Number(part.offset) + 1 }, part.elements.map((one) => h("li", container(one, names))));
  node.style.marginInlineStart = `${depth * 1.4}rem`;
  node.style.listStyleType = (isOrdered ? ["decimal", "lower-alpha", "lower-roman"] : ["disc", "circle", "square"])[Math.floor(depth) % 3];
  return node;
}

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

function phrase(part, names) {
  const spoken = PHRASES[part.type](part, names);
  return Object.keys(STYLES).reduce((node, style) => (part.style?.[style] === true ? h(STYLES[style], node) : node), spoken);
}

const PHRASES = {
  __proto__: null,
  text: ({ text }) => lines(text),
  link: ({ url, text }) => link(url, lines(text || url)),
  user: ({ user_id }, names) => mention("@", user_id, names),
  usergroup: ({ usergroup_id }, names) => mention("!subteam^", usergroup_id, names),
  channel: ({ channel_id }, names) => mention("#", channel_id, names),
  broadcast: ({ range }, names) => mention("!", range, names),
  emoji: ({ name, unicode }) => emoji(name) ?? byCode(unicode) ?? `:${name}:`,
  date: ({ timestamp, format, fallback, url }) => time(timestamp, format, fallback, url),
  color: ({ value }) => [swatch(value), String(value)],
};

function byCode(unicode) {
  const codes = String(unicode).split("-").map((code) => Number(`0x${code}`));
  return codes.every((code) => code <= 0x10ffff) ? String.fromCodePoint(...codes) : undefined;
}

function swatch(value) {
  const node = h("span.colour", { "aria-hidden": true });
  if (/^#[0-9a-f]{3,8}$/i.test(value)) node.style.backgroundColor = value;
  return node;
}
