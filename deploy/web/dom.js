// Small helpers to build the page. Text always becomes text nodes: nothing here or elsewhere makes HTML of text.
"use strict";

export const byId = (id) => document.getElementById(id);
export const number = (value) => value.toLocaleString("en");
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** Make an element: make("p", {class: "note"}, "text", child, null, …). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Make a button that does something when it is pressed. */
export function button(label, pressed, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", pressed);
  return element;
}

/** Make a link to another site; null for anything but a web address. */
export function siteLink(url, text) {
  if (!/^https?:\/\//i.test(url)) return null;
  return make("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, text);
}

/** Ask before something that cannot be undone; resolves to whether it was confirmed. */
export function confirmed(question, yes) {
  const dialog = make("dialog", { "aria-labelledby": "dialog-question" },
    make("form", { method: "dialog" },
      make("p", { id: "dialog-question" }, question),
      make("div", { class: "actions" },
        make("button", { value: "no", class: "quiet", autofocus: "" }, "Keep"),
        make("button", { value: "yes", class: "main danger" }, yes))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  }));
}

/** Move there, gently unless the reader wants no motion. */
export function scrollTo(element, block = "start") {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block, behavior: still ? "auto" : "smooth" });
}
