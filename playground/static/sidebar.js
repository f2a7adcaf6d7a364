/**
 * The add-on's place in Gmail: a stack of cards, the menu, the loading bar, notifications and errors.
 *
 * @typedef {{kind: "home" | "message" | "act", url?: string, params?: Record<string, string>, form?: Record<string, object>}} Call
 * @typedef {{status: number, milliseconds: number, answer: unknown, text: string}} Answered `text` is the body where it is not JSON
 * @typedef {{card: object, form: Form, view: HTMLElement, stale: boolean, focused: Element | null}} Entry a card on the stack
 */
import { read } from "./answers.js";
import { drawCard } from "./card.js";
import { element, filled } from "./dom.js";
import { Form } from "./forms.js";
import { glyph } from "./icons.js";
import { openLink } from "./links.js";
import { openMenu } from "./menu.js";
import { CardError, check } from "./schema.js";

const TOAST_MILLISECONDS = 8000;

export class Sidebar {
  /** @type {Entry[]} */
  #stack = [];
  /** What is under way and waits since the last trigger; a late answer to an older one finds another object here and is dropped. */
  #queue = { waiting: /** @type {{run: () => Promise<void>, isClick: boolean}[]} */ ([]), running: false };
  #pointerDown = false;
  /** @type {"home" | "message" | null} */
  #shown = null;
  #toastTimer = 0;

  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {string} options.name the add-on's name
   * @param {Record<string, string>} options.labels
   * @param {(call: Call) => Promise<Answered>} options.fire
   * @param {() => void} options.loading
   * @param {() => void} options.settled
   */
  constructor(root, { name, labels, fire, loading, settled }) {
    this.root = root;
    this.labels = labels;
    this.fire = fire;
    this.loading = loading;
    this.settled = settled;
    this.menuButton = element(
      "button",
      { type: "button", class: "round", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": labels.menu, title: labels.menu, hidden: true },
      glyph("more"),
    );
    this.menuButton.addEventListener("click", () => this.#openCardMenu());
    this.bar = element("div", { class: "loading-bar", hidden: true });
    this.errors = element("div", { class: "errors", role: "alert" });
    this.place = element("div", { class: "card-place", tabindex: -1 });
    this.toast = element("div", { class: "toast", role: "status", "aria-live": "polite" });
    this.spoken = element("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
    const mark = element("span", { class: "app-mark", "aria-hidden": "true" });
    root.classList.add("sidebar");
    root.append(
      element("div", { class: "app-bar" }, mark, element("span", { class: "app-name" }, name), this.menuButton),
      this.bar,
      this.errors,
      this.place,
      this.toast,
      this.spoken,
    );
    root.addEventListener("pointerdown", () => {
      this.#pointerDown = true;
    });
    for (const ended of ["pointerup", "pointercancel"]) {
      window.addEventListener(ended, () => {
        this.#pointerDown = false;
      });
    }
  }

  /** Open the home page or the open mail anew: the stack before it is gone. @param {"home" | "message"} kind */
  trigger(kind) {
    this.clear();
    this.#shown = kind;
    this.#enqueue(() => this.#call({ kind }, null), false);
  }

  /** The same trigger again, as Gmail does when a window with onClose RELOAD is shut. */
  reload() {
    if (this.#shown) this.trigger(this.#shown);
  }

  /** No card at all. */
  clear() {
    this.#queue = { waiting: [], running: false };
    this.#setBusy(false);
    this.#stack = [];
    this.#shown = null;
    this.errors.replaceChildren();
    this.#hideToast();
    this.#render();
  }

  /** Draw one card without any add-on behind it; presses do nothing. @param {object} card */
  show(card) {
    this.clear();
    this.#attempt(() => {
      check(card, "Card", "card");
      this.#stack.push(this.#entry(card));
    });
    this.#render();
    this.settled();
  }

  // ---- clicks and changes

  /** @param {object} onClick @param {HTMLElement} source @param {Record<string, string>} [extra] further parameters */
  #perform(onClick, source, extra = {}) {
    const action = onClick.action ?? onClick.openDynamicLinkAction;
    if (action) this.#act(action, true, extra);
    else if (onClick.openLink) this.#attempt(() => this.#follow(onClick.openLink));
    else if (onClick.card) this.#show([{ kind: "push", card: onClick.card }], null);
    else if (onClick.overflowMenu) {
      const items = onClick.overflowMenu.items ?? [];
      const entry = (item) => ({
        text: item.text ?? "",
        icon: item.startIcon,
        disabled: item.disabled,
        run: () => item.onClick && this.#perform(item.onClick, source),
      });
      openMenu(source, this.root, items.map(entry));
    }
  }

  /** @param {object} action @param {boolean} isClick false for a changed input @param {Record<string, string>} extra */
  #act(action, isClick, extra) {
    const top = this.#top();
    if (isClick && !top.form.isComplete(action, this.labels.required)) return;
    // A second click while the first is under way does nothing, as under Gmail's loading veil.
    if (isClick && this.#queue.waiting.some((one) => one.isClick)) return;
    const given = (action.parameters ?? []).map(({ key, value }) => [key ?? "", value ?? ""]);
    const call = { kind: "act", url: action.function, params: { ...Object.fromEntries(given), ...extra }, form: top.form.collect() };
    this.#enqueue(() => this.#call(call, action), isClick);
  }

  /** One call at a time, in the order of the person's deeds. @param {() => Promise<void>} run @param {boolean} isClick */
  async #enqueue(run, isClick) {
    const queue = this.#queue;
    queue.waiting.push({ run, isClick });
    this.loading();
    if (queue.running) return;
    queue.running = true;
    try {
      while (queue.waiting.length && queue === this.#queue) {
        const next = queue.waiting[0];
        // A click that ends an input changes it first: let the click arrive before the card is drawn again under it.
        if (!next.isClick) await this.#pointerFree();
        await next.run();
        queue.waiting.shift();
      }
    } finally {
      queue.running = false;
      if (queue === this.#queue) {
        queue.waiting = [];
        this.settled();
      }
    }
  }

  #pointerFree() {
    if (!this.#pointerDown) return Promise.resolve();
    return new Promise((resolve) => {
      window.addEventListener("pointerup", () => window.setTimeout(resolve), { once: true });
      window.addEventListener("pointercancel", () => window.setTimeout(resolve), { once: true });
    });
  }

  /** Ask the add-on and show what it answers. @param {Call} call @param {object | null} action null for a trigger */
  async #call(call, action) {
    const queue = this.#queue;
    if (action?.loadIndicator !== "NONE") this.#setBusy(true);
    this.errors.replaceChildren();
    let answered;
    try {
      answered = await this.fire(call);
    } catch (reason) {
      answered = { status: 0, milliseconds: 0, answer: null, text: reason instanceof Error ? reason.message : String(reason) };
    }
    if (queue !== this.#queue) return;
    this.#setBusy(false);
    this.#attempt(() => this.#take(usable(answered), call, action));
  }

  /** @param {unknown} answer @param {Call} call @param {object | null} action */
  #take(answer, call, action) {
    const reply = read(answer, !action);
    if (reply.kind === "consent") return this.#show([{ kind: "push", card: this.#consentCard(reply) }], action);
    if (reply.kind === "scopes") return this.#askScopes(reply.scopes, call, action);
    if (reply.stateChanged) for (const entry of this.#stack) entry.stale = true;
    this.#show(reply.steps, action);
    if (reply.link) this.#follow(reply.link);
    if (reply.notification) this.#notify(reply.notification);
    return undefined;
  }

  // ---- the stack

  #top() {
    return this.#stack[this.#stack.length - 1];
  }

  /** @param {import("./answers.js").Step[]} steps @param {object | null} action */
  #show(steps, action) {
    const before = this.#top();
    const had = before?.view.contains(document.activeElement) ? document.activeElement : null;
    for (const step of steps) this.#step(step, action?.persistValues === true);
    // Without persistValues the answer alone decides what stands in the form; an answer without a card empties it.
    if (!steps.length && action && !action.persistValues && before) this.#stack.splice(-1, 1, this.#entry(before.card, before.stale));
    const now = this.#top();
    if (before && before !== now && this.#stack.includes(before)) before.focused = had;
    this.#render();
    if (had && now && now !== before) this.#moveFocus(now, had);
  }

  /** @param {import("./answers.js").Step} step @param {boolean} persist */
  #step(step, persist) {
    const top = this.#top();
    if (step.kind === "push" || (step.card && !top)) this.#stack.push(this.#entry(step.card));
    else if (step.kind === "update") {
      const entry = this.#entry(step.card);
      if (persist) entry.form.restore(top.form.keep());
      this.#stack.splice(-1, 1, entry);
    } else if (step.kind === "pop") {
      if (this.#stack.length > 1) this.#stack.pop();
    } else if (top) {
      const at = step.kind === "root" ? 0 : this.#stack.findLastIndex((entry) => entry.card.name === step.name);
      if (at < 0) throw new CardError(`popToCard: no card named ${JSON.stringify(step.name)} on the stack`);
      this.#stack.length = at + 1;
    }
  }

  /** @param {object} card @param {boolean} [stale] @returns {Entry} */
  #entry(card, stale = false) {
    const form = new Form();
    const context = {
      form,
      labels: this.labels,
      perform: (onClick, source, extra) => this.#perform(onClick, source, extra),
      change: (action) => this.#act(action, false, {}),
      suggest: (action, name) => this.#suggest(action, name, form),
    };
    // The arrow is hidden by the style sheet on the lowest card: a card can come to lie there later.
    return { card, form, view: drawCard(card, context, { back: () => this.#back() }), stale, focused: null };
  }

  #back() {
    if (this.#stack.length < 2) return;
    this.#stack.pop();
    const now = this.#top();
    if (now.stale && this.#stack.length === 1 && this.#shown) {
      this.reload();
      return;
    }
    this.#render();
    if (now.focused?.isConnected) now.focused.focus();
    else this.place.focus();
  }

  /** After a redraw the focus stays on the field of the same name; else the new card is next. */
  #moveFocus(entry, had) {
    const name = had.getAttribute("name");
    const same = name && [...entry.view.querySelectorAll("input, select, textarea")].find((one) => one.getAttribute("name") === name);
    (same ?? this.place).focus({ preventScroll: true });
  }

  #render() {
    const top = this.#top();
    if (top?.view.parentNode !== this.place || this.place.childElementCount !== 1) {
      this.place.replaceChildren(...(top ? [top.view] : []));
      this.place.scrollTop = 0;
    }
    this.place.classList.toggle("is-lowest", this.#stack.length < 2);
    this.menuButton.hidden = !(top?.card.cardActions ?? []).length;
    this.spoken.textContent = top?.card.header?.title ?? "";
  }

  #openCardMenu() {
    const entries = (this.#top()?.card.cardActions ?? []).map((item) => ({
      text: item.actionLabel,
      run: () => this.#perform(item.onClick, this.menuButton),
    }));
    openMenu(this.menuButton, this.root, entries);
  }

  // ---- links, notifications, prompts, errors

  /** @param {object} link a checked OpenLink */
  #follow(link) {
    try {
      openLink(link, {
        closed: () => this.reload(),
        blocked: (address) =>
          this.#notify(this.labels.blocked, element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, this.labels.open)),
      });
    } catch (reason) {
      if (!(reason instanceof RangeError)) throw reason;
      throw new CardError(`openLink: Gmail does not open ${JSON.stringify(link.url)}`);
    }
  }

  /** @param {string} text @param {HTMLElement | null} [more] */
  #notify(text, more = null) {
    window.clearTimeout(this.#toastTimer);
    this.toast.replaceChildren(element("span", {}, text), ...(more ? [more] : []));
    this.toast.classList.add("is-shown");
    this.#toastTimer = window.setTimeout(() => this.#hideToast(), TOAST_MILLISECONDS);
  }

  #hideToast() {
    window.clearTimeout(this.#toastTimer);
    this.toast.classList.remove("is-shown");
    this.toast.replaceChildren();
  }

  /** Gmail's own card for a basic authorisation prompt. */
  #consentCard({ address, resource }) {
    const link = { url: address, openAs: "OVERLAY", onClose: "RELOAD" };
    const text = filled(this.labels.consent, { resource }).replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
    return {
      sections: [
        { widgets: [{ textParagraph: { text } }, { buttonList: { buttons: [{ text: this.labels.authorise, onClick: { openLink: link } }] } }] },
      ],
    };
  }

  /** Google's granular consent: once given, the same action runs again. */
  #askScopes(scopes, call, action) {
    const again = element("button", { type: "button", class: "button button-filled" }, this.labels.allow);
    again.addEventListener("click", () => this.#enqueue(() => this.#call(call, action), true));
    const listed = element("ul", {}, ...scopes.map((scope) => element("li", {}, scope)));
    this.errors.replaceChildren(element("div", { class: "error-box prompt-box" }, element("p", {}, this.labels.scopes), listed, again));
  }

  async #suggest(action, name, form) {
    const given = (action.parameters ?? []).map(({ key, value }) => [key ?? "", value ?? ""]);
    const inputs = form.collect();
    const call = { kind: "act", url: action.function, params: Object.fromEntries(given), form: name in inputs ? { [name]: inputs[name] } : {} };
    try {
      const answer = usable(await this.fire(call));
      check(answer, "AutocompleteAnswer", "answer");
      return (answer.autoComplete?.items ?? []).map((item) => item.text ?? "");
    } catch (reason) {
      this.#complain(reason instanceof Error ? reason.message : String(reason));
      return [];
    }
  }

  /** Run what may find the answer unusable. @param {() => void} work */
  #attempt(work) {
    try {
      work();
    } catch (reason) {
      if (!(reason instanceof CardError)) throw reason;
      this.#complain(reason.message);
    }
  }

  /** @param {string} reason */
  #complain(reason) {
    const again = element("button", { type: "button", class: "button button-outlined" }, this.labels.reload);
    again.addEventListener("click", () => this.reload());
    this.errors.replaceChildren(
      element(
        "div",
        { class: "error-box" },
        glyph("warning"),
        element("div", {}, element("p", { class: "error-text" }, this.labels.failed), element("p", { class: "error-reason" }, reason), this.#shown && again),
      ),
    );
  }

  /** @param {boolean} on */
  #setBusy(on) {
    this.bar.hidden = !on;
    this.root.classList.toggle("is-busy", on);
    this.place.setAttribute("aria-busy", String(on));
    if (on) this.spoken.textContent = this.labels.loading;
  }
}

/** The JSON of a usable answer. @param {Answered} answered @throws {CardError} */
function usable(answered) {
  if (answered.status < 200 || answered.status > 299) {
    throw new CardError(answered.status ? `HTTP ${answered.status} ${answered.text}`.trim() : answered.text);
  }
  if (answered.answer === null || answered.answer === undefined) throw new CardError(`the answer is not JSON: ${answered.text.slice(0, 200)}`);
  return answered.answer;
}
