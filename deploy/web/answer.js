// Showing an answer: what it says, where each statement comes from, and what can be done with it.
"use strict";

import { call } from "./api.js";
import { button, make, number, siteLink } from "./dom.js";
import { citations, markedText, showFirst, supportingWords } from "./evidence.js";

const STAGES = { retrieve: "Looking for sources", generate: "Writing", ground: "Checking", total: "All together" };
const MAX_COMMENT = 1000;
let shown = 0; // answers so far: one may stand in two views, and an id must be one element's

/** Put an answer into `place` and return its heading. `again` asks the same once more, for what could not be stored. */
export function showAnswer(place, answer, again = null) {
  const heading = make("h2", { class: "asked", tabindex: "-1" }, answer.question);
  const parts = answer.urgent
    ? [urgentPart(answer), make("p", { class: "small" }, "You wrote:"), heading]
    : [heading, ...notes(answer), ...bodyParts(answer)];
  const article = make("article", { class: "answer" }, ...parts, ...storing(answer, again), ...closing(answer));
  place.replaceChildren(article);
  showFirst(article);
  return answer.urgent ? article.querySelector(".urgent h2") : heading;
}

function urgentPart(answer) {
  const phone = answer.urgent.phone;
  return make("section", { class: "urgent", role: "alert" },
    make("h2", { tabindex: "-1" }, "Get help now"),
    make("p", {}, answer.urgent.message),
    make("p", {}, make("a", { href: `tel:${phone.replace(/[^\d+*#]/g, "")}`, class: "call" }, `Call ${phone}`)));
}

function notes(answer) {
  const redacted = answer.redacted.length ? `Taken out of your question before anything else: ${answer.redacted.join(", ")}.` : null;
  return [
    answer.advice && make("p", { class: "note advice" }, answer.advice),
    redacted && make("p", { class: "note" }, redacted),
  ].filter(Boolean);
}

function bodyParts(answer) {
  if (answer.abstained) return [make("p", { class: "says" }, answer.answer), ...nearest(answer)];
  const cited = new Set(answer.statements.flatMap((statement) => statement.citations));
  return [
    ...choiceParts(answer),
    ...saidParts(answer),
    make("section", { class: "sources" },
      make("h3", {}, "Sources"),
      make("ol", {}, ...answer.passages.filter((passage) => cited.has(passage.n)).map((passage) => sourcePart(passage, answer)))),
  ];
}

function nearest(answer) {
  if (!answer.passages.length) return [];
  return [make("section", { class: "sources" },
    make("h3", {}, "The nearest topics in my sources"),
    make("ol", {}, ...answer.passages.map((passage) => sourcePart(passage, answer))))];
}

// --- what is said --------------------------------------------------------------------------------------------------

function saidParts(answer) {
  const why = answer.fallback && !answer.choice ? `, because ${answer.fallback}` : "";
  const statements = answer.statements.map((statement) => statementPart(statement, answer));
  const quoted = make("p", { class: "note" }, make("strong", {}, "Quoted word for word"), ` from the sources${why}.`);
  return answer.extractive ? [quoted, make("div", { class: "statements quoted" }, ...statements)] : [make("div", { class: "statements" }, ...statements)];
}

function statementPart(statement, answer) {
  const text = make(answer.extractive ? "q" : "span", {}, statement.text);
  const paragraph = make("p", {}, text);
  const whole = make("div", { class: "statement" }, paragraph);
  paragraph.append(...citations(statement, answer.passages, paragraph));
  return whole;
}

/** The options with their probabilities as bars; without, if the model did not choose. */
function choiceParts(answer) {
  if (!answer.choice) return [];
  const options = answer.options || { [answer.choice]: answer.answer };
  const rows = Object.keys(options).map((name) => optionRow(name, options[name], answer));
  return [
    make("ol", { class: answer.probabilities ? "bars" : "bars plain", "aria-label": "Options" }, ...rows),
    answer.fallback ? make("p", { class: "note" }, `There are no probabilities: ${answer.fallback}.`) : null,
  ].filter(Boolean);
}

function optionRow(name, text, answer) {
  const share = answer.probabilities ? answer.probabilities[name] || 0 : null;
  const chosen = name === answer.choice;
  const bar = make("span", { class: "bar", "aria-hidden": "true" });
  if (share !== null) bar.style.setProperty("--share", share.toFixed(4));
  return make("li", { class: chosen ? "chosen" : null },
    make("span", { class: "option" }, make("b", {}, name), " ", text, chosen ? make("span", { class: "tag" }, "chosen") : null),
    share === null ? null : make("span", { class: "percent" }, `${(100 * share).toFixed(0)} %`),
    share === null ? null : bar);
}

// --- sources -------------------------------------------------------------------------------------------------------

function sourcePart(passage, answer, score = null) {
  const supported = answer.statements.filter((statement) => statement.citations.includes(passage.n));
  const spans = merge(supported.flatMap((statement) => supportingWords(statement.text, passage.text)));
  const link = siteLink(passage.url, "Read it where it was published");
  return make("li", {}, make("details", {},
    make("summary", {}, make("span", { class: "chip" }, String(passage.n)),
      make("span", { class: "title" }, passage.title, make("span", { class: "publisher" }, passage.source)), score),
    make("p", { class: "passage" }, ...markedText(passage.text, spans))),
    link && make("p", { class: "link" }, link));
}

function merge(spans) {
  const merged = [];
  for (const span of spans.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && span[0] <= last[1]) last[1] = Math.max(last[1], span[1]);
    else merged.push([...span]);
  }
  return merged;
}

function consideredPart(answer) {
  const scored = (passage) => make("span", { class: "score" }, `score ${passage.score.toFixed(2)}, similarity ${passage.similarity.toFixed(2)}`);
  return make("details", { class: "fold" },
    make("summary", {}, answer.passages.length === 1 ? "The one passage considered, with its score" : `All ${answer.passages.length} passages considered, with scores`),
    make("div", { class: "sources" }, make("ol", {}, ...answer.passages.map((passage) => sourcePart(passage, answer, scored(passage))))));
}

// --- what can be done with it --------------------------------------------------------------------------------------

function storing(answer, again) {
  if (answer.recorded) return [];
  return [make("p", { class: "note" }, "This answer could not be saved to your history. ", again && button("Try to save it", again, { class: "quiet" }))];
}

function closing(answer) {
  return [
    answer.urgent ? null : actions(answer),
    answer.recorded && !answer.urgent ? feedbackPart(answer) : null,
    answer.abstained ? null : consideredPart(answer),
    answer.urgent ? null : howPart(answer),
    make("p", { class: "disclaimer" }, answer.disclaimer),
  ].filter(Boolean);
}

function actions(answer) {
  const said = make("span", { role: "status", class: "small" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(asText(answer));
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Your browser does not let this page copy. Select the text instead.";
    }
  };
  return make("div", { class: "actions tools" }, button("Copy with sources", copy, { class: "quiet" }), button("Print", () => print(), { class: "quiet" }), said);
}

/** The answer as plain text, to be pasted where it may be read without this page. */
export function asText(answer) {
  const cited = new Set(answer.statements.flatMap((statement) => statement.citations));
  const marks = (statement) => statement.citations.map((n) => ` [${n}]`).join("");
  const quote = (text) => (answer.extractive ? `"${text}"` : text);
  const said = answer.statements.map((statement) => `${quote(statement.text)}${marks(statement)}`);
  const sources = answer.passages.filter((passage) => cited.has(passage.n))
    .map((passage) => [`[${passage.n}] ${passage.title}`, passage.source, passage.url].filter(Boolean).join(", "));
  const choice = answer.choice ? [`Choice: ${answer.choice} ${answer.options ? answer.options[answer.choice] : ""}`.trim()] : [];
  const body = said.length ? said : [answer.answer];
  return [answer.question, "", ...choice, ...body, "", ...(sources.length ? ["Sources", ...sources, ""] : []), answer.disclaimer].join("\n");
}

function feedbackPart(answer) {
  const given = answer.feedback;
  const id = shown += 1;
  const said = make("p", { role: "status", class: "small" }, given ? "You have said what you think; you may change it." : "");
  const comment = make("textarea", { rows: "2", maxlength: String(MAX_COMMENT), id: `comment-${id}` });
  comment.value = given ? given.comment : "";
  let rating = given ? given.rating : null;
  const send = async () => {
    try {
      answer.feedback = await call("POST", `v1/questions/${answer.id}/feedback`, { body: { rating, comment: comment.value } });
      comment.value = answer.feedback.comment;
      said.textContent = "Thank you, noted.";
    } catch (error) {
      said.textContent = error.message;
    }
  };
  const form = make("form", { class: "comment" },
    make("label", { for: comment.id }, "What was good or wrong? ", make("span", { class: "small" }, "If you like; names and numbers are taken out.")),
    comment, make("div", { class: "actions" }, make("button", { type: "submit", class: "quiet" }, "Send")));
  form.hidden = !given;
  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  const choices = [["up", "Yes"], ["down", "No"]].map(([value, label]) => button(label, () => rate(value), { class: "quiet", "aria-pressed": String(rating === value) }));
  const rate = (value) => {
    rating = value;
    choices.forEach((choice, at) => choice.setAttribute("aria-pressed", String(value === (at ? "down" : "up"))));
    form.hidden = false;
    send();
  };
  return make("section", { class: "feedback" },
    make("div", { class: "actions", role: "group", "aria-labelledby": `helped-${id}` }, make("span", { id: `helped-${id}` }, "Did this help?"), ...choices),
    form, said);
}

function howPart(answer) {
  const times = Object.entries(STAGES).filter(([stage]) => stage in answer.timings_ms);
  const rows = [
    ...times.map(([stage, label]) => [label, `${number(Math.round(answer.timings_ms[stage]))} ms`]),
    ...answer.statements.map((statement, at) => [`Support of statement ${at + 1}`, statement.support.toFixed(2)]),
    ["Model", answer.model || "none was needed"],
    ["Index", answer.index],
    ["Asked", new Date(answer.created_at).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" })],
    ["Answer's id", answer.id],
  ];
  return make("details", { class: "fold" }, make("summary", {}, "How this answer was made"),
    make("dl", {}, ...rows.flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)])));
}
