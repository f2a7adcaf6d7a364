/**
 * The shape of Google's card JSON, read as strictly as Google's own parser reads it: an unknown key, a wrong type or
 * a wrong enum name refuses the whole answer. Chat-only parts that Gmail does not draw are refused as well.
 */

/** An answer Gmail would not draw. `message` names the place and the reason. */
export class CardError extends Error {}

const list = (of) => ({ list: of });
const choice = (...names) => ({ choice: names });
const text = "string";
const flag = "boolean";
const number = "number";

/** @type {Record<string, Record<string, unknown>>} */
const SHAPES = {
  RenderActions: { action: "ActionAnswer", hostAppAction: "Unsupported", schema: text },
  SubmitFormResponse: { renderActions: "RenderActions", stateChanged: flag },
  ActionAnswer: { navigations: list("Navigation"), link: "OpenLink", notification: "Notification" },
  Notification: { text },
  Navigation: { pushCard: "Card", updateCard: "Card", pop: flag, popToRoot: flag, popToCard: text },
  CustomPrompt: { action: "ActionAnswer" },
  BasicPrompt: { authorization_url: text, resource: text },
  ScopesPrompt: { scopes: list(text), all_scopes: flag },
  AutocompleteAnswer: { autoComplete: "Suggestions", schema: text },
  Card: {
    header: "CardHeader", sections: list("Section"), cardActions: list("CardAction"), fixedFooter: "CardFixedFooter",
    name: text, displayStyle: choice("PEEK", "REPLACE"), peekCardHeader: "CardHeader", sectionDividerStyle: choice("SOLID_DIVIDER", "NO_DIVIDER"),
  },
  CardHeader: { title: text, subtitle: text, imageUrl: text, imageAltText: text, imageType: choice("SQUARE", "CIRCLE") },
  CardAction: { actionLabel: text, onClick: "OnClick" },
  CardFixedFooter: { primaryButton: "Button", secondaryButton: "Button" },
  Section: { header: text, widgets: list("Widget"), collapsible: flag, uncollapsibleWidgetsCount: number, collapseControl: "CollapseControl" },
  CollapseControl: { collapseButton: "Button", expandButton: "Button", horizontalAlignment: choice("START", "CENTER", "END") },
  Widget: {
    textParagraph: "TextParagraph", image: "Image", decoratedText: "DecoratedText", buttonList: "ButtonList", textInput: "TextInput",
    selectionInput: "SelectionInput", dateTimePicker: "DateTimePicker", divider: "Divider", grid: "Grid", chipList: "ChipList",
    horizontalAlignment: choice("START", "CENTER", "END"),
  },
  TextParagraph: { text, maxLines: number },
  Image: { imageUrl: text, altText: text, onClick: "OnClick" },
  DecoratedText: {
    icon: "Icon", startIcon: "Icon", endIcon: "Icon", topLabel: text, text, bottomLabel: text, wrapText: flag, onClick: "OnClick",
    button: "Button", switchControl: "SwitchControl",
  },
  Icon: { knownIcon: text, iconUrl: text, altText: text, imageType: choice("SQUARE", "CIRCLE") },
  ButtonList: { buttons: list("Button") },
  Button: {
    text, icon: "Icon", color: "Color", onClick: "OnClick", disabled: flag, altText: text,
    type: choice("OUTLINED", "FILLED", "FILLED_TONAL", "BORDERLESS"),
  },
  Color: { red: number, green: number, blue: number, alpha: number },
  TextInput: {
    name: text, label: text, hintText: text, value: text, type: choice("SINGLE_LINE", "MULTIPLE_LINE"), onChangeAction: "Action",
    initialSuggestions: "Suggestions", autoCompleteAction: "Action", validation: "Validation",
  },
  Suggestions: { items: list("SuggestionItem") },
  SuggestionItem: { text },
  Validation: { characterLimit: number, inputType: choice("TEXT", "INTEGER", "FLOAT", "EMAIL") },
  SelectionInput: {
    name: text, label: text, type: choice("CHECK_BOX", "RADIO_BUTTON", "SWITCH", "DROPDOWN", "MULTI_SELECT"), items: list("SelectionItem"),
    onChangeAction: "Action", multiSelectMaxSelectedItems: number, multiSelectMinQueryLength: number,
  },
  SelectionItem: { text, value: text, selected: flag, startIconUri: text, bottomText: text },
  SwitchControl: { name: text, value: text, selected: flag, onChangeAction: "Action", controlType: choice("SWITCH", "CHECKBOX", "CHECK_BOX") },
  DateTimePicker: {
    name: text, label: text, type: choice("DATE_AND_TIME", "DATE_ONLY", "TIME_ONLY"), valueMsEpoch: number, timezoneOffsetDate: number,
    onChangeAction: "Action",
  },
  Divider: {},
  Grid: { title: text, items: list("GridItem"), columnCount: number, borderStyle: "BorderStyle", onClick: "OnClick" },
  GridItem: { id: text, image: "ImageComponent", title: text, subtitle: text, layout: choice("TEXT_BELOW", "TEXT_ABOVE") },
  ImageComponent: { imageUri: text, altText: text, cropStyle: "ImageCropStyle", borderStyle: "BorderStyle" },
  ImageCropStyle: { type: choice("SQUARE", "CIRCLE", "RECTANGLE_CUSTOM", "RECTANGLE_4_3"), aspectRatio: number },
  BorderStyle: { type: choice("NO_BORDER", "STROKE"), strokeColor: "Color", cornerRadius: number },
  ChipList: { chips: list("Chip"), layout: choice("WRAPPED", "HORIZONTAL_SCROLLABLE") },
  Chip: { label: text, icon: "Icon", onClick: "OnClick", disabled: flag, enabled: flag, altText: text },
  OnClick: { action: "Action", openLink: "OpenLink", openDynamicLinkAction: "Action", card: "Card", overflowMenu: "OverflowMenu" },
  OverflowMenu: { items: list("OverflowMenuItem") },
  OverflowMenuItem: { text, onClick: "OnClick", disabled: flag, startIcon: "Icon" },
  OpenLink: { url: text, openAs: choice("FULL_SIZE", "OVERLAY"), onClose: choice("NOTHING", "RELOAD") },
  Action: {
    function: text, parameters: list("ActionParameter"), loadIndicator: choice("SPINNER", "NONE"), persistValues: flag,
    requiredWidgets: list(text), allWidgetsAreRequired: flag,
  },
  ActionParameter: { key: text, value: text },
};

/** Shapes of which exactly one part may be set (widgets may also be aligned). */
const ONE_OF = {
  Widget: Object.keys(SHAPES.Widget).filter((key) => key !== "horizontalAlignment"),
  OnClick: Object.keys(SHAPES.OnClick),
  Navigation: Object.keys(SHAPES.Navigation),
};

/** What Gmail's parser takes but its card cannot do without. */
const NEEDED = {
  DecoratedText: ["text"], TextParagraph: ["text"], TextInput: ["name"], SelectionInput: ["name"], SwitchControl: ["name"],
  DateTimePicker: ["name"], Image: ["imageUrl"], OpenLink: ["url"], Action: ["function"], CardAction: ["actionLabel", "onClick"],
  CardHeader: ["title"], CardFixedFooter: ["primaryButton"], Notification: ["text"], BasicPrompt: ["authorization_url"], CustomPrompt: ["action"],
};

const OVERLAPPING = ["button", "switchControl", "endIcon"];

/**
 * @param {unknown} value
 * @param {string} shape a key of SHAPES
 * @param {string} path where in the answer this stands
 * @throws {CardError}
 */
export function check(value, shape, path) {
  const fields = SHAPES[shape];
  if (!fields) throw new CardError(`${path}: not available in Gmail`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new CardError(`${path}: ${shape} must be an object`);
  for (const [key, part] of Object.entries(value)) {
    if (!Object.hasOwn(fields, key)) throw new CardError(`Cannot find field: ${key} in ${shape} at ${path}`);
    if (part !== null) checkPart(part, fields[key], `${path}.${key}`);
  }
  checkWhole(value, shape, path);
}

/** @param {Record<string, unknown>} value @param {string} shape @param {string} path */
function checkWhole(value, shape, path) {
  const isSet = (key) => value[key] !== undefined && value[key] !== null;
  for (const key of NEEDED[shape] ?? []) if (!isSet(key)) throw new CardError(`${path}: ${shape} needs ${key}`);
  const set = (ONE_OF[shape] ?? []).filter(isSet);
  if (ONE_OF[shape] && set.length !== 1) {
    throw new CardError(set.length ? `${path}: only one of ${set.join(", ")} can be set` : `${path}: empty ${shape}`);
  }
  if (shape === "DecoratedText" && OVERLAPPING.filter(isSet).length > 1) throw new CardError(`${path}: only one of ${OVERLAPPING.join(", ")} can be set`);
  if (shape === "Button" && !isSet("text") && !isSet("icon")) throw new CardError(`${path}: a button needs text or icon`);
  if (shape === "CardFixedFooter") {
    for (const key of ["primaryButton", "secondaryButton"]) {
      if (isSet(key) && !value[key].text) throw new CardError(`${path}.${key}: a footer button needs text`);
    }
  }
  if (shape === "TextInput" && !isSet("label") && !isSet("hintText")) throw new CardError(`${path}: TextInput needs label or hintText`);
  if (shape === "Action" && !/^https?:\/\/[^/]+\//.test(String(value.function))) {
    throw new CardError(`${path}.function: [13, "Internal error encountered."] (not a full address: ${value.function})`);
  }
}

/** @param {unknown} part @param {unknown} kind @param {string} path */
function checkPart(part, kind, path) {
  if (typeof kind === "object") {
    if (kind.list) {
      if (!Array.isArray(part)) throw new CardError(`${path}: must be a list`);
      part.forEach((entry, index) => checkPart(entry, kind.list, `${path}[${index}]`));
    } else if (!kind.choice.includes(part)) {
      throw new CardError(`${path}: unknown value ${JSON.stringify(part)}`);
    }
  } else if (kind === text || kind === flag) {
    if (typeof part !== kind) throw new CardError(`${path}: must be a ${kind}`);
  } else if (kind === number) {
    if (part === "" || typeof part === "boolean" || !Number.isFinite(Number(part))) throw new CardError(`${path}: must be a number`);
  } else {
    check(part, kind, path);
  }
}
