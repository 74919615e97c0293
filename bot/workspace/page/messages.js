// A message as one person sees it, with everything they can do to it.

import { drawBlocks } from "./blocks.js";
import { emoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { desk, isSystem, message, person, state } from "./store.js";
import { $, button, e, face, icon, iconButton } from "./ui.js";

const GROUPED_WITHIN_SECONDS = 300;
const QUICK = ["+1", "eyes", "white_check_mark", "raised_hands", "tada", "heart", "pray", "thinking_face"];
const MARKS = { bot: "APP", guest: "guest", outsider: "external", gone: "left" };

const HOUR = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const clock = (ts) => HOUR.format(ts * 1000);
const dayOf = (ts) => DAY.format(ts * 1000);

/** The messages of a pane as keyed items, with days between. */
export function itemsOf(messages, pane) {
  const items = [];
  let before = null;
  for (const one of messages) {
    const day = dayOf(one.ts);
    if (!before || dayOf(before.ts) !== day) {
      items.push([day, [], () => e("p.day", e("span", day === dayOf(Date.now() / 1000) ? "Today" : day))]);
      before = null;
    }
    const isGrouped = follows(before, one);
    items.push(pane.editing === one.ts ? [one.ts, ["editing"], () => pane.editor(one)] : [one.ts, [one, isGrouped, state.cast], () => draw(one, pane, isGrouped)]);
    before = one;
  }
  return items;
}

function follows(before, one) {
  if (!before || one.is_bot || [before, one].some((it) => isSystem(it) || it.only_for || it.is_broadcast)) return false;
  return before.user === one.user && !before.replies.length && one.ts - before.ts < GROUPED_WITHIN_SECONDS;
}

function draw(one, pane, isGrouped) {
  if (one.subtype === "tombstone") return frameOf(one, "", icon("trash"), e("p.soft", "This message was deleted."), pane.isMain && summary(one));
  if (isSystem(one)) return frameOf(one, "", "", e("p.soft", mrkdwn(one.text.startsWith("<@") ? one.text : `<@${one.user}> ${one.text}`, desk.names)));
  const time = e("time", { title: new Date(one.ts * 1000).toLocaleString() }, clock(one.ts));
  const edited = one.is_edited && e("small", "(edited)");
  const mark = MARKS[one.is_bot ? "bot" : person(one.user).kind];
  return frameOf(one, `${isGrouped ? ".grouped" : ""}${one.only_for ? ".whisper" : ""}`, isGrouped ? time : face(one.user, "big", one.name),
    one.only_for && e("p.soft", icon("eye"), " Only visible to you"),
    !isGrouped && e("p.by", e("b", one.name), mark && e(`span.mark.${mark}`, mark), time, edited),
    one.is_broadcast && pane.isMain && button("soft", () => desk.openThread(one), "replied to a thread"),
    words(one),
    isGrouped && edited,
    e("div.chips", one.files.map(file), one.previews.map((url) => e("span.chip", "Preview of ", url)), one.reactions.map((it) => reaction(one, it))),
    pane.isMain && summary(one),
    !one.only_for && tools(one, pane));
}

export function frameOf(one, classes, beside, ...inside) {
  return e(`article.m${classes}`, { "data-ts": one.ts, "data-channel": one.channel, tabindex: 0, "aria-label": `${one.name}, ${clock(one.ts)}` }, e("div.gutter", beside), e("div.said", inside));
}

function words(one) {
  const onAction = (action) => desk.do("press", { channel: one.channel, ts: one.ts, ...action });
  const ctx = { names: desk.names, surface: "message", typed: {}, errors: {}, given: {}, onAction };
  return e("div.words", one.blocks.length ? drawBlocks(one.blocks, ctx) : mrkdwn(one.text, desk.names));
}

function file({ name, mimetype, size }) {
  return e("span.chip", icon("file"), name, e("small", `${mimetype} · ${Math.ceil(size / 1024)} KB`));
}

function reaction(one, { name, users }) {
  const isMine = users.includes(state.me);
  const told = `:${name}: ${users.map((id) => (id === state.me ? "you" : person(id).name)).join(", ")}`;
  const press = () => desk.do(isMine ? "unreact" : "react", { channel: one.channel, ts: one.ts, name });
  return button("reaction", press, { "data-tool": name, "aria-pressed": `${isMine}`, "aria-label": told, title: told }, emoji(name) ?? `:${name}:`, e("b", users.length));
}

function summary(one) {
  if (!one.replies.length) return null;
  const faces = [...new Set(one.replies.map((reply) => reply.user))].slice(0, 4);
  const count = `${one.replies.length} ${one.replies.length === 1 ? "reply" : "replies"}`;
  return button("summary", () => desk.openThread(one), { "data-tool": "thread" }, faces.map((id) => face(id, "tiny")), e("b", count), ` · last at ${clock(one.replies.at(-1).ts)}`);
}

function tools(one, pane) {
  const tool = (picture, label, press, isShown = true) => iconButton(picture, label, press, { "data-tool": picture, tabindex: -1, hidden: !isShown });
  const isMine = one.user === state.me;
  return e("div.tools",
    tool("smile", "Add reaction", (event) => pick(event.currentTarget, one)),
    tool("reply", "Reply in thread", () => desk.openThread(one, true), pane.isMain),
    tool("story", "What happened", () => desk.tellStory(one), desk.hasCase(one)),
    tool("pencil", "Edit message", () => pane.edit(one.ts), isMine),
    tool("trash", "Delete message", () => desk.remove(one), isMine));
}

function pick(anchor, one) {
  const picker = $("picker");
  const choose = (name) => {
    picker.hidePopover();
    anchor.focus({ preventScroll: true });
    const isMine = message(one)?.reactions.some((it) => it.name === name && it.users.includes(state.me));
    if (!isMine) desk.do("react", { channel: one.channel, ts: one.ts, name });
  };
  picker.replaceChildren(...QUICK.map((name) => button("ib", () => choose(name), { "aria-label": name.replaceAll("_", " ") }, emoji(name))));
  picker.showPopover();
  const { left, top } = anchor.getBoundingClientRect();
  picker.style.left = `${Math.max(8, Math.min(left - 100, innerWidth - 270))}px`;
  picker.style.top = `${Math.max(8, top - 46)}px`;
  picker.firstChild.focus();
}

/** One message is one Tab stop: its tools take part only while the focus is inside it. */
export function walkable(list) {
  const turn = (kind, stop) => list.addEventListener(kind, ({ target }) => {
    target.closest("article")?.querySelectorAll(".tools button").forEach((one) => (one.tabIndex = stop));
  });
  turn("focusout", -1);
  turn("focusin", 0);
}
