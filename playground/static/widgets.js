/** The widgets of a card, each drawn from its checked JSON. */
import { element } from "./dom.js";
import { cardIcon } from "./icons.js";
import { dateTimePicker, selectionInput, switchControl, textInput } from "./inputs.js";
import { imageAddress } from "./links.js";
import { markup, plain } from "./markup.js";

/** @typedef {import("./inputs.js").Context} Context */

/** @type {Record<string, (spec: object, context: Context) => HTMLElement>} */
const DRAWN = {
  textParagraph,
  decoratedText,
  buttonList,
  textInput,
  selectionInput,
  dateTimePicker,
  divider: () => element("hr", { class: "divider" }),
  image,
  grid,
  chipList,
};

/** @param {object} widget a checked Widget @param {Context} context @returns {HTMLElement} */
export function drawWidget(widget, context) {
  const kind = Object.keys(DRAWN).find((name) => widget[name]);
  const alignment = widget.horizontalAlignment ? ` align-${widget.horizontalAlignment.toLowerCase()}` : "";
  return element("div", { class: `widget widget-${kind}${alignment}` }, DRAWN[kind](widget[kind], context));
}

/** @param {object} spec */
function textParagraph(spec) {
  const paragraph = element("p", { class: "paragraph" }, markup(spec.text));
  if (Number(spec.maxLines ?? 0) > 0) {
    paragraph.classList.add("clamped");
    paragraph.style.setProperty("-webkit-line-clamp", String(spec.maxLines));
  }
  return paragraph;
}

/** @param {object} spec @param {Context} context */
function decoratedText(spec, context) {
  const icon = spec.startIcon ?? spec.icon;
  const inner = [
    icon && element("span", { class: "row-icon" }, cardIcon(icon)),
    element(
      "span",
      { class: "row-text" },
      spec.topLabel && element("span", { class: "row-top" }, spec.topLabel),
      element("span", { class: spec.wrapText ? "row-main" : "row-main one-line" }, markup(spec.text)),
      spec.bottomLabel && element("span", { class: "row-bottom" }, spec.bottomLabel),
    ),
  ];
  const main = spec.onClick ? pressable("row-main-area", inner, spec.onClick, context) : element("div", { class: "row-main-area" }, ...inner);
  return element(
    "div",
    { class: spec.onClick ? "row row-pressable" : "row" },
    main,
    spec.button && element("span", { class: "row-end" }, button(spec.button, context)),
    spec.switchControl && element("span", { class: "row-end" }, switchControl(spec.switchControl, plain(spec.text), context)),
    spec.endIcon && element("span", { class: "row-end row-icon" }, cardIcon(spec.endIcon)),
  );
}

/** A clickable area that is a real button, or a link to dial and write. */
function pressable(className, inner, onClick, context) {
  const area = element("button", { type: "button", class: className }, ...inner);
  // A link inside the text is followed by itself, without the row's own action.
  area.addEventListener("click", (event) => !event.target.closest("a") && context.perform(onClick, area));
  return area;
}

/** @param {object} spec buttonList @param {Context} context */
function buttonList(spec, context) {
  return element("div", { class: "buttons" }, ...(spec.buttons ?? []).map((one) => button(one, context)));
}

/**
 * @param {object} spec Button
 * @param {Context} context
 * @param {string} [look] a class that overrides the look the button's own colour and type give
 */
export function button(spec, context, look = "") {
  const filled = spec.color && !look;
  const kind = look || (filled ? "filled" : (spec.type ?? "OUTLINED").toLowerCase().replace("_", "-"));
  const made = element(
    "button",
    {
      type: "button",
      class: `button button-${kind}${spec.text ? "" : " button-icon"}`,
      disabled: spec.disabled === true,
      "aria-label": spec.altText || (spec.text ? null : spec.icon?.altText),
      title: spec.altText ?? null,
    },
    spec.icon && cardIcon({ ...spec.icon, altText: "" }),
    spec.text && element("span", { class: "button-text" }, spec.text),
  );
  if (spec.color && (filled || look === "filled")) paint(made, spec.color);
  if (spec.onClick) made.addEventListener("click", () => context.perform(spec.onClick, made));
  return made;
}

/** The card's own colour as background, with the text in black or white, whichever is read better. */
function paint(made, colour) {
  const [red, green, blue] = ["red", "green", "blue"].map((part) => Math.min(1, Math.max(0, Number(colour[part] ?? 0))));
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  made.style.setProperty("--fill", `rgb(${[red, green, blue].map((part) => Math.round(part * 255)).join(" ")})`);
  made.style.setProperty("--on-fill", light > 0.35 ? "#1f1f1f" : "#ffffff");
}

/** @param {object} spec image @param {Context} context */
function image(spec, context) {
  const drawn = picture(spec.imageUrl, spec.altText ?? "", "picture");
  return spec.onClick ? pressable("picture-area", [drawn], spec.onClick, context) : drawn;
}

/** An image, or the empty frame Gmail leaves for one it does not fetch. */
function picture(address, altText, className) {
  const allowed = imageAddress(address);
  if (allowed) return element("img", { src: allowed, alt: altText, class: className });
  return element("span", { class: `${className} no-picture`, role: "img", "aria-label": altText }, altText);
}

/** @param {object} spec grid @param {Context} context */
function grid(spec, context) {
  const columns = Number(spec.columnCount ?? 2);
  const border = spec.borderStyle?.type === "STROKE" ? " grid-bordered" : "";
  const items = (spec.items ?? []).map((item) => {
    const text = element(
      "span",
      { class: "grid-text" },
      item.title && element("span", { class: "grid-title" }, item.title),
      item.subtitle && element("span", { class: "grid-subtitle" }, item.subtitle),
    );
    const shape = item.image?.cropStyle?.type === "CIRCLE" ? "grid-image circle" : "grid-image";
    const parts = [item.image && picture(item.image.imageUri ?? "", item.image.altText ?? "", shape), text];
    if (item.layout === "TEXT_ABOVE") parts.reverse();
    const className = `grid-item${border}`;
    if (!spec.onClick) return element("div", { class: className }, ...parts);
    const area = element("button", { type: "button", class: className }, ...parts);
    area.addEventListener("click", () => context.perform(spec.onClick, area, { grid_item_identifier: item.id ?? "" }));
    return area;
  });
  const tiles = element("div", { class: "grid" }, ...items);
  tiles.style.setProperty("--columns", String(columns > 0 ? columns : 2));
  return element("div", {}, spec.title && element("p", { class: "grid-head" }, spec.title), tiles);
}

/** @param {object} spec chipList @param {Context} context */
function chipList(spec, context) {
  const scrolled = spec.layout === "HORIZONTAL_SCROLLABLE" ? " chips-scrolled" : "";
  const chips = (spec.chips ?? []).map((chip) => {
    const made = element(
      "button",
      { type: "button", class: "chip", disabled: chip.disabled === true || chip.enabled === false, "aria-label": chip.altText ?? null },
      chip.icon && cardIcon(chip.icon),
      chip.label && element("span", {}, chip.label),
    );
    if (chip.onClick) made.addEventListener("click", () => context.perform(chip.onClick, made));
    return made;
  });
  return element("div", { class: `chips${scrolled}` }, ...chips);
}
