"""What reading promises about other tools: what each of them exports is read completely.

The records have the fields that the documentation or the source of each tool gives them.
"""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from article_files import load, write, write_jsonl

from dedupe.article import Article

TEXT = "The bridge over the Sauer was opened again on Tuesday.\nRepairs had taken two years, the mayor of Born said."
HTML = "<p>The bridge over the Sauer was <em>opened</em> again on Tuesday.</p>\n<p>Repairs had taken two years, the mayor of Born said.</p>"
TITLE = "Bridge open"
URL = "https://sauer.example/2024/bridge"
AT = "2024-05-14T07:30:00Z"
MOMENT = datetime(2024, 5, 14, 7, 30, tzinfo=UTC)
DAY = datetime(2024, 5, 14, tzinfo=UTC)


def expected(article_id=URL, publisher="Sauer Post", at=MOMENT, url=URL, language=None):
    return Article(article_id, TITLE, TEXT, publisher, at, url, language)


GUARDIAN = {
    "id": "world/2024/may/14/bridge", "type": "article", "webPublicationDate": AT, "webTitle": TITLE, "webUrl": URL,
    "apiUrl": "https://content.example/bridge", "fields": {"bodyText": TEXT, "headline": TITLE, "publication": "Sauer Post", "lang": "en"},
}  # fmt: skip
ARTICLE_LD = {
    "@type": "NewsArticle", "@id": URL, "headline": TITLE, "articleBody": TEXT, "datePublished": AT,
    "publisher": {"@id": "https://sauer.example/#organization"}, "mainEntityOfPage": {"@id": URL}, "inLanguage": "en",
}  # fmt: skip
SOURCE = {"title": TITLE, "body": TEXT, "published_at": AT, "url": URL, "site_name": "Sauer Post"}

DOCUMENTS = {
    "trafilatura": (
        {"title": TITLE, "author": None, "hostname": "sauer.example", "date": "2024-05-14", "fingerprint": "c1b", "id": None, "license": None, "comments": "", "raw_text": "The bridge", "text": TEXT, "language": "en", "pagetype": "article", "filedate": "2024-06-01", "source": URL, "source-hostname": "Sauer Post", "excerpt": "Repairs.", "categories": "", "tags": ""},
        expected(at=DAY, language="en"),
    ),
    "trafilatura without a name of the site": (
        {"title": TITLE, "hostname": None, "date": AT, "text": TEXT, "source": "https://www.sauer.example/2024/bridge"},
        expected("https://www.sauer.example/2024/bridge", "sauer.example", url="https://www.sauer.example/2024/bridge"),
    ),
    "news-please": (
        {"authors": [], "date_download": "2024-06-01 10:00:00", "date_modify": None, "date_publish": "2024-05-14 07:30:00", "description": "Repairs", "filename": "x.json", "language": "en", "maintext": TEXT, "source_domain": "sauer.example", "title": TITLE, "url": URL},
        expected(publisher="sauer.example", language="en"),
    ),
    "Fundus": (
        {"html": {"requested_url": URL, "responded_url": URL, "crawl_date": "2024-06-01 10:00:00", "source_info": {"publisher": "Sauer Post"}}, "title": TITLE, "authors": ["A. Reuter"], "body": {"summary": [], "sections": [{"headline": [], "paragraphs": TEXT.split("\n")[:1]}, {"headline": [], "paragraphs": TEXT.split("\n")[1:]}]}, "publishing_date": "2024-05-14 07:30:00+00:00", "lang": "en", "topics": []},
        expected(language="en"),
    ),
    "newspaper4k": (
        {"url": URL, "read_more_link": "", "language": "en", "title": TITLE, "top_image": "", "authors": [], "publish_date": "2024-05-14T07:30:00", "summary": "", "meta_description": "Repairs", "meta_lang": "en", "meta_site_name": "Sauer Post", "canonical_link": URL, "text": TEXT},
        expected(language="en"),
    ),
    "Mercury": (
        {"title": TITLE, "content": HTML, "author": None, "date_published": AT, "lead_image_url": None, "dek": None, "next_page_url": None, "url": URL, "domain": "sauer.example", "excerpt": "The bridge", "word_count": 19},
        expected(publisher="sauer.example"),
    ),
    "Readability": (
        {"title": TITLE, "byline": None, "dir": None, "lang": "en", "content": HTML, "textContent": TEXT, "length": 100, "excerpt": "The bridge", "siteName": "Sauer Post", "publishedTime": AT},
        expected("x:1", url=None, language="en"),
    ),
    "schema.org": (
        {"@context": "https://schema.org", **ARTICLE_LD, "publisher": {"@type": "NewsMediaOrganization", "name": "Sauer Post", "url": "https://sauer.example"}},
        expected(language="en"),
    ),
    "JSON-LD with @graph": (
        {"@context": "https://schema.org", "@graph": [{"@type": "Organization", "@id": "https://sauer.example/#organization", "name": "Sauer Post"}, {"@type": "WebPage", "@id": "#page", "name": "Page"}, ARTICLE_LD]},
        expected(language="en"),
    ),
    "Event Registry": (
        {"articles": {"page": 1, "totalResults": 1, "results": [{"uri": "812", "lang": "eng", "isDuplicate": False, "date": "2024-05-15", "time": "07:40:00", "dateTime": "2024-05-15T07:40:00Z", "dateTimePub": AT, "dataType": "news", "url": URL, "title": TITLE, "body": TEXT, "source": {"uri": "sauer.example", "dataType": "news", "title": "Sauer Post"}}]}},
        expected("812", language="en"),
    ),
    "NewsAPI": (
        {"status": "ok", "totalResults": 1, "articles": [{"source": {"id": None, "name": "Sauer Post"}, "author": None, "title": TITLE, "description": "Repairs", "url": URL, "urlToImage": None, "publishedAt": AT, "content": TEXT}]},
        expected(),
    ),
    "Guardian": ({"response": {"status": "ok", "results": [GUARDIAN]}}, expected(GUARDIAN["id"], language="en")),
    "Guardian, one item": ({"response": {"status": "ok", "content": GUARDIAN}}, expected(GUARDIAN["id"], language="en")),
    "JSON Feed": (
        {"version": "https://jsonfeed.org/version/1.1", "title": "Sauer Post", "description": "News of the valley", "language": "en", "home_page_url": "https://sauer.example", "items": [{"id": "7", "url": URL, "title": TITLE, "content_html": HTML, "date_published": AT, "date_modified": "2024-05-15T00:00:00Z"}]},
        expected("7", language="en"),
    ),
    "JSON Feed in plain text": (
        {"version": "https://jsonfeed.org/version/1.1", "title": "Sauer Post", "items": [{"id": "7", "url": URL, "title": TITLE, "content_text": TEXT, "summary": "Repairs", "date_published": AT}]},
        expected("7"),
    ),
    "feedparser": (
        {"bozo": False, "feed": {"title": "Sauer Post", "language": "en"}, "entries": [{"title": TITLE, "title_detail": {"type": "text/plain", "value": TITLE}, "links": [{"href": URL}], "link": URL, "id": "tag:7", "published": "Tue, 14 May 2024 07:30:00 GMT", "summary": "Repairs", "content": [{"type": "text/html", "language": None, "base": "", "value": HTML}]}]},
        expected("tag:7", language="en"),
    ),
    "miniflux": (
        {"total": 1, "entries": [{"id": 888, "feed_id": 42, "status": "read", "hash": "22a", "title": TITLE, "url": URL, "comments_url": "", "published_at": AT, "created_at": "2024-05-15T00:00:00Z", "content": HTML, "author": "", "feed": {"id": 42, "title": "Sauer Post", "site_url": "https://sauer.example"}}]},
        expected("888"),
    ),
    "WordPress": (
        [{"id": 12, "date": "2024-05-14T09:30:00", "date_gmt": "2024-05-14T07:30:00", "guid": {"rendered": "https://sauer.example/?p=12"}, "link": URL, "title": {"rendered": TITLE}, "content": {"rendered": HTML, "protected": False}, "excerpt": {"rendered": "<p>Repairs</p>"}}],
        expected("12", publisher=None),
    ),
    "Elasticsearch": (
        {"took": 2, "hits": {"total": {"value": 1, "relation": "eq"}, "max_score": 1.0, "hits": [{"_index": "news", "_id": "e7", "_score": 1.0, "_source": SOURCE}]}},
        expected("e7"),
    ),
    "Elasticsearch with fields": (
        {"hits": {"hits": [{"_index": "news", "_id": "e7", "fields": {name: [value] for name, value in SOURCE.items()}}]}},
        expected("e7"),
    ),
    "elasticdump": ({"_index": "news", "_type": "_doc", "_id": "e7", "_score": 1, "_source": SOURCE}, expected("e7")),
    "mongoexport": (
        {"_id": {"$oid": "6643"}, "title": TITLE, "text": TEXT, "date": {"$date": {"$numberLong": "1715671800000"}}, "url": URL, "source": "Sauer Post"},
        expected("6643"),
    ),
    "mongoexport, relaxed": (
        {"_id": {"$oid": "6643"}, "title": TITLE, "text": TEXT, "date": {"$date": AT}, "url": URL, "source": "Sauer Post"},
        expected("6643"),
    ),
    "ninjs 1": (
        {"uri": "urn:7", "type": "text", "versioncreated": AT, "language": "en", "headline": TITLE, "body_text": TEXT, "body_xhtml": f"<h1>{TITLE}</h1>{HTML}", "infosource": [{"name": "Sauer Post", "rel": "Author"}]},
        expected("urn:7", url=None, language="en"),
    ),
    "ninjs 2": (
        {"uri": "urn:7", "type": "text", "versioncreated": AT, "language": "en", "copyrightholder": "Sauer Post", "headlines": [{"role": "main", "value": TITLE}], "bodies": [{"role": "html5", "contenttype": "text/html", "charcount": 99, "value": f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{HTML}</body></html>"}, {"role": "text", "contenttype": "text/plain", "value": TEXT}]},
        expected("urn:7", url=None, language="en"),
    ),
    "ninjs 3": (
        {"uri": "urn:7", "type": "text", "versionCreated": AT, "language": "en", "headlines": [{"role": "main", "contentType": "text/plain", "value": TITLE}], "bodies": [{"role": "main", "contentType": "text/html", "value": HTML}], "infoSources": [{"name": "Sauer Post"}]},
        expected("urn:7", url=None, language="en"),
    ),
    "Feedly": (
        {"items": [{"id": "f7", "title": TITLE, "published": 1715671800000, "crawled": 1715672000000, "content": {"content": HTML, "direction": "ltr"}, "origin": {"streamId": "feed/1", "title": "Sauer Post", "htmlUrl": "https://sauer.example"}, "canonicalUrl": URL, "alternate": [{"href": URL, "type": "text/html"}]}]},
        expected("f7"),
    ),
    "Zyte": (
        {"url": URL, "statusCode": 200, "article": {"headline": TITLE, "datePublished": AT, "articleBody": TEXT, "inLanguage": "en", "canonicalUrl": URL}},
        expected(publisher=None, language="en"),
    ),
    "Arc": (
        [{"_id": "a7", "type": "story", "headlines": {"basic": "", "main": TITLE}, "display_date": AT, "canonical_url": "/2024/bridge", "content_elements": [{"_id": "b", "type": "text", "content": TEXT.split("\n", 1)[0]}, {"_id": "c", "type": "image", "caption": "Seen"}, {"_id": "d", "type": "text", "content": TEXT.split("\n")[1]}]}],
        expected("a7", publisher=None, url="/2024/bridge"),
    ),
    "Solr": (
        {"response": {"numFound": 1, "docs": [{"id": "s7", "title": [TITLE], "content": [TEXT], "date": [AT], "url": [URL], "source": ["Sauer Post"]}]}},
        expected("s7"),
    ),
    "Spring": (
        {"content": [{"id": 7, "title": TITLE, "text": TEXT, "url": URL}], "pageable": {"pageNumber": 0}, "totalPages": 1},
        expected("7", publisher=None, at=None),
    ),
    "GraphQL": (
        {"data": {"articles": {"edges": [{"cursor": "x", "node": {"id": "7", "title": TITLE, "body": TEXT, "url": URL}}]}}},
        expected("7", publisher=None, at=None),
    ),
    "JSON-LD in a list": (
        [{"@context": "https://schema.org", "@type": "WebSite", "name": "Sauer Post", "description": "News"}, {**ARTICLE_LD, "publisher": {"name": "Sauer Post"}}],
        expected(language="en"),
    ),
    "pages of answers": ([{"articles": []}, {"articles": [{"title": TITLE, "text": TEXT, "url": URL}]}], expected(publisher=None, at=None)),
    "JSON:API": (
        {"data": [{"id": "7", "type": "articles", "attributes": {"title": TITLE, "body": TEXT, "publishedAt": AT}}]},
        expected("7", publisher=None, url=None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("tool", DOCUMENTS)
def test_what_a_tool_exports_is_read_completely(tmp_path, tool):
    document, article = DOCUMENTS[tool]
    articles, problems = load(write(tmp_path / "x.json", json.dumps(document)))
    assert (articles, problems) == ([article], [])


@pytest.mark.parametrize("tool", [tool for tool, (document, _) in DOCUMENTS.items() if isinstance(document, dict)])
def test_it_is_read_the_same_as_one_line_of_jsonl(tmp_path, tool):
    document, article = DOCUMENTS[tool]
    articles, _ = load(write(tmp_path / "x.jsonl", json.dumps(document)))
    assert [a.text for a in articles] == [article.text]


TABLES = {
    "Media Cloud": (
        {"id": "7", "indexed_date": "2024-05-15", "language": "en", "media_name": "Sauer Post", "media_url": "sauer.example", "publish_date": "2024-05-14", "title": TITLE, "url": URL, "text": TEXT},
        expected("7", at=DAY, language="en"),
    ),
    "Meltwater": (
        {"Date": "14-May-2024 07:30AM", "Headline": TITLE, "URL": URL, "Opening Text": TEXT, "Hit Sentence": "Repairs", "Source": "Sauer Post", "Influencer": "", "Country": "Luxembourg", "Language": "English", "Reach": "1000"},
        expected(language="en"),
    ),
    "Nexis": (
        {"Title": TITLE, "Publication": "Sauer Post", "Date": "2024-05-14", "Length": "19 words", "Section": "News", "Article Text": TEXT, "Link": URL},
        expected(at=DAY),
    ),
    "Factiva": (
        {"an": "SAUER00020240514", "title": TITLE, "body": TEXT, "snippet": "Repairs", "publication_datetime": "1715671800000", "modification_date": "1715700000000", "source_code": "SAUER", "source_name": "Sauer Post", "language_code": "en", "word_count": "19"},
        expected("SAUER00020240514", url=None, language="en"),
    ),
    "ProQuest": (
        {"Title": TITLE, "Abstract": "Repairs", "Full text": TEXT, "pubdate": "May 14, 2024", "pubtitle": "Sauer Post", "ProQuest document ID": "77", "DocumentURL": URL, "language": "English"},
        expected("77", at=DAY, language="en"),
    ),
    "flattened answers of Elasticsearch": ({"_id": "e7", **{f"_source.{name}": value for name, value in SOURCE.items()}}, expected("e7")),
    "a flattened table": (
        {"source.title": "Sauer Post", "source/uri": "x", "fields.bodyText": TEXT, "web_title": TITLE, "webUrl": URL, "webPublicationDate": AT},
        expected(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("tool", TABLES)
def test_the_columns_of_a_tool_are_known(tmp_path, tool):
    row, article = TABLES[tool]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, row)
    writer.writeheader()
    writer.writerow(row)
    articles, problems = load(write(tmp_path / "x.csv", out.getvalue()))
    assert (articles, problems) == ([article], [])


def test_a_plain_body_keeps_its_lines_and_comes_before_others(tmp_path):
    bodies = [
        {"contentType": "text/vnd.IPTC.NITF", "value": "<nitf><p>A</p></nitf>"},
        {"contentType": "text/plain", "value": "By Desk\n\n  A"},
    ]
    articles, _ = load(write(tmp_path / "x.json", json.dumps({"uri": "1", "bodies": bodies})))
    assert articles[0].text == "By Desk\n\n  A"


def test_a_teaser_is_the_text_where_there_is_nothing_else(tmp_path):
    rows = [{"id": 1, "summary": "Teaser", "content": ""}, {"id": 2, "summary": "Teaser", "content": "Whole"}]
    assert [a.text for a in load(write(tmp_path / "x.json", json.dumps(rows)))[0]] == ["Teaser", "Whole"]


def test_an_object_around_a_list_is_no_article_for_its_description(tmp_path):
    document = {"title": "Search", "description": "All articles", "articles": [{"text": "A"}]}
    articles, _ = load(write(tmp_path / "x.json", json.dumps(document)))
    assert articles == [Article("x:1", text="A")]


def test_an_entry_that_has_only_a_summary_is_an_article_and_its_feed_is_none(tmp_path):
    entry = {"id": 1, "summary": "Teaser", "feed": {"title": "Post", "description": "News"}}
    articles, problems = load(write(tmp_path / "x.json", json.dumps({"entries": [entry]})))
    assert (articles, problems) == ([Article("1", text="Teaser", publisher="Post")], [])


def test_names_of_lists_may_be_written_in_any_way(tmp_path):
    articles, _ = load(write(tmp_path / "x.json", json.dumps({"Response": {"Articles": [{"Text": "A"}]}})))
    assert [a.text for a in articles] == ["A"]


@pytest.mark.parametrize(
    "graph", [[], [{"@id": ["a"]}], [7, {"@id": "b", "articleBody": "B", "publisher": {"@id": {}}}], {"text": "B"}]
)
def test_any_graph_is_read_or_reported(tmp_path, graph):
    articles, problems = load(write(tmp_path / "x.json", json.dumps({"@graph": graph})))
    assert articles or problems


FACTIVA = {"AN": "P1", "HD": "Bridge opens", "LA": "English", "SN": "Post", "PD": "14 May 2024"}


def test_factiva_has_the_beginning_of_a_text_in_a_field_of_its_own(tmp_path):
    rows = [
        FACTIVA | {"AN": "a", "LP": "The bridge opened.", "TD": "Ten people came."},
        FACTIVA | {"AN": "b", "LP": "The bridge opened.", "TD": "The bridge opened.\nTen people came."},
        FACTIVA | {"AN": "c", "LP": "The bridge opened.", "TD": ""},
        FACTIVA | {"AN": "d", "LP": "", "TD": "Ten people came."},
        FACTIVA | {"AN": "e", "TD": "Ten people came."},
    ]
    wanted = ["The bridge opened.\nTen people came."] * 2 + ["The bridge opened."] + ["Ten people came."] * 2
    articles, problems = load(write_jsonl(tmp_path / "x.jsonl", *rows))
    assert ([article.text for article in articles], problems) == (wanted, [])
    assert {(article.title, article.language, article.publisher) for article in articles} == {
        ("Bridge opens", "en", "Post")
    }
    cells = [
        ["AN", "HD", "LA", "LP", "TD"],
        *([row.get(name, "") for name in ("AN", "HD", "LA", "LP", "TD")] for row in rows),
    ]
    table = "\n".join("\t".join(f'"{cell}"' for cell in row) for row in cells)
    assert [article.text for article in load(write(tmp_path / "x.tsv", table))[0]] == wanted
    renamed = [{"Lauf" if name == "TD" else name: value for name, value in row.items()} for row in rows[:1]]
    mapped, _ = load(write_jsonl(tmp_path / "y.jsonl", *renamed), columns={"text": "Lauf"})
    assert mapped[0].text == "Ten people came."
