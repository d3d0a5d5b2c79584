"""Settings of Sphinx, which makes a site of the pages: ``.ci/task docs`` writes it to build/docs.

The pages are plain Markdown, so that they read well on a code host too. All that the site has beyond them, the list of
pages at its side, is made from the headings and the links of docs/index.md.
"""

import posixpath
import re

from sphinx.application import Sphinx

project = "news-dedupe"
extensions = ["myst_parser"]
include_patterns = ["*.md", "docs/**.md", "examples/*.md", "seeds/*.md"]
root_doc = "docs/index"
html_theme = "furo"
html_title = project
html_extra_path = ["site"]
"""The first page of the site leads on to docs/index.html."""
html_copy_source = html_show_copyright = False
myst_heading_anchors = 4
"""Levels of headings that links may name, as code hosts name them."""


def list_of_pages(page: str) -> str:
    """Return the list of pages for the side: one part for each heading with a list of pages below it."""
    parts = []
    for heading, text in re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", page, re.MULTILINE):
        links = re.findall(r"^- \[[^\]]+\]\(([^)#:]+)\.md\)", text, re.MULTILINE)
        pages = [posixpath.normpath(f"/docs/{link}") for link in dict.fromkeys(links)]
        if pages:
            parts.append("\n".join(["```{toctree}", ":hidden:", f":caption: {heading}", "", *pages, "```", ""]))
    return "\n".join(parts)


def add_list_of_pages(_app: Sphinx, name: str, source: list[str]) -> None:
    """Put the list of pages under the first page."""
    if name == root_doc:
        source[0] += "\n" + list_of_pages(source[0])


def setup(app: Sphinx) -> None:
    """Have Sphinx call the above when it has read a page."""
    app.connect("source-read", add_list_of_pages)
