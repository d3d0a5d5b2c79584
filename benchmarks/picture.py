"""Takes the picture of the HTML page in the README: docs/pictures/day.png.

    python -m benchmarks.picture

The page is that of the day of the tutorials (docs/tutorials/day), with its largest story open. Needs the extra
``browser`` and Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.common import ROOT

DAY = ROOT / "docs" / "tutorials" / "day"
PICTURE = ROOT / "docs" / "pictures" / "day.png"
WIDTH = 960
"""Width of the picture in pixels of the page: about that of a README on a code host."""


def take_picture(page: Path, picture: Path) -> None:
    """Open the largest story of a page, and take a picture from the top to the end of the next story."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        tab = browser.new_page(
            viewport={"width": WIDTH, "height": 1200}, color_scheme="light", device_scale_factor=1.25
        )
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready]")
        tab.locator("summary").first.click()
        following = tab.locator(".story").nth(1).bounding_box()
        assert following is not None
        height = following["y"] + following["height"]
        picture.parent.mkdir(exist_ok=True)
        tab.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        browser.close()


def main() -> None:
    """Take the picture again."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "day.html")
        program = Path(sys.executable).with_name("dedupe")
        subprocess.run([program, "cluster", "-q", DAY, "--format", "html", "-o", page], check=True)
        take_picture(page, PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
