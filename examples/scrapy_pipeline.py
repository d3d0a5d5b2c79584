"""An item pipeline for Scrapy that drops copies and adds a verdict to all other items.

Put it and ``seen_articles.py`` beside the settings of a Scrapy project, and into them:

    ITEM_PIPELINES = {"scrapy_pipeline.Deduplicate": 300}
    DEDUPE_INDEX = "/var/lib/seen"  # or the URL of a service

Or crawl some pages with it; the log then names each page that is dropped:

    DEDUPE_INDEX=seen python examples/scrapy_pipeline.py URL…
"""

from __future__ import annotations

import os
import sys
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import DropItem
from seen_articles import open_seen

from dedupe import Article

DROP = ("identical", "near_duplicate")
"""Items with these verdicts are dropped."""


class Deduplicate:
    """Checks every item against the index in a folder, or the service at a URL.

    An item needs ``url`` and ``text``. ``title``, ``publisher`` and ``published_at`` are used if it has them.
    """

    def __init__(self, place: str) -> None:
        self.place = place

    @classmethod
    def from_crawler(cls, crawler: Any) -> Deduplicate:
        return cls(crawler.settings.get("DEDUPE_INDEX", "seen"))

    def open_spider(self, spider: Any = None) -> None:
        self.seen = open_seen(self.place)

    def close_spider(self, spider: Any = None) -> None:
        self.seen.close()

    def process_item(self, item: Any, spider: Any = None) -> Any:
        optional = {name: item.get(name) for name in ("publisher", "published_at")}
        [verdict] = self.seen.check([Article(item["url"], item.get("title") or "", item["text"], **optional)])
        # A page that is crawled again gets its first verdict again, so it is dropped only if it was a copy then.
        if verdict.verdict in DROP:
            raise DropItem(f"{verdict.verdict} of {verdict.matched_id}: {verdict.reason}")
        item["dedupe"] = {"verdict": verdict.verdict, "matched_id": verdict.matched_id, "canonical": verdict.canonical}
        return item


class Pages(scrapy.Spider):
    """Makes one item of each page: its URL, its title and the text of its paragraphs."""

    name = "pages"

    def parse(self, response: Any) -> Any:
        text = "\n".join(" ".join(part.css("::text").getall()) for part in response.css("p"))
        yield {"url": response.url, "title": response.css("title::text").get(), "text": text}


if __name__ == "__main__":
    place = os.environ.get("DEDUPE_INDEX", "seen")
    process = CrawlerProcess({"ITEM_PIPELINES": {Deduplicate: 300}, "LOG_LEVEL": "WARNING", "DEDUPE_INDEX": place})
    process.crawl(Pages, start_urls=sys.argv[1:])
    process.start()
