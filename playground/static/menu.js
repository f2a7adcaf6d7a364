/** A pop-up menu as Gmail's: arrow keys move, Escape and a click elsewhere close, focus returns to its button. */
import { element } from "./dom.js";
import { cardIcon } from "./icons.js";

/**
 * @param {HTMLElement} anchor the button that opens it
 * @param {HTMLElement} surface the positioned element the menu lives in
 * @param {{text: string, icon?: object, disabled?: boolean, run: () => void}[]} entries
 */
export function openMenu(anchor, surface, entries) {
  const items = entries.map((entry) =>
    element(
      "button",
      { type: "button", role: "menuitem", class: "menu-item", tabindex: -1, disabled: entry.disabled === true },
      entry.icon && cardIcon(entry.icon),
      element("span", {}, entry.text),
    ),
  );
  const menu = element("div", { class: "menu", role: "menu" }, ...items);
  const usable = items.filter((item) => !item.disabled);
  const away = new AbortController();
  const close = () => {
    away.abort();
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
  };
  items.forEach((item, index) =>
    item.addEventListener("click", () => {
      close();
      anchor.focus();
      entries[index].run();
    }),
  );
  menu.addEventListener("keydown", (event) => {
    const at = usable.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: usable.length - 1 }[event.key];
    if (to !== undefined && usable.length) {
      event.preventDefault();
      usable[(to + usable.length) % usable.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      close();
      anchor.focus();
    }
  });
  document.addEventListener("pointerdown", (event) => !menu.contains(event.target) && event.target !== anchor && close(), {
    signal: away.signal,
    capture: true,
  });
  anchor.addEventListener("click", (event) => {
    event.stopImmediatePropagation();
    close();
  }, { signal: away.signal, capture: true });
  surface.append(menu);
  place(menu, anchor, surface);
  anchor.setAttribute("aria-expanded", "true");
  usable[0]?.focus();
}

/** Under the anchor, right edges aligned; above it where there is no room below. */
function place(menu, anchor, surface) {
  const frame = surface.getBoundingClientRect();
  const from = anchor.getBoundingClientRect();
  const top = from.bottom - frame.top + 2;
  const fits = top + menu.offsetHeight <= frame.height;
  menu.style.top = `${fits ? top : Math.max(4, from.top - frame.top - menu.offsetHeight - 2)}px`;
  const right = frame.right - from.right;
  menu.style.right = `${Math.max(8, Math.min(right, frame.width - menu.offsetWidth - 8))}px`;
}
