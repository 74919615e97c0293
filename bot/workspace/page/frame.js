// What stands around the conversation: who one is, the channels, and things to try for a newcomer.

import { drawClock } from "./clock.js";
import { desk, first, label, person, recall, remember, state, unread } from "./store.js";
import { $, button, face, h, icon, keyed } from "./ui.js";

export function drawTop() {
  const told = `${state.app.name} ${state.is_connected ? "is connected" : "is starting…"}`;
  $("workspace").textContent = state.workspace.name;
  $("reset").hidden = !state.can_reset;
  $("second").href = `?as=${state.players.find((id) => id !== state.me)}${location.hash}`;
  keyed($("who"), [["", [state.me, state.cast], () => h("div", face(state.me), whoSwitch())]]);
  drawClock();
  keyed($("bot"), [["", [told], () => h(`span${state.is_connected ? ".on" : ""}`, { title: told }, told)]]);
}

function whoSwitch() {
  const from = { guest: " · guest", outsider: " · external" };
  const option = ({ id, name, title, kind }) => h("option", { value: id }, `${name}${title && " — "}${title}${from[kind] ?? ""}`);
  const select = h("select", { "aria-label": "Who you are", "data-tool": "who" }, state.players.map((id) => option(person(id))));
  select.value = state.me;
  select.onchange = () => desk.become(select.value);
  return select;
}

export function drawNav(place) {
  const all = state.channels.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const home = state.app.has_home ? [{ id: "home", kind: "home", name: `${state.app.name} · Home` }] : [];
  const part = (heading, inside) => [[heading, [], () => h("h2", heading)], ...inside.map((one) => row(one, place))];
  keyed($("nav"), [
    ...part("Channels", all.filter((one) => one.kind !== "im")),
    ...part("Direct messages", [...all.filter((one) => one.kind === "im"), ...home]),
  ]);
}

function row({ id, kind, name }, place) {
  const { count, mine } = unread(id);
  const isHere = place === id;
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    desk.go(id);
  };
  const draw = () => h(`a${count ? ".unread" : ""}`,
    { href: desk.addressOf(id), "aria-current": isHere ? "page" : null, "data-tool": id, on: { click: press } },
    kind === "im" ? face(state.app.user) : icon({ private: "lock", home: "home" }[kind] ?? "hash"),
    h("span.name", name),
    count > 0 && h(`b${mine ? ".mine" : ""}`, " ", mine || count, h("span.sr", mine ? " for you" : " unread")));
  return [id, [kind, name, count, mine, isHere, state.me], draw];
}

// Things to try: said with one press, and where to look afterwards.

export const progress = () => ({ done: [], ...recall("guide") });
export const keep = (changed) => remember("guide", { ...progress(), ...changed });

/** The middle of an empty desk: pick one, and it is said. */
export function drawWelcome() {
  return h("div.intro.welcome",
    h("h3", "Nobody has asked for anything yet"),
    h("p", `You are ${person(state.me).name}. Write a request below, as you would in Slack, or let one of these people ask:`),
    notes(),
    state.guide.map((one) => button("card", () => desk.trySuggestion(one), face(one.as), told(one, saidBy(one), h("q", one.text)))),
    h("p.soft", "Everything here runs on your own machine. The people are made up; the bot is the real one."));
}

const notes = () => state.notes.map((note) => h("p.note", note));
const told = ({ title }, words, more) => h("span", h("b", title), h("small", words), more);
const saidBy = ({ as, channel }) => `As ${first(as)}${label(channel) && `, in ${label(channel)}`}:`;

export function drawGuide() {
  const now = state.guide.find((one) => one.id === progress().last);
  return h("div", notes(), now && steps(now), h("h3", now ? "Try another" : "Say one of these"), state.guide.map(line));
}

function line(one) {
  const isDone = progress().done.includes(one.id);
  return button(`try${isDone ? ".done" : ""}`, () => desk.trySuggestion(one), { "data-tool": one.id },
    h("i", isDone && icon("check")),
    told(one, `${saidBy(one)} “${one.text}”`, isDone && h("span.sr", " (done)")));
}

function steps({ title, look }) {
  return h("div.steps", h("h3", title), h("ol", look.map((step) => h("li", step.text, goButton(step), moveButton(step)))));
}

function moveButton({ do: move }) {
  const it = move && $("clock").elements[move];
  return it && offer(it.textContent, () => it.click());
}

/** One press does both: become somebody, and go somewhere. */
function goButton(step) {
  const be = step.as && step.as !== state.me && `Be ${first(step.as)}`;
  const go = label(step.channel) && `${be ? "go" : "Go"} to ${label(step.channel)}`;
  return offer([be, go].filter(Boolean).join(", "), () => desk.follow(step));
}

const offer = (words, press) => words && h("p", button("btn.primary", press, { "data-tool": words }, words));
