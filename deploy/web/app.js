// The page: its three views, who is signed in, and what is asked where.
"use strict";

import { Asking } from "./asking.js";
import { call } from "./api.js";
import { byId, button, make, number } from "./dom.js";
import { Failure } from "./failure.js";
import { History } from "./history.js";
import * as account from "./sign_in.js";

const VIEWS = ["question", "choice", "history"];
const MIN_OPTIONS = 2;
const MAX_OPTIONS = 10;
const LETTERS = "ABCDEFGHIJ";
const EXAMPLE = {
  question: "Which of these relieves an asthma attack within minutes?",
  options: ["Insulin", "A reliever inhaler", "Warfarin", "An antibiotic"],
};

// --- views ---------------------------------------------------------------------------------------------------------

const viewNow = () => VIEWS.find((view) => location.hash.slice(1).split("/")[0] === view) || "question";

/** Show the view that the address names: #question, #choice, #history or #history/<id>. */
function showView() {
  const shown = viewNow();
  for (const view of VIEWS) {
    byId(`${view}-view`).hidden = view !== shown;
    byId(`tab-${view}`).setAttribute("aria-selected", String(view === shown));
    byId(`tab-${view}`).tabIndex = view === shown ? 0 : -1;
  }
  document.title = `${byId(`tab-${shown}`).textContent} · medassist`;
  const id = location.hash.split("/")[1];
  if (shown === "history") (id ? past.open(id) : past.refresh());
}

function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -VIEWS.length, End: VIEWS.length }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = VIEWS.indexOf(viewNow());
  const next = Math.abs(step) === 1 ? (at + step + VIEWS.length) % VIEWS.length : step < 0 ? 0 : VIEWS.length - 1;
  location.hash = VIEWS[next];
  byId(`tab-${VIEWS[next]}`).focus();
}

for (const view of VIEWS) byId(`tab-${view}`).addEventListener("click", () => { location.hash = view; });
document.querySelector("[role=tablist]").addEventListener("keydown", moveTab);
addEventListener("hashchange", showView);

// --- the options of a multiple-choice question ---------------------------------------------------------------------

const optionFields = () => [...byId("options").querySelectorAll("input")];

function addOption(value = "") {
  const letter = LETTERS[optionFields().length];
  const field = make("input", { type: "text", id: `option-${letter}`, maxlength: "500", autocomplete: "off" });
  field.value = value;
  byId("options").append(make("li", {}, make("label", { for: field.id }, make("span", { class: "hidden" }, "Option "), letter), field));
  byId("add-option").hidden = optionFields().length >= MAX_OPTIONS;
  return field;
}

function readOptions() {
  const filled = optionFields().filter((field) => field.value.trim());
  if (filled.length < MIN_OPTIONS) throw new Failure("refused", "Write at least two options.");
  return Object.fromEntries(filled.map((field) => [field.id.slice(-1), field.value.trim()]));
}

byId("add-option").addEventListener("click", () => { addOption().focus(); });

// --- asking --------------------------------------------------------------------------------------------------------

const field = byId("question");
const question = new Asking({
  name: "question",
  form: byId("question-form"),
  field,
  place: byId("question-outcome"),
  read: () => ({ question: field.value.trim() }),
  keep: () => ({ question: field.value }),
  restore: (draft) => { field.value = draft.question; },
  asked: () => byId("question-view").classList.add("answered"),
});

const choiceField = byId("choice-question");
const choice = new Asking({
  name: "choice",
  form: byId("choice-form"),
  field: choiceField,
  place: byId("choice-outcome"),
  read: () => ({ question: choiceField.value.trim(), options: readOptions() }),
  keep: () => ({ question: choiceField.value, options: optionFields().map((option) => option.value) }),
  restore: (draft) => {
    choiceField.value = draft.question;
    draft.options.forEach(addOption);
  },
});
while (optionFields().length < 4) addOption();
byId("choice-example").addEventListener("click", () => {
  choiceField.value = EXAMPLE.question;
  optionFields().forEach((option, at) => { option.value = EXAMPLE.options[at] || ""; });
  choice.changed();
  choiceField.focus();
});

for (const example of byId("examples").querySelectorAll("button")) {
  example.addEventListener("click", () => {
    field.value = example.textContent;
    question.submit();
  });
}

const past = new History(byId("history"), byId("history-outcome"));

// --- the account ---------------------------------------------------------------------------------------------------

function showAccount() {
  byId("account").hidden = !account.needsSignIn();
  byId("account").textContent = account.isSignedIn() ? "Sign out" : "Sign in";
}

byId("account").addEventListener("click", () => {
  if (account.isSignedIn()) account.signOut();
  else account.signIn().catch(showNotice);
});

/** Say above everything else what keeps the page from working. */
function showNotice(error) {
  const again = button("Try again", () => { byId("notice").hidden = true; start(); }, { class: "quiet" });
  byId("notice").replaceChildren(make("p", {}, make("strong", {}, error.message)), make("div", { class: "actions" }, again));
  byId("notice").hidden = false;
}

async function start() {
  const shown = location.hash;
  try {
    await account.prepared();
    if (location.hash !== shown) showView(); // back from signing in
    if (account.signsInAtOnce()) {
      await account.signIn();
      return;
    }
  } catch (error) {
    showNotice(error);
  }
  showAccount();
  continueAsking();
  showCorpus();
}

/** Ask what was about to be asked when the visitor had to sign in. */
function continueAsking() {
  const name = sessionStorage.getItem("asking");
  sessionStorage.removeItem("asking");
  if (!name || !account.isSignedIn()) return;
  location.hash = name;
  (name === "choice" ? choice : question).submit();
}

async function showCorpus() {
  const health = await call("GET", "v1/health").catch(() => null); // the page works without
  if (!health) return;
  byId("corpus").textContent = `The sources here: ${number(health.passages)} passages of “${health.corpus}”.`;
  byId("corpus").hidden = false;
}

/** Take over a question that the address brings; kept as a draft, it survives the way to the sign-in page. */
function takeQuestion() {
  const address = new URL(location.href);
  const wanted = address.searchParams.get("q");
  if (!wanted) return;
  address.searchParams.delete("q");
  history.replaceState(null, "", address);
  field.value = wanted;
  question.changed();
}

takeQuestion();
addEventListener("signed-out", showAccount);
showView();
start();
