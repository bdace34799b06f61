// The page's behaviour: send a question, show what came back. Text from the API becomes text nodes, never HTML.
"use strict";

import * as account from "./sign_in.js";

const LIMIT = 2000;
const WARN_FROM = 1700;
const TIMEOUT_MS = 60000;
const byId = (id) => document.getElementById(id);
const form = byId("ask");
const question = byId("question");
let running = null;

/** Make an element: make("p", {class: "note"}, "text", child, …). */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Only web addresses become links. */
function safeLink(url, text) {
  return /^https?:\/\//i.test(url) ? make("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, text) : null;
}

function showCount() {
  const length = question.value.length;
  const count = byId("count");
  count.textContent = length < WARN_FROM ? "" : `${length.toLocaleString("en")} of ${LIMIT.toLocaleString("en")}`;
  count.classList.toggle("over", length > LIMIT);
}

function showFault(message) {
  const fault = byId("fault");
  fault.textContent = message;
  fault.hidden = !message;
}

/** Offer what can be done about being signed in; nothing where nobody signs in. */
function showAccount() {
  const button = byId("account");
  button.hidden = !account.needsSignIn();
  button.textContent = account.isSignedIn() ? "Sign out" : "Sign in";
}

async function start() {
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) question.value = asked;
  try {
    await account.prepare();
    question.value = account.keptQuestion() || question.value;
    if (account.signsInAtOnce()) await account.signIn(question.value);
  } catch (error) {
    showFault(error.message);
  }
  showAccount();
  showCount();
}

function setBusy(busy) {
  byId("send").disabled = busy;
  byId("status").textContent = busy ? "Looking for sources …" : "";
  form.setAttribute("aria-busy", String(busy));
}

async function ask() {
  const text = question.value.trim();
  if (running) return;
  if (!text) return showFault("Write a question first.");
  if (question.value.length > LIMIT) return showFault(`The question is longer than ${LIMIT.toLocaleString("en")} characters. Shorten it a little.`);
  running = new AbortController();
  const clock = setTimeout(() => running.abort(), TIMEOUT_MS);
  showFault("");
  setBusy(true);
  try {
    await ready;
    if (!account.isPrepared()) await account.prepare().then(showAccount);
    if (account.needsSignIn() && !account.isSignedIn()) await account.signIn(text);
    else show(await send(text, running.signal));
  } catch (error) {
    if (error.status === 401) account.forgetToken();
    showFault(explain(error));
    showAccount();
  } finally {
    clearTimeout(clock);
    running = null;
    setBusy(false);
  }
}

async function send(text, signal) {
  const response = await fetch(account.apiUrl("v1/questions"), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...account.authorization() },
    body: JSON.stringify({ question: text }),
    signal,
  });
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  throw Object.assign(new Error("refused"), { status: response.status, detail: body && body.detail });
}

/** Say what happened and what to do; the question stays in its field. */
function explain(error) {
  if (error.forPeople) return error.message;
  if (error.name === "AbortError") return "No answer came within a minute. Your question is still here: try again.";
  if (error.status === 401) return "You are not signed in, or no longer. Sign in and ask again; your question is still here.";
  if (error.status === 429) return "Too many questions at once. Wait a moment, then ask again.";
  if (error.status && error.status < 500) return error.detail || "The question could not be read. Change it and ask again.";
  if (error.status) return "The service cannot answer just now. Your question is still here: try again in a minute.";
  return "The service cannot be reached. Check your connection and ask again; your question is still here.";
}

function show(answer) {
  const result = byId("result");
  const parts = answer.urgent ? [urgentPart(answer)] : [questionPart(answer), ...answerParts(answer)];
  if (answer.advice) parts.splice(1, 0, make("p", { id: "advice", class: "note" }, answer.advice));
  if (answer.urgent) parts.push(make("p", { id: "asked", class: "note" }, `You wrote: ${answer.question}`));
  if (!answer.recorded) parts.push(make("p", { class: "note" }, "This answer could not be saved to your history."));
  result.replaceChildren(...parts);
  result.hidden = false;
  byId("examples").hidden = true;
  byId("disclaimer").textContent = answer.disclaimer;
  result.focus({ preventScroll: true });
  result.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

const questionPart = (answer) => make("h2", { id: "asked" }, answer.question);

function urgentPart(answer) {
  const number = answer.urgent.phone;
  return make("section", { class: "urgent", role: "alert" },
    make("h2", {}, "Get help now"),
    make("p", {}, answer.urgent.message),
    make("a", { href: `tel:${number.replace(/[^\d+*#]/g, "")}` }, `Call ${number}`));
}

function answerParts(answer) {
  if (answer.abstained) {
    return [make("p", { class: "abstained" }, answer.answer), ...sourceParts(answer, [], answer.passages, "The nearest texts that were found")];
  }
  const cited = new Set(answer.statements.flatMap((statement) => statement.citations));
  const used = answer.passages.filter((passage) => cited.has(passage.n));
  const rest = answer.passages.filter((passage) => !cited.has(passage.n));
  return [
    answer.choice ? make("p", { class: "choice" }, `${answer.probabilities ? "The model's choice" : "Choice by shared words with the sources, not the model's"}: ${answer.choice}`) : null,
    answer.extractive ? make("p", { class: "note" }, "In the sources' own words:") : null,
    make("div", { class: answer.extractive ? "statements quoted" : "statements" }, ...answer.statements.map(statementPart)),
    ...sourceParts(answer, used, rest, "Other texts that were considered"),
  ].filter(Boolean);
}

function statementPart(statement) {
  return make("p", {}, statement.text, ...statement.citations.map((n) =>
    make("a", { class: "cite", href: `#source-${n}`, "aria-label": `Source ${n}` }, String(n))));
}

function sourceParts(answer, used, rest, restTitle) {
  const parts = [];
  if (used.length) {
    parts.push(make("section", { class: "sources" }, make("h3", { class: "small" }, "Sources"), make("ol", {}, ...used.map(sourcePart))));
  }
  if (rest.length) {
    parts.push(make("details", { class: "more sources" }, make("summary", {}, restTitle), make("ol", {}, ...rest.map(sourcePart))));
  }
  return parts;
}

function sourcePart(passage) {
  const heading = make("span", {}, passage.title, make("span", { class: "publisher" }, passage.source));
  const text = make("div", { class: "passage" }, passage.text, make("br"), safeLink(passage.url, "Read it where it was published"));
  return make("li", { id: `source-${passage.n}` },
    make("details", {}, make("summary", {}, make("span", { class: "n" }, String(passage.n)), heading), text));
}

/** A citation opens its source. */
function openSource(event) {
  const link = event.target.closest("a.cite");
  if (!link) return;
  const details = document.querySelector(`${link.getAttribute("href")} details`);
  if (details) details.open = true;
}

form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
question.addEventListener("input", () => { showCount(); showFault(""); });
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); ask(); }
});
byId("result").addEventListener("click", openSource);
for (const example of document.querySelectorAll(".example")) {
  example.addEventListener("click", () => { question.value = example.textContent; showCount(); ask(); });
}
byId("account").addEventListener("click", () => (account.isSignedIn() ? account.signOut() : account.signIn(question.value)));
const ready = start();
