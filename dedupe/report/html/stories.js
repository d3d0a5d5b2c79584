// The list of stories: search, filters, order, links by hash, and printing.

const AT_ONCE = 100; // stories that are drawn at once
const storyByNumber = new Map(data.stories.map((story) => [story.story, story]));
const publisherKeys = data.publishers.map(folded);
const opened = new Set();
let limit = AT_ONCE;

for (const story of data.stories) {
  for (const article of story.articles) article.key = folded(`${article.title || ""} ${publisherOf(article)} ${article.id}`);
  const times = story.articles.map((article) => article.time).filter(Boolean).sort();
  story.first = times[0] || "";
  story.last = times[times.length - 1] || "";
}

const ORDERS = {
  size: ["most articles", (a, b) => sizeOf(b) - sizeOf(a)],
  publishers: ["most publishers", (a, b) => publishersOf(b).size - publishersOf(a).size],
  copies: ["most copies", (a, b) => sizeOf(b) - b.texts - (sizeOf(a) - a.texts)],
  newest: ["latest first", (a, b) => b.last.localeCompare(a.last)],
  oldest: ["earliest first", (a, b) => (a.first || "9").localeCompare(b.first || "9")],
};

function field(label, control) {
  return element("label", {}, element("span", {}, label), control);
}

function choice(name, options) {
  return element("select", { name, change: changed }, options.map(([value, label]) => element("option", { value }, label)));
}

function publisherChoice() {
  const numbers = new Map();
  for (const story of data.stories) for (const name of publishersOf(story)) numbers.set(name, (numbers.get(name) || 0) + 1);
  const most = [...numbers].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return choice("publisher", [["", "all publishers"], ...most.map(([name, number]) => [name, `${name} (${number})`])]);
}

const hasStories = data.stories.some((story) => sizeOf(story) > 1);
const form = element("form", { class: "filters", role: "search", submit: (event) => event.preventDefault() },
  field("Search headlines, publishers and ids", element("input", { type: "search", name: "words", input: changed })),
  field("Publisher", publisherChoice()),
  field("From", element("input", { type: "date", name: "from", change: changed })),
  field("To", element("input", { type: "date", name: "to", change: changed })),
  field("Show", choice("least", [["2", "stories of 2 or more articles"], ["1", "single articles too"]])),
  field("Order", choice("order", Object.entries(ORDERS).map(([name, [label]]) => [name, label]))));
if (!hasStories) form.elements.least.value = "1";
const status = element("p", { class: "status", role: "status" });
const list = element("div", { class: "stories" });
const more = element("button", { type: "button", click: () => { limit += AT_ONCE; draw(); } });
const single = element("button", { type: "button", click: () => { form.elements.least.value = "1"; changed(); } });

// Whether an article is one that the filters ask for.
function isWanted(article, words, publisher, from, to) {
  if (publisher && publisherOf(article) !== publisher) return false;
  const day = (article.time || "").slice(0, 10);
  if ((from && day < from) || (to && (!day || day > to))) return false;
  return words.every((word) => article.key.includes(word));
}

function chosen() {
  const { words, publisher, from, to, least, order } = form.elements;
  const wanted = folded(words.value).split(/\s+/).filter(Boolean);
  const found = data.stories.filter((story) =>
    story.articles.some((article) => isWanted(article, wanted, publisher.value, from.value, to.value)));
  const compare = ORDERS[order.value][1];
  const shown = found.filter((story) => sizeOf(story) >= Number(least.value));
  return { shown: order.value === "size" ? shown : shown.sort(compare), hidden: found.length - shown.length };
}

function draw() {
  const { shown, hidden } = chosen();
  const drawn = shown.slice(0, limit).map((story) => {
    const details = storyDetails(story);
    if (opened.has(story.story)) openDetails(details, false);
    details.addEventListener("toggle", () => (details.open ? opened.add(story.story) : opened.delete(story.story)));
    return details;
  });
  list.replaceChildren(...drawn);
  const articles = shown.reduce((sum, story) => sum + sizeOf(story), 0);
  status.textContent = shown.length
    ? `${counted(shown.length, "story", "stories")} with ${counted(articles, "article")}`
    : "No story matches.";
  single.textContent = `Show ${counted(hidden, "single article")} too`;
  single.hidden = !hidden;
  more.textContent = `Show ${Math.min(AT_ONCE, shown.length - limit)} of ${counted(shown.length - limit, "more story", "more stories")}`;
  more.hidden = shown.length <= limit;
}

function changed() {
  limit = AT_ONCE;
  draw();
}

// Show the story that the address names, whatever the filters are.
function follow() {
  const [, number] = /^#story-(\d+)$/.exec(location.hash) || [];
  const story = storyByNumber.get(Number(number));
  if (!story) return;
  opened.add(story.story);
  if (!chosen().shown.includes(story)) {
    form.reset();
    form.elements.least.value = sizeOf(story) > 1 ? "2" : "1";
  }
  limit = Math.max(limit, chosen().shown.indexOf(story) + 1);
  draw();
  const details = document.getElementById(`story-${story.story}`);
  details.scrollIntoView();
  details.querySelector("summary").focus({ preventScroll: true });
}

// Paper shows every chosen story with its copies; a comparison only where the reader opened it.
let limitOnScreen = null;
function beforePrint() {
  if (limitOnScreen !== null) return;
  limitOnScreen = limit;
  const all = chosen().shown;
  for (let place = list.children.length; place < all.length; place += 1) list.append(storyDetails(all[place]));
  for (const details of list.children) {
    openDetails(details, false);
    for (const inner of details.querySelectorAll("details.copies, details.why, details.when")) openDetails(inner, false);
  }
}
function afterPrint() {
  limit = limitOnScreen;
  limitOnScreen = null;
  draw();
}

view.replaceChildren(form, status, list, element("p", { class: "more" }, more, single));
addEventListener("hashchange", follow);
addEventListener("beforeprint", beforePrint);
addEventListener("afterprint", afterPrint);
draw();
follow();
document.documentElement.dataset.ready = "yes";
