/** Where a card may lead, and how Gmail opens it. */

const WATCH_MILLISECONDS = 400;
const OVERLAY = "popup,width=720,height=760";

/**
 * The address a link may open, or null. Google takes https, mailto and tel and rewrites http to https;
 * here http stays for this machine, where the stand-in runs without a certificate.
 * @param {string} address
 * @returns {string | null}
 */
export function safeAddress(address) {
  let parsed;
  try {
    parsed = new URL(address.trim());
  } catch {
    return null;
  }
  if (["https:", "mailto:", "tel:"].includes(parsed.protocol)) return parsed.href;
  if (parsed.protocol !== "http:") return null;
  if (!isThisMachine(parsed.hostname)) parsed.protocol = "https:";
  return parsed.href;
}

/** @param {string} host */
function isThisMachine(host) {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}

/**
 * An image a card may show, or null: https, or from the stand-in's own server. Google fetches no SVG.
 * @param {string} address
 * @returns {string | null}
 */
export function imageAddress(address) {
  let parsed;
  try {
    parsed = new URL(address);
  } catch {
    return null;
  }
  const ours = parsed.origin === window.location.origin;
  const picture = /^data:image\/(png|jpeg|gif)[;,]/.test(address);
  if (parsed.pathname.toLowerCase().endsWith(".svg")) return null;
  return parsed.protocol === "https:" || ours || picture ? address : null;
}

/**
 * Open a card's link as Gmail does.
 * @param {{url: string, openAs?: string, onClose?: string}} link
 * @param {{closed: () => void, blocked: (address: string) => void}} told
 *   `closed` is called once when a window with onClose RELOAD is shut; `blocked` when the browser refused the window.
 */
export function openLink(link, told) {
  const address = safeAddress(link.url);
  if (!address) throw new RangeError(link.url);
  if (/^(mailto|tel):/.test(address)) {
    window.location.assign(address);
    return;
  }
  const opened = window.open("about:blank", "_blank", link.openAs === "OVERLAY" ? OVERLAY : "");
  if (!opened) {
    told.blocked(address);
    return;
  }
  // The handle stays with us to see it close; the page opened gets no way back to this one.
  opened.opener = null;
  opened.location.replace(address);
  if (link.onClose !== "RELOAD") return;
  const watch = window.setInterval(() => {
    if (!opened.closed) return;
    window.clearInterval(watch);
    told.closed();
  }, WATCH_MILLISECONDS);
}
