// Elements and text. What people wrote enters the page here and only as text nodes.

/** An element. Strings become text; null and false are skipped; `on` holds listeners; an address that could run is dropped. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "on") for (const [kind, listener] of Object.entries(value)) node.addEventListener(kind, listener);
    else set(node, name, value);
  }
  node.append(...nodes(children));
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren(...nodes(children));
  return node;
}

/** The address if a person may be sent there, else "". */
export function safeUrl(url) {
  try {
    const { protocol, href } = new URL(url);
    return ["https:", "http:", "mailto:"].includes(protocol) ? href : "";
  } catch {
    return "";
  }
}

export function link(url, ...children) {
  return h("a", { href: safeUrl(url) || null, rel: "noopener noreferrer", target: "_blank" }, ...children);
}

/** Text as nodes: a new line is a `br`. */
export function lines(text) {
  return text.split("\n").flatMap((line, at) => (at ? [h("br"), line] : [line])).filter((part) => part !== "");
}

function set(node, name, value) {
  if (/^(on|style$|srcdoc$)/i.test(name)) throw new Error(`${name} is never an attribute here`);
  if (name.startsWith("aria-") && value !== undefined && value !== null) node.setAttribute(name, value);
  else if (value === true) node.setAttribute(name, "");
  else if (value !== undefined && value !== null && value !== false && !(name === "href" && runs(value))) node.setAttribute(name, value);
}

function runs(address) {
  try {
    return !["https:", "http:", "mailto:"].includes(new URL(address, location.href).protocol);
  } catch {
    return true;
  }
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}
