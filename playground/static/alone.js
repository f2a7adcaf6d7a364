/** A card without an add-on behind it: it can be looked at, opened, typed into; a press that would call says so. */
import { Sidebar } from "./sidebar.js";

/**
 * @param {HTMLElement} place
 * @param {{name: string, card: object, words: Record<string, string>}} sample
 */
export function drawAlone(place, { name, card, words }) {
  const sidebar = new Sidebar(place, {
    name,
    labels: words,
    fire: (call) => Promise.resolve({ status: 0, milliseconds: 0, answer: null, text: call.url ?? call.kind }),
    loading: () => {},
    settled: () => {},
  });
  sidebar.show(card);
}
