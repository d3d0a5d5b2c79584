// One article in a line, and its texts.

function publisherOf(article) {
  return article.publisher === undefined ? "" : data.publishers[article.publisher];
}

function headlineOf(article) {
  return article.title || article.id;
}

function byTime(one, other) {
  return (one.time || "9").localeCompare(other.time || "9");
}

// What is known of one article, in a line.
function articleLine(article, note) {
  return element("p", { class: "article" },
    webLink(headlineOf(article), article.url), " ",
    element("span", { class: "meta" },
      foreign(publisherOf(article) || "no publisher"), " · ", element("span", { class: "time" }, shownTime(article.time)),
      article.title ? [" · ", foreign(article.id, { class: "id" })] : null,
      note ? [" · ", note] : null));
}

// The comparison of an article with another one, and its text, where the page has them, each to be opened.
function textsOf(pair, article, beside, key) {
  const parts = [];
  if (pair && pair.compared) {
    const whose = (one) => [foreign(publisherOf(one) || one.id), element("span", { class: "meta" }, shownTime(one.time))];
    const label = foreign(`Compare with ${publisherOf(beside) || headlineOf(beside)}`);
    parts.push(lazyDetails({ class: "compare", "data-key": `compare ${key}` }, label, () =>
      [sharedWords(pair.compared), comparison(pair.compared, whose(beside), whose(article))]));
  }
  if (pair && pair.text) {
    parts.push(lazyDetails({ class: "text", "data-key": `text ${key}` }, "Text", () =>
      pair.text.map((paragraph) => element("p", {}, foreign(paragraph)))));
  }
  return parts;
}
