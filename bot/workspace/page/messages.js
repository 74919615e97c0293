// A message as one person sees it, with everything they can do to it.

import { drawBlocks } from "./blocks.js";
import { caseOf } from "./drawer.js";
import { emoji } from "./emoji.js";
import { mrkdwn, when } from "./mrkdwn.js";
import { desk, isSystem, now, person, sourceOf, state } from "./store.js";
import { button, face, h, iconButton, textBox } from "./ui.js";
import { confirm } from "./views.js";

const QUICK = ["white_check_mark", "eyes", "raised_hands"];
const MARKS = { bot: "APP", guest: "guest", outsider: "external", gone: "left" };

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const clock = (ts) => when(ts, "{time}");
const dayOf = (ts) => DAY.format(ts * 1000);

/** The messages of a pane as keyed items, with days between. */
export function itemsOf(messages, pane) {
  const items = [];
  const today = dayOf(now() / 1000);
  let before = "";
  for (const one of messages) {
    const day = dayOf(one.ts);
    if (day !== before) items.push([day, [today], () => h("p.day", h("span", day === today ? "Today" : day))]);
    before = day;
    if (pane.editing === one.ts) items.push([one.ts, ["editing"], () => editorOf(one, pane)]);
    else items.push([one.ts, [one, state.cast], () => draw(one, pane)]);
  }
  return items;
}

function draw(one, pane) {
  const follow = !pane.at.ts && one.replies.length > 0 && summary(one);
  if (isSystem(one)) return frameOf(one, "", h("p.soft", systemWords(one)), follow);
  const mark = MARKS[one.is_bot ? "bot" : person(one.user).kind];
  return frameOf(one, face(one.user, one.name),
    one.only_for && h("p.soft", "Only visible to you"),
    h("p.by", h("b", one.name), mark && h(`span.mark.${mark}`, mark), h("time", clock(one.ts)), one.is_edited && h("small", "(edited)")),
    words(one),
    h("div.chips", one.reactions.map((it) => reaction(one, it))),
    follow,
    !one.only_for && tools(one, pane));
}

function systemWords({ subtype, text, user }) {
  if (subtype === "tombstone") return "This message was deleted.";
  return mrkdwn(text.startsWith("<@") ? text : `<@${user}> ${text}`, desk.names);
}

function frameOf(one, beside, ...inside) {
  const props = { "data-ts": one.ts, "data-channel": one.channel, tabindex: 0, "aria-label": `${one.name}, ${clock(one.ts)}` };
  return h(`article.m${one.only_for ? ".whisper" : ""}`, props, h("div.gutter", beside), h("div.said", inside));
}

/** Changing what was said, in its place. Escape leaves it as it was. */
function editorOf(one, pane) {
  const leave = () => pane.edit();
  const begins = sourceOf(one.text);
  const save = async () => {
    const text = box.value.trim();
    if (text === begins) return leave();
    if (text && (await desk.do("edit", { channel: one.channel, ts: one.ts, text })).ok) leave();
  };
  const box = textBox("Edit your message", begins, save);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    leave();
  });
  setTimeout(() => box.focus());
  return frameOf(one, face(one.user), h("div.box", box), h("p.chips", button("btn", leave, "Cancel"), button("btn.primary", save, "Save")));
}

function words(one) {
  const onAction = (action) => desk.do("press", { channel: one.channel, ts: one.ts, ...action });
  return h("div.words", one.blocks.length ? drawBlocks(one.blocks, { names: desk.names, onAction }) : mrkdwn(one.text, desk.names));
}

function reaction(one, { name, users }) {
  const told = `:${name}: ${users.map((id) => (id === state.me ? "you" : person(id).name)).join(", ")}`;
  const props = { "data-tool": name, "aria-pressed": `${users.includes(state.me)}`, "aria-label": told, title: told };
  return button("chip", () => react(one, name), props, emoji(name) ?? `:${name}:`, h("b", users.length));
}

function react({ channel, ts, reactions }, name) {
  const isMine = reactions.find((it) => it.name === name)?.users.includes(state.me);
  desk.do(isMine ? "unreact" : "react", { channel, ts, name });
}

function summary(one) {
  const { length } = one.replies;
  const faces = [...new Set(one.replies.map((reply) => reply.user))].slice(0, 4);
  return button("summary", () => desk.openThread(one), { "data-tool": "thread" },
    faces.map((id) => face(id)),
    h("b", `${length} ${length === 1 ? "reply" : "replies"}`),
    ` · last at ${clock(one.replies.at(-1).ts)}`);
}

function tools(one, pane) {
  const tool = (picture, label, press, isShown = true) => iconButton(picture, label, press, { "data-tool": label, hidden: !isShown });
  const isMine = one.user === state.me;
  return h("div.tools",
    QUICK.map((name) => tool(emoji(name), `React with ${name.replaceAll("_", " ")}`, () => react(one, name))),
    tool("reply", "Reply in thread", () => desk.openThread(one, true), !pane.at.ts),
    tool("story", "What happened", () => desk.tellStory(one), caseOf(one)),
    tool("pencil", "Edit message", () => pane.edit(one), isMine),
    tool("trash", "Delete message", () => remove(one), isMine));
}

async function remove({ channel, ts }) {
  if (await confirm("Delete message", "It goes for everybody, and Frontdesk hears of it.", "Delete")) desk.do("delete", { channel, ts });
}
