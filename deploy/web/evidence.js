// Which words of a passage support a statement, and the note beside a statement that shows them.
"use strict";

import { button, make, siteLink } from "./dom.js";

const MIN_SHARE = 0.5; // of the best sentence's words in common: sentences that have as many are shown too
const STEM = 5; // letters by which two forms of a word are known as one: "wheezing", "wheezes"
const COMMON = new Set(("a an and are as at be been but by can do does for from has have if in into is it its may more most " +
  "no not of on or other so some such than that the their them then there these they this those to was were what when " +
  "which who will with you your").split(" "));
const wide = matchMedia("(min-width: 72rem)");
const splitter = (granularity) => new Intl.Segmenter("en", { granularity });

/** A text's parts of one kind, each with where it starts and ends. */
function parts(text, granularity) {
  const found = [...splitter(granularity).segment(text)];
  return found.map((part) => ({ text: part.segment, start: part.index, end: part.index + part.segment.length, isWord: part.isWordLike }));
}

const words = (text) => parts(text, "word").filter((part) => part.isWord);
const stem = (word) => (/\d/.test(word) ? word : word.toLowerCase().slice(0, STEM));
const isTelling = (word) => !COMMON.has(word.toLowerCase());

/** Where in `passage` the words are that `statement` shares with it: [[start, end], …], in order, without overlaps. */
export function supportingWords(statement, passage) {
  const quoted = findQuotation(statement, passage);
  if (quoted) return [quoted];
  const said = new Set(words(statement).map((word) => word.text).filter(isTelling).map(stem));
  const sentences = parts(passage, "sentence").map((sentence) => ({ ...sentence, shared: sharedWords(sentence, said) }));
  const most = Math.max(...sentences.map((sentence) => sentence.shared.length), 0);
  const telling = sentences.filter((sentence) => most && sentence.shared.length >= MIN_SHARE * most);
  return joinNeighbours(telling.flatMap((sentence) => sentence.shared), passage);
}

/** A quotation may differ from its passage in white space only. */
function findQuotation(statement, passage) {
  const pattern = statement.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+");
  const match = pattern && passage.match(new RegExp(pattern));
  return match ? [match.index, match.index + match[0].length] : null;
}

function sharedWords(sentence, said) {
  return words(sentence.text)
    .filter((word) => isTelling(word.text) && said.has(stem(word.text)))
    .map((word) => [sentence.start + word.start, sentence.start + word.end]);
}

/** Words with nothing but spaces and small words between them are marked as one. */
function joinNeighbours(spans, text) {
  const joined = [];
  for (const span of spans) {
    const last = joined.at(-1);
    const between = last ? text.slice(last[1], span[0]) : "";
    if (last && !/[.;:!?\n]/.test(between) && words(between).every((word) => !isTelling(word.text))) last[1] = span[1];
    else joined.push([...span]);
  }
  return joined;
}

/** The text with its spans marked; only from the sentence before the first mark to the one after the last, if `brief`. */
export function markedText(text, spans, brief = false) {
  const [from, to] = brief ? surroundings(text, spans) : [0, text.length];
  const pieces = from > 0 ? ["… "] : [];
  let at = from;
  for (const [start, end] of spans) {
    pieces.push(text.slice(at, start), make("mark", {}, text.slice(start, end)));
    at = end;
  }
  pieces.push(text.slice(at, to), to < text.length ? " …" : "");
  return pieces;
}

function surroundings(text, spans) {
  const sentences = parts(text, "sentence");
  const first = sentences.findIndex((sentence) => spans.length && sentence.end > spans[0][0]);
  const last = sentences.findLastIndex((sentence) => spans.length && sentence.start < spans.at(-1)[1]);
  const from = sentences[Math.max(0, first - 1)];
  const to = sentences[Math.min(sentences.length - 1, spans.length ? last + 1 : 3)];
  return from && to ? [from.start, to.end] : [0, text.length];
}

/**
 * The numbers after a statement. Each shows its passage in a note when it is pointed at, focused or pressed; pressed, the
 * note stays until Escape, its own button or another number.
 */
export function citations(statement, passages, paragraph) {
  return statement.citations.map((n) => {
    const passage = passages.find((candidate) => candidate.n === n);
    const cite = make("button", { type: "button", class: "cite", "aria-expanded": "false", "aria-label": `Source ${n}: ${passage.title}` }, String(n));
    const show = (pinned) => showNote(cite, passage, statement, paragraph, pinned);
    cite.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && !isPinned() && show(false));
    cite.addEventListener("focus", () => open?.cite !== cite && show(false));
    cite.addEventListener("click", () => (open?.cite === cite && open.pinned ? hideNote() : show(true)));
    return cite;
  });
}

let open = null; // the one note that is shown: {cite, note, pinned}
const isPinned = () => Boolean(open && open.pinned);

function showNote(cite, passage, statement, paragraph, pinned) {
  hideNote();
  const spans = supportingWords(statement.text, passage.text);
  const note = make("div", { class: "note-card", role: "group", "aria-label": `What source ${passage.n} says` },
    make("p", { class: "note-head" }, make("span", { class: "chip" }, String(passage.n)), " ", make("strong", {}, passage.title)),
    make("p", { class: "publisher" }, passage.source),
    make("p", { class: "excerpt" }, ...markedText(passage.text, spans, true)),
    make("p", { class: "note-foot" }, siteLink(passage.url, "Read it where it was published"),
      button("Close", close, { class: "quiet" })));
  paragraph.after(note);
  cite.setAttribute("aria-expanded", "true");
  open = { cite, note, pinned };
  if (pinned && !wide.matches) note.scrollIntoView({ block: "nearest" });
}

function hideNote() {
  if (!open) return;
  open.note.remove();
  open.cite.setAttribute("aria-expanded", "false");
  open = null;
}

/** Show the first statement's passage at once where there is room beside the text. */
export function showFirst(container) {
  const cite = container.querySelector(".cite");
  if (!wide.matches || !cite) return;
  cite.dispatchEvent(new PointerEvent("pointerenter", { pointerType: "mouse" }));
}

/** Hide the note; who was in it is back at its number. */
function close() {
  if (open && open.note.contains(document.activeElement)) open.cite.focus({ preventScroll: true });
  hideNote();
}
document.addEventListener("keydown", (event) => event.key === "Escape" && close());

// A note that was only looked at goes when eyes and focus go elsewhere; beside the text, where it covers nothing, it stays.
function lookAway(target) {
  if (!open || open.pinned || wide.matches) return;
  if (target instanceof Node && (open.note.contains(target) || open.cite.contains(target))) return;
  hideNote();
}
document.addEventListener("pointerover", (event) => open?.cite !== document.activeElement && lookAway(event.target));
document.addEventListener("focusin", (event) => lookAway(event.target));
document.addEventListener("pointerdown", (event) => {
  if (open && !wide.matches && !open.note.contains(event.target) && !event.target.closest(".cite")) hideNote();
});
