// Buttons, menus, pickers and inputs: how they look, what they hold, and what is told when somebody uses them.

import { h, link, safeUrl } from "./dom.js";
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

/** A control, or an exception. `isAlone`: no other control shares its block, so the block's value is its own. */
export function drawElement(e, block, ctx, isAlone, props = {}) {
  const { block_id } = block;
  const isInput = block.type === "input";
  const say = (text) => words(text, ctx.names);
  const read = (text) => (text ? h("i", say(text)).textContent : "");
  const held = (isAlone ? ctx.given?.[block_id] : null) ?? flat(of(ctx.typed?.[block_id]?.[e.action_id]) ?? of(e));
  const hint = read(e.placeholder);
  const label = props["aria-labelledby"] ? null : e.accessibility_label || hint || CALLED[e.type];
  const c = { e, ctx, say, read, hint, block_id, tells: !isInput || block.dispatch_action === true, canBeEmpty: isInput && block.optional === true };
  c.isMany = /^multi_|^checkboxes$/.test(e.type);
  c.held = c.isMany ? [held].flat() : String([held].flat()[0] ?? "");
  c.props = { id: newId(), "aria-label": label, ...props, "data-action-id": e.action_id ?? "", autofocus: e.focus_on_load === true };
  c.sure = e.confirm && (() => confirmation(c));
  c.sure?.(); // what cannot ask is no control
  return KINDS.find(([kind]) => kind.test(e.type))[1](c);
}

/** What the only control of a block holds: undefined when it holds nothing and never did. */
export function readElement(node) {
  const { read, had } = readers.get(node) ?? {};
  const value = read?.();
  return value?.length || had ? value : undefined;
}

const CALLED = { overflow: "More actions", datepicker: "Date", timepicker: "Time", datetimepicker: "Date and time" };

// What a control holds stands under the one key that is called selected_…, initial_… or value.
function of(holder) {
  const key = Object.keys(holder ?? {}).find((name) => /^(selected_|initial_|(rich_text_)?value$)/.test(name));
  return key && (holder[key] ?? "");
}

function flat(held) {
  if (Array.isArray(held)) return held.map(flat);
  return held?.type === "rich_text" ? richPlain(held) : String(held?.value ?? held ?? "");
}

function holds(node, read) {
  readers.set(node, { read, had: read().length > 0 });
  return node;
}

// Until the answer is there, nobody presses twice. The focus comes back to where it was.
async function tell({ e, block_id, ctx, sure }, node, sent, undo) {
  const focused = node.contains(document.activeElement) && document.activeElement;
  if (sure && !(await asked(sure()))) return undo?.();
  node.ariaBusy = true;
  node.disabled = true;
  try {
    await ctx.onAction({ block_id, action_id: e.action_id, ...sent });
  } finally {
    node.ariaBusy = null;
    node.disabled = false;
    if (focused?.isConnected && document.activeElement?.contains(focused)) focused.focus();
  }
}

// What stands there is told, and put back when the person says no.
function choosing(c, node, read, write) {
  write(c.held);
  let held = read();
  holds(node, read);
  return async () => {
    const [before, now] = [held, read()];
    if (now === before) return;
    held = now;
    if (c.tells && now !== "") await tell(c, node, { option: now }, () => write((held = before)));
  };
}

function confirmation({ e: { confirm }, say, read }) {
  const look = confirm.style === "danger" ? "danger" : "primary";
  const [no, yes] = [read(confirm.deny), read(confirm.confirm) || "Yes"];
  return question({ title: say(confirm.title), text: say(confirm.text), no, yes, look, isEager: true });
}

/** A dialog to be `asked`. `isEager`: Enter says yes. */
export function question({ title, text, no, yes, look, isEager }) {
  const id = newId();
  const answer = (value, look, words) => h(`button.btn.${look}`, { autofocus: isEager && !!value, on: { click: () => dialog.close(value) } }, words);
  const answers = h("footer", answer("", "no", no || "Cancel"), answer("yes", look, yes));
  const dialog = h("dialog.ask", { "aria-labelledby": id }, h("h2", { id }, title), h("p", text), answers);
  return dialog;
}

/** Resolves to whether the person said yes. */
export function asked(dialog) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answered) => (dialog.onclose = () => (dialog.remove(), answered(dialog.returnValue === "yes"))));
}

function button(c) {
  const { e, ctx, sure } = c;
  const isIcon = e.type === "icon_button";
  if (isIcon && e.visible_to_user_ids && !e.visible_to_user_ids.includes(ctx.names.me)) return "";
  const url = safeUrl(e.url);
  // A link that asks first is a button, followed once the answer is yes.
  const follow = (action) => (window.open(url, "_blank", "noopener,noreferrer"), ctx.onAction(action));
  const click = ({ currentTarget: node }) => tell(url && sure ? { ...c, ctx: { onAction: follow } } : c, node, { value: e.value });
  const props = { ...c.props, class: `btn ${["primary", "danger"].includes(e.style) ? e.style : ""}`, on: { click } };
  if (isIcon) props["aria-label"] ??= props.title = c.read(e.text);
  if (e.type === "workflow_button") Object.assign(props, { disabled: true, title: "Workflows do not run here" });
  return pressable(!sure && url, isIcon ? "🗑️" : c.say(e.text), props);
}

const pressable = (url, inside, props) => (safeUrl(url) ? link(url, inside, props) : h("button", props, inside));

function feedback(c) {
  const both = [c.e.positive_button, c.e.negative_button].map(({ text, value, accessibility_label }, at) => {
    const click = async () => {
      await tell(c, both[at], { value });
      both.forEach((one, n) => (one.ariaPressed = n === at));
    };
    return h("button.btn", { "aria-pressed": false, "aria-label": accessibility_label, on: { click } }, at ? "👎 " : "👍 ", c.say(text));
  });
  return h("span.pair", { ...c.props, role: "group" }, both);
}

function overflow(c) {
  const hide = () => (menu.hidePopover(), opener.focus());
  const items = c.e.options.map((option) => {
    const click = () => (hide(), tell(c, opener, { option: option.value }));
    return pressable(option.url, described(c, option), { role: "menuitem", tabindex: -1, on: { click } });
  });
  const menu = h("div.b-menu", { role: "menu", popover: "auto", id: newId(), on: { keydown: (event) => moved(event, items, hide) } }, items);
  const keydown = (event) => event.key === "ArrowDown" && (event.preventDefault(), opener.click());
  const opener = h("button.btn", { ...c.props, "aria-haspopup": "menu", "aria-expanded": false, popovertarget: menu.id, on: { keydown } }, "⋯");
  menu.ontoggle = ({ newState }) => {
    opener.ariaExpanded = newState === "open";
    if (newState === "open") items[0]?.focus();
  };
  return h("span", opener, menu);
}

function moved(event, items, hide) {
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at + items.length - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items[to % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") hide();
  else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
}

function described({ say }, { text, description }) {
  return [h("span", say(text)), description && h("span.soft", say(description))];
}

// What a menu offers: groups of [value, label].
function offered({ e, read, ctx: { names } }) {
  const pairs = (options) => options.map(({ value, text, description }) => [String(value), read(text) + (description ? ` — ${read(description)}` : "")]);
  if (/users/.test(e.type)) return [["", names.people().map(({ id, name }) => [id, name])]];
  if (/channels|conversations/.test(e.type)) return [["", names.channels().map(({ id, name }) => [id, `#${name}`])]];
  return e.option_groups?.map(({ label, options }) => [read(label), pairs(options)]) ?? [["", pairs(e.options)]];
}

// What only the app could have offered is typed in; several with commas between.
function menu(c) {
  const draw = ([label, pairs]) => {
    const options = pairs.map(([value, text]) => h("option", { value }, text));
    return label ? h("optgroup", { label }, options) : options;
  };
  const first = h("option", { value: "", hidden: !c.canBeEmpty }, c.hint || "Choose one");
  const typing = { ...c.props, placeholder: c.hint || (c.isMany ? "Values, with commas between" : "Type a value") };
  const node = /external/.test(c.e.type) ? h("input", typing) : h("select", c.props, first, offered(c).map(draw));
  const read = () => (c.isMany ? node.value.split(",").map((one) => one.trim()).filter(Boolean) : node.value.trim());
  const write = (held) => {
    node.value = [held].flat().join(", ");
    if (node.selectedIndex < 0) node.value = "";
  };
  node.onchange = choosing(c, node, read, write);
  return node;
}

// Boxes to tick, one or several; those of a menu fold away beneath what is chosen.
function boxes(c) {
  const isMenu = c.e.type.startsWith("multi_");
  const name = newId();
  const ticks = [];
  const box = ([value, text]) => {
    ticks.push(h("input", { type: c.isMany ? "checkbox" : "radio", name, value }));
    return h("label.choice", ticks.at(-1), h("span", text));
  };
  const groups = isMenu ? offered(c) : [["", c.e.options.map((option) => [option.value, described(c, option)])]];
  const drawn = groups.map(([label, pairs]) => [label && h("div.soft", label), pairs.map(box)]);
  const chosen = h("summary");
  const node = h("fieldset", { ...c.props, role: c.isMany ? "group" : "radiogroup" }, isMenu ? h("details", chosen, drawn) : drawn);
  const ticked = () => ticks.filter((tick) => tick.checked);
  const show = () => {
    chosen.textContent = ticked().map((tick) => tick.parentNode.textContent).join(", ") || c.hint || "Choose";
    for (const tick of ticks) tick.disabled = !tick.checked && ticked().length >= c.e.max_selected_items;
  };
  const write = (held) => {
    for (const tick of ticks) tick.checked = [held].flat().includes(tick.value);
    show();
  };
  const tellAll = choosing(c, node, () => (c.isMany ? ticked().map((tick) => tick.value) : ticked()[0]?.value ?? ""), write);
  node.onchange = () => (show(), tellAll());
  return node;
}

// A date typed by hand is only complete when one leaves it: 0002 is on the way to 2026.
function picker(c) {
  const isBoth = c.e.type === "datetimepicker";
  const shown = (held) => (isBoth && held ? new Date((held - new Date(held * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16) : held);
  const node = h("input", { ...c.props, type: isBoth ? "datetime-local" : c.e.type.slice(0, 4) });
  const read = () => (isBoth && node.value ? String(new Date(node.value) / 1000) : node.value);
  const done = choosing(c, node, read, (held) => (node.value = shown(held)));
  let isTyping = false;
  node.addEventListener("keydown", ({ key }) => (isTyping = !["Tab", "Enter"].includes(key)) || key === "Tab" || done());
  node.onchange = () => isTyping || done();
  node.onblur = () => done((isTyping = false));
  return node;
}

function typed(c) {
  const { e, hint, props } = c;
  const isLong = e.multiline === true || e.type === "rich_text_input";
  const range = { min: e.min_value, max: e.max_value, step: e.is_decimal_allowed ? "any" : null };
  // Of the types number, email, url, plain and rich, HTML takes the last two for text.
  const node = h(isLong ? "textarea" : "input", { ...props, ...range, placeholder: hint || null, type: e.type.split("_")[0] });
  const { min_length: least = 0, max_length: most = 3000 } = e;
  const tally = h("div.soft");
  node.value = c.held;
  node.oninput = () => {
    const { length } = node.value;
    tally.textContent = length < least || length > most * 0.9 ? `Characters: ${length} (${least} to ${most})` : "";
  };
  const isSent = ({ key }) => c.tells && !isLong && key === "Enter";
  node.addEventListener("keydown", (event) => isSent(event) && (event.preventDefault(), tell(c, node, { option: node.value })));
  return [holds(node, () => node.value), tally];
}

const file = ({ props }) => h("div.frame", { ...props, role: "note" }, "📎 Files cannot be added here");

const KINDS = [
  [/^(workflow_|icon_)?button$/, button],
  [/^((static|users|channels|conversations)|(multi_)?external)_select$/, menu],
  [/^(checkboxes|radio_buttons|multi_(static|users|channels|conversations)_select)$/, boxes],
  [/^(plain_text|rich_text|number|email_text|url_text)_input$/, typed],
  [/^(date|time|datetime)picker$/, picker],
  [/^overflow$/, overflow],
  [/^feedback_buttons$/, feedback],
  [/^file_input$/, file],
];
