// What just happened: one case, from the words that were said to the last byte on the wire, read from the desk.

import { keyed } from "./lists.js";
import { read } from "./net.js";
import { label, person, state } from "./store.js";
import { $, e, icon } from "./ui.js";

const AWAY = "The desk cannot be read right now. Its decisions appear here as soon as it is open.";
const NOTHING = "Nothing has been decided yet. Write a request as somebody, and see here how it was decided.";
const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit" });

let cases = [];
let owners = new Map();
let chosen = 0;
let reading = 0;

export const caseOf = ({ channel, ts }) => owners.get(`${channel} ${ts}`);
export const isDrawerOpen = () => !$("drawer").hidden;

/** A case by its number, or 0 to follow the newest. */
export function choose(number) {
  chosen = number;
  return refresh();
}

$("case").addEventListener("change", (event) => choose(Number(event.target.value)));

/** Learns which message belongs to which case and, while open, redraws what changed. The newest reading wins. */
export async function refresh() {
  const mine = ++reading;
  const told = state.has_desk ? await read("/desk/cases") : null;
  if (mine !== reading) return;
  cases = told?.cases ?? [];
  owners = new Map(cases.flatMap((one) => messagesOf(one).map((at) => [`${at.channel} ${at.ts}`, one.number])));
  if (!isDrawerOpen()) return;
  const it = cases.find((one) => one.number === chosen) ?? cases[0];
  const mentions = it ? `?mentions=${[...new Set(messagesOf(it).map((at) => at.ts)), it.id]}` : "";
  const [story, audit, wire] = await Promise.all([it && read(`/desk/cases/${it.number}`), it && read("/desk/audit"), read(`/control/traffic${mentions}`)]);
  if (mine !== reading) return;
  drawChoice(it);
  keyed($("story"), [
    ...(story ? tellStory(story, audit) : [drawn("sentence", told && !it ? NOTHING : AWAY, (words) => e("p", words))]),
    ...section("On the wire", wire?.exchanges.map((one) => [`wire ${one.seq}`, [one.status], () => exchange(one)])),
  ]);
}

const messagesOf = (one) => [...one.messages, ...one.pictures];
const drawn = (key, facts, draw) => [key, [JSON.stringify(facts)], () => draw(facts)];
const section = (title, items) => (items?.length ? [[title, [], () => e("h3", title)], ...items] : []);

function drawChoice(it) {
  $("case").hidden = !it;
  keyed($("case"), cases.map((one) => drawn(one.number, `#${one.number} ${one.summary} · ${one.status}`, (words) => e("option", { value: one.number }, words))));
  if (it) $("case").value = it.number;
}

function tellStory({ opinions, entries, ...it }, audit) {
  return [
    ...section("Decision", [drawn("decision", it, decision)]),
    ...section("Opinions", opinions.length ? [drawn("opinions", opinions, table)] : []),
    ...section("Audit", [drawn("chain", audit, chain), ...entries.map((one, at) => drawn(one.seq, [one, at ? one.seq - entries[at - 1].seq - 1 : 0], entry))]),
  ];
}

function decision({ case: it, decision: made }) {
  if (!made) return e("p", `Not decided yet: ${it.status}.`);
  const { verdict, destination, address, reason, confidence, score, priority, priority_rule: rule, risk, risks, map_version: map } = made;
  const gates = it.gates.map((gate) => `${words(gate.role)}: ${gate.state}, ${gate.votes?.length ?? 0} of ${gate.needs}`);
  return e("div", e("p", e(`b.badge.${verdict}`, verdict), ` ${destination ?? ""} `, e("code", address)), e("p", reason), pairs({
    state: it.status, asked_by: it.asker, owner: it.owner, confidence: join(confidence, score), priority: join(priority, rule),
    risk: join(risk, ...(risks ?? []).map(words)), gates: join(...gates), map,
  }));
}

const join = (...parts) => parts.filter((part) => part || part === 0).join(" · ");
const words = (code) => `${code}`.replaceAll("_", " ");

function pairs(facts) {
  const told = (value) => (/^[0-9a-f]{64}$/.test(value) ? hash("hash", value) : state.people[value]?.name ?? (label(value) || `${value}`));
  const known = Object.entries(facts).filter(([, value]) => value !== "" && value != null);
  return e("dl", known.map(([name, value]) => [e("dt", words(name)), e("dd", told(value))]));
}

function table(opinions) {
  const row = (kind, ...cells) => e("tr", cells.map((cell) => e(kind, cell)));
  return e("table", row("th", "Source", "Says", "Why"), opinions.map((one) => row("td", one.source, one.says, one.why)));
}

function chain(audit) {
  if (!audit || audit.problem) return e("p.problem", audit?.problem ?? "The chain could not be checked.");
  return e("p.verified", icon("check"), ` Chain verified: ${audit.entries} entries`);
}

function entry([it, between]) {
  return e("div.entry",
    between > 0 && e("p.soft", `${between} of other cases between`),
    e("p", e("time", TIME.format(new Date(it.at))), e("b", ` ${words(it.type)} `), e("span.soft", it.by ? person(it.by).name : "Frontdesk")),
    pairs(it.facts),
    it.text && e("blockquote", it.text),
    e("p", hash("previous", it.prev), " → ", hash("this entry", it.hash)));
}

/** Its colour is its beginning: two links of the chain that match look alike. */
function hash(what, value) {
  const swatch = e("i");
  swatch.style.background = `#${value.slice(0, 6)}`;
  return e("code.hash", { tabindex: 0, "aria-label": `${what} ${value}` }, swatch, value);
}

const opened = new Set();

function exchange(it) {
  const way = /call|hook/.test(it.kind) ? "Frontdesk → Slack" : "Slack → Frontdesk";
  const told = join(it.status, it.attempt > 1 && `attempt ${it.attempt}`);
  const line = e("details", { open: opened.has(it.seq) }, e("summary", e("small", way), e("b", it.name), e("small", told), e("time", TIME.format(it.at * 1000))));
  line.addEventListener("toggle", () => {
    opened[line.open ? "add" : "delete"](it.seq);
    if (line.children.length === 1) line.append(...[it.sent, it.answer].map((json) => e("pre", { tabindex: 0 }, JSON.stringify(json, null, 2))));
  });
  return line;
}
