"""What reading promises about RSS and Atom: the items of a feed are articles, and no feed does harm."""

import io
import re

import pytest
from article_files import load, only, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import NEARLY_LINEAR, cpu_growth
from web_files import AS_HTML, TEXT, needs

needs("feedparser", "feeds")
needs("lxml", "feeds")

ITEMS = {
    "rss 2.0": f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"
      xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Tista Post</title>
      <language>en</language><item><guid>b1</guid><title>Bridge &amp;amp; river</title>
      <link>https://post.example/b</link><pubDate>Fri, 05 Jan 2024 10:30:00 GMT</pubDate>
      <description>A teaser</description><content:encoded><![CDATA[{AS_HTML}]]></content:encoded></item></channel></rss>""",
    "plain text": f"""<rss version="2.0"><channel><title>The Tista Post</title><language>en</language><item>
      <guid>b1</guid><title>Bridge &amp;amp; river</title><link>https://post.example/b</link>
      <pubDate>Fri, 05 Jan 2024 11:30:00 +0100</pubDate><description>{TEXT}</description></item></channel></rss>""",
    "rss 1.0": f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Tista Post</title><dc:language>en</dc:language>
      </channel><item rdf:about="b1"><title>Bridge &amp;amp; river</title><link>https://post.example/b</link>
      <dc:date>2024-01-05T10:30:00Z</dc:date><description>{TEXT}</description></item></rdf:RDF>""",
    "atom": f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
      <title>The Tista Post</title><entry><id>b1</id><title>Bridge &amp; river</title>
      <link href="https://post.example/b"/><published>2024-01-05T10:30:00Z</published>
      <updated>2024-01-07T10:30:00Z</updated>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{AS_HTML}</div></content></entry></feed>""",
}  # fmt: skip


@pytest.mark.parametrize("kind", ITEMS)
@pytest.mark.parametrize("name", ["x.rss", "x.atom", "x.xml", "x.txt", "feed", "-"])
def test_every_kind_of_feed_gives_the_same_article(tmp_path, kind, name):
    content = ITEMS[kind].encode()
    articles, problems = load("-" if name == "-" else write(tmp_path / name, content), stdin=io.BytesIO(content))
    assert problems == []
    article = articles[0]
    assert (article.title, article.text, article.publisher) == ("Bridge & river", TEXT, "The Tista Post")
    assert (article.published_at.isoformat(), article.url) == ("2024-01-05T10:30:00+00:00", "https://post.example/b")
    assert article.id in ("b1", "https://post.example/b")
    assert len(articles) == 1


def test_a_feed_in_another_encoding_and_with_names_of_html_is_read(tmp_path):
    feed = "<?xml version='1.0' encoding='windows-1251'?><rss><channel><item><title>Мост</title><description>" \
        "Мост&nbsp;откроют в&hellip; мае</description></item></channel></rss>"  # fmt: skip
    articles, problems = load(write(tmp_path / "x.xml", feed.encode("cp1251")))
    assert ([(a.title, a.text) for a in articles], problems) == ([("Мост", "Мост\xa0откроют в… мае")], [])


def test_a_feed_in_utf_16_is_read(tmp_path):
    feed = ITEMS["rss 2.0"].replace("utf-8", "utf-16")
    articles, problems = load(write(tmp_path / "x.rss", feed.encode("utf-16")))
    assert ([a.text for a in articles], problems) == ([TEXT], [])


def test_items_of_one_address_are_told_apart(tmp_path):
    item = "<item><link>https://post.example/live</link><description>{}</description></item>"
    feed = f"<rss><channel>{item.format('One')}{item.format('Two')}{item.format('One')}</channel></rss>"
    articles, problems = load(write(tmp_path / "x.rss", feed))
    assert [a.id for a in articles] == ["https://post.example/live", "https://post.example/live#2"]
    assert [problem.kind for problem in problems] == ["repaired", "skipped"]


def test_a_feed_that_ends_too_early_gives_what_is_there_and_says_so(tmp_path):
    whole = ITEMS["rss 2.0"].replace(
        "</channel>", "<item><title>Next</title><description>Rain</description></item>" * 3
    )
    articles, problems = load(write(tmp_path / "x.rss", whole[: whole.rindex("<title>")]))
    assert [a.text for a in articles][:3] == [TEXT, "Rain", "Rain"]
    assert problems[0].reason.startswith("damaged XML, parts may be lost")


def bomb(levels):
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(levels))
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "words ">{entities}]><rss><channel><item><title>a</title>' \
        f"<description>Talks &e{levels}; ended.</description></item></channel></rss>"  # fmt: skip


@pytest.mark.parametrize("levels", [1, 4, 20])
def test_entities_of_a_document_are_not_followed(tmp_path, levels):
    articles, problems = load(write(tmp_path / "x.rss", bomb(levels)))
    assert sum(len(a.text) for a in articles) < 50
    assert problems


def test_nothing_outside_of_a_document_is_read(tmp_path):
    secret = write(tmp_path / "secret.txt", "not for the reader")
    for outside in (f'SYSTEM "{secret.as_uri()}"', 'SYSTEM "http://localhost:9/x"'):
        feed = bomb(0).replace('"words "', outside)
        articles, _ = load(write(tmp_path / "x.rss", feed))
        assert "not for" not in "".join(a.text for a in articles)


@pytest.mark.parametrize("mark", ["<", "&", "<p ", "<item>", "<![CDATA[", "<!--", "]]>", "&e;"])
def test_the_time_for_a_hostile_feed_grows_with_its_size(tmp_path, mark):
    def reading(times):
        path = write(tmp_path / f"{times}.rss", "<rss><channel><item><description>" + mark * times)
        return lambda: load(path)

    assert cpu_growth(lambda work: work(), reading(3000), reading(12_000)) < NEARLY_LINEAR


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(sorted(ITEMS)), inserted=st.text(max_size=10) | st.just("&x;<"))
def test_no_damage_raises(tmp_path, data, kind, inserted):
    at = data.draw(st.integers(0, len(ITEMS[kind])))
    load(write(tmp_path / "x.rss", (ITEMS[kind][:at] + inserted + ITEMS[kind][at:]).encode("utf-8", "replace")))


def test_xml_without_an_end_is_named(tmp_path):
    problem = only(load(write(tmp_path / "x.rss", "<rss"))[1])
    assert re.search("not valid XML|no RSS", problem.reason)


FEED = "<rss><channel><title>Post</title><item><title>T</title><description>{}</description></item></channel></rss>"


@pytest.mark.parametrize("text", ["AT&T fell", "R&D; and Q&A", "less than < 5 %", "a <3 b", "Caf&eacute; & bar"])
def test_signs_that_begin_neither_entity_nor_tag_stay(tmp_path, text):
    articles, problems = load(write(tmp_path / "x.rss", FEED.format(text)))
    assert ([a.text for a in articles], problems) == ([text.replace("&eacute;", "é")], [])


def test_a_stray_sign_changes_nothing_in_cdata(tmp_path):
    articles, problems = load(write(tmp_path / "x.rss", FEED.format("A & B <![CDATA[<p>C &amp; D</p>]]>")))
    assert (articles[0].text.split(), problems) == (["A", "&", "B", "C", "&", "D"], [])


@pytest.mark.parametrize("declaration", ["", "<?xml version='1.0' encoding='utf-8'?>"])
def test_a_feed_that_is_not_in_the_encoding_it_names_is_read_and_said(tmp_path, declaration):
    text = "Le maire a été élu à Saint-Étienne-sur-Aube, où l'été fut très sec."
    articles, problems = load(write(tmp_path / "x.rss", (declaration + FEED.format(text)).encode("cp1252")))
    assert ([a.text for a in articles], "windows-1252" in only(problems).reason) == ([text], True)
