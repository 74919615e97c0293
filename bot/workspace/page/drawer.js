// What just happened: one case, from the words that were said to the last byte on the wire, read from the desk.

import { ask } from "./net.js";
import { label, person, state } from "./store.js";
import { $, h, icon, keyed } from "./ui.js";

const AWAY = "The desk cannot be read now. Its decisions appear here once it is open.";
const NOTHING = "Nothing is decided yet. Write a request as somebody, and see here how it was decided.";

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

$("case").onchange = (event) => choose(Number(event.target.value));

/** Learns which message belongs to which case and, while open, redraws what changed. The newest reading wins. */
export async function refresh() {
  const mine = ++reading;
  const told = state.has_desk ? await ask("/desk/cases") : {};
  if (mine !== reading) return;
  const cases = told.cases ?? [];
  owners = new Map(cases.flatMap((one) => messagesOf(one).map((at) => [`${at.channel} ${at.ts}`, one.number])));
  if (!isDrawerOpen()) return;
  const it = cases.find((one) => one.number === chosen) ?? cases[0];
  const mentions = it ? `?mentions=${[...messagesOf(it).map((at) => at.ts), it.id]}` : "";
  const paths = [`/control/traffic${mentions}`, ...(it ? [`/desk/cases/${it.number}`, "/desk/audit"] : [])];
  const [wire, story, audit] = await Promise.all(paths.map((path) => ask(path)));
  if (mine !== reading) return;
  $("case").hidden = !it;
  keyed($("case"), cases.map((one) => drawn(one.number, one, choice)));
  if (it) $("case").value = it.number;
  keyed($("story"), [
    drawn("story", { told, it, story, audit }, tellStory),
    ["wire", [], () => h("h3", "On the wire")],
    ...(wire.exchanges ?? []).map((one) => [`wire ${one.seq}`, [one.status], () => exchange(one)]),
  ]);
}

const messagesOf = (one) => [...one.messages, ...one.pictures];
const drawn = (key, facts, draw) => [key, [JSON.stringify(facts)], () => draw(facts)];

const choice = ({ number, summary, status }) => h("option", { value: number }, `#${number} ${summary} · ${status}`);

function tellStory({ told, it, story, audit }) {
  if (!story?.case) return h("p", told.cases && !it ? NOTHING : AWAY);
  const { opinions, entries } = story;
  return h("div",
    h("h3", "Decision"), decision(story),
    opinions.length > 0 && [h("h3", "Opinions"), table(opinions)],
    h("h3", "Audit"), chain(audit), entries.map((one, at) => entry(one, at && one.seq - entries[at - 1].seq - 1)));
}

function decision({ case: it, decision: made }) {
  if (!made) return h("p", `Not decided yet: ${it.status}.`);
  const { verdict, destination, address, reason, ...more } = made;
  const gates = it.gates.map((gate) => `${gate.role}: ${gate.state}, ${gate.votes?.length ?? 0} of ${gate.needs}`);
  return [
    h("p", h("b.mark", verdict), ` ${destination ?? ""} `, h("code", address)),
    h("p", reason),
    pairs({ state: it.status, asked_by: it.asker, owner: it.owner, ...more, gates }),
  ];
}

const words = (code) => code.replaceAll("_", " ");

function pairs(facts) {
  const one = (value) => state.people[value]?.name || label(value) || short(`${value}`);
  const told = (value) => (Array.isArray(value) ? value.map(words).join(" · ") : one(value));
  const known = Object.entries(facts).filter(([, value]) => value != null && value.length !== 0);
  return h("dl", known.map(([name, value]) => [h("dt", words(name)), h("dd", told(value))]));
}

/** Of a hash the beginning: enough to see that two links of the chain match. */
const short = (text) => (/^[0-9a-f]{64}$/.test(text) ? h("code", { title: text }, text.slice(0, 10)) : text);

function table(opinions) {
  const row = (kind, ...cells) => h("tr", cells.map((cell) => h(kind, cell)));
  return h("table", row("th", "Source", "Says", "Why"), opinions.map((one) => row("td", one.source, one.says, one.why)));
}

function chain({ entries, problem }) {
  return problem ? h("p.problem", problem) : h("p.verified", icon("check"), ` Chain verified: ${entries} entries`);
}

function entry(it, between) {
  return h("div.entry",
    between > 0 && h("p.soft", `${between} of other cases between`),
    h("p", time(it.at), h("b", ` ${words(it.type)} `), h("span.soft", it.by ? person(it.by).name : "Frontdesk")),
    pairs(it.facts),
    it.text && h("blockquote", it.text),
    h("p", short(it.prev), " → ", short(it.hash)));
}

const time = (at) => h("time", new Date(at).toLocaleString());

function exchange(it) {
  const way = /call|hook/.test(it.kind) ? "Frontdesk → Slack" : "Slack → Frontdesk";
  const told = `${it.status}${it.attempt > 1 ? ` · attempt ${it.attempt}` : ""}`;
  const line = h("details", h("summary", h("small", way), h("b", it.name), h("small", told), time(it.at * 1000)));
  const wire = () => [it.sent, it.answer].map((json) => h("pre", { tabindex: 0 }, JSON.stringify(json, null, 2)));
  line.addEventListener("toggle", () => line.append(...wire()), { once: true });
  return line;
}
