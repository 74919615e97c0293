// The conversation in the middle and the thread beside it: a list that stays where one reads, and its composer.

import { composer, editor } from "./composer.js";
import { drawWelcome, unseen } from "./guide.js";
import { isAtBottom, keyed } from "./lists.js";
import { frameOf, itemsOf, walkable } from "./messages.js";
import { channel, desk, isDirect, isEmpty, isSystem, label, message, shownIn, sourceOf, state, thread } from "./store.js";
import { $, button, e, face, icon, iconButton } from "./ui.js";
import { drawHome } from "./views.js";

let middle = {};
let beside = {};

export const focusMiddle = () => middle.typed?.focus();
export const focusThread = () => beside.typed?.focus();

export function drawMiddle(place) {
  const key = `${state.me} ${place}`;
  const isNew = middle.key !== key;
  if (isNew) {
    middle = place === "home" ? home(key) : pane(key, place, "");
    $("main").replaceChildren(middle.node);
  }
  if (place === "home") return keyed(middle.list, [["home", [state.home, state.cast], () => drawHome(state.home)]]);
  fill(middle, [opening(place), ...itemsOf(shownIn(place), middle)], isNew);
}

export function drawThread(open) {
  $("thread").hidden = !open;
  if (!open) return void (beside = {});
  const key = `${state.me} ${open.channel} ${open.ts}`;
  const isNew = beside.key !== key;
  if (isNew) {
    beside = pane(key, open.channel, open.ts);
    $("thread").replaceChildren(...beside.node.childNodes);
  }
  fill(beside, itemsOf(thread(open), beside), isNew);
}

/** A channel, or one of its threads when there is a `ts`. */
function pane(key, id, ts) {
  const list = e("div.log", { role: "log", "aria-label": "Conversation", "aria-live": "off" });
  const pill = button("pill", () => (list.scrollTop = list.scrollHeight), { hidden: true }, "New messages ↓");
  list.addEventListener("scroll", () => (pill.hidden ||= isAtBottom(list)));
  walkable(list);
  const typed = composer(ts ? "Reply in thread" : `Message ${label(id)}`, key, {
    send: (text, isBroadcast) => desk.say(id, text, { ...(ts && { thread_ts: ts }), ...(isBroadcast && { broadcast: true }) }),
    editLast: () => editLast(made),
    alsoTo: ts && !isDirect(id) && label(id),
  });
  const node = e("section.pane", { "aria-label": "Messages" }, e("header", ts ? threadTitle(id) : title(id)), e("div.holds", list, pill), typed.node);
  const made = { key, node, list, pill, typed, id, ts, isMain: !ts, newest: "", editing: "" };
  made.edit = (one) => edit(made, one);
  made.editor = (one) => editorOf(made, one);
  return made;
}

const back = (label, press) => iconButton("back", label, press);

function title(id) {
  const { name, kind, topic, is_shared: isShared, members } = channel(id);
  return [
    back("Back to channels", desk.showNav),
    e("h2", icon({ im: "bell", private: "lock" }[kind] ?? "hash"), name),
    isShared && e("span.mark.external", "shared with another company"),
    e("p.topic", kind !== "im" && `${topic} · ${members.length} people`),
  ];
}

function threadTitle(id) {
  return [back("Back", desk.closeThread), e("h2", "Thread"), e("p.topic", label(id)), iconButton("close", "Close", desk.closeThread)];
}

function opening(id) {
  if (isEmpty() && state.guide.length) return ["welcome", [state.cast, unseen.size], drawWelcome];
  const told = isDirect(id) ? `Only you and ${state.app.name} read this.` : channel(id).topic;
  return ["intro", [told], () => e("div.intro", e("h3", label(id)), told)];
}

/** Stays at the bottom if one was there, goes there for one's own words, and else says that there is more below. */
function fill(it, items, isNew) {
  const wasAtBottom = isAtBottom(it.list);
  keyed(it.list, items);
  const newest = items.at(-1)[0];
  const isMine = message({ channel: it.id, ts: newest })?.user === state.me;
  if (isNew || wasAtBottom || (newest > it.newest && isMine)) it.list.scrollTop = isEmpty() ? 0 : it.list.scrollHeight;
  else if (newest > it.newest) it.pill.hidden = false;
  it.newest = newest;
  if (isNew) setTimeout(() => it.list.setAttribute("aria-live", "polite"));
}

function edit(it, ts) {
  it.editing = ts;
  desk.redraw();
  if (!ts) it.typed.focus();
}

function editorOf(it, one) {
  const save = async (text) => {
    const told = await desk.tell("edit", { channel: one.channel, ts: one.ts, text });
    if (told.ok) edit(it, "");
    return told.problem ?? "";
  };
  return frameOf(one, "", face(one.user), editor(sourceOf(one.text), save, () => edit(it, "")));
}

function editLast(it) {
  const all = it.ts ? thread({ channel: it.id, ts: it.ts }) : shownIn(it.id);
  const mine = all.findLast((one) => one.user === state.me && !isSystem(one));
  if (mine) edit(it, mine.ts);
  return mine;
}

function home(key) {
  const list = e("div.home");
  return { key, list, node: e("section.pane", { "aria-label": "Home" }, e("header", back("Back to channels", desk.showNav), e("h2", icon("home"), `${state.app.name} · Home`)), list) };
}
