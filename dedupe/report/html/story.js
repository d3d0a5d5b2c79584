// One story: who printed it when, its texts with their copies, and why it is one story.

const SHORT_TIMELINE = 8; // publishers up to which a timeline is open at once

// What a story is called: the headline of its canonical article, or the first one that says anything.
function labelOf(story) {
  return story.label || headlineOf(story.articles[0]);
}

function sizeOf(story) {
  return story.articles.length + (story.missing || 0);
}

// The first print of each publisher, the earliest first.
function firstPrints(articles) {
  const firsts = new Map();
  for (const article of [...articles].sort(byTime)) {
    const name = publisherOf(article);
    if (!name || !article.time) continue;
    if (!firsts.has(name)) firsts.set(name, { name, article, number: 0 });
    firsts.get(name).number += 1;
  }
  return [...firsts.values()];
}

// Whether the first print is certainly earlier than all articles that others may have printed, be it without a name or
// a date: a day alone may be any time of it.
function isFirstCertain({ name, article: { time: start } }, articles) {
  return articles.every((article) => {
    if (publisherOf(article) === name) return true;
    if (!article.time) return false;
    const length = isDay(start) || isDay(article.time) ? 10 : 20;
    return start.slice(0, length) < article.time.slice(0, length);
  });
}

// A row of the timeline. `start` and `span` are the time of the first print and the milliseconds to the last.
function timelineRow(one, note, start, span) {
  const dot = element("span", { class: "dot" });
  dot.style.insetInlineStart = `${((Date.parse(one.article.time) - Date.parse(start)) / span) * 100}%`;
  return element("tr", {},
    element("th", { scope: "row" }, foreign(one.name)),
    element("td", { class: "time" }, shownTime(one.article.time)),
    element("td", { class: note.endsWith("first") ? "first" : "lag" }, note),
    element("td", { class: "number" }, String(one.number)),
    element("td", { class: "axis", "aria-hidden": "true" }, element("span", { class: "line" }, dot)));
}

// Who printed the story when, with a summary in a line; open at once where that takes little room.
function timeline(story) {
  const firsts = firstPrints(story.articles);
  if (!firsts.length) return element("p", { class: "meta" }, "No article has both a publisher and a date.");
  const start = firsts[0].article.time;
  const end = firsts[firsts.length - 1].article.time;
  const span = Math.max(1, Date.parse(end) - Date.parse(start));
  const isCertain = isFirstCertain(firsts[0], story.articles);
  const first = isCertain ? "first" : "perhaps first";
  const others = firsts.length - 1;
  const summary = ["Who printed it when: ", foreign(firsts[0].name), isCertain ? " first" : " or others first",
    `, ${shownTime(start)}`, others ? `; ${counted(others, "more publisher")}, the last ${lag(start, end)}` : ""];
  const rows = () => firsts.map((one, place) => timelineRow(one, place ? lag(start, one.article.time) : first, start, span));
  const details = lazyDetails({ class: "when" }, summary, () => element("div", { class: "wide" },
    element("table", { class: "timeline" },
      element("thead", {}, element("tr", {},
        element("th", { scope: "col" }, "publisher"), element("th", { scope: "col" }, "first print"),
        element("th", { scope: "col" }, "after the first"), element("th", { scope: "col", class: "number" }, "articles"),
        element("td", { class: "axis", "aria-hidden": "true" }))),
      element("tbody", {}, rows()))));
  if (firsts.length > 1 && firsts.length <= SHORT_TIMELINE) openDetails(details);
  return details;
}

function relationOf(article) {
  if (article.copy_of === undefined) return article.p ? `in this story with probability ${article.p}` : "";
  const route = article.route ? `, ${article.route}` : "";
  return `${article.relation}${route}, ${percent(article.shared || 0)} shared`;
}

// The independent texts in the order of time, each with its copies folded under it.
function texts(story) {
  const places = story.articles.map((_, place) => place).sort((a, b) => byTime(story.articles[a], story.articles[b]) || a - b);
  const copies = new Map();
  for (const place of places) {
    const of = story.articles[place].copy_of;
    if (of !== undefined) copies.set(of, [...(copies.get(of) || []), place]);
  }
  const line = (place) => {
    const article = story.articles[place];
    const beside = story.articles[article.copy_of === undefined ? 0 : article.copy_of];
    const key = `${story.story}/${place}`;
    return [articleLine(article, relationOf(article)), textsOf(data.pairs[key], article, beside, key)];
  };
  const originals = places.filter((place) => story.articles[place].copy_of === undefined);
  return [
    story.missing ? element("p", { class: "warning" }, `${counted(story.missing, "article")} of this story did not fit into this page.`) : null,
    element("h3", {}, counted(story.texts, "independent text")),
    element("ul", { class: "texts" }, originals.map((place) => element("li", {}, line(place), copies.has(place)
      ? lazyDetails({ class: "copies" }, counted(copies.get(place).length, "copy", "copies"), () =>
        element("ul", {}, copies.get(place).map((copy) => element("li", {}, line(copy)))))
      : null))),
  ];
}

function reason(story) {
  const why = data.reasons[story.story];
  if (!why) return null;
  const nearest = why.nearest;
  const days = why.days === undefined ? "" : `, ${counted(why.days, "day")} apart`;
  const words = (label, some) => (some ? [element("dt", {}, label), element("dd", {}, foreign(some))] : null);
  return lazyDetails({ class: "why" }, "Why this is one story", () => [
    element("p", {}, `The weakest join, of ${counted(why.sides[0], "text")} with ${counted(why.sides[1], "text")}${days}, ` +
      `has probability ${why.p} of one event; ${data.threshold} makes one story.`),
    element("dl", {}, words("both sides have", why.shared)),
    nearest
      ? [element("p", {}, "Nearest story outside: ", storyLink(nearest.story), `, p ${nearest.p}, ${nearest.why}.`),
        element("dl", {}, words("both have", nearest.shared), words("only this story has", nearest.here),
          words("only that story has", nearest.there))]
      : element("p", {}, "No other story was near enough to be compared."),
  ]);
}

function storyLink(number) {
  const story = storyByNumber.get(number);
  const name = story ? labelOf(story) : `story ${number}, which is not in this page`;
  return story ? element("a", { href: `#story-${number}` }, foreign(name)) : name;
}

function spanOf(story) {
  const times = story.articles.map((article) => article.time).filter(Boolean).sort();
  if (!times.length) return "no dates";
  const [first, last] = [times[0], times[times.length - 1]];
  if (first.slice(0, 10) === last.slice(0, 10)) return first.slice(0, 10);
  return `${first.slice(0, 10)} – ${last.slice(0, 10)}`;
}

function publishersOf(story) {
  return new Set(story.articles.map(publisherOf).filter(Boolean));
}

// A story as it stands in the list, closed.
function storyDetails(story) {
  const publishers = publishersOf(story);
  const several = sizeOf(story) > 1;
  const meta = [
    `story ${story.story}`,
    counted(sizeOf(story), "article"),
    several ? (story.texts === sizeOf(story) ? "no copies" : counted(story.texts, "independent text")) : null,
    publishers.size === 1 ? foreign([...publishers][0]) : publishers.size ? counted(publishers.size, "publisher") : null,
    spanOf(story),
  ].filter(Boolean);
  const summary = [
    foreign(labelOf(story), { class: "headline" }),
    element("span", { class: "meta" }, meta.map((part, place) => (place ? [" · ", part] : part))),
  ];
  return lazyDetails({ id: `story-${story.story}`, class: "story" }, summary, () => [
    several ? timeline(story) : null,
    texts(story),
    reason(story),
    element("p", {}, element("a", { href: `#story-${story.story}` }, `Link to story ${story.story}`),
      story.saga === undefined ? null : ` · saga ${story.saga}`),
  ]);
}
