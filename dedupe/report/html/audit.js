// The page of an audit: the matrix of publishers, the articles that have words from others, and the reused sentences.

for (const [place, article] of data.articles.entries()) {
  article.place = place;
  article.givers = new Set((article.sources || []).map((source) => publisherAt(source.article)).filter(Boolean));
  article.reused = article.words * (article.shares[1] + article.shares[2] + article.shares[3]);
}
for (const [place, sentence] of data.sentences.entries()) {
  sentence.place = place;
  sentence.giver = publisherAt(sentence.places[0].article);
  sentence.takers = new Set(sentence.places.slice(1).map((place) => publisherAt(place.article)).filter(Boolean));
}

// The publisher of an article by its place; "" where it did not fit into the page.
function publisherAt(place) {
  return data.articles[place] ? publisherOf(data.articles[place]) : "";
}

function articleLink(place) {
  const article = data.articles[place];
  if (!article) return "an article that is not in this page";
  return [element("a", { href: `#article-${place}` }, foreign(headlineOf(article))),
    " · ", foreign(publisherOf(article) || "no publisher"), " · ", shownTime(article.time)];
}

// Where the words of an article come from, as a bar and in words.
function account(article) {
  const parts = data.shares.map((name, place) => [name, article.shares[place]]).filter(([, share]) => share);
  return [
    element("div", { class: "bar", "aria-hidden": "true" }, parts.map(([name, share]) => {
      const part = element("span", { class: name });
      part.style.flexGrow = share;
      return part;
    })),
    element("p", { class: "meta" }, `${counted(article.words, "word")}: `,
      parts.map(([name, share], place) => [place ? ", " : "", `${name} ${percent(share)}`]),
      article.undetermined ? `; of ${percent(article.undetermined)} nobody is known to be first` : ""),
  ];
}

function sourceLine(source) {
  const notes = [
    source.words || !source.quoted ? counted(source.words, "word") : "",
    source.quoted ? `${source.quoted} quoted` : "",
    source.grade === "none" ? "" : `reuse: ${source.grade}`,
    source.hours === null ? "" : `${hoursLater(source.hours)} before`,
    source.certain ? "" : "order not known",
    source.agency ? "both print one agency" : "",
  ].filter(Boolean).join(", ");
  return element("li", {}, articleLink(source.article), ` (${notes})`);
}

// Every sentence of an article, with its class and where it comes from.
function wholeText(article) {
  const sentences = data.accounts[article.place];
  if (!sentences) return null;
  return lazyDetails({ class: "text", "data-key": `text ${article.place}` }, "Text, sentence by sentence", () =>
    element("ol", { class: "matches" }, sentences.map(([kind, text, source]) => element("li", { class: `match ${kind}` },
      element("div", { class: "labels" }, element("span", { class: `chip ${kind}` }, kind),
        source === null ? null : element("span", { class: "meta" }, "from ", articleLink(source))),
      element("p", {}, foreign(text))))));
}

function articleDetails(article) {
  const { place } = article;
  const summary = [
    foreign(headlineOf(article), { class: "headline" }),
    element("span", { class: "meta" }, foreign(publisherOf(article) || "no publisher"), " · ", shownTime(article.time), " · ",
      counted(Math.round(article.reused), "reused word"), ` of ${article.words.toLocaleString("en")}`,
      article.grade === "none" ? "" : ` · reuse: ${article.grade}`),
  ];
  return lazyDetails({ id: `article-${place}`, class: "story" }, summary, () => [
    account(article),
    article.agencies ? element("p", {}, "Says it prints: ", foreign(article.agencies.join(", "))) : null,
    article.sources
      ? [element("h3", {}, "Largest sources, at most five"), element("ul", {}, article.sources.map(sourceLine))]
      : element("p", {}, "It has no sentence from another article."),
    article.not_compared ? element("p", { class: "warning" }, `${counted(article.not_compared, "pair")} of this article ${article.not_compared === 1 ? "was" : "were"} not compared.`) : null,
    article.is_partial ? element("p", { class: "warning" }, "It was compared in part only.") : null,
    textsOf(data.pairs[place], article, article.sources && data.articles[article.sources[0].article] || article, String(place)),
    wholeText(article),
    element("p", {}, article.url ? [webLink("Its page", article.url), " · "] : null,
      element("a", { href: `#article-${place}` }, "Link to this article"), " · ", foreign(article.id, { class: "id" })),
  ]);
}

function placeLine(place) {
  return element("li", {}, element("span", { class: `chip ${place.kind}` }, place.kind), articleLink(place.article),
    place.text ? element("p", {}, foreign(place.text)) : null);
}

function sentenceDetails(sentence) {
  const first = sentence.giver || "an unknown publisher";
  const meta = [
    counted(sentence.publishers, "publisher"), counted(sentence.articles, "article"), counted(sentence.words, "word"),
    sentence.certain ? ["first in ", foreign(first)] : ["perhaps first in ", foreign(first)],
  ];
  const summary = [
    sentence.quote ? element("span", { class: "chip quoted" }, "quoted") : null,
    foreign(sentence.text || "A sentence whose text is not in this page", { class: "headline" }),
    element("span", { class: "meta" }, meta.map((part, place) => [place ? " · " : "", part])),
  ];
  return lazyDetails({ id: `sentence-${sentence.place}`, class: "story" }, summary, () => [
    element("ol", { class: "places" }, sentence.places.map(placeLine)),
    element("p", {}, element("a", { href: `#sentence-${sentence.place}` }, "Link to this sentence")),
  ]);
}

const ORDERS = {
  words: ["most reused words", (a, b) => b.reused - a.reused],
  share: ["largest reused share", (a, b) => b.reused / (b.words || 1) - a.reused / (a.words || 1)],
  newest: ["latest first", (a, b) => (b.time || "").localeCompare(a.time || "")],
  oldest: ["earliest first", byTime],
};

const form = element("form", { class: "filters", role: "search", submit: (event) => event.preventDefault() },
  field("Search headlines, publishers, agencies, ids and sentences", element("input", { type: "search", name: "words", input: draw })),
  field("Publisher", nameChoice("taker", "all publishers", data.articles.map((each) => [publisherOf(each)].filter(Boolean)), draw)),
  field("Has words from", nameChoice("giver", "anybody", data.articles.map((each) => each.givers), draw)),
  field("Says it prints", nameChoice("agency", "anything", data.articles.map((each) => each.agencies || []), draw)),
  field("From", element("input", { type: "date", name: "from", change: draw })),
  field("To", element("input", { type: "date", name: "to", change: draw })),
  field("Order of articles", choice("order", Object.entries(ORDERS).map(([name, [label]]) => [name, label]), draw)));
const status = element("p", { class: "status", role: "status" });
const chosenPair = element("div", {});
const articles = listing((article) => `article-${article.place}`, articleDetails, "article");
const sentences = listing((sentence) => `sentence-${sentence.place}`, sentenceDetails, "sentence");

function draw() {
  const { words, taker, giver, agency, from, to, order } = form.elements;
  const wanted = wordsOf(words);
  const isOfAgency = (article) => !agency.value || (article.agencies || []).includes(agency.value);
  const ofArticles = data.articles.filter((article) => (!taker.value || publisherOf(article) === taker.value) &&
    (!giver.value || article.givers.has(giver.value)) && isOfAgency(article) && isWithin(article.time, from.value, to.value) && hasWords(article, wanted));
  const ofSentences = data.sentences.filter((sentence) => (!taker.value || sentence.takers.has(taker.value)) &&
    (!giver.value || sentence.giver === giver.value) && hasWords(sentence, wanted) &&
    sentence.places.map((place) => data.articles[place.article] || {}).some((article) =>
      isOfAgency(article) && isWithin(article.time, from.value, to.value)));
  const flow = data.flows.find((each) => nameOf(each.taker) === taker.value && nameOf(each.giver) === giver.value);
  chosenPair.replaceChildren(...(flow ? [flowLine(flow)] : []));
  status.textContent = `${counted(ofArticles.length, "article")} and ${counted(ofSentences.length, "reused sentence")}`;
  articles.show(order.value === "words" ? ofArticles : ofArticles.sort(ORDERS[order.value][1]));
  sentences.show(ofSentences);
}

function choosePair(flow) {
  form.elements.taker.value = nameOf(flow.taker);
  form.elements.giver.value = nameOf(flow.giver);
  draw();
  status.scrollIntoView();
}

// Show the article or the sentence that the address names, whatever the filters are.
function follow() {
  const [, kind, number] = /^#(article|sentence)-(\d+)$/.exec(location.hash) || [];
  const [all, shown] = kind === "article" ? [data.articles, articles] : [data.sentences, sentences];
  if (!kind || !all[number]) return;
  if (!document.getElementById(`${kind}-${number}`)) {
    form.reset();
    draw();
  }
  shown.reveal(all[number]);
}

view.replaceChildren(
  element("h2", {}, "Who has words from whom"),
  element("p", {}, element("a", { href: "#articles" }, "Skip the matrix")), element("div", {}, matrix(choosePair)),
  element("div", { id: "articles", tabindex: "-1" }, form), status, chosenPair,
  element("h2", {}, "Articles"), ...articles.parts,
  element("h2", {}, "Reused sentences"), ...sentences.parts);
addEventListener("hashchange", follow);
draw();
follow();
document.documentElement.dataset.ready = "yes";
