// Buttons, menus, pickers and inputs: how they look, what they hold, and what is told when somebody uses them.

import { h, lines, link, replace, safeUrl } from "./dom.js";
import { mrkdwn, plain, richPlain } from "./mrkdwn.js";

const readers = new WeakMap();
let counted = 0;
export const newId = () => `b${++counted}`;

/** A text object as nodes. Throws on what is none. */
export function words(text, names) {
  if (text.type === "mrkdwn") return mrkdwn(text.text, names, text.verbatim === true);
  if (text.type === "plain_text") return plain(text.text, { emoji: text.emoji === true });
  throw new TypeError("no text");
}

const said = (text, names) => (text ? h("span", {}, words(text, names)).textContent : "");

/** A control, or an exception. `props` names it; `isAlone`: no other control shares its block, so the block's value is its own. */
export function drawElement(e, block, ctx, { isAlone = false, props = {} } = {}) {
  const { block_id = "", type, optional, dispatch_action } = block;
  const held = isAlone && Object.hasOwn(ctx.given ?? {}, block_id) ? ctx.given[block_id] : flat(of(ctx.typed?.[block_id]?.[e.action_id]) ?? of(e));
  const isInput = type === "input";
  const tells = !isInput || dispatch_action === true;
  const sure = e.confirm === undefined ? null : confirmation(e.confirm, ctx.names);
  const label = props["aria-labelledby"] ? {} : { "aria-label": e.accessibility_label || said(e.placeholder, ctx.names) || CALLED[e.type] || null };
  const named = { id: newId(), ...label, ...props, "data-action-id": e.action_id ?? "", autofocus: e.focus_on_load === true };
  const draw = Object.hasOwn(KINDS, e.type) ? KINDS[e.type] : null;
  return draw({ e, block_id, ctx, names: ctx.names, held, tells, sure, props: named, canBeEmpty: isInput && optional === true, hint: said(e.placeholder, ctx.names) });
}

/** What the only control of a block holds: undefined when it holds nothing and never did. */
export function readElement(node) {
  const reader = readers.get(node);
  const value = reader?.read();
  return value?.length || (reader?.had && value !== undefined) ? value : undefined;
}

const CALLED = { overflow: "More actions", datepicker: "Date", timepicker: "Time", datetimepicker: "Date and time" };

// What a control holds stands under the one key that is called selected_…, initial_… or value.
function of(holder) {
  const key = Object.keys(holder ?? {}).find((name) => /^(selected_|initial_|value$|rich_text_value$)/.test(name));
  return key && (holder[key] ?? "");
}

function flat(held) {
  if (Array.isArray(held)) return held.map(flat);
  if (held?.type === "rich_text") return richPlain(held);
  return String(held?.value ?? held ?? "");
}

const single = (held) => (Array.isArray(held) ? held[0] ?? "" : held);
const several = (held) => (Array.isArray(held) ? held : held ? [held] : []);

function holds(node, read, held) {
  readers.set(node, { read, had: held.length > 0 });
  return node;
}

// Until the answer is there, nobody presses twice. The focus comes back to where it was.
async function tell({ e, block_id, ctx, sure }, node, sent, undo = () => {}) {
  if (sure && !(await sure())) return undo();
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  node.setAttribute("aria-busy", "true");
  node.disabled = true;
  try {
    await ctx.onAction({ block_id, action_id: e.action_id, ...sent });
  } finally {
    node.removeAttribute("aria-busy");
    node.disabled = false;
    if (focused?.isConnected && document.activeElement?.contains(focused)) focused.focus();
  }
}

function confirmation(confirm, names) {
  const close = (answer) => ({ type: "button", on: { click: () => dialog.close(answer) } });
  const style = confirm.style === "danger" ? "danger" : "primary";
  const id = newId();
  const yes = h("button", { ...close("yes"), class: `btn ${style}`, autofocus: true }, said(confirm.confirm, names) || "Yes");
  const no = h("button", { ...close("no"), class: "btn" }, said(confirm.deny, names) || "Cancel");
  const dialog = h("dialog", { class: "confirm", "aria-labelledby": id }, h("h2", { id }, words(confirm.title, names)), h("p", {}, words(confirm.text, names)), h("footer", {}, no, yes));
  return () =>
    new Promise((answered) => {
      dialog.returnValue = "";
      dialog.addEventListener("close", () => (dialog.remove(), answered(dialog.returnValue === "yes")), { once: true });
      document.body.append(dialog);
      dialog.showModal();
    });
}

function button(c) {
  const { e, names, props } = c;
  const look = { ...props, class: `btn ${["primary", "danger"].includes(e.style) ? e.style : ""}`.trim() };
  const sent = { value: e.value };
  const url = safeUrl(e.url);
  if (!url) {
    const node = h("button", { ...look, type: "button", on: { click: () => tell(c, node, sent) } }, words(e.text, names));
    return node;
  }
  const press = (event) => {
    if (node.hasAttribute("aria-busy")) return event.preventDefault();
    if (!c.sure) return tell(c, node, sent);
    event.preventDefault();
    return c.sure().then((isSure) => isSure && (window.open(url, "_blank", "noopener,noreferrer"), tell({ ...c, sure: null }, node, sent)));
  };
  const node = link(url, words(e.text, names));
  for (const [name, value] of Object.entries(look)) if (value) node.setAttribute(name, value);
  node.addEventListener("click", press);
  return node;
}

function workflowButton({ e, names, props }) {
  return h("button", { ...props, type: "button", class: "btn", disabled: true, title: "Workflows do not run here" }, words(e.text, names));
}

function iconButton(c) {
  if (Array.isArray(c.e.visible_to_user_ids) && !c.e.visible_to_user_ids.includes(c.names.me)) return "";
  const name = said(c.e.text, c.names);
  const node = h("button", { ...c.props, "aria-label": c.props["aria-label"] ?? name, type: "button", class: "btn", title: name, on: { click: () => tell(c, node, { value: c.e.value }) } }, "🗑️");
  return node;
}

function feedback(c) {
  const one = (part, sign) => {
    const node = h("button", { type: "button", class: "btn", "aria-pressed": "false", "aria-label": part.accessibility_label }, sign, " ", words(part.text, c.names));
    node.addEventListener("click", async () => {
      await tell(c, node, { value: part.value });
      for (const other of both) other.setAttribute("aria-pressed", other === node);
    });
    return node;
  };
  const both = [one(c.e.positive_button, "👍"), one(c.e.negative_button, "👎")];
  return h("span", { ...c.props, role: "group", class: "pair" }, both);
}

function overflow(c) {
  const item = (option) => {
    const choose = () => {
      menu.hidePopover();
      opener.focus();
      return tell(c, opener, { option: option.value });
    };
    const props = { role: "menuitem", tabindex: "-1" };
    const inside = described(option, c.names);
    if (!safeUrl(option.url)) return h("button", { ...props, type: "button", on: { click: choose } }, inside);
    return h("a", { ...props, href: option.url, rel: "noopener noreferrer", target: "_blank", on: { click: choose } }, inside);
  };
  const items = c.e.options.map(item);
  const menu = h("div", { class: "b-menu", role: "menu", popover: "auto", id: newId() }, items);
  const opener = h("button", { ...c.props, type: "button", class: "btn more", "aria-haspopup": "menu", "aria-expanded": "false", popovertarget: menu.id }, "⋯");
  const hide = () => menu.hidePopover();
  opener.addEventListener("keydown", (event) => event.key === "ArrowDown" && (event.preventDefault(), menu.showPopover()));
  menu.addEventListener("keydown", (event) => moved(event, items, hide, opener));
  menu.addEventListener("beforetoggle", (event) => event.newState === "open" && place(menu, opener, items.length));
  menu.addEventListener("toggle", (event) => {
    const isOpen = event.newState === "open";
    opener.setAttribute("aria-expanded", isOpen);
    if (isOpen) items[0]?.focus({ preventScroll: true });
    window[isOpen ? "addEventListener" : "removeEventListener"]("scroll", hide, true);
  });
  return h("span", {}, opener, menu);
}

function moved(event, items, hide, opener) {
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items[to % items.length]?.focus();
  else if (event.key === "Escape" || event.key === "Tab") hide(), opener.focus();
  else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
}

function place({ style }, opener, count) {
  const { top, bottom, left, right } = opener.getBoundingClientRect();
  const isHigh = bottom + count * 40 + 16 > innerHeight && top > innerHeight / 2;
  Object.assign(style, isHigh ? { top: "auto", bottom: `${innerHeight - top + 4}px` } : { bottom: "auto", top: `${bottom + 4}px` });
  Object.assign(style, left < 240 ? { right: "auto", left: `${left}px` } : { left: "auto", right: `${innerWidth - right}px` });
}

function described(option, names) {
  return [h("span", {}, words(option.text, names)), option.description && h("span", { class: "soft" }, words(option.description, names))];
}

// What a menu offers: groups of [value, label].
function offered({ e, names }) {
  const pair = (option) => [String(option.value), [option.text, option.description].filter(Boolean).map((text) => said(text, names)).join(" — ")];
  if (/users_select$/.test(e.type)) return [["", names.people().map(({ id, name }) => [id, name])]];
  if (/(channels|conversations)_select$/.test(e.type)) return [["", names.channels().map(({ id, name }) => [id, `#${name}`])]];
  if (e.option_groups) return e.option_groups.map(({ label, options }) => [said(label, names), options.map(pair)]);
  return [["", e.options.map(pair)]];
}

function choices(groups) {
  return groups.map(([label, pairs]) => {
    const options = pairs.map(([value, text]) => h("option", { value }, text));
    return label ? h("optgroup", { label }, options) : options;
  });
}

function menu(c) {
  let held = single(c.held);
  const node = h("select", { ...c.props }, h("option", { value: "", hidden: !c.canBeEmpty }, c.hint || "Choose one"), choices(offered(c)));
  node.value = held;
  if (node.selectedIndex < 0) node.value = "";
  node.addEventListener("change", async () => {
    if (c.tells) await tell(c, node, { option: node.value }, () => (node.value = held));
    held = node.value;
  });
  return holds(node, () => node.value, held);
}

// One can type in what only the app could have offered.
function external(c) {
  const node = h("input", { ...c.props, type: "text", value: single(c.held), placeholder: c.hint || "Type a value" });
  let held = node.value;
  node.addEventListener("change", async () => {
    if (c.tells && node.value) await tell(c, node, { option: node.value }, () => (node.value = held));
    held = node.value;
  });
  return holds(node, () => node.value.trim(), held);
}

// Several: what is chosen stands as chips above one more choice.
function chips(c) {
  const isTyped = c.e.type.includes("external");
  const groups = isTyped ? [] : offered(c);
  const labels = new Map(groups.flatMap(([, pairs]) => pairs));
  const most = c.e.max_selected_items ?? 100;
  let held = several(c.held).filter((value) => isTyped || labels.has(value));
  const { autofocus, "aria-describedby": about, ...props } = c.props;
  const adding = { autofocus, "aria-describedby": about, "aria-label": c.hint || "Choose one more" };
  const adder = isTyped ? h("input", { ...adding, type: "text", placeholder: c.hint || "Type a value, then Enter" }) : h("select", adding);
  const list = h("ul", { class: "chips" });
  const node = h("fieldset", props, list, adder);
  const draw = () => {
    const chip = (value) => h("li", {}, labels.get(value) ?? value, h("button", { type: "button", "aria-label": `Remove ${labels.get(value) ?? value}`, on: { click: () => change(held.filter((it) => it !== value)) } }, "×"));
    replace(list, held.map(chip));
    list.hidden = !held.length;
    adder.hidden = held.length >= most;
    const left = groups.map(([label, pairs]) => [label, pairs.filter(([value]) => !held.includes(value))]);
    if (!isTyped) replace(adder, h("option", { value: "" }, c.hint || "Choose"), choices(left));
    adder.value = "";
  };
  const change = (now) => {
    const before = held;
    held = now;
    draw();
    adder.focus();
    if (c.tells) tell(c, node, { option: held }, () => ((held = before), draw()));
  };
  const add = () => adder.value.trim() && change([...new Set([...held, adder.value.trim()])]);
  adder.addEventListener("change", add);
  if (isTyped) adder.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), add()));
  draw();
  return holds(node, () => [...held], held);
}

function boxes(c) {
  const isOne = c.e.type === "radio_buttons";
  let held = several(c.held);
  const name = newId();
  const ticks = c.e.options.map(({ value }) => h("input", { type: isOne ? "radio" : "checkbox", name, value, checked: held.includes(value) }));
  const read = () => ticks.filter((tick) => tick.checked).map((tick) => tick.value);
  const node = h("fieldset", { ...c.props, role: isOne ? "radiogroup" : "group" }, c.e.options.map((option, at) => h("label", { class: "choice" }, ticks[at], h("span", {}, described(option, c.names)))));
  node.addEventListener("change", async () => {
    const undo = () => ticks.forEach((tick) => (tick.checked = held.includes(tick.value)));
    if (c.tells) await tell(c, node, { option: isOne ? read()[0] : read() }, undo);
    held = read();
  });
  return holds(node, () => (isOne ? single(read()) : read()), held);
}

// A date typed by hand is only complete when one leaves it: 0002 is on the way to 2026.
function picker(c) {
  const isBoth = c.e.type === "datetimepicker";
  const type = isBoth ? "datetime-local" : c.e.type === "datepicker" ? "date" : "time";
  const shown = single(c.held);
  const node = h("input", { ...c.props, type, value: isBoth && shown ? local(shown) : shown });
  const read = () => (isBoth && node.value ? String(Math.floor(new Date(node.value) / 1000)) : node.value);
  let told = node.value;
  let isTyping = false;
  const done = async () => {
    isTyping = false;
    if (node.value === told || !c.tells || !node.value) return;
    const before = told;
    told = node.value;
    await tell(c, node, { option: read() }, () => (node.value = told = before));
  };
  node.addEventListener("keydown", (event) => (event.key === "Enter" ? done() : (isTyping = event.key !== "Tab")));
  node.addEventListener("change", () => isTyping || done());
  node.addEventListener("blur", done);
  return holds(node, read, shown);
}

function local(seconds) {
  const at = new Date(Number(seconds) * 1000);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const TYPES = { number_input: "number", email_text_input: "email", url_text_input: "url" };

function typed(c) {
  const { e } = c;
  const isLong = e.multiline === true || e.type === "rich_text_input";
  const value = single(c.held);
  const props = { ...c.props, placeholder: c.hint || null };
  const range = e.type === "number_input" ? { min: e.min_value, max: e.max_value, step: e.is_decimal_allowed ? "any" : "1" } : {};
  const node = isLong ? h("textarea", { ...props, rows: "3" }) : h("input", { ...props, ...range, type: TYPES[e.type] ?? "text" });
  node.value = value;
  const count = h("span", { class: "tally" });
  const counted = () => (count.textContent = tally(node.value.length, e.min_length, e.max_length));
  node.addEventListener("input", counted);
  counted();
  if (c.tells) tellsWhenTyped(c, node, isLong);
  return [holds(node, () => node.value, value), count];
}

function tellsWhenTyped(c, node, isLong) {
  const on = c.e.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const send = (target) => tell(c, target, { option: node.value });
  let waiting = 0;
  if (on.includes("on_enter_pressed")) node.addEventListener("keydown", (event) => event.key === "Enter" && !isLong && (event.preventDefault(), send(node)));
  if (on.includes("on_character_entered")) node.addEventListener("input", () => (clearTimeout(waiting), (waiting = setTimeout(send, 300, h("i")))));
}

function tally(length, least = 0, most = 3000) {
  if (length && length < least) return `At least ${least} characters`;
  return length > most * 0.8 ? `${length} of ${most} characters` : "";
}

function file({ props }) {
  return h("div", { ...props, class: "frame", role: "note" }, "📎 Files cannot be added here");
}

const KINDS = { button, overflow, checkboxes: boxes, radio_buttons: boxes, file_input: file, workflow_button: workflowButton };
Object.assign(KINDS, { feedback_buttons: feedback, icon_button: iconButton, external_select: external, plain_text_input: typed, rich_text_input: typed });
for (const kind of Object.keys(TYPES)) KINDS[kind] = typed;
for (const kind of ["datepicker", "timepicker", "datetimepicker"]) KINDS[kind] = picker;
for (const kind of ["static", "users", "conversations", "channels"]) KINDS[`${kind}_select`] = menu;
for (const kind of ["static", "users", "conversations", "channels", "external"]) KINDS[`multi_${kind}_select`] = chips;
