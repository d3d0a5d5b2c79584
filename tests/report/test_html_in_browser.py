"""The HTML page in a real browser: it works by mouse, keyboard, on a phone and on paper, and asks for nothing.

The tests need the extra ``browser`` and Chromium, which ``.ci/task browser`` installs.
"""

import io
import os
import re
import shutil

import pytest
from html_pages import (
    MATCH,
    TALKS,
    articles_of_two_stories,
    hostile_articles,
    page_of,
    page_of_alignment,
    page_of_audit,
)

from dedupe.article import Article

if os.environ.get("DEDUPE_BROWSER") != "required":
    pytest.importorskip("playwright", reason="needs playwright: pip install 'news-dedupe[browser]'")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from pypdf import PdfReader

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None and os.environ.get("DEDUPE_BROWSER") != "required":
    pytest.skip("needs Chromium: apt-get install chromium", allow_module_level=True)

PHONE, DESK = {"width": 390, "height": 800}, {"width": 1280, "height": 900}
FILTER = "Search headlines, publishers and ids"


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def show(chromium, tmp_path):
    """Open a page, and check at the end that it had no errors and made no request but for itself."""
    opened, seen = [], []

    def open_page(content, at="", **context):
        path = tmp_path / f"{len(opened)}.html"
        path.write_text(content, encoding="utf-8")
        page = chromium.new_page(**{"viewport": DESK} | context)
        page.set_default_timeout(5000)
        opened.append(page)
        page.on("console", lambda message: seen.append(message.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("request", lambda request: seen.append(request.url) if not request.url.startswith("file:") else None)
        page.goto(f"{path.as_uri()}{at}")
        return page

    yield open_page
    for page in opened:
        page.close()
    assert seen == []


@pytest.fixture(scope="module")
def two_stories():
    return page_of(articles_of_two_stories(), texts="all")


def test_an_empty_page_opens(show):
    page = show(page_of([]))
    expect(page.get_by_role("status")).to_have_text("No story matches.")


def test_the_largest_story_is_shown_and_single_articles_are_counted(show, two_stories):
    page = show(two_stories)
    expect(page.get_by_role("status")).to_have_text("1 story with 3 articles")
    page.get_by_role("button", name="Show 1 single article too").click()
    expect(page.locator(".headline")).to_have_text(["Leaders meet", "Match lost"])
    expect(page.locator(".story > summary .meta")).to_contain_text(["story 1 · 3 articles", "story 2 · 1 article"])


def test_a_story_says_who_printed_it_first_and_how_much_later_the_others(show, two_stories):
    page = show(two_stories)
    page.get_by_text("Leaders meet").first.click()
    rows = page.locator(".timeline tbody tr")
    expect(rows.nth(0)).to_contain_text("Wire2024-05-01 10:00first")
    expect(rows.nth(1)).to_contain_text("+2 h 30 min")
    expect(rows.nth(2)).to_contain_text("+2 days")


def test_of_several_first_prints_on_one_day_none_is_called_the_first(show):
    articles = [Article(name, "Talks", f"{TALKS * 2}{name}", name, "2024-05-01") for name in ("Wire", "Post")]
    page = show(page_of(articles))
    page.get_by_text("Talks").first.click()
    expect(page.locator(".when > summary")).to_contain_text("or others first")


@pytest.mark.parametrize("other", [(None, "2024-05-01"), (None, "2024-05-01T07:00:00Z"), ("Post", None)])
def test_no_print_is_called_the_first_where_one_without_publisher_or_date_may_be_earlier(show, other):
    publisher, date = other
    wire = Article("1", "Talks", f"{TALKS * 2}one", "Wire", "2024-05-01T08:00:00Z")
    page = show(page_of([wire, Article("2", "Talks", f"{TALKS * 2}two", publisher, date)]))
    page.get_by_text("Talks").first.click()
    expect(page.locator(".when > summary")).to_contain_text("Wire or others first")


def test_copies_are_folded_and_compared_side_by_side_with_marked_words(show, two_stories):
    page = show(two_stories)
    page.get_by_text("Leaders meet").first.click()
    expect(page.get_by_text("Leaders met", exact=True)).to_have_count(0)
    page.get_by_text("2 copies").click()
    page.get_by_text("Compare with Wire").first.click()
    match = page.locator(".match.edited").first
    expect(match.locator(".chip")).to_have_text(["edited"])
    expect(match.locator("del")).to_have_text("signed ")
    expect(match.locator("ins")).to_have_text("agreed ")


def test_search_publisher_and_date_choose_stories(show, two_stories):
    page = show(two_stories)
    page.locator("[name=least]").select_option("1")
    shown = page.locator(".story .headline")
    page.get_by_label(FILTER).fill("MATCH lóst")
    expect(shown).to_have_text(["Match lost"])
    page.get_by_label(FILTER).fill("")
    page.locator("[name=publisher]").select_option("Gazette")
    expect(shown).to_have_text(["Leaders meet"])
    page.locator("[name=publisher]").select_option("")
    page.locator("[name=from]").fill("2024-05-02")
    page.locator("[name=to]").fill("2024-05-02")
    expect(shown).to_have_text(["Match lost"])
    page.locator("[name=to]").fill("2024-04-30")
    expect(page.get_by_role("status")).to_have_text("No story matches.")


def test_the_order_can_be_chosen(show, two_stories):
    page = show(two_stories)
    page.locator("[name=least]").select_option("1")
    page.locator("[name=order]").select_option("newest")
    expect(page.locator(".headline")).to_have_text(["Leaders meet", "Match lost"])
    page.locator("[name=order]").select_option("oldest")
    expect(page.locator(".headline")).to_have_text(["Leaders meet", "Match lost"])


def test_an_address_with_a_hash_leads_to_its_story_whatever_is_filtered(show, two_stories):
    page = show(two_stories, at="#story-2")
    expect(page.locator("#story-2")).to_have_attribute("open", "")
    expect(page.get_by_role("link", name="Match lost")).to_have_attribute("rel", "noreferrer noopener")
    page.get_by_label(FILTER).fill("match")
    page.evaluate("location.hash = '#story-1'")
    expect(page.locator("#story-1")).to_have_attribute("open", "")


def test_the_keyboard_alone_opens_a_story(show, two_stories):
    page = show(two_stories)
    page.get_by_label(FILTER).focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".story").first).to_have_attribute("open", "")


def test_every_chosen_story_and_copy_is_on_paper(show):
    articles = [copy for n in range(110) for copy in _story_of_two(n)]
    page = show(page_of(articles))
    expect(page.locator(".story")).to_have_count(100)
    printed = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages)
    assert [n for n in range(110) if f"original{n}x" not in printed or f"copy{n}x" not in printed] == []
    expect(page.locator(".story[open]")).to_have_count(0)


def _story_of_two(number):
    words = "harbour bridge senator village budget election flood museum railway hospital strike drought".split()
    text = " ".join(f"{word}{number}" for word in words) + ". "
    return [
        Article(f"a{number}", f"original{number}x", text * 2, "Wire", f"2024-05-01T10:{number % 60:02}:00Z"),
        Article(f"b{number}", f"copy{number}x", text * 2 + "End.", "Post", f"2024-05-01T11:{number % 60:02}:00Z"),
    ]


def test_hostile_texts_run_no_script_and_are_shown_as_they_are(show):
    page = show(page_of(hostile_articles(), texts="all"))
    page.evaluate(
        "for (let n = 0; n < 4; n++) document.querySelectorAll('details').forEach((one) => (one.open = true))"
    )
    page.wait_for_timeout(50)
    page.evaluate("document.querySelectorAll('details').forEach((one) => openDetails(one))")
    assert page.evaluate("window.broken") is None
    expect(page.locator("a, bdi", has_text="<img src=x onerror=window.broken=1>").first).to_be_visible()
    assert page.locator("img, svg, iframe").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= DESK["width"]


def test_without_javascript_there_is_a_summary(show, two_stories):
    page = show(two_stories, java_script_enabled=False)
    expect(page.get_by_role("cell", name="Leaders meet")).to_be_visible()


def test_a_comparison_that_the_reader_opened_is_on_paper_too(show, two_stories):
    page = show(two_stories)
    page.get_by_text("Leaders meet").first.click()
    page.get_by_text("2 copies").click()
    page.get_by_text("Compare with Wire").first.click()
    printed = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages)
    assert printed.count("Compare with Wire") == 2
    assert printed.count("stand in matched sentences") == 1


@pytest.fixture(scope="module")
def audited():
    return page_of_audit(articles_of_two_stories(), texts="all")


def test_the_matrix_leads_to_articles_and_sentences(show, audited):
    page = show(audited)
    page.get_by_role("button", name="Gazette has").first.click()
    expect(page.get_by_role("status")).to_contain_text("1 article and")
    page.get_by_text("Leaders met", exact=True).click()
    expect(page.locator("#article-0, #article-1").first).to_contain_text("Largest sources")
    page.get_by_text("Compare with Wire").click()
    expect(page.locator(".match del").first).to_have_text("signed")


@pytest.mark.parametrize("by", ["search", "choice"])
def test_an_agency_is_found_with_who_printed_it_the_earliest_first(show, by):
    articles = [
        Article(name, f"Talks in the {name}", f"PARIS (AP) — {TALKS * 2}{name}", name, f"2024-05-01T{hour}:00:00Z")
        for name, hour in (("Post", 12), ("Gazette", 10))
    ]
    page = show(page_of_audit([*articles, Article("Herald", "Match", MATCH, "Herald", "2024-05-01T09:00:00Z")]))
    if by == "search":
        page.get_by_label("Search headlines, publishers, agencies, ids and sentences").fill("associated press")
    else:
        page.get_by_label("Says it prints").select_option("Associated Press (2)")
        expect(page.get_by_role("status")).to_have_text(re.compile("^2 articles and [1-9]"))
    page.get_by_label("Order of articles").select_option("earliest first")
    expect(page.locator(".story[id^=article] .headline")).to_have_text(["Talks in the Gazette", "Talks in the Post"])


def test_an_address_with_a_hash_leads_to_a_reused_sentence(show, audited):
    page = show(audited, at="#sentence-0")
    expect(page.locator("#sentence-0 .chip.first")).to_have_text("first")


def test_the_keyboard_skips_the_matrix(show, audited):
    page = show(audited)
    page.get_by_text("Skip the matrix").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "words"


def test_a_hostile_audit_runs_no_script(show):
    page = show(page_of_audit(hostile_articles(), texts="all"))
    page.evaluate("document.querySelectorAll('details').forEach((one) => openDetails(one))")
    assert page.evaluate("window.broken") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= DESK["width"]


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_people_from_reading_it(show, two_stories, audited, viewport, scheme):
    for content in (two_stories, audited, page_of_alignment(*articles_of_two_stories()[:2])):
        page = show(content, viewport=viewport, color_scheme=scheme, bypass_csp=True)
        for _ in range(3):
            page.evaluate("document.querySelectorAll('details').forEach((one) => openDetails(one))")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_an_alignment_shows_the_kinds_that_are_chosen(show):
    left, right = (
        Article("a", "Left one", f"{MATCH}It rained."),
        Article("b", "Right one", MATCH.replace("early", "late")),
    )
    page = show(page_of_alignment(left, right))
    expect(page.locator(".match del")).to_have_text(["early"])
    expect(page.locator(".match ins")).to_have_text(["late"])
    expect(page.locator(".match.new")).to_have_count(1)
    page.get_by_label("new", exact=True).uncheck()
    expect(page.locator(".match.new")).to_have_count(0)


def test_an_alignment_of_hostile_texts_runs_no_script(show):
    for one in hostile_articles()[:7]:
        page = show(page_of_alignment(one, one))
        assert page.evaluate("window.broken") is None
        expect(page.locator(".match.verbatim").first).to_be_visible()
