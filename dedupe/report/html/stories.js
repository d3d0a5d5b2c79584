// The list of stories: search, filters, order, and links by hash.

const storyByNumber = new Map(data.stories.map((story) => [story.story, story]));

for (const story of data.stories) {
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

const form = element("form", { class: "filters", role: "search", submit: (event) => event.preventDefault() },
  field("Search headlines, publishers and ids", element("input", { type: "search", name: "words", input: draw })),
  field("Publisher", nameChoice("publisher", "all publishers", data.stories.map(publishersOf), draw)),
  field("From", element("input", { type: "date", name: "from", change: draw })),
  field("To", element("input", { type: "date", name: "to", change: draw })),
  field("Show", choice("least", [["2", "stories of 2 or more articles"], ["1", "single articles too"]], draw)),
  field("Order", choice("order", Object.entries(ORDERS).map(([name, [label]]) => [name, label]), draw)));
if (!data.stories.some((story) => sizeOf(story) > 1)) form.elements.least.value = "1";
const status = element("p", { class: "status", role: "status" });
const list = listing((story) => `story-${story.story}`, storyDetails, "story", "stories");
const single = element("button", { type: "button", click: () => { form.elements.least.value = "1"; draw(); } });

// The stories of which an article meets all filters, and how many more there are of a single article.
function chosen() {
  const { words, publisher, from, to, least, order } = form.elements;
  const wanted = wordsOf(words);
  const found = data.stories.filter((story) => story.articles.some((article) =>
    (!publisher.value || publisherOf(article) === publisher.value) && isWithin(article.time, from.value, to.value) &&
    hasWords(article, wanted)));
  const shown = found.filter((story) => sizeOf(story) >= Number(least.value));
  return { shown: order.value === "size" ? shown : shown.sort(ORDERS[order.value][1]), hidden: found.length - shown.length };
}

function draw() {
  const { shown, hidden } = chosen();
  const articles = shown.reduce((sum, story) => sum + sizeOf(story), 0);
  status.textContent = shown.length
    ? `${counted(shown.length, "story", "stories")} with ${counted(articles, "article")}`
    : "No story matches.";
  single.textContent = `Show ${counted(hidden, "single article")} too`;
  single.hidden = !hidden;
  list.show(shown);
}

// Show the story that the address names, whatever the filters are.
function follow() {
  const [, number] = /^#story-(\d+)$/.exec(location.hash) || [];
  const story = storyByNumber.get(Number(number));
  if (!story) return;
  if (!chosen().shown.includes(story)) {
    form.reset();
    form.elements.least.value = sizeOf(story) > 1 ? "2" : "1";
    draw();
  }
  list.reveal(story);
}

view.replaceChildren(form, status, single, element("h2", {}, "Stories"), ...list.parts);
addEventListener("hashchange", follow);
draw();
follow();
document.documentElement.dataset.ready = "yes";
