/** The stand-in Gmail: top bar, mailbox, open mail, and the add-on's sidebar. What is shown stands in the address. */
import { dataBlock, element, filled } from "./dom.js";
import { glyph } from "./icons.js";
import { drawLetter, drawList, fetched, markOpen } from "./mailbox.js";
import { Sidebar } from "./sidebar.js";

const NARROW = "(max-width: 760px)";
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

class Playground {
  /** @param {{user: string, locale: string, name: string, condition: string, words: Record<string, string>}} start */
  constructor(start) {
    this.user = start.user;
    this.locale = start.locale;
    this.words = start.words;
    this.mail = "";
    this.place = Object.fromEntries(
      ["controls", "stage", "mails", "letter", "letter-back", "letter-content", "addon", "sheet-handle", "home", "reload", "last-line", "last-json"].map(
        (id) => [id, document.getElementById(id)],
      ),
    );
    this.sidebar = new Sidebar(document.getElementById("sidebar"), {
      name: start.name,
      labels: start.words,
      fire: (call) => this.fire(call),
      loading: () => delete document.body.dataset.ready,
      settled: () => this.ready(),
    });
    this.place.controls.elements.crm.value = start.condition;
    this.place["letter-back"].append(glyph("back"));
    this.listen();
  }

  listen() {
    const { controls } = this.place;
    controls.addEventListener("submit", (event) => event.preventDefault());
    controls.addEventListener("change", (event) => this.changed(event.target));
    this.place.home.addEventListener("click", () => this.go({ mail: "" }));
    this.place["letter-back"].addEventListener("click", () => this.go({ mail: "" }));
    this.place.reload.addEventListener("click", () => this.openAddon());
    this.place["sheet-handle"].addEventListener("click", () => this.toggleSheet());
    window.addEventListener("popstate", () => this.arrive());
    DARK.addEventListener("change", () => this.applyTheme());
  }

  /** The first drawing. */
  async begin() {
    try {
      drawList(this.place.mails, await fetched("/playground/mails", this.query()), this.words, (id) => this.go({ mail: id }));
    } catch (reason) {
      this.place.mails.replaceChildren(element("p", { class: "trouble", role: "alert" }, this.words.mailbox_failed, " ", String(reason.message)));
    }
    await this.arrive();
  }

  query() {
    return { user: this.user, lang: this.locale };
  }

  /** Draw what the address says. */
  async arrive() {
    const query = new URLSearchParams(window.location.search);
    const { controls, stage } = this.place;
    controls.elements.theme.value = query.get("theme") ?? "system";
    controls.elements.view.value = query.get("view") ?? (window.matchMedia(NARROW).matches ? "phone" : "web");
    this.mail = query.get("mail") ?? "";
    stage.dataset.view = controls.elements.view.value;
    stage.dataset.open = this.mail ? "mail" : "list";
    this.applyTheme();
    markOpen(this.place.mails, this.mail.endsWith(".eml") ? this.mail : `${this.mail}.eml`);
    this.openAddon();
    await this.openLetter();
  }

  /** Change the address, then what is drawn. @param {Record<string, string>} changes */
  go(changes) {
    const query = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    if (!query.has("user")) query.set("user", this.user);
    const address = `${window.location.pathname}?${query}`;
    if ("user" in changes || "lang" in changes) {
      window.location.assign(address);
      return;
    }
    window.history.pushState(null, "", address);
    this.arrive();
  }

  /** A control of the top bar. @param {HTMLSelectElement} control */
  async changed(control) {
    if (control.name === "crm") {
      await this.setWeather(control.value);
    } else if (control.name === "theme") {
      const query = new URLSearchParams(window.location.search);
      query.set("theme", control.value);
      window.history.replaceState(null, "", `${window.location.pathname}?${query}`);
      this.applyTheme();
      await this.openLetter();
    } else if (control.name === "user") {
      // Each person has a mailbox and a language of his own.
      this.go({ user: control.value, mail: "", lang: "" });
    } else {
      this.go({ [control.name]: control.value });
    }
  }

  applyTheme() {
    const chosen = this.place.controls.elements.theme.value;
    document.body.dataset.theme = chosen === "system" ? (DARK.matches ? "dark" : "light") : chosen;
  }

  async openLetter() {
    const wanted = this.mail;
    const content = this.place["letter-content"];
    if (!wanted) {
      content.replaceChildren(element("p", { class: "letter-empty" }, this.words.choose));
      return;
    }
    const path = `/playground/mail/${encodeURIComponent(wanted)}`;
    try {
      const mail = await fetched(path, this.query());
      const body = `${path}/body?${new URLSearchParams({ user: this.user, theme: document.body.dataset.theme })}`;
      if (wanted === this.mail) drawLetter(content, mail, body, this.words);
    } catch (reason) {
      content.replaceChildren(element("p", { class: "trouble", role: "alert" }, this.words.mailbox_failed, " ", String(reason.message)));
    }
  }

  /** The card of the open mail; the home card where none is open. On phones an add-on has no home. */
  openAddon() {
    const onPhone = this.place.stage.dataset.view === "phone";
    this.place.home.disabled = onPhone;
    this.toggleSheet(true);
    if (this.mail) this.sidebar.trigger("message");
    else if (!onPhone) this.sidebar.trigger("home");
    else {
      this.sidebar.clear();
      this.ready();
    }
  }

  /** Two frames later it is really painted. */
  ready() {
    document.body.dataset.ready = "1";
  }

  /** @param {boolean} [open] */
  toggleSheet(open = this.place.addon.dataset.sheet === "down") {
    this.place.addon.dataset.sheet = open ? "up" : "down";
    const handle = this.place["sheet-handle"];
    handle.setAttribute("aria-expanded", String(open));
    handle.setAttribute("aria-label", open ? this.words.hide_card : this.words.show_card);
  }

  /** Have the stand-in send the event to the add-on. @param {import("./sidebar.js").Call} call */
  async fire(call) {
    const answered = await posted("/playground/fire", {
      ...call,
      user: this.user,
      mail_id: this.mail,
      locale: this.locale,
      platform: this.place.stage.dataset.view === "phone" ? "ANDROID" : "WEB",
    });
    const path = call.url ? new URL(call.url).pathname : `/addon/${call.kind}`;
    this.place["last-line"].textContent = filled(this.words.answered, { path, ...answered });
    const sent = { path, parameters: call.params ?? {}, formInputs: call.form ?? {} };
    this.place["last-json"].textContent = JSON.stringify({ sent, answer: answered.answer ?? answered.text }, null, 2);
    return answered;
  }

  /** @param {string} crm up, down or limiting */
  async setWeather(crm) {
    try {
      await posted("/playground/weather", { crm });
      this.openAddon();
    } catch (reason) {
      this.place["last-line"].textContent = `${this.words.weather_failed} ${reason.message}`;
    }
  }
}

/** @param {string} path @param {object} body */
async function posted(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const read = await answer.json().catch(() => ({ error: `HTTP ${answer.status}` }));
  if (!answer.ok) throw new Error(read.error ?? `HTTP ${answer.status}`);
  return read;
}

new Playground(dataBlock("start")).begin();
