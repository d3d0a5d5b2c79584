// A long list that can be filtered: its records are drawn some at a time, and all of them on paper.

const AT_ONCE = 100; // records that are drawn at once
const listings = [];

// `make` draws a record as closed details, whose id is `idOf` of the record.
function listing(idOf, make, one, many) {
  const opened = new Set();
  const drawn = element("div", { class: "list" });
  const more = element("button", { type: "button", click: () => { limit += AT_ONCE; draw(); } });
  let limit = AT_ONCE;
  let records = [];
  let isPaper = false;

  function draw() {
    const shown = isPaper ? records : records.slice(0, limit);
    drawn.replaceChildren(...shown.map(isPaper ? makeForPaper : makeForScreen));
    const left = records.length - shown.length;
    more.textContent = `Show ${Math.min(AT_ONCE, left)} of ${counted(left, `more ${one}`, many && `more ${many}`)}`;
    more.hidden = !left;
  }

  // On paper everything is open but the comparisons, of which only those are printed that the reader opened.
  function makeForPaper(record) {
    const details = make(record);
    openDetails(details);
    for (const inner of details.querySelectorAll("details:not(.compare, .text)")) openDetails(inner);
    const open = document.getElementById(details.id);
    const chosen = open ? [...open.querySelectorAll("details.compare[open], details.text[open]")].map((each) => each.dataset.key) : [];
    for (const inner of details.querySelectorAll("details")) if (chosen.includes(inner.dataset.key)) openDetails(inner);
    return details;
  }

  function makeForScreen(record) {
    const details = make(record);
    if (opened.has(details.id)) openDetails(details);
    details.addEventListener("toggle", () => (details.open ? opened.add(details.id) : opened.delete(details.id)));
    return details;
  }

  const made = {
    parts: [drawn, element("p", { class: "more" }, more)],
    show(chosen) {
      records = chosen;
      limit = AT_ONCE;
      draw();
    },
    // Open a record that is among those that are shown, and go to it.
    reveal(record) {
      opened.add(idOf(record));
      limit = Math.max(limit, records.indexOf(record) + 1);
      draw();
      const details = document.getElementById(idOf(record));
      details.querySelector("summary").focus({ preventScroll: true });
      details.scrollIntoView();
      // Records above get their true height only when they are about to be seen, which moves this one.
      requestAnimationFrame(() => requestAnimationFrame(() => details.scrollIntoView()));
    },
    print(paper) {
      if (paper === isPaper) return;
      isPaper = paper;
      draw();
    },
  };
  listings.push(made);
  return made;
}

addEventListener("beforeprint", () => listings.forEach((each) => each.print(true)));
addEventListener("afterprint", () => listings.forEach((each) => each.print(false)));

// The controls above a list.
function field(label, control) {
  return element("label", {}, element("span", {}, label), control);
}

function choice(name, options, change) {
  return element("select", { name, change }, options.map(([value, label]) => element("option", { value }, label)));
}

// A choice among publishers or agencies, with how many records each has, those with most first.
function nameChoice(name, all, namesOfRecords, change) {
  const numbers = new Map();
  for (const names of namesOfRecords) for (const each of names) numbers.set(each, (numbers.get(each) || 0) + 1);
  const most = [...numbers].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return choice(name, [["", all], ...most.map(([each, number]) => [each, `${each} (${number})`])], change);
}

function isWithin(time, from, to) {
  const day = (time || "").slice(0, 10);
  return !(from && day < from) && !(to && (!day || day > to));
}

function wordsOf(control) {
  return folded(control.value).split(/\s+/).filter(Boolean);
}

// Whether an article or a sentence has all words that are searched for. What it is searched by is made only then.
function hasWords(record, words) {
  if (!words.length) return true;
  const searched = [record.title, publisherOf(record), record.id, record.text, ...(record.agencies || [])];
  record.key ??= folded(searched.filter(Boolean).join(" "));
  return words.every((word) => record.key.includes(word));
}
