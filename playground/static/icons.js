/** Glyphs drawn for this project, for Google's built-in icons (`knownIcon`) and for the sidebar's own controls. */
import { element } from "./dom.js";
import { imageAddress } from "./links.js";

const NAMESPACE = "http://www.w3.org/2000/svg";

/** Path data on a 24 × 24 grid, drawn as 1.7 px strokes. */
const GLYPHS = {
  AIRPLANE: "M12 3c1 0 1.5 1 1.5 2v4l7 4.5V15l-7-2v4.5l2 1.5v1.5L12 19.5 8.500 20.5V19l2-1.5V13l-7 2v-1.500L10.500 9V5c0-1 .5-2 1.500-2z",
  BOOKMARK: "M7 4h10v16l-5-3.500L7 20z",
  BUS: "M6 4h12a1 1 0 0 1 1 1v12H5V5a1 1 0 0 1 1-1zM5 11h14M7 17v2.500M17 17v2.500M8 14h.01M16 14h.01",
  CAR: "M4 16v-4l2-5.500h12l2 5.500v4zM4 12h16M6.500 16v2.500M17.500 16v2.500M7.500 14h.01M16.500 14h.01",
  CLOCK: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 7.500V12l3 2",
  CONFIRMATION_NUMBER_ICON: "M4 7h16v3.500a1.500 1.500 0 0 0 0 3V17H4v-3.500a1.500 1.500 0 0 0 0-3zM14 8.500v1M14 11.500v1M14 14.500v1",
  DESCRIPTION: "M6.500 3.500H14l4 4v13H6.500zM14 3.500V8h4M9 12h6M9 15.500h6",
  DOLLAR: "M15.500 8.500c-.5-1.500-1.800-2-3.500-2-2 0-3.500.9-3.500 2.600 0 3.900 7.300 1.700 7.300 5.600 0 1.800-1.700 2.800-3.800 2.800-2 0-3.500-.8-4-2.500M12 4v16",
  EMAIL: "M4 6h16v12H4zM4 7l8 6 8-6",
  EVENT_PERFORMER: "M12 4a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM5 20c0-4 3-6 7-6s7 2 7 6M18 4l1.500 1.500",
  EVENT_SEAT: "M7 4h10v9H7zM4.500 9v7.500h15V9M7 16.500v3M17 16.500v3",
  FLIGHT_ARRIVAL: "M4 20h16M5 7l1.500 5L19 15.500c1 .2 1.500-1.500.5-2L14 11.500 11 5.500 9.500 5l1 5-3.500-1L6.500 7z",
  FLIGHT_DEPARTURE: "M4 20h16M4 12l3.500 3.500L20 11c1-.5.500-2-.5-2l-5 1-4.500-4-1.500.5L11 11l-3.500 1-2-1.500z",
  HOTEL: "M4 5v14M4 15.500h16V19M20 15.500V12a2 2 0 0 0-2-2h-7v5.500M7.500 9.500a1.700 1.700 0 1 0 0 3.400 1.700 1.700 0 0 0 0-3.400z",
  HOTEL_ROOM_TYPE: "M5 18v-5h14v5M5 16h14M6.500 13V7h11v6M9 13v-2.500h6V13",
  INVITE: "M4.500 5.500h15v14h-15zM4.500 9.500h15M8.500 3.500v3M15.500 3.500v3M9 14.500l2 2 4-4",
  MAP_PIN: "M12 21s-6.500-6.500-6.500-11a6.500 6.500 0 0 1 13 0c0 4.500-6.500 11-6.500 11zM12 7.700a2.300 2.300 0 1 0 0 4.600 2.300 2.300 0 0 0 0-4.600z",
  MEMBERSHIP: "M3.500 5.500h17v13h-17zM6.500 15.500c0-1.500 1-2.300 2.300-2.300s2.300.8 2.300 2.300M8.800 8.700a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3zM14 10h3.500M14 13.500h3.500",
  MULTIPLE_PEOPLE: "M9 5.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM3 19c0-3.300 2.500-5 6-5s6 1.700 6 5zM16 6a2.700 2.700 0 0 1 0 5.200M17.500 14.300c2.200.6 3.500 2.200 3.500 4.700",
  OFFER: "M4 4h7.500l8.500 8.500-7.500 7.500L4 11.500zM8 8h.01",
  PERSON: "M12 4.500a3.700 3.700 0 1 0 0 7.400 3.700 3.700 0 0 0 0-7.400zM5 19.500c0-3.700 3-5.300 7-5.300s7 1.600 7 5.300z",
  PHONE: "M5 4h3.500l1.500 4.500-2 1.500c1 2.500 3 4.500 6 6l1.500-2 4.500 1.500V19c0 .6-.4 1-1 1C11 20 4 13 4 5c0-.6.4-1 1-1z",
  RESTAURANT_ICON: "M6 4v5a2 2 0 0 0 4 0V4M8 4v16M16.500 20V4c-2 1-3 3.500-3 8h3",
  SHOPPING_CART: "M3 4.500h2.500L8 15h9.500l2-7.500H6.500M9 18.500h.01M17 18.500h.01",
  STAR: "M12 4l2.500 5.200 5.700.8-4.100 4 1 5.700-5.100-2.700-5.100 2.700 1-5.700-4.100-4 5.700-.8z",
  STORE: "M4.500 4.500h15L21 10H3zM5 10v9.500h14V10M8 19.500V14h5v5.500",
  TICKET: "M4 7h16v3.500a1.500 1.500 0 0 0 0 3V17H4v-3.500a1.500 1.500 0 0 0 0-3zM9 10.500h6M9 13.500h6",
  TRAIN: "M7 4h10a1.500 1.500 0 0 1 1.500 1.500V15A2 2 0 0 1 16.500 17h-9a2 2 0 0 1-2-2V5.500A1.500 1.500 0 0 1 7 4zM5.500 11h13M8 20l2-3M16 20l-2-3M9 14h.01M15 14h.01",
  VIDEO_CAMERA: "M4 6.500h11v11H4zM15 11l5-3v8l-5-3",
  VIDEO_PLAY: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM10 8.500l5.500 3.500-5.500 3.500z",
  back: "M19 12H5.500M11.500 6l-6 6 6 6",
  more: "M12 6h.01M12 12h.01M12 18h.01",
  down: "M6.500 9.500l5.500 5.500 5.500-5.500",
  close: "M6 6l12 12M18 6L6 18",
  attachment: "M8 12.500l5.500-5.500a3 3 0 0 1 4.200 4.200l-7.200 7.300a4.500 4.500 0 0 1-6.400-6.400l6.900-7",
  home: "M4.500 11.500L12 5l7.500 6.500V19.500H14V14h-4v5.500H4.500z",
  reload: "M19 12a7 7 0 1 1-2-5l2 2M19 4.500V9h-4.500",
  warning: "M12 4.500L3 19.500h18zM12 10v4.500M12 17h.01",
};

/** @param {string} name @returns {boolean} whether Google has a built-in icon of this name */
export function isKnownIcon(name) {
  return /^[A-Z_]+$/.test(name) && Object.hasOwn(GLYPHS, name);
}

/**
 * @param {string} name a key of GLYPHS
 * @param {string} [altText] read aloud; without it the glyph is decoration
 * @returns {SVGElement}
 */
export function glyph(name, altText = "") {
  const drawing = document.createElementNS(NAMESPACE, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", `glyph glyph-${name}`);
  if (altText) {
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", altText);
  } else {
    drawing.setAttribute("aria-hidden", "true");
  }
  const path = document.createElementNS(NAMESPACE, "path");
  path.setAttribute("d", GLYPHS[name]);
  drawing.append(path);
  return drawing;
}

/**
 * A card's icon: built in, or an image. An icon Gmail cannot show leaves its place empty, as there.
 * @param {{knownIcon?: string, iconUrl?: string, altText?: string, imageType?: string}} icon
 * @returns {Element}
 */
export function cardIcon(icon) {
  if (icon.knownIcon) return isKnownIcon(icon.knownIcon) ? glyph(icon.knownIcon, icon.altText) : element("span", { class: "no-icon" });
  const address = imageAddress(icon.iconUrl ?? "");
  if (!address) return element("span", { class: "no-icon" });
  return element("img", { src: address, alt: icon.altText ?? "", class: icon.imageType === "CIRCLE" ? "icon-image circle" : "icon-image" });
}
