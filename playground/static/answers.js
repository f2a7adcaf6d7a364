/** What an add-on answered, checked and read into steps the sidebar can take. */
import { CardError, check } from "./schema.js";

/**
 * @typedef {{kind: "push" | "update", card: object} | {kind: "pop"} | {kind: "root"} | {kind: "to", name: string}} Step
 * @typedef {{steps: Step[], link: object | null, notification: string, stateChanged: boolean}} Reply
 * @typedef {{kind: "consent", address: string, resource: string}} Consent the CRM wants a sign-in (basic prompt)
 * @typedef {{kind: "scopes", scopes: string[]}} Scopes Google's own consent is asked for
 */

const CARD_KEYS = ["header", "sections", "fixedFooter", "cardActions"];

/**
 * @param {unknown} answer the JSON of a trigger (home, message) or of a click
 * @param {boolean} isTrigger
 * @returns {Reply | Consent | Scopes}
 * @throws {CardError}
 */
export function read(answer, isTrigger) {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) throw new CardError("the answer is not a JSON object");
  const prompt = authorisation(answer);
  if (prompt) return prompt;
  if (isTrigger) return trigger(answer);
  check(answer, "SubmitFormResponse", "answer");
  return { ...reply(answer.renderActions?.action), stateChanged: answer.stateChanged === true };
}

/** @param {object} answer @returns {Reply} */
function trigger(answer) {
  if (CARD_KEYS.some((key) => key in answer)) {
    check(answer, "Card", "card");
    return { steps: [{ kind: "push", card: answer }], link: null, notification: "", stateChanged: false };
  }
  check(answer, "RenderActions", "answer");
  const found = reply(answer.action);
  if (!found.steps.some((step) => step.kind === "push" || step.kind === "update")) throw new CardError("the answer brings no card");
  return found;
}

/** @param {object} answer @returns {Reply | Consent | Scopes | null} */
function authorisation(answer) {
  const [key, ...rest] = Object.keys(answer);
  if (rest.length) return null;
  if (key === "custom_authorization_prompt") {
    check(answer[key], "CustomPrompt", key);
    // Gmail shows this card alone: nothing of the stack before it stays reachable.
    return { ...reply(answer[key].action), stateChanged: true, steps: [{ kind: "root" }, ...replacing(reply(answer[key].action).steps)] };
  }
  if (key === "basic_authorization_prompt") {
    check(answer[key], "BasicPrompt", key);
    return { kind: "consent", address: answer[key].authorization_url, resource: answer[key].resource ?? "" };
  }
  if (key === "requesting_google_scopes") {
    check(answer[key], "ScopesPrompt", key);
    return { kind: "scopes", scopes: answer[key].scopes ?? [] };
  }
  return null;
}

/** @param {Step[]} steps @returns {Step[]} the first card takes the place of the root */
function replacing(steps) {
  return steps.map((step, index) => (index === 0 && step.kind === "push" ? { kind: "update", card: step.card } : step));
}

/** @param {object | null | undefined} action @returns {Reply} */
function reply(action) {
  return {
    steps: (action?.navigations ?? []).map(step),
    link: action?.link ?? null,
    notification: action?.notification?.text ?? "",
    stateChanged: false,
  };
}

/** @param {object} navigation @returns {Step} */
function step(navigation) {
  if (navigation.pushCard) return { kind: "push", card: navigation.pushCard };
  if (navigation.updateCard) return { kind: "update", card: navigation.updateCard };
  if (navigation.popToCard) return { kind: "to", name: navigation.popToCard };
  return navigation.popToRoot ? { kind: "root" } : { kind: "pop" };
}
