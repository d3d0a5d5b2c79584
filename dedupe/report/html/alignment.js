// Two texts side by side, sentence by sentence.

const MEANINGS = {
  verbatim: "the same words, or a run of them",
  edited: "most words kept, or words only cut out",
  rewritten: "said in other words",
  new: "no match on the other side",
};

// Runs of text, of which every second one is marked by an element of this name.
function marked(runs, name) {
  return runs.map((run, place) => (place % 2 ? element(name, {}, run) : run));
}

function matchedSentences(row) {
  const kind = row.labels[0];
  const chips = row.labels.map((label) => element("span", { class: `chip ${label.replaceAll(" ", "-")}` }, label));
  const hasScore = kind !== "new" && kind !== "verbatim";
  const score = hasScore ? element("span", { class: "score" }, `score ${row.score.toFixed(2)}`) : null;
  const side = (runs, name, place) => element("p", { class: `side ${place}${runs.some(Boolean) ? "" : " empty"}` },
    marked(runs, name));
  return element("li", { class: `match ${kind}${row.right ? "" : " same"}` },
    element("div", { class: "labels" }, chips, score),
    element("div", { class: "sides" }, side(row.left, "del", "left"), side(row.right || row.left, "ins", "right")));
}

// How much of two texts stands in matched sentences.
function sharedWords(compared) {
  return [
    element("p", {}, `${percent(compared.left_reused)} of the words on the left and ` +
      `${percent(compared.right_reused)} of those on the right stand in matched sentences.`),
    compared.is_partial ? element("p", { class: "warning" }, "The texts are so large or repetitive that something may be missing.") : null,
  ];
}

// The comparison of two texts. `left` and `right` say whose they are.
function comparison(compared, left, right) {
  const hasMatches = Object.keys(compared.counts).some((kind) => kind !== "new");
  const shown = new Set(compared.rows.map((row) => row.labels[0]));
  const counts = Object.entries(compared.counts).map(([kind, number]) => element("li", {},
    element("span", { class: `chip ${kind}` }, kind), ` ${number}: ${MEANINGS[kind]}${shown.has(kind) ? "" : ", not shown"}`));
  return [
    element("ul", { class: "legend" }, counts, element("li", {},
      element("del", {}, "crossed out"), ": only on the left; ", element("ins", {}, "underlined"), ": only on the right")),
    element("div", { class: "sides heads" }, element("p", { class: "side" }, left), element("p", { class: "side" }, right)),
    compared.rows.length
      ? element("ol", { class: "matches" }, compared.rows.map(matchedSentences))
      : element("p", {}, hasMatches ? "No sentences are shown." : "No sentence of one text matches a sentence of the other."),
  ];
}
