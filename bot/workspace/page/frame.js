// The frame of the page: who one is at the top, and what can be opened at the side.

import { nextPerson } from "./guide.js";
import { keyed } from "./lists.js";
import { desk, person, state, unread } from "./store.js";
import { $, e, face, icon } from "./ui.js";

const KINDS = { guest: " · guest", outsider: " · external" };

export function drawTop() {
  const other = person(nextPerson());
  $("workspace").textContent = state.workspace.name;
  $("reset").hidden = !state.can_reset;
  keyed($("who"), [
    ["face", [state.me, state.cast], () => face(state.me)],
    ["switch", [state.me, state.cast], whoSwitch],
    ["second", [other, location.hash], () => e("a", { href: `?as=${other.handle}${location.hash}`, target: "_blank", rel: "noopener", title: `As ${other.name}` }, icon("window"), e("span", "Open a second window"))],
  ]);
  const told = `${state.app.name} ${state.is_connected ? "is connected" : "is starting…"}`;
  keyed($("bot"), [["state", [told], () => e("span", { title: told }, e(`i.${state.is_connected ? "on" : "off"}`), e("span", told))]]);
}

function whoSwitch() {
  const option = ({ id, name, title, kind }) => e("option", { value: id }, `${name}${title && ` — ${title}`}${KINDS[kind] ?? ""}`);
  const select = e("select", { "aria-label": "Who you are", "data-tool": "who" }, state.players.map((id) => option(person(id))));
  select.value = state.me;
  select.addEventListener("change", () => desk.become(select.value));
  return select;
}

export function drawNav(place) {
  const heading = (words) => [words, [], () => e("h2", words)];
  const all = state.channels.map((one) => row(one, place)).sort(([, [, name]], [, [, other]]) => (name < other ? -1 : 1));
  const [directs, rooms] = [true, false].map((isDirect) => all.filter(([, [kind]]) => (kind === "im") === isDirect));
  const home = state.app.has_home ? [row({ id: "home", kind: "home", name: `${state.app.name} · Home` }, place)] : [];
  keyed($("nav"), [heading("Channels"), ...rooms, heading("Direct messages"), ...directs, ...home]);
}

function row({ id, kind, name, is_shared: isShared }, place) {
  const { count, mine } = unread(id);
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    desk.go(id);
  };
  const picture = () => (kind === "im" ? face(state.app.user, "tiny") : icon({ private: "lock", home: "home" }[kind] ?? "hash"));
  const props = { href: `?as=${person(state.me).handle}#${desk.hashOf(id)}`, "aria-current": place === id ? "page" : null, "data-tool": id, on: { click: press } };
  return [id, [kind, name, count, mine, place === id, state.me], () => e(`a${count ? ".unread" : ""}`, props, picture(), e("span", name),
    isShared && [icon("globe"), e("span.sr", " shared with another company")],
    count > 0 && e(`b${mine ? ".mine" : ""}`, " ", mine || count, e("span.sr", mine ? " for you" : " unread")))];
}
