// Asking: from the form to the answer, with what is shown meanwhile and what happens when it fails.
"use strict";

import { showAnswer } from "./answer.js";
import { call } from "./api.js";
import { button, make, number, scrollTo } from "./dom.js";
import { Failure } from "./failure.js";
import * as account from "./sign_in.js";

const LIMIT = 2000; // characters
const WARN_FROM = 1700;
const STAGES = [["retrieve", "Looking for sources"], ["generate", "Writing"], ["ground", "Checking each statement"]];
const LONG_S = 6; // from then on the seconds are counted

// How long the stages took last time: the API answers in one piece, so this is what the progress goes by.
const usual = { retrieve: 300, generate: 2000, ground: 400 };

/**
 * One form that asks, and the place where its answer or its failure is shown.
 *
 * `read` gives the body of the request or throws a Failure; `restore` puts a kept draft back; `name` tells drafts apart.
 */
export class Asking {
  constructor({ name, form, field, place, read, keep, restore, asked = () => {} }) {
    Object.assign(this, { name, form, field, place, read, keep, restore, asked });
    this.running = null;
    this.request = null; // what was sent last: {body, key}
    this.send = form.querySelector("[type=submit]");
    form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    form.addEventListener("input", () => this.changed());
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    const draft = sessionStorage.getItem(this.draftKey);
    if (draft) restore(JSON.parse(draft));
    this.count();
  }

  get draftKey() { return `draft-${this.name}`; }

  /** Remember what was written until it is answered: through a reload, and on the way to the sign-in page. */
  changed() {
    sessionStorage.setItem(this.draftKey, JSON.stringify(this.keep()));
    this.count();
  }

  count() {
    const length = this.field.value.length;
    const count = this.form.querySelector(".count");
    count.textContent = length < WARN_FROM ? "" : `${number(length)} of ${number(LIMIT)} characters`;
    count.classList.toggle("over", length > LIMIT);
  }

  /** Ask what stands in the form. A request that failed is sent under the same key, so that it is recorded once. */
  async submit() {
    if (this.running) return;
    try {
      if (!this.field.value.trim()) throw new Failure("refused", "Write a question first.");
      if (this.field.value.length > LIMIT) {
        throw new Failure("refused", `The question has ${number(this.field.value.length)} characters, but the limit is ${number(LIMIT)}. Shorten it.`);
      }
      const body = this.read();
      const same = this.request && JSON.stringify(this.request.body) === JSON.stringify(body);
      this.request = { body, key: same ? this.request.key : crypto.randomUUID() };
    } catch (error) {
      this.fail(error);
      return;
    }
    await this.ask();
  }

  async ask() {
    this.changed();
    this.running = new AbortController();
    this.send.disabled = true;
    const progress = new Progress(() => this.running.abort());
    this.place.replaceChildren(progress.element);
    try {
      const answer = await this.answer();
      if (answer) this.show(answer);
    } catch (error) {
      this.fail(error);
    } finally {
      progress.stop();
      this.running = null;
      this.send.disabled = false;
    }
  }

  async answer() {
    await account.prepared();
    if (account.needsSignIn() && !account.isSignedIn()) {
      sessionStorage.setItem("asking", this.name); // asked when the visitor is back
      await account.signIn();
      return null;
    }
    return call("POST", "v1/questions", { ...this.request, signal: this.running.signal });
  }

  show(answer) {
    Object.assign(usual, answer.timings_ms);
    sessionStorage.removeItem(this.draftKey);
    const request = this.request;
    if (answer.recorded) this.request = null; // the same words again are a new question
    const again = () => { this.request = request; this.ask(); };
    const heading = showAnswer(this.place, answer, again);
    this.asked(answer);
    heading.focus({ preventScroll: true });
    scrollTo(this.place);
  }

  /** Say what happened and what to do; what was written stays where it is. */
  fail(error) {
    if (!(error instanceof Failure)) console.error(error.name); // a fault of the page; its text could hold the question
    const failure = error instanceof Failure ? error : new Failure("broken", "Something went wrong on this page. Load it again; your question is kept.");
    if (failure.kind === "cancelled") {
      this.place.replaceChildren();
      this.field.focus();
      return;
    }
    const remedies = { refused: [], "signed-out": [button("Sign in", () => this.signIn(), { class: "quiet" })] };
    const actions = remedies[failure.kind] || [retryButton(failure.waitS, () => this.submit())];
    const kept = failure.kind === "refused" ? null : make("p", {}, "Your question is still in its field.");
    this.place.replaceChildren(make("div", { class: "fault", role: "alert" },
      make("p", {}, make("strong", {}, failure.message)), kept, make("div", { class: "actions" }, ...actions)));
    if (failure.kind === "refused") this.field.focus();
  }

  signIn() {
    sessionStorage.setItem("asking", this.name);
    account.signIn().catch((error) => this.fail(error));
  }
}

/** A button to try again, which says for how long it is too early. */
function retryButton(waitS, pressed) {
  const retry = button("Try again", pressed, { class: "quiet" });
  let left = Math.ceil(waitS);
  const tick = () => {
    retry.disabled = left > 0;
    retry.textContent = left > 0 ? `Try again in ${left} s` : "Try again";
    if (left > 0) setTimeout(tick, 1000);
    left -= 1;
  };
  tick();
  return retry;
}

/** What is being done, by the times that it took before, and a way to cancel. */
class Progress {
  constructor(cancel) {
    this.started = performance.now();
    this.words = make("p", { role: "status" });
    this.seconds = make("span", { class: "small" });
    this.steps = STAGES.map(() => make("span", { class: "step" }));
    this.element = make("div", { class: "progress" },
      make("div", { class: "steps", "aria-hidden": "true" }, ...this.steps),
      make("div", { class: "actions" }, this.words, this.seconds, button("Cancel", cancel, { class: "quiet" })));
    this.timer = setInterval(() => this.tick(), 200);
    this.tick();
  }

  tick() {
    const passed = performance.now() - this.started;
    let until = 0;
    const at = STAGES.findIndex(([stage]) => (until += usual[stage]) > passed);
    const now = at < 0 ? STAGES.length - 1 : at;
    this.steps.forEach((step, index) => step.classList.toggle("done", index < now));
    this.steps.forEach((step, index) => step.classList.toggle("now", index === now));
    if (this.words.textContent !== `${STAGES[now][1]} …`) this.words.textContent = `${STAGES[now][1]} …`;
    if (passed > 1000 * LONG_S) this.seconds.textContent = `Longer than usual: ${Math.floor(passed / 1000)} s`;
  }

  stop() { clearInterval(this.timer); }
}
