"""Takes the pictures of HTML pages in the documentation: docs/pictures/*.png.

    python -m benchmarks.picture

``day`` is the page of the day of the tutorials (docs/tutorials/day) with its largest story open, ``two`` the page of two
of its articles side by side. Needs the extra ``browser`` and Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks.common import ROOT

TUTORIALS = ROOT / "docs" / "tutorials"
PICTURES = ROOT / "docs" / "pictures"
WIDTH = 960
"""Width of a picture in pixels of the page: about that of a README on a code host."""


def day(page: Page) -> Locator:
    """Open the largest story. The picture ends below the next one."""
    page.locator("summary").first.click()
    return page.locator(".story").nth(1)


def two(page: Page) -> Locator:
    """The picture ends below the second pair of sentences."""
    return page.locator(".match").nth(1)


COMMANDS: dict[Callable[[Page], Locator], list[str | Path]] = {
    day: ["cluster", TUTORIALS / "day"],
    two: ["align", "--articles", TUTORIALS / "day", "capital-5", "courier-49"],
}
"""Each picture, by what is done with its page, with the command that writes the page."""


def end_of(last: Locator) -> float:
    """The lower edge of an element, in pixels from the top of the page."""
    box = last.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def main() -> None:
    """Take every picture again."""
    program = Path(sys.executable).with_name("dedupe")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        tab = browser.new_page(viewport={"width": WIDTH, "height": 1500}, color_scheme="light", device_scale_factor=1.2)
        for prepare, command in COMMANDS.items():
            name = prepare.__name__
            written, picture = Path(folder, f"{name}.html"), PICTURES / f"{name}.png"
            subprocess.run([program, *command, "-q", "--format", "html", "-o", written], check=True)
            tab.goto(written.as_uri())
            tab.wait_for_selector("html[data-ready]")
            height = end_of(prepare(tab))
            tab.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
