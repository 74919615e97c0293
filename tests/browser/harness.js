// A sheet of paper for the renderer: draws what a test gives it and notes down what the page would tell the workspace.

import { drawBlocks, readValues } from "/page/blocks.js";
import { h, replace } from "/page/dom.js";
import { emoji } from "/page/emoji.js";
import { markdown } from "/page/markdown.js";
import { mrkdwn, plain, when } from "/page/mrkdwn.js";

const PEOPLE = { U0MAYA: { name: "Maya Lindqvist", handle: "maya" }, U0TOM: { name: "Tom Adeyemi", handle: "tom" } };
const CHANNELS = { C0HELP: { name: "help" }, C0BILLING: { name: "billing" } };
const GROUPS = { S0BILLING: { handle: "billing-team" } };
const stage = document.getElementById("stage");
const board = { told: [], opened: [], waiting: [], isHeld: false, fails: [], people: PEOPLE };

const names = {
  me: "U0MAYA",
  person: (id) => board.people[id],
  channel: (id) => CHANNELS[id],
  group: (id) => GROUPS[id],
  openChannel: (id) => board.opened.push(id),
  people: () => Object.entries(board.people).map(([id, { name }]) => ({ id, name })),
  channels: () => Object.entries(CHANNELS).map(([id, { name }]) => ({ id, name })),
};

async function onAction(action) {
  board.told.push(action);
  if (board.isHeld) await new Promise((go) => board.waiting.push(go));
}

const contextOf = (more) => ({ names, surface: "message", typed: {}, errors: {}, given: {}, onAction, ...more });

Object.assign(board, {
  draw: (blocks, more = {}) => void replace(stage, drawBlocks(blocks, contextOf(more))),
  redraw: (blocks, more = {}) => board.draw(blocks, { ...more, given: readValues(stage) }),
  values: () => readValues(stage),
  mrkdwn: (text, verbatim) => void replace(stage, h("div", { class: "b" }, mrkdwn(text, names, verbatim))),
  plain: (text, how) => void replace(stage, h("div", {}, plain(text, how))),
  markdown: (text) => void replace(stage, h("div", { class: "b" }, markdown(text, names))),
  release: () => ((board.isHeld = false), board.waiting.splice(0).forEach((go) => go())),
  // From now on everything is drawn in a form that lies over the page.
  inForm: () => {
    const form = h("dialog", { id: "form" }, stage);
    document.body.append(form);
    form.showModal();
  },
  // How long drawing takes, in milliseconds; at best, for other work may be under way.
  timed: (blocks, tries = 3) => {
    const begun = performance.now();
    board.draw(blocks);
    const taken = performance.now() - begun;
    return taken > 150 && tries > 1 ? Math.min(taken, board.timed(blocks, tries - 1)) : taken;
  },
  // Each of these sets of blocks by itself; what threw is returned.
  survives: (sets) =>
    sets.flatMap((blocks) => {
      try {
        board.draw(blocks);
        readValues(stage);
        return [];
      } catch (problem) {
        return [`${problem} from ${JSON.stringify(blocks)}`];
      }
    }),
  when,
  emoji,
});
window.board = board;
document.documentElement.dataset.ready = "";
