// The page of one alignment: two texts side by side, by kind of match.

function whose(article) {
  return [
    webLink(article.title, article.url),
    element("span", { class: "meta" }, [article.publisher, article.published, article.title === article.id ? "" : article.id]
      .filter(Boolean).map((part, place) => [place ? " · " : "", foreign(part)])),
  ];
}

const kinds = Object.keys(data.compared.counts).filter((kind) => data.compared.rows.some((row) => row.labels[0] === kind));
const drawn = element("div", {});

function drawKinds() {
  const wanted = kinds.filter((kind) => filters.elements[kind].checked);
  const rows = data.compared.rows.filter((row) => wanted.includes(row.labels[0]));
  drawn.replaceChildren(...comparison({ ...data.compared, rows }, whose(data.left), whose(data.right)));
}

const filters = element("form", { class: "filters", submit: (event) => event.preventDefault() }, kinds.map((kind) =>
  element("label", { class: "box" },
    element("input", { type: "checkbox", name: kind, checked: true, change: drawKinds }), kind)));

view.replaceChildren(filters, drawn);
drawKinds();
document.documentElement.dataset.ready = "yes";
