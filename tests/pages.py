"""The pages of the documentation, and how tests find blocks and tables in them."""

import re

import command_tree
from command_tree import named
from support import ROOT

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *ROOT.glob("seeds/*.md"), *ROOT.glob("examples/*.md"), *ROOT.glob("docs/**/*.md"))
}
"""The text of each page by its path."""
README = PAGES["README.md"]
NOT_RUN = "# not run by the tests: "
"""First line of a block that takes too long or needs more than is at hand. What follows says why."""
SET_UP = "python3 -m venv .venv && "
"""Beginning of a block that .ci/run runs."""

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def all_blocks(page):
    """Return the language and the body of every fenced block of a page."""
    return _BLOCK.findall(PAGES[page])


def blocks(page, language):
    """Return the fenced blocks of a page in this language that tests run."""
    return [body for name, body in all_blocks(page) if name == language and not body.startswith((NOT_RUN, SET_UP))]


def section(page, heading):
    """Return what stands under a heading of a page, up to the next heading."""
    [found] = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGES[page], re.MULTILINE | re.DOTALL)
    return found


def table(page, heading):
    """Return the rows of the tables under a heading: the other cells of a row by each `name` in its first cell."""
    rows = re.findall(r"^\|( `.*)\|$", section(page, heading), re.MULTILINE)
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    return {name: rest for first, *rest in cells for name in re.findall(r"`([^`]+)`", first)}


COMMANDS = {named(path): command for path, command in command_tree.COMMANDS.items() if path}
"""Every command of the program by its name, such as ``index stats``."""
