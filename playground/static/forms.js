/**
 * The inputs of one drawn card, and what Google sends of them.
 *
 * A field that holds nothing is left out of `formInputs` altogether: an unticked switch, an empty text, a list
 * without a choice.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {string} given what the card itself said of the field (kind and values), to see whether two fields are equal
 * @property {() => object | undefined} read Google's value object, or undefined where there is nothing to send
 * @property {() => unknown} keep the typed state, for `restore` of an equal field
 * @property {(state: unknown) => void} restore
 * @property {(message: string) => void} complain shows a message at the field; empty takes it away
 * @property {() => void} focus
 */

/** @param {string[]} values */
export function stringInputs(values) {
  return { stringInputs: { value: values } };
}

export class Form {
  /** @type {Map<string, Field>} */
  #fields = new Map();

  /** @param {Field} field */
  add(field) {
    this.#fields.set(field.name, field);
  }

  /** @returns {Record<string, object>} as `commonEventObject.formInputs` */
  collect() {
    const inputs = {};
    for (const field of this.#fields.values()) {
      const value = field.read();
      if (value) inputs[field.name] = value;
    }
    return inputs;
  }

  /** @returns {Map<string, {given: string, state: unknown}>} everything typed so far */
  keep() {
    return new Map([...this.#fields].map(([name, field]) => [name, { given: field.given, state: field.keep() }]));
  }

  /**
   * Put typed values back into equal fields: same name, and the card says the same of them as before.
   * @param {Map<string, {given: string, state: unknown}>} kept
   */
  restore(kept) {
    for (const [name, { given, state }] of kept) {
      const field = this.#fields.get(name);
      if (field && field.given === given) field.restore(state);
    }
  }

  /**
   * Whether the fields an action requires are filled; marks and focuses those that are not.
   * @param {{requiredWidgets?: string[], allWidgetsAreRequired?: boolean}} action
   * @param {string} message
   */
  isComplete(action, message) {
    const required = action.allWidgetsAreRequired ? [...this.#fields.keys()] : (action.requiredWidgets ?? []);
    for (const field of this.#fields.values()) field.complain("");
    const empty = required.map((name) => this.#fields.get(name)).filter((field) => field && !field.read());
    for (const field of empty) field.complain(message);
    empty[0]?.focus();
    return empty.length === 0;
  }

  /** @param {string} name */
  focus(name) {
    this.#fields.get(name)?.focus();
  }
}
