/**
 * The widgets a person types into or chooses from. Each registers itself with the card's form.
 *
 * @typedef {object} Context what a widget needs of the card around it
 * @property {import("./forms.js").Form} form
 * @property {Record<string, string>} labels the sidebar's own words, translated
 * @property {(onClick: object, source: HTMLElement, extra?: Record<string, string>) => void} perform
 * @property {(action: object) => void} change an input changed
 * @property {(action: object, name: string) => Promise<string[]>} suggest asks the add-on for completions
 */
import { element, freshId } from "./dom.js";
import { stringInputs } from "./forms.js";

const SUGGEST_PAUSE = 300;
const INPUT_MODES = { INTEGER: "numeric", FLOAT: "decimal", EMAIL: "email", TEXT: "text" };

/**
 * Label, control and help text in one outlined box.
 * @param {{id: string, control: HTMLElement, label: string, hint?: string, count?: HTMLElement | null, floating?: boolean}} parts
 */
function field({ id, control, label, hint = "", count = null, floating = true }) {
  const error = element("p", { class: "field-error", id: `${id}-error`, role: "alert" });
  const hintId = hint ? `${id}-hint` : null;
  control.setAttribute("aria-describedby", [hintId, error.id].filter(Boolean).join(" "));
  const box = element(
    "div",
    { class: floating ? "field" : "field field-fixed" },
    element("div", { class: "field-box" }, control, label && element("label", { for: id }, label)),
    (hint || count) && element("div", { class: "field-below" }, hint && element("p", { class: "field-hint", id: hintId }, hint), count),
    error,
  );
  const complain = (message) => {
    error.textContent = message;
    if (message) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
  return { box, complain };
}

/** @param {object} spec textInput @param {Context} context */
export function textInput(spec, context) {
  const id = freshId();
  const limit = Number(spec.validation?.characterLimit ?? 0);
  const shared = {
    id,
    name: spec.name,
    maxlength: limit > 0 ? limit : null,
    placeholder: " ",
    "aria-label": spec.label ? null : spec.hintText,
    autocomplete: "off",
  };
  const long = spec.type === "MULTIPLE_LINE";
  const control = long
    ? element("textarea", { ...shared, rows: 3 })
    : element("input", { ...shared, type: "text", inputmode: INPUT_MODES[spec.validation?.inputType] ?? "text" });
  control.value = spec.value ?? "";
  const count = limit > 0 ? element("span", { class: "field-count", "aria-hidden": "true" }) : null;
  const recount = () => {
    if (count) count.textContent = `${control.value.length} / ${limit}`;
  };
  control.addEventListener("input", recount);
  recount();
  const { box, complain } = field({ id, control, label: spec.label ?? "", hint: spec.hintText ?? "", count });
  context.form.add({
    name: spec.name,
    given: JSON.stringify(["text", spec.value ?? ""]),
    read: () => (control.value === "" ? undefined : stringInputs([control.value])),
    keep: () => control.value,
    restore: (value) => {
      control.value = value;
      recount();
    },
    complain,
    focus: () => control.focus(),
  });
  if (spec.initialSuggestions || spec.autoCompleteAction) suggestions(spec, control, box, context);
  if (spec.onChangeAction) control.addEventListener("change", () => context.change(spec.onChangeAction));
  return box;
}

/** Completions under a one-line input: the card's own until something is typed, then the add-on's after a pause. */
function suggestions(spec, control, box, context) {
  const offered = element("datalist", { id: freshId() });
  const offer = (texts) => offered.replaceChildren(...texts.map((text) => element("option", { value: text })));
  offer((spec.initialSuggestions?.items ?? []).map((item) => item.text ?? ""));
  control.setAttribute("list", offered.id);
  box.append(offered);
  if (!spec.autoCompleteAction) return;
  let pause = 0;
  control.addEventListener("input", () => {
    window.clearTimeout(pause);
    pause = window.setTimeout(async () => {
      const asked = control.value;
      const texts = asked ? await context.suggest(spec.autoCompleteAction, spec.name) : [];
      if (control.value === asked) offer(texts);
    }, SUGGEST_PAUSE);
  });
}

/** @param {object} spec selectionInput @param {Context} context */
export function selectionInput(spec, context) {
  return spec.type === "DROPDOWN" ? dropdown(spec, context) : choices(spec, context);
}

/** @param {object} spec @param {Context} context */
function dropdown(spec, context) {
  const id = freshId();
  const items = spec.items ?? [];
  const chosen = items.findIndex((item) => item.selected);
  const control = element(
    "select",
    { id, name: spec.name },
    // Without a choice Gmail shows an empty box and sends nothing.
    chosen < 0 ? element("option", { value: "", "data-none": true, hidden: true }) : null,
    ...items.map((item) => element("option", { value: item.value ?? "" }, item.text ?? "")),
  );
  control.selectedIndex = Math.max(chosen, 0);
  const { box, complain } = field({ id, control, label: spec.label ?? "", floating: false });
  const current = () => control.selectedOptions[0];
  context.form.add({
    name: spec.name,
    given: JSON.stringify(["dropdown", items[chosen]?.value ?? null]),
    read: () => (!current() || current().hasAttribute("data-none") ? undefined : stringInputs([current().value])),
    keep: () => (current()?.hasAttribute("data-none") ? null : current()?.value),
    restore: (value) => {
      const at = [...control.options].findIndex((option) => option.value === value && !option.hasAttribute("data-none"));
      if (at >= 0) control.selectedIndex = at;
    },
    complain,
    focus: () => control.focus(),
  });
  if (spec.onChangeAction) control.addEventListener("change", () => context.change(spec.onChangeAction));
  return box;
}

/** Check boxes, radio buttons, switches; a multi-select with a fixed list is drawn as check boxes. */
function choices(spec, context) {
  const items = spec.items ?? [];
  const type = spec.type ?? "CHECK_BOX";
  const group = freshId();
  const controls = items.map((item) => {
    const control = element("input", {
      type: type === "RADIO_BUTTON" ? "radio" : "checkbox",
      role: type === "SWITCH" ? "switch" : null,
      class: type === "SWITCH" ? "switch" : null,
      id: freshId(),
      name: type === "RADIO_BUTTON" ? group : spec.name,
      value: item.value ?? "",
    });
    control.checked = item.selected === true;
    return control;
  });
  const error = element("p", { class: "field-error", role: "alert" });
  const rows = items.map((item, index) =>
    element(
      "div",
      { class: type === "SWITCH" ? "choice choice-switch" : "choice" },
      controls[index],
      element(
        "label",
        { for: controls[index].id },
        item.text ?? "",
        item.bottomText && element("span", { class: "choice-below" }, item.bottomText),
      ),
    ),
  );
  const box = element("fieldset", { class: "choices" }, spec.label && element("legend", {}, spec.label), ...rows, error);
  const ticked = () => controls.filter((control) => control.checked).map((control) => control.value);
  context.form.add({
    name: spec.name,
    given: JSON.stringify([type, items.filter((item) => item.selected).map((item) => item.value ?? "")]),
    read: () => (ticked().length ? stringInputs(ticked()) : undefined),
    keep: ticked,
    restore: (values) => {
      for (const control of controls) control.checked = values.includes(control.value);
    },
    complain: (message) => {
      error.textContent = message;
    },
    focus: () => controls[0]?.focus(),
  });
  if (spec.onChangeAction) {
    for (const control of controls) control.addEventListener("change", () => context.change(spec.onChangeAction));
  }
  return box;
}

/** The switch or check box at the end of a decorated text. @param {object} spec @param {string} label @param {Context} context */
export function switchControl(spec, label, context) {
  const isSwitch = (spec.controlType ?? "SWITCH") === "SWITCH";
  const control = element("input", {
    type: "checkbox",
    role: isSwitch ? "switch" : null,
    class: isSwitch ? "switch" : null,
    id: freshId(),
    name: spec.name,
    "aria-label": label,
  });
  control.checked = spec.selected === true;
  context.form.add({
    name: spec.name,
    given: JSON.stringify(["switch", spec.selected === true]),
    read: () => (control.checked ? stringInputs([spec.value ?? ""]) : undefined),
    keep: () => control.checked,
    restore: (on) => {
      control.checked = on;
    },
    complain: (message) => control.setCustomValidity(message),
    focus: () => control.focus(),
  });
  if (spec.onChangeAction) control.addEventListener("change", () => context.change(spec.onChangeAction));
  return control;
}

const DATE_TYPES = { DATE_ONLY: "date", TIME_ONLY: "time", DATE_AND_TIME: "datetime-local" };

/** @param {object} spec dateTimePicker @param {Context} context */
export function dateTimePicker(spec, context) {
  const id = freshId();
  const type = spec.type ?? "DATE_AND_TIME";
  const control = element("input", { id, name: spec.name, type: DATE_TYPES[type] });
  const given = spec.valueMsEpoch === undefined || spec.valueMsEpoch === null ? null : Number(spec.valueMsEpoch);
  // The moment is meant in UTC unless the card shifts it by minutes.
  const shift = Number(spec.timezoneOffsetDate ?? 0) * 60_000;
  if (given !== null) control.value = new Date(given + shift).toISOString().slice(...{ DATE_ONLY: [0, 10], TIME_ONLY: [11, 16], DATE_AND_TIME: [0, 16] }[type]);
  const { box, complain } = field({ id, control, label: spec.label ?? "", floating: false });
  context.form.add({
    name: spec.name,
    given: JSON.stringify([type, given]),
    read: () => dateValue(type, control.value, shift),
    keep: () => control.value,
    restore: (value) => {
      control.value = value;
    },
    complain,
    focus: () => control.focus(),
  });
  if (spec.onChangeAction) control.addEventListener("change", () => context.change(spec.onChangeAction));
  return box;
}

/** @param {string} type @param {string} value the control's own text @param {number} shift milliseconds */
function dateValue(type, value, shift) {
  if (!value) return undefined;
  if (type === "TIME_ONLY") {
    const [hours, minutes] = value.split(":").map(Number);
    return { timeInput: { hours, minutes } };
  }
  const milliseconds = Date.parse(type === "DATE_ONLY" ? `${value}T00:00Z` : `${value}Z`);
  if (type === "DATE_ONLY") return { dateInput: { msSinceEpoch: String(milliseconds) } };
  return { dateTimeInput: { hasDate: true, hasTime: true, msSinceEpoch: String(milliseconds - shift) } };
}
