// Who has how many words from whom: a table of publishers by publishers.

const MATRIX_SIZE = 20; // publishers that have rows and columns: those with most words taken or given

function nameOf(publisher) {
  return data.publishers[publisher];
}

function mostInvolved() {
  const words = new Map();
  for (const flow of data.flows) {
    for (const one of new Set([flow.taker, flow.giver])) words.set(one, (words.get(one) || 0) + flow.words);
  }
  return [...words].filter(([, number]) => number).sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, MATRIX_SIZE).map(([one]) => one);
}

function cell(flow, most, choose) {
  if (!flow || !flow.words) return element("td", { class: "cell" });
  const meaning = `${nameOf(flow.taker)} has ${counted(flow.words, "word")} from ${nameOf(flow.giver)}`;
  const button = element("button", { type: "button", "aria-label": meaning, title: meaning, click: () => choose(flow) },
    flow.words.toLocaleString("en"));
  button.style.setProperty("--strength", `${Math.round(4 + 40 * Math.sqrt(flow.words / most))}%`);
  return element("td", { class: "cell" }, button);
}

// The matrix. `choose` is called with a pair of publishers that the reader clicks.
function matrix(choose) {
  const shown = mostInvolved();
  if (!shown.length) return element("p", {}, "No publisher has words from another article of a known publisher.");
  const flows = new Map(data.flows.map((flow) => [`${flow.taker} ${flow.giver}`, flow]));
  const most = Math.max(...data.flows.map((flow) => flow.words));
  const givers = shown.map((one) => element("th", { scope: "col" }, element("span", { class: "upright" }, foreign(nameOf(one)))));
  const rows = shown.map((taker) => element("tr", {}, element("th", { scope: "row", title: nameOf(taker) }, foreign(nameOf(taker))),
    shown.map((giver) => cell(flows.get(`${taker} ${giver}`), most, choose))));
  const involved = new Set(data.flows.flatMap((flow) => [flow.taker, flow.giver])).size;
  const rest = involved > shown.length ? ` The ${shown.length} of ${involved} publishers with most words are shown.` : "";
  return [
    element("p", { class: "meta" }, "A cell counts the words of narration that its row has from its column; a click shows their " +
      `articles and sentences. The diagonal is what a publisher has from other articles of its own.${rest}`),
    element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Matrix of publishers" },
      element("table", { class: "matrix" },
        element("thead", {}, element("tr", {}, element("td", {}, "has words from →"), givers)),
        element("tbody", {}, rows))),
  ];
}

// What one publisher has from another, in words.
function flowLine(flow) {
  const kinds = Object.entries(flow.kinds).filter(([, words]) => words).map(([kind, words]) => `${words.toLocaleString("en")} ${kind}`);
  const delay = flow.hours === null ? "" : ` Half of them came more than ${hoursLater(flow.hours)} later.`;
  return element("p", {}, foreign(nameOf(flow.taker)), ` has ${counted(flow.words, "word")} in ${counted(flow.articles, "article")} from `,
    foreign(nameOf(flow.giver)), `, ${percent(flow.share)} of all its words (${kinds.join(", ")}).${delay}`);
}

function hoursLater(hours) {
  if (Math.abs(hours) < 1) return `${Math.round(hours * 60)} min`;
  return Math.abs(hours) < 48 ? `${hours.toFixed(1)} h` : `${Math.round(hours / 24)} days`;
}
