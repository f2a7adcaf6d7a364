/**
 * The HTML subset of card texts (`b i u s strike font color a href time br`), read by a small tokenizer of our own.
 * Other tags are dropped and their content kept, as Google does; nothing is ever handed to an HTML parser.
 */
import { element } from "./dom.js";
import { safeAddress } from "./links.js";

const PLAIN_TAGS = new Set(["b", "i", "u", "s", "strike", "time"]);
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/g;
const ATTRIBUTE = /([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;
const COLOUR = /^(#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[a-zA-Z]{3,20})$/;
const ENTITY = /&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-zA-Z]{2,8});/g;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", hellip: "…", middot: "·", bull: "•", ndash: "–", mdash: "—", rarr: "→" };

/**
 * @param {string} text a card's text with its markup
 * @returns {DocumentFragment}
 */
export function markup(text) {
  const fragment = document.createDocumentFragment();
  /** @type {{tag: string, node: Node}[]} */
  const open = [{ tag: "", node: fragment }];
  let from = 0;
  const write = (raw) => {
    if (raw) open[open.length - 1].node.appendChild(document.createTextNode(decoded(raw)));
  };
  for (const match of text.matchAll(TAG)) {
    write(text.slice(from, match.index));
    from = match.index + match[0].length;
    const tag = match[2].toLowerCase();
    if (tag === "br") {
      open[open.length - 1].node.appendChild(document.createElement("br"));
    } else if (match[1]) {
      const at = open.findLastIndex((entry) => entry.tag === tag);
      if (at > 0) open.length = at;
    } else {
      const node = styled(tag, attributes(match[3]));
      if (node) {
        open[open.length - 1].node.appendChild(node);
        open.push({ tag, node });
      }
    }
  }
  write(text.slice(from));
  return fragment;
}

/** The same text without any markup, for names that are read aloud. @param {string} text */
export function plain(text) {
  return markup(text).textContent ?? "";
}

/** @param {string} tag @param {Map<string, string>} found @returns {HTMLElement | null} */
function styled(tag, found) {
  if (PLAIN_TAGS.has(tag)) return element(tag === "strike" ? "s" : tag === "time" ? "span" : tag);
  if (tag === "font") {
    const span = element("span");
    const colour = found.get("color") ?? "";
    if (COLOUR.test(colour)) span.style.color = colour;
    return span;
  }
  if (tag === "a") {
    const address = safeAddress(found.get("href") ?? "");
    return address ? element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }) : element("span");
  }
  return null;
}

/** @param {string} source @returns {Map<string, string>} lower-case name to decoded value */
function attributes(source) {
  const found = new Map();
  for (const match of source.matchAll(ATTRIBUTE)) found.set(match[1].toLowerCase(), decoded(match[2] ?? match[3] ?? match[4]));
  return found;
}

/** @param {string} raw */
function decoded(raw) {
  return raw.replace(ENTITY, (whole, name) => {
    if (!name.startsWith("#")) return NAMED[name] ?? whole;
    const code = name[1] === "x" ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
