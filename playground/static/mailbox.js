/** The stand-in Gmail's list of mails and its open mail. */
import { element } from "./dom.js";
import { glyph } from "./icons.js";

/**
 * JSON of one of the playground's own addresses.
 * @param {string} path
 * @param {Record<string, string>} query
 */
export async function fetched(path, query) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
  return answer.json();
}

/**
 * @param {HTMLElement} place
 * @param {object[]} mails as /playground/mails lists them
 * @param {Record<string, string>} words
 * @param {(id: string) => void} open
 */
export function drawList(place, mails, words, open) {
  const rows = mails.map((mail) => {
    const row = element(
      "button",
      { type: "button", class: mail.unread ? "mail is-unread" : "mail", "data-mail": mail.id },
      mail.unread && element("span", { class: "visually-hidden" }, words.unread),
      element("span", { class: "mail-person" }, mail.person),
      element("span", { class: "mail-date" }, mail.date),
      element("span", { class: "mail-subject" }, mail.subject),
      element("span", { class: "mail-snippet" }, mail.snippet),
    );
    row.addEventListener("click", () => open(mail.id));
    return row;
  });
  place.replaceChildren(...rows);
}

/** Mark the open mail in the list. @param {HTMLElement} place @param {string} id */
export function markOpen(place, id) {
  for (const row of place.querySelectorAll(".mail")) {
    if (row.dataset.mail === id) {
      row.setAttribute("aria-current", "true");
      row.scrollIntoView({ block: "nearest" });
    } else row.removeAttribute("aria-current");
  }
}

/**
 * @param {HTMLElement} place
 * @param {object} mail as /playground/mail/<id> gives it
 * @param {string} bodyAddress
 * @param {Record<string, string>} words
 */
export function drawLetter(place, mail, bodyAddress, words) {
  const line = (name, value) => value && element("p", { class: "letter-line" }, element("span", { class: "letter-name" }, name), value);
  const attachments = mail.attachments.map((one) =>
    element("li", { class: "attachment" }, glyph("attachment"), element("span", {}, one.name), element("span", { class: "attachment-size" }, one.size)),
  );
  place.replaceChildren(
    element("h2", { class: "letter-subject" }, mail.subject),
    element(
      "div",
      { class: "letter-head" },
      line(words.from, mail.from),
      line(words.to, mail.to),
      line(words.cc, mail.cc),
      mail.date && element("p", { class: "letter-date" }, mail.date),
    ),
    // No script, no form, no window, no origin of its own: the mail is foreign.
    element("iframe", { class: "letter-body", sandbox: "", src: bodyAddress, title: words.body }),
    attachments.length ? element("ul", { class: "attachments", "aria-label": words.attachments }, ...attachments) : "",
  );
}
