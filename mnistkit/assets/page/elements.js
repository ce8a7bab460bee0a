// What the pages' scripts share: elements of the page, and how numbers are said.

export const find = (selector, root = document) => root.querySelector(selector);
export const percent = (share) => `${(share * 100).toFixed(1)}%`;
export const sure = (share) => (share > 0.9995 ? "more than 99.9% sure" : `${percent(share)} sure`);
export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

export function announce(text) {
  find("#status").textContent = text;
}
