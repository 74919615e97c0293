// Things to try: what a newcomer can say with one press, and where to look afterwards.

import { desk, first, label, person, recall, remember, state } from "./store.js";
import { button, e, face, icon, iconButton } from "./ui.js";

/** Notes that were dismissed in this window. */
export const unseen = new Set();

export const progress = () => ({ isOpen: true, done: [], last: "", ...recall("guide", {}) });
export const keep = (changed) => remember("guide", { ...progress(), ...changed });
export const markDone = ({ id }) => keep({ done: [...progress().done, id], last: id });
const current = () => state.guide.find((one) => one.id === progress().last);

/** A good second window: whom the next steps are about. */
export function nextPerson() {
  const others = [...(current()?.look ?? []).map((step) => step.as), ...state.players];
  return others.find((id) => id && id !== state.me);
}

/** The middle of an empty desk: pick one, and it is said. */
export function drawWelcome() {
  return e("div.welcome",
    e("h3", "Nobody has asked for anything yet"),
    e("p", `You are ${person(state.me).name}. Write a request below, as you would in Slack, or let one of these people ask:`),
    notes(),
    state.guide.map((one) => button("card", () => desk.trySuggestion(one), face(one.as), e("span", e("b", one.title), e("small", saidBy(one)), e("q", one.text)))),
    e("p.soft", "Everything here runs on your own machine. The people are made up; the bot is the real one."));
}

const saidBy = ({ as, channel }) => `As ${first(as)}${label(channel) && `, in ${label(channel)}`}:`;

export function drawGuide() {
  const now = current();
  return [notes(), now && steps(now), e("h3", now ? "Try another" : "Say one of these"), state.guide.map(line)].flat().filter(Boolean);
}

function line(one) {
  const isDone = progress().done.includes(one.id);
  return button(`try${isDone ? ".done" : ""}`, () => desk.trySuggestion(one), { "data-tool": one.id },
    e("i", isDone && icon("check")),
    e("span", e("b", one.title), isDone && e("span.sr", " (done)"), e("small", `${saidBy(one)} “${one.text}”`)));
}

function steps({ title, look }) {
  return e("div.steps", e("h3", title), e("ol", look.map((step, at) => e("li", step.text, goButton(step, at)))));
}

/** One press does both: become somebody, and go somewhere. */
function goButton(step, at) {
  const be = step.as && step.as !== state.me && `Be ${first(step.as)}`;
  const go = label(step.channel) && `${be ? "go" : "Go"} to ${label(step.channel)}`;
  const told = [be, go].filter(Boolean).join(", ");
  return told && e("p", button("primary", () => desk.follow(step), { "data-tool": `step ${at}` }, told));
}

function notes() {
  return state.notes.filter((note) => !unseen.has(note)).map((note) => e("p.note", e("span", note), iconButton("close", "Dismiss", () => {
    unseen.add(note);
    desk.redraw();
  })));
}
