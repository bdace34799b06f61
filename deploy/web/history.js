// One's own questions: search, read again, delete one or all.
"use strict";

import { showAnswer } from "./answer.js";
import { call } from "./api.js";
import { button, confirmed, make, plural } from "./dom.js";
import * as account from "./sign_in.js";

const PAGE = 50;
const PREVIEW = 160; // characters of an answer in the list

/** The list of what was asked in `place`, and an answer that was opened again in `opened`. */
export class History {
  constructor(place, opened) {
    this.opened = opened;
    this.items = [];
    this.cursor = null;
    this.search = make("input", { type: "search", id: "search", autocomplete: "off" });
    this.search.addEventListener("input", () => this.find());
    this.list = make("ol", { class: "asked-list" });
    this.said = make("p", { role: "status", class: "small", tabindex: "-1" });
    this.more = button("Show older ones", () => this.attempt(() => this.load()), { class: "quiet" });
    this.deleteAll = button("Delete all", () => this.attempt(() => this.removeAll()), { class: "quiet danger" });
    this.tools = make("div", { class: "tools" },
      make("div", {}, make("label", { for: "search" }, "Search your questions and answers"), this.search), this.deleteAll);
    this.view = make("div", {}, this.tools, this.said, this.list, this.more);
    place.replaceChildren(this.view);
  }

  /** Read the newest questions. */
  async refresh() {
    this.close();
    await this.attempt(async () => {
      await account.prepared();
      if (account.needsSignIn() && !account.isSignedIn()) return this.askToSignIn();
      this.items = [];
      this.cursor = null;
      await this.load();
    });
  }

  /** Read one page further. */
  async load() {
    const after = this.cursor ? `&cursor=${encodeURIComponent(this.cursor)}` : "";
    const page = await call("GET", `v1/questions?limit=${PAGE}${after}`);
    this.items.push(...page.items);
    this.cursor = page.next_cursor;
    this.draw();
  }

  /** Show what holds all the words that are searched for, among all that was ever asked. */
  async find() {
    await this.attempt(async () => {
      while (this.search.value.trim() && this.cursor && !this.loading) {
        this.loading = true;
        await this.load().finally(() => { this.loading = false; });
      }
    });
    this.draw();
  }

  draw() {
    const wanted = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.items.filter((item) => wanted.every((word) => `${item.question} ${item.answer}`.toLowerCase().includes(word)));
    this.list.replaceChildren(...found.map((item) => this.row(item)));
    this.tools.hidden = !this.items.length;
    this.more.hidden = !this.cursor || Boolean(wanted.length);
    this.said.textContent = this.describe(found.length, wanted.length);
  }

  describe(found, isSearch) {
    if (isSearch) return found ? `${plural(found, "question")} found.` : "Nothing found. Try fewer or other words.";
    return this.items.length ? "" : "Nothing yet. What you ask is listed here.";
  }

  row(item) {
    const kind = item.urgent ? "urgent" : item.abstained ? "not answered" : item.extractive ? "quoted" : null;
    const when = new Date(item.created_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    const preview = item.answer.length > PREVIEW ? `${item.answer.slice(0, PREVIEW).replace(/\s+\S*$/, "")} …` : item.answer;
    return make("li", { "data-id": item.id },
      make("div", {},
        make("a", { href: `#history/${item.id}`, class: "title" }, item.question),
        make("p", { class: "preview" }, preview),
        make("p", { class: "small" }, make("time", { datetime: item.created_at }, when), kind && make("span", { class: "tag" }, kind),
          item.feedback && make("span", { class: "tag" }, item.feedback.rating === "up" ? "helped" : "did not help"))),
      button("Delete", () => this.attempt(() => this.remove(item)), { class: "quiet", "aria-label": `Delete: ${item.question.slice(0, 80)}` }));
  }

  /** Show an answer as it was given. */
  async open(id) {
    await this.attempt(async () => {
      const answer = await call("GET", `v1/questions/${id}`);
      const back = make("p", { class: "back" }, make("a", { href: "#history" }, "Back to all questions"));
      const place = make("div");
      this.opened.replaceChildren(back, place);
      this.view.hidden = true;
      showAnswer(place, answer).focus({ preventScroll: true });
      scrollTo({ top: 0 });
    });
  }

  close() {
    this.opened.replaceChildren();
    this.view.hidden = false;
  }

  async remove(item) {
    const at = [...this.list.children].findIndex((row) => row.dataset.id === item.id);
    await call("DELETE", `v1/questions/${item.id}`).catch((error) => { if (error.kind !== "gone") throw error; });
    this.items = this.items.filter((other) => other.id !== item.id); // the list may have been read anew meanwhile
    this.draw();
    this.said.textContent = "Deleted.";
    const left = this.list.querySelectorAll("li > button");
    (left[Math.min(at, left.length - 1)] || this.said).focus();
  }

  async removeAll() {
    const sure = await confirmed("Delete all your questions, their answers and your comments? This cannot be undone.", "Delete all");
    if (!sure) return;
    let deleted = 0;
    for (let done = { complete: false }; !done.complete;) {
      done = await call("DELETE", "v1/questions");
      deleted += done.deleted;
      this.said.textContent = `${plural(deleted, "question")} deleted …`;
    }
    this.items = [];
    this.cursor = null;
    this.search.value = "";
    this.draw();
    this.said.textContent = `Everything is deleted: ${plural(deleted, "question")}.`;
  }

  askToSignIn() {
    this.items = [];
    this.draw();
    this.said.replaceChildren("Sign in to see what you have asked. ", button("Sign in", () => this.attempt(() => account.signIn()), { class: "quiet" }));
  }

  /** Do something; a failure is said where the list is, with a way to try again. */
  async attempt(action) {
    this.fault?.remove();
    try {
      await action();
    } catch (error) {
      if (error.kind === "signed-out") return this.askToSignIn();
      const again = error.kind === "gone"
        ? make("a", { href: "#history" }, "Back to all questions")
        : button("Try again", () => this.attempt(action), { class: "quiet" });
      this.fault = make("div", { class: "fault", role: "alert" }, make("p", {}, make("strong", {}, error.message)),
        make("div", { class: "actions" }, again));
      this.view.hidden = false;
      this.tools.before(this.fault);
    }
    return null;
  }
}
