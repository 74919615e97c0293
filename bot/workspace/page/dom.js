// Elements and text. What people wrote enters the page here and only as text nodes.

/** An element, "span.soft" with its classes. Strings become text, `on` holds listeners, an address that could run is dropped. */
export function h(tag, props, ...children) {
  const isNamed = props?.constructor === Object; // they may be left out; nothing an app sent stands in their place
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(isNamed ? props : {})) {
    const isAria = key.startsWith("aria-"); // there false is a value
    if (key === "on") for (const [kind, listener] of Object.entries(value)) node.addEventListener(kind, listener);
    else if (/^on|^style$/i.test(key)) throw new Error(`${key} is never an attribute here`);
    else if (value == null || (value === false && !isAria) || (key === "href" && !safeUrl(value, location.href))) continue;
    else node.setAttribute(key, value === true && !isAria ? "" : value);
  }
  return replace(node, !isNamed && props, children);
}

/** Other children; null, false and "" are none. */
export function replace(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => (child ?? false) !== false && child !== ""));
  return node;
}

/** The address if a person may be sent there, else "". */
export function safeUrl(url, base) {
  try {
    const { protocol, href } = new URL(url, base);
    return ["https:", "http:", "mailto:"].includes(protocol) ? href : "";
  } catch {
    return "";
  }
}

/** A link that opens elsewhere; only its words where the address is no good. */
export function link(url, words, props) {
  const href = safeUrl(url);
  return href ? h("a", { ...props, href, rel: "noopener noreferrer", target: "_blank" }, words) : words;
}

/** Text as nodes: a new line is a `br`. */
export function lines(text) {
  return text.split("\n").flatMap((line, at) => (at ? [h("br"), line] : line));
}

/** Slack's three entities are characters again. */
export function unescape(text = "") {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}
