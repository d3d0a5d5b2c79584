"""A page, a feed and agency XML that tests of reading use, all with the same article."""

import pytest

PARAGRAPHS = (
    "The council of Halden voted on Tuesday to rebuild the old bridge over the Tista after years of dispute about its cost.",
    "Engineers had warned in autumn that two of the four pillars were worn and that lorries should take the road by the mill.",
    "The work begins in May and will take about eighteen months; buses cross the river on a pontoon until then.",
    "Shopkeepers on the north bank fear that customers will stay away, and asked the mayor for lower rents.",
)
TEXT = "\n".join(PARAGRAPHS)
AS_HTML = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Bridge to be rebuilt | The Tista Post</title>
<meta property="og:site_name" content="The Tista Post">
<meta property="article:published_time" content="2024-01-05T11:30:00+01:00">
<link rel="canonical" href="https://post.example/bridge"><script>track("bridge")</script></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Bridge to be rebuilt</h1>{AS_HTML}</article>
<footer>All rights reserved</footer></body></html>"""


def needs(module, extra):
    """Skip the tests of a file where a package of an extra is missing."""
    return pytest.importorskip(module, reason=f"needs {module}: pip install 'news-dedupe[{extra}]'")
