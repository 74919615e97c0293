// What one person can see of the workspace, kept up to date by the socket. It draws nothing.

import { unescape } from "./dom.js";

export const state = { app: {}, rooms: new Map(), cast: 0, skew: 0 };

/** What a person can do on this page, for whoever draws a control. `main.js` fills it in. */
export const desk = {};

export function begin({ messages, ...hello }) {
  learn(hello);
  state.rooms = new Map(Object.entries(messages).map(([id, said]) => [id, byStamp(said)]));
  state.read = recall(readKey());
}

/** By the workspace's clock, in milliseconds. */
export const now = () => Date.now() + state.skew;

const CHANGES = {
  message: ({ message }) => upsert(message),
  message_gone: (gone) => room(gone.channel).delete(gone.ts),
  ephemeral: ({ message }) => (state.ephemerals = [...without(message), message]),
  ephemeral_gone: (gone) => (state.ephemerals = without(gone)),
  modal: ({ stack }) => (state.modal = stack),
  home: ({ view }) => (state.home = view),
  history: ({ channel, messages }) => state.rooms.set(channel, byStamp(messages)),
};

export const apply = (item) => (CHANGES[item.kind] ?? learn)(item);

/** What stands in it replaces what was known; `cast` tells the drawn parts that names, or what is today, may have changed. */
function learn({ kind, ...told }) {
  Object.assign(state, told, { cast: state.cast + (told.people || told.clock ? 1 : 0) });
  if (told.clock) state.skew = told.clock.now * 1000 - Date.now();
}

function upsert(one) {
  room(one.channel).set(one.ts, one);
  if (!one.is_bot && !isSystem(one)) state.last_message_at ||= one.ts;
}

function room(id) {
  if (!state.rooms.has(id)) state.rooms.set(id, new Map());
  return state.rooms.get(id);
}

const without = (it) => state.ephemerals.filter((one) => one.channel !== it.channel || one.ts !== it.ts);
const byStamp = (said) => new Map(said.map((one) => [one.ts, one]));

export const person = (id) => state.people[id] ?? { id, handle: id, name: id, kind: "gone" };
export const first = (id) => person(id).name.split(" ")[0];
export const channel = (id) => state.channels.find((one) => one.id === id);
export const message = (at) => room(at.channel).get(at.ts);
export const isSystem = (one) => /^(channel_|tombstone)/.test(one.subtype);
export const isDirect = (id) => channel(id)?.kind === "im";
export const isEmpty = () => !state.last_message_at;

/** How a channel is called; "" when it is none of this person's business. */
export function label(id) {
  const name = state.channel_names[id];
  return name ? `#${name}` : isDirect(id) ? state.app.name : "";
}

/** What stands in a channel or, with a `ts`, in one of its threads. */
export function shownIn({ channel: id, ts }) {
  const all = [...room(id).values(), ...state.ephemerals.filter((one) => one.channel === id)];
  const isShown = (one) => (ts ? one.ts === ts || one.thread_ts === ts : !one.is_reply);
  return all.filter(isShown).sort((one, other) => (one.ts < other.ts ? -1 : 1));
}

// Unread is a matter of this browser, for each person on their own.

const readKey = () => `read.${state.me}`;

export function unread(id) {
  const fresh = [...room(id).values()].filter((one) => one.ts > (state.read[id] ?? "") && concernsMe(one));
  return { count: fresh.length, mine: fresh.filter(namesMe).length };
}

export function markRead(id) {
  const newest = [...room(id).keys()].sort().at(-1) ?? "";
  if (newest <= (state.read[id] ?? "")) return;
  state.read = { ...recall(readKey()), [id]: newest };
  remember(readKey(), state.read);
}

/** Of the answers in threads, only those in one's own. */
function concernsMe(one) {
  if (one.user === state.me || isSystem(one)) return false;
  if (!one.is_reply || namesMe(one)) return true;
  return shownIn({ channel: one.channel, ts: one.thread_ts }).some((other) => other.user === state.me);
}

function namesMe(one) {
  const mark = new RegExp(`<@${state.me}>|"user_id":"${state.me}"|<!(here|channel|everyone)`);
  return isDirect(one.channel) || mark.test(one.text + JSON.stringify(one.blocks));
}

/** What the author typed: marks are @handles and #channels again, entities are characters. */
export function sourceOf(text) {
  return unescape(text.replace(/<([^<>|]+)\|?([^<>]*)>/g, (_, mark, told) => {
    const id = mark.replace(/^(@|#|!subteam\^|!|mailto:)/, "");
    if (mark[0] === "@") return `@${person(id).handle}`;
    if (mark[0] === "#") return `#${state.channel_names[id] ?? told}`;
    return mark[0] === "!" ? `@${state.groups[id]?.handle ?? id}` : id;
  }));
}

// Memory of this browser. It may be forbidden: then nothing is remembered, and nothing breaks.

function tried(what) {
  try {
    return what();
  } catch {
    return null;
  }
}

/** Everything, for everybody: the clock may have gone back, too. */
export function forget() {
  state.read = {};
  tried(() => Object.keys(localStorage).forEach((key) => key.startsWith("frontdesk.") && localStorage.removeItem(key)));
}

export const recall = (key) => tried(() => JSON.parse(localStorage.getItem(`frontdesk.${key}`))) ?? {};
export const remember = (key, value) => tried(() => localStorage.setItem(`frontdesk.${key}`, JSON.stringify(value)));
