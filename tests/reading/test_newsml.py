"""What reading promises about the XML of news agencies: NewsML-G2, NewsML 1 and NITF."""

import pytest
from article_files import load, only, write
from web_files import AS_HTML, TEXT, needs

needs("lxml", "feeds")

NITF_BODY = f"""<body><body.head><hedline><hl1>Bridge to be rebuilt</hl1></hedline></body.head><body.content><block>
  <media media-type="image"><media-caption>The bridge</media-caption></media>{AS_HTML}</block></body.content></body>"""
NITF = f"""<nitf><head><title>x</title><docdata><doc-id id-string="b1"/><date.issue norm="20240105T103000Z"/>
  <doc.copyright holder="Agency"/></docdata></head>{NITF_BODY}</nitf>"""
ITEM = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="b1" xml:lang="en"><itemMeta>
  <provider><name>Agency</name></provider><firstCreated>2024-01-05T11:30:00+01:00</firstCreated>
  <versionCreated>2024-01-06T10:30:00Z</versionCreated></itemMeta><contentMeta><headline>Bridge to be rebuilt</headline>
  </contentMeta><contentSet>{}</contentSet></newsItem>"""
XHTML = f"""<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head>
  <title>x</title></head><body>{AS_HTML}</body></html></inlineXML>"""
PREFIXED = XHTML.replace("<p>", "<h:p>").replace("</p>", "</h:p>").replace("<html ", '<html xmlns:h="h" ')
FILES = {
    "nitf": NITF,
    "nitf with its DTD": f'<?xml version="1.0"?><!DOCTYPE nitf SYSTEM "http://localhost:9/nitf.dtd">{NITF}',
    "xhtml": ITEM.format(XHTML),
    "prefixes": ITEM.format(PREFIXED),
    "nitf inside": ITEM.format(f'<inlineXML contenttype="application/nitf+xml">{NITF}</inlineXML>'),
    "plain": ITEM.format(f'<inlineData contenttype="text/plain">{TEXT}</inlineData>'),
    "message": '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>'
    f"{ITEM.format(XHTML)}</itemSet></newsMessage>",
    "newsml 1": f"""<NewsML><NewsItem><Identification><NewsIdentifier><ProviderId>Agency</ProviderId>
      <PublicIdentifier>b1</PublicIdentifier></NewsIdentifier></Identification><NewsManagement>
      <FirstCreated>20240105T103000Z</FirstCreated></NewsManagement><NewsComponent><NewsLines>
      <HeadLine>Bridge to be rebuilt</HeadLine></NewsLines><ContentItem><DataContent>{NITF}</DataContent></ContentItem>
      </NewsComponent></NewsItem></NewsML>""",
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("name", ["x.xml", "download", "x.txt"])
def test_every_form_gives_the_same_article(tmp_path, kind, name):
    articles, problems = load(write(tmp_path / name, FILES[kind]))
    assert problems == []
    article = articles[0]
    assert (article.id, article.title, article.text, article.publisher) == (
        "b1", "Bridge to be rebuilt", TEXT, "Agency"
    )  # fmt: skip
    assert article.published_at.isoformat() == "2024-01-05T10:30:00+00:00"
    assert len(articles) == 1


def test_items_without_a_text_are_counted(tmp_path):
    picture = ITEM.format('<remoteContent href="bridge.jpg"/>')
    message = f"<newsMessage><itemSet>{ITEM.format(XHTML)}{picture}{picture}</itemSet></newsMessage>"
    articles, problems = load(write(tmp_path / "x.xml", message))
    assert len(articles) == 1
    assert only(problems).reason == "items without a text: 2 left out"


def test_entities_are_not_followed(tmp_path):
    declared = (
        '<!DOCTYPE nitf [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    )
    articles, problems = load(write(tmp_path / "x.xml", declared + NITF.replace("<p>", "<p>&b;&c;", 1)))
    assert [a.text for a in articles] == [TEXT]
    assert only(problems).reason == "entities that the document declares itself are left out"


def test_xml_of_another_kind_is_refused(tmp_path):
    for content in ('<?xml version="1.0"?><catalog><book/></catalog>', '<svg xmlns="http://www.w3.org/2000/svg"/>'):
        for name in ("x.xml", "x.txt", "x"):
            articles, problems = load(write(tmp_path / name, content))
            assert articles == []
            assert "XML that is no RSS, Atom, NewsML-G2, NITF or XHTML" in only(problems).reason
