"""Floods of near-identical pages: they are capped and counted, and still recognised."""

from index_support import answers, text

from dedupe import Article
from dedupe.index import Index


def test_a_flood_of_near_identical_pages_is_capped_counted_and_still_recognised(tmp_path, small_blocks):
    chrome = text(1, 120)
    with Index(tmp_path / "index") as index:
        pages = [Article(f"p{i}", text=f"{chrome} page {i} of the site") for i in range(400)]
        verdicts = index.check(pages)
        assert answers(verdicts)[0] == ("new", None)
        assert {v.verdict for v in verdicts[1:]} == {"near_duplicate"}
        assert {v.canonical for v in verdicts} == {"p0"}
        assert index.stats().capped_keys > 0
        assert index.check([Article("clean", text=text(2)), Article("copy", text=text(2))])[1].matched_id == "clean"


def test_a_flood_that_drifts_word_by_word_stays_recognised_long_after_its_first_page_no_longer_matches(tmp_path):
    words = text(1, 150).split()
    verdicts = []
    with Index(tmp_path / "index") as index:
        for i in range(600):
            words[(7 * i) % 150] = f"drift{i}"
            verdicts += index.check([Article(f"p{i}", text=" ".join(words))])
    assert {v.verdict for v in verdicts[1:]} == {"near_duplicate"}
    assert min(v.jaccard for v in verdicts[1:]) > 0.5
    assert verdicts[-1].canonical != "p0"
