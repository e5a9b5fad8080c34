/** Building the page: every word goes in as a text node, every link is checked. Nothing here parses markup. */

const SVG = "http://www.w3.org/2000/svg";

/** Line drawings on a 24-unit grid. */
const DRAWINGS = {
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M8 8h8v8H8z",
  close: "M6 6l12 12M18 6L6 18",
  compose: "M12 5v14M5 12h14",
  theme: "M12 4v16a8 8 0 0 0 0-16zM12 4a8 8 0 0 0 0 16",
  check: "M5 12.5l4.500 4.500L19 7.500",
  cross: "M7 7l10 10M17 7L7 17",
  dash: "M6 12h12",
  pause: "M9 7v10M15 7v10",
  page: "M7 3h7l4 4v14H7zM14 3v4h4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20a7 7 0 0 1 14 0",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
  ticket: "M4 7h16v3.500a1.500 1.500 0 0 0 0 3V17H4v-3.500a1.500 1.500 0 0 0 0-3z",
  alert: "M12 8v5M12 16.500v.1M12 3l9.500 17h-19z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.500 4.500",
  leave: "M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9",
  refresh: "M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5",
};

/** A decorative icon; the words beside it, or the button's label, carry the meaning. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}

/**
 * An element with attributes and children. `on…` attributes take a function; null, undefined and false are left out;
 * children are nodes or strings (text).
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Words for a screen reader alone. */
export const unseen = (text) => el("span", { class: "unseen" }, text);

export const button = (label, attributes = {}, drawing = null) =>
  el("button", { type: "button", ...attributes }, drawing && icon(drawing), el("span", {}, label));

/** The address as a URL if it may be followed (this origin, or https), else null. */
export function safeUrl(address) {
  if (!address) return null;
  let url;
  try {
    url = new URL(address, location.origin);
  } catch {
    return null;
  }
  return url.origin === location.origin || url.protocol === "https:" ? url : null;
}

/** A link where the address is safe to follow, plain text otherwise. Other sites open in a tab of their own. */
export function link(address, attributes, ...children) {
  const url = safeUrl(address);
  if (!url) return el("span", attributes, ...children);
  const elsewhere = url.origin !== location.origin;
  return el("a", { ...attributes, href: url.href, ...(elsewhere && { target: "_blank", rel: "noopener noreferrer" }) }, ...children);
}

/** Draws the icons that the shell's markup names in data-icon. */
export function drawIcons(root = document) {
  for (const slot of root.querySelectorAll("[data-icon]")) slot.prepend(icon(slot.dataset.icon));
}

/** Says a sentence to a screen reader without moving the focus. */
export function announce(sentence) {
  document.getElementById("announcer").textContent = sentence;
}

/** "order_id" as a person reads it: "Order id". */
export function humanName(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
