/** The page of all sample cards: each at both widths, in both themes. */
import { dataBlock, element } from "./dom.js";
import { drawAlone } from "./alone.js";

const VARIANTS = [
  ["web", "light"],
  ["phone", "light"],
  ["web", "dark"],
  ["phone", "dark"],
];

const words = dataBlock("words");
const gallery = document.getElementById("gallery");
for (const { name, card } of dataBlock("samples")) {
  const row = element("div", { class: "gallery-row" });
  for (const [view, theme] of VARIANTS) {
    const place = element("div", { class: `drawn drawn-${view}` });
    row.append(element("figure", { "data-theme": theme }, place));
    drawAlone(place, { name: document.body.dataset.name, card, words });
  }
  gallery.append(element("section", { class: "gallery-card", id: name }, element("h2", {}, element("a", { href: `#${name}` }, name)), row));
}
document.body.dataset.ready = "1";
