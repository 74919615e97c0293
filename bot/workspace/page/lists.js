// Redrawing only what changed: keyed children, the focus inside them, and the place one has scrolled to.

const drawnIn = new WeakMap();
let last = null;

document.addEventListener("focusin", ({ target }) => (last = target));
document.addEventListener("pointerdown", ({ target }) => (last = target.closest("button, a, input, select, textarea, article")));

/** Makes the children of `parent` what `items` say, each `[key, signature, draw]`; the same signature keeps its node. */
export function keyed(parent, items) {
  const before = drawnIn.get(parent) ?? new Map();
  const after = new Map();
  for (const [key, sig, draw] of items) {
    const known = before.get(key);
    after.set(key, known && sig.every((value, at) => value === known.sig[at]) ? known : { sig, node: draw() });
  }
  drawnIn.set(parent, after);
  for (const [key, { node }] of before) {
    const fresh = after.get(key)?.node;
    if (fresh === node) continue;
    const giveBack = focusIn(node);
    if (fresh) node.replaceWith(fresh);
    else node.remove();
    if (fresh) giveBack(fresh);
  }
  let spot = parent.firstChild;
  for (const { node } of after.values()) {
    if (node === spot) spot = spot.nextSibling;
    else parent.insertBefore(node, spot);
  }
}

/** Notes which control of `node` has the focus; returns what gives it to the same control of another node.
 *  A busy control is disabled and so has just lost it: the last one counts as long as nothing else took over. */
export function focusIn(node) {
  const isHere = node.contains(last) && [last, document.body].includes(document.activeElement);
  const near = (name) => isHere && last.closest(`[data-${name}]`)?.getAttribute(`data-${name}`);
  const [block, name, text] = [near("block-id"), near("action-id") ?? near("tool"), last?.textContent];
  return (fresh) => {
    if (!name) return;
    const inBlock = block ? `[data-block-id="${CSS.escape(block)}"] ` : "";
    const found = [...fresh.querySelectorAll(["action-id", "tool"].map((kind) => `${inBlock}[data-${kind}="${CSS.escape(name)}"]`))];
    const same = found.find((one) => one.textContent === text) ?? found[0] ?? fresh;
    (same.querySelector("button, input, select, textarea") ?? same).focus({ preventScroll: true });
  };
}

export const isAtBottom = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60;
