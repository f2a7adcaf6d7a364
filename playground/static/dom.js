/** Small helpers to build elements. Text is only ever set as text nodes, never as HTML. */

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean | EventListener | undefined | null>} [attributes]
 *   `class`, `id`…; `true` sets an empty attribute, false/null/undefined leaves it out; functions become listeners.
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return made;
}

let lastId = 0;

/** @returns {string} an id no other element of the page has, to tie labels to inputs */
export function freshId() {
  lastId += 1;
  return `card-${lastId}`;
}

/**
 * The {name} placeholders of a translated sentence, filled.
 * @param {string} sentence
 * @param {Record<string, string | number>} values
 */
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * A data block of the page: `<script type="application/json" id="…">`.
 * @param {string} id
 */
export function dataBlock(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
