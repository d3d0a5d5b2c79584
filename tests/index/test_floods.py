"""Floods of near-identical pages: they are capped and counted, and still recognised."""

from index_support import answers, text

from dedupe import Article
from dedupe.index import Index, decisions, fingerprint_articles
from dedupe.schemas import COPY_KINDS
from dedupe.settings import Settings


def test_a_flood_of_near_identical_pages_is_capped_counted_and_still_recognised(place, small_blocks):
    chrome = text(1, 120)
    with Index(place) as index:
        pages = [Article(f"p{i}", text=f"{chrome} page {i} of the site") for i in range(400)]
        verdicts = index.check(pages)
        assert answers(verdicts)[0] == ("new", None)
        assert {v.verdict for v in verdicts[1:]} == {"near_duplicate"}
        assert {v.canonical for v in verdicts} == {"p0"}
        assert index.stats().capped_keys > 0
        assert index.check([Article("clean", text=text(2)), Article("copy", text=text(2))])[1].matched_id == "clean"


def test_a_flood_that_drifts_word_by_word_stays_recognised_long_after_its_first_page_no_longer_matches(place):
    words = text(1, 150).split()
    verdicts = []
    with Index(place) as index:
        for i in range(600):
            words[(7 * i) % 150] = f"drift{i}"
            verdicts += index.check([Article(f"p{i}", text=" ".join(words))])
    assert {v.verdict for v in verdicts[1:]} == {"near_duplicate"}
    assert min(v.jaccard for v in verdicts[1:]) > 0.5
    assert verdicts[-1].canonical != "p0"


def test_many_versions_under_one_id_are_compared_in_two_calls_an_article(place, monkeypatch):
    calls = []
    count = decisions._count_shared
    monkeypatch.setattr(decisions, "_count_shared", lambda one, rows: calls.append(len(rows)) or count(one, rows))
    with Index(place) as index:
        verdicts = index.check([Article("a", text=f"number {i} of the many") for i in range(40)])
    assert {v.verdict for v in verdicts} == {"new"}
    assert len(calls) <= 2 * len(verdicts)
    assert max(calls) > 4


def test_shared_shingles_are_counted_exactly(place):
    texts = [text(1, 60), text(2, 60), f"{text(1, 60)} {text(2, 60)}", "one two", ""]
    given = [Article(str(i), text=words) for i, words in enumerate(texts)]
    with Index(place) as index:
        index.check(given)
        rows = list(index.export())
    made = fingerprint_articles(given, Settings())
    for one in made:
        shared = [len({*one.shingles.tolist()} & {*other.shingles.tolist()}) for other in made]
        counted, sizes = decisions._count_shared(one, rows)
        assert counted.tolist() == shared
        assert sizes.tolist() == [other.shingles.size for other in made]
    assert [column.tolist() for column in decisions._count_shared(made[0], [])] == [[], []]


def test_texts_that_share_too_little_to_be_copies_get_no_closer_look(place, monkeypatch):
    looked_at = []
    classified = decisions._classified
    monkeypatch.setattr(
        decisions, "_classified", lambda one, rows, *shares: looked_at.extend(rows) or classified(one, rows, *shares)
    )
    with Index(place) as index:
        verdicts = index.check([Article(f"n{i}", text=f"{'Hi! ' * 10}{i}") for i in range(40)])
        assert {v.verdict for v in verdicts} == {"new"}
        assert not looked_at
        index.check([Article("longer", text=text(1, 60)), Article("excerpt", text=text(1, 50))])
    assert [row.name for row in looked_at] == ["longer"]


def test_whoever_gets_no_closer_look_is_no_copy(place):
    texts = [text(1, 60), text(1, 40), text(1, 30), f"{text(1, 30)} {text(2, 30)}", text(2, 60), "one two"]
    given = [Article(str(i), text=words) for i, words in enumerate(texts)]
    with Index(place) as index:
        index.check(given)
        rows = list(index.export())
    for one in fingerprint_articles(given, Settings()):
        shared, sizes = decisions._count_shared(one, rows)
        likely = decisions._may_be_copies(shared, one.shingles.size, sizes, Settings())
        kinds = [match.kind for match in decisions.measure_matches(one, rows, Settings())]
        assert [kind < len(COPY_KINDS) for kind in kinds] == likely.tolist()
