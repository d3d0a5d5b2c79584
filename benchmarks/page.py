"""How large the HTML page of a big collection is, and how soon a browser shows it, beside a page that has all as elements.

    python -m benchmarks.page [--articles 12000] [--repeats 3] [--write]

The articles are the first of news_allsides (DEDUPE_BENCH_DATA); the page has no texts. The other page is what the
script makes of the same data when everything is drawn, saved as HTML: all stories, closed, with all they hold. Both are
opened in turns, and the least time counts. Needs the extra ``browser`` and Chromium.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import bench_data, keep_figures, rows_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DRAW_ALL = """() => {
  form.elements.least.value = "1";
  draw();
  dispatchEvent(new Event("beforeprint"));
  document.querySelectorAll("details").forEach((one) => (one.open = false));
  document.querySelectorAll("script").forEach((one) => one.remove());
  return "<!doctype html>" + document.documentElement.outerHTML;
}"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))"


def make_page(articles: int) -> tuple[str, dict[str, float]]:
    """The page of the first articles, and how long clustering and the page took."""
    from dedupe import Article
    from dedupe.clustering import cluster
    from dedupe.reading.articles import to_table
    from dedupe.report.html.clustering import page_lines
    from dedupe.report.html.texts import PageOptions

    rows = itertools.islice(rows_of(bench_data() / "news_allsides.jsonl.gz"), articles)
    table = to_table(
        Article(row["id"], row["title"], row["text"], row["source"], row["published_at"], row["url"]) for row in rows
    )
    began = time.process_time()
    clustering = cluster(table)
    clustered = time.process_time()
    page = "\n".join(page_lines(clustering, table, ["articles.jsonl"], PageOptions("none", 100_000_000)))
    spent = {"cluster_cpu_s": clustered - began, "page_cpu_s": time.process_time() - clustered}
    return page, {name: round(seconds, 2) for name, seconds in spent.items()}


def seconds_to_show(browser: Browser, path: Path) -> float:
    """Seconds until a new tab has painted the complete page."""
    tab = browser.new_page()
    began = time.perf_counter()
    tab.goto(path.as_uri())
    tab.wait_for_selector("html[data-ready]")
    tab.evaluate(PAINTED)
    seconds = time.perf_counter() - began
    tab.close()
    return seconds


def measure(articles: int, repeats: int) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    page, spent = make_page(articles)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours, elements = Path(folder, "page.html"), Path(folder, "elements.html")
        ours.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        tab = browser.new_page()
        tab.goto(ours.as_uri())
        elements.write_text(tab.evaluate(DRAW_ALL), encoding="utf-8")
        tab.close()
        runs = [[seconds_to_show(browser, path) for path in (ours, elements)] for _ in range(repeats)]
        version = browser.version
        browser.close()
        sizes = [round(path.stat().st_size / 1e6, 2) for path in (ours, elements)]
    page_s, elements_s = (min(times) for times in zip(*runs, strict=True))
    return {
        "articles": articles,
        "page_mb": sizes[0],
        "elements_mb": sizes[1],
        **spent,
        "page_s": round(page_s, 2),
        "elements_s": round(elements_s, 2),
        "page_to_elements": round(page_s / elements_s, 3),
        "chromium": version,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=12_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results/page.json")
    options = parser.parse_args()
    figures = measure(options.articles, options.repeats)
    keep_figures("page", figures, options.write)


if __name__ == "__main__":
    main()
