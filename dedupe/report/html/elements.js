"use strict";

// What all views share: elements, words for numbers and times, and the data of the page.

const data = JSON.parse(document.getElementById("data").textContent);
const view = document.getElementById("view");

// Make an element. Texts become text nodes, so no text of an article is ever read as markup.
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

// A text of somebody else, isolated so that its writing direction stays its own.
function foreign(text, attributes) {
  return element("bdi", attributes, text);
}

// A link to the page of an article, or its text alone where the address is none of the web.
function webLink(text, address) {
  if (!/^https?:\/\//i.test(address || "")) return foreign(text);
  return element("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, foreign(text));
}

function counted(number, one, many) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many || one + "s"}`;
}

function percent(share) {
  return share > 0 && share < 0.005 ? "<1%" : `${Math.round(share * 100)}%`;
}

// Times come as 2024-05-01, where only the day is known, or as 2024-05-01T10:00:00Z.
function isDay(time) {
  return time.length === 10;
}

function shownTime(time) {
  if (!time) return "no date";
  return isDay(time) ? time : `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}

// How much later than the first one something was published, as precisely as both times are known.
function lag(first, time) {
  if (!first || !time) return "";
  const days = Math.round((Date.parse(time.slice(0, 10)) - Date.parse(first.slice(0, 10))) / 86400000);
  if (isDay(first) || isDay(time)) return days ? `+${counted(days, "day")}` : "same day";
  const minutes = Math.round((Date.parse(time) - Date.parse(first)) / 60000);
  if (!minutes) return "same minute";
  if (minutes < 60) return `+${minutes} min`;
  if (minutes < 48 * 60) return `+${Math.floor(minutes / 60)} h ${minutes % 60 ? `${minutes % 60} min` : ""}`.trim();
  return `+${counted(Math.floor(minutes / 1440), "day")}`;
}

// Text as people search for it: small letters without accents.
function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

// Details whose content is made when they are opened for the first time.
function lazyDetails(attributes, summary, make) {
  const details = element("details", attributes, element("summary", {}, summary));
  details.fill = () => {
    if (details.children.length === 1) details.append(element("div", { class: "inside" }, make()));
  };
  details.addEventListener("toggle", () => details.open && details.fill());
  return details;
}

// Open details at once, because printing does not wait for events.
function openDetails(details) {
  details.open = true;
  if (details.fill) details.fill();
}
