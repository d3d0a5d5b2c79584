"""An item pipeline for Scrapy that drops copies and marks the rest.

ITEM_PIPELINES = {"scrapy_pipeline.Deduplicate": 300}
DEDUPE_INDEX = "/var/lib/seen"

python examples/scrapy_pipeline.py URL…     crawls these pages and prints a verdict a page
"""

from __future__ import annotations

import sys
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import DropItem

from dedupe import Article, Index

DROP = ("identical", "near_duplicate")


class Deduplicate:
    """Items need ``url`` and ``text``; ``title``, ``publisher`` and ``published_at`` are used where they are there."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @classmethod
    def from_crawler(cls, crawler: Any) -> Deduplicate:
        return cls(crawler.settings.get("DEDUPE_INDEX", "seen"))

    def open_spider(self, spider: Any = None) -> None:
        self.index = Index(self.folder, retention_days=30)

    def close_spider(self, spider: Any = None) -> None:
        self.index.close()

    def process_item(self, item: Any, spider: Any = None) -> Any:
        optional = {name: item.get(name) for name in ("publisher", "published_at")}
        [verdict] = self.index.check([Article(item["url"], item.get("title") or "", item["text"], **optional)])
        # A page that is crawled again gets its first verdict again: drop it only where it was a copy then.
        if verdict.verdict in DROP:
            raise DropItem(f"{verdict.verdict} of {verdict.matched_id}: {verdict.reason}")
        item["dedupe"] = {"verdict": verdict.verdict, "matched_id": verdict.matched_id, "canonical": verdict.canonical}
        return item


class Pages(scrapy.Spider):
    """The paragraphs of some pages."""

    name = "pages"

    def parse(self, response: Any) -> Any:
        text = "\n".join(" ".join(part.css("::text").getall()) for part in response.css("p"))
        yield {"url": response.url, "title": response.css("title::text").get(), "text": text}


if __name__ == "__main__":
    process = CrawlerProcess({"ITEM_PIPELINES": {Deduplicate: 300}, "LOG_LEVEL": "WARNING"})
    process.crawl(Pages, start_urls=sys.argv[1:])
    process.start()
