/** One card: header, sections, fixed footer. */
import { element, freshId } from "./dom.js";
import { glyph } from "./icons.js";
import { imageAddress } from "./links.js";
import { markup } from "./markup.js";
import { button, drawWidget } from "./widgets.js";

/** @typedef {import("./inputs.js").Context} Context */

/** Google ignores widgets and sections beyond these. */
const MAX_WIDGETS = 100;
const MAX_SECTIONS = 100;

/**
 * @param {object} card a checked Card
 * @param {Context} context
 * @param {{back?: () => void}} [options] `back` draws the arrow of a card that lies on others
 * @returns {HTMLElement}
 */
export function drawCard(card, context, { back } = {}) {
  const left = { widgets: MAX_WIDGETS };
  const sections = (card.sections ?? []).slice(0, MAX_SECTIONS).map((section) => drawSection(section, context, left));
  const dividers = card.sectionDividerStyle === "NO_DIVIDER" ? " card-plain" : "";
  return element(
    "article",
    { class: `card${dividers}` },
    (card.header || back) && header(card.header, context, back),
    element("div", { class: "card-body" }, ...sections),
    card.fixedFooter && footer(card.fixedFooter, context),
  );
}

/** @param {object | undefined} spec CardHeader @param {Context} context @param {(() => void) | undefined} back */
function header(spec, context, back) {
  const address = imageAddress(spec?.imageUrl ?? "");
  return element(
    "header",
    { class: "card-header" },
    back && element("button", { type: "button", class: "round", "aria-label": context.labels.back, title: context.labels.back, click: back }, glyph("back")),
    address &&
      element("img", { src: address, alt: spec.imageAltText ?? "", class: spec.imageType === "CIRCLE" ? "card-image circle" : "card-image" }),
    spec &&
      element(
        "div",
        { class: "card-titles" },
        element("h2", { class: spec.subtitle ? "card-title one-line" : "card-title" }, spec.title),
        spec.subtitle && element("p", { class: "card-subtitle one-line" }, spec.subtitle),
      ),
  );
}

/** @param {object} section @param {Context} context @param {{widgets: number}} left how many widgets the card may still draw */
function drawSection(section, context, left) {
  const widgets = (section.widgets ?? []).slice(0, Math.max(0, left.widgets)).map((widget) => drawWidget(widget, context));
  left.widgets -= widgets.length;
  const made = element("section", { class: "section" }, section.header && element("h3", { class: "section-header" }, markup(section.header)));
  const shown = Number(section.uncollapsibleWidgetsCount ?? 0);
  if (!section.collapsible || widgets.length <= shown) {
    made.append(...widgets);
    return made;
  }
  const rest = element("div", { class: "section-rest", id: freshId(), hidden: true }, ...widgets.slice(shown));
  made.append(...widgets.slice(0, shown), rest, collapseButton(section.collapseControl, rest, context));
  return made;
}

/** "Show more" and "Show less", or the card's own words for them. */
function collapseButton(control, rest, context) {
  const more = control?.expandButton?.text ?? context.labels.more;
  const less = control?.collapseButton?.text ?? context.labels.less;
  const words = element("span", {}, more);
  const made = element("button", { type: "button", class: "collapse", "aria-expanded": "false", "aria-controls": rest.id }, words, glyph("down"));
  made.addEventListener("click", () => {
    rest.hidden = !rest.hidden;
    made.setAttribute("aria-expanded", String(!rest.hidden));
    words.textContent = rest.hidden ? more : less;
  });
  return made;
}

/** @param {object} spec CardFixedFooter @param {Context} context */
function footer(spec, context) {
  return element(
    "footer",
    { class: "card-footer" },
    spec.secondaryButton && button(spec.secondaryButton, context, "outlined"),
    button(spec.primaryButton, context, "filled"),
  );
}
