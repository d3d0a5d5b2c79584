"""The figures of the documentation are those that were measured: benchmarks/results holds them."""

import hashlib
import json
import re

import pytest
from figures import ALL_FIGURES, RESULTS, percent, readme_figures, share
from pages import PAGES, section
from support import ROOT

from dedupe import cluster, explain, read
from dedupe.audit.audit import audit
from dedupe.explanations import explain_collection


def in_one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("figures", ALL_FIGURES)
def test_figures_are_those_of_the_result_files(figures):
    page = in_one_line(PAGES["docs/numbers.md"])
    for expected in figures():
        assert expected in page, expected


def test_the_six_numbers_of_the_readme_are_those_of_the_result_files():
    text = in_one_line(section("README.md", "Six numbers"))
    for expected in readme_figures():
        assert expected in text, expected


def test_the_six_numbers_of_the_readme_stand_among_all_figures():
    figures = re.findall(r"(?<![\w.])\.?\d[\d,.]*\d|\b\d+\b", section("README.md", "Six numbers"))
    assert len(figures) > 15
    numbers = PAGES["docs/numbers.md"]
    assert not [figure for figure in figures if figure not in numbers]


def test_figures_of_the_comparison_are_those_of_the_result_files():
    page = in_one_line(PAGES["docs/comparison.md"])
    assert f"{RESULTS['speed']['true_pairs']} true pairs among {RESULTS['speed']['articles']:,} articles" in page
    names = {"dedupe": "`dedupe pairs`", "daft": "Daft", "gaoya": "gaoya", "rensa": "Rensa"}
    names |= {name: name for name in ("datasketch", "datatrove")}
    for found in (RESULTS["speed"], RESULTS["speed_120000"]):
        for name, shown in names.items():
            own = found["contenders"].get(name, {})
            if "wall_s" in own:
                took = f"{own['wall_s']:.1f} | {own['cpu_s']:.1f} | {own['peak_mb']:,}"
                right = f"{own['recall']:.3f} | {own['precision']:.3f}"
                assert f"| {found['articles']:,} | {shown} | {took} | {right} |" in page


def test_the_page_about_stories_names_the_numbers_of_the_model():
    text = (ROOT / "dedupe" / "data" / "story_model.json").read_text("utf-8")
    numbers = re.findall(r"(?<![\w\"])-?\d+\.\d+", text)
    cosine = f"{json.loads(text)['saga']['least_cosine']:g}"
    page = in_one_line(PAGES["docs/stories.md"])
    assert f"The model has {len(numbers)} fitted or chosen numbers" in page
    assert f"is at least {cosine.removeprefix('0')}." in page


def test_the_page_about_alignment_says_how_often_verdicts_on_the_direction_are_right():
    found = RESULTS["direction"]
    page = in_one_line(PAGES["docs/alignment.md"])
    longer = found["the_text_that_contains_the_other_is"]
    by = {"source": "the source", "taker": "the taker", "neither": "neither"}
    said = [f"{words} {longer[name]} times" for name, words in by.items()]
    assert f"the containing text was {said[0]}, {said[1]} and {said[2]}." in page
    names = {"time and containment": "time, and one text contains the other", "time": "time alone"}
    for name, verdicts in found["verdicts"].items():
        assert f"| {names.get(name, name)} | {verdicts} | {100 * found['right'][name] / verdicts:.0f} % |" in page


def test_the_page_about_the_filter_says_how_much_room_an_index_takes():
    found, text = RESULTS["index_speed_1000000"]["index"], in_one_line(section("docs/filter.md", "In production"))
    assert f"took {found['bytes_an_article']:,} bytes an article" in text
    assert f"{found['peak_megabytes']:,} MB of memory at most" in text
    kilobytes = round(found["bytes_an_article"] / 1000)
    assert f"about {kilobytes} KB on disk" in text
    assert f"{20_000 * 30:,} articles and about {20_000 * 30 * kilobytes / 1e6:.1f} GB" in text


def test_shares_that_pages_give_in_words_are_those_of_the_result_files():
    together = RESULTS["desk"]["mean"]["left_out"]["pair_precision"]
    assert abs(together - 2 / 3) < 0.05
    assert "about two of three cases" in in_one_line(section("docs/stories.md", "What p means"))
    right = RESULTS["direction"]["share_right"]["time"]
    assert abs(right - 3 / 4) < 0.02
    assert "three of four went this way round" in in_one_line(PAGES["docs/tutorials/audit.md"])


def test_the_tutorial_for_auditors_reads_the_tables_of_an_audit_rightly():
    found, page = audit(read([ROOT / "docs" / "tutorials" / "day"])), in_one_line(PAGES["docs/tutorials/audit.md"])
    [article] = [one for one in found.articles if one.id == "courier-49"]
    shares = ", ".join(
        f"{percent(getattr(article, kind))} {kind}" for kind in ("original", "verbatim", "edited", "rewritten")
    )
    assert f"has {article.words} words: {shares}. Its grade is `{article.grade}`" in page
    source = article.sources[0]
    assert f"with {percent(source.share)} of its words, {source.hours:g} hours earlier" in page
    [pair] = [one for one in found.publishers if (one.taker, one.giver) == ("Evening Courier", "Capital Daily")]
    assert f"has {pair.words} words from the Capital Daily, in two articles. {pair.common_agency_words} of them" in page
    assert pair.articles == 2


def test_the_page_about_the_seeds_says_how_narrowly_they_are_parted():
    ids = [path.stem for path in sorted((ROOT / "seeds").glob("*.txt"))]
    split = explain(cluster(read([ROOT / "seeds"])), ids[0], ids[-1]).split
    code = (ROOT / "benchmarks" / "fitting" / "stories.py").read_text("utf-8")
    boldness, whole = re.search(r'^BOLDNESS = (.+)\n"""Added .* about (\d+ of 100) groups', code, re.MULTILINE).groups()
    page = in_one_line(PAGES["seeds/README.md"])
    assert f"It is {boldness}, at which about {whole} labelled groups" in page
    assert f"are {split.log_odds:.2f} (probability {share(split.probability)}), and below 0 they are parted" in page
    one_story_at = re.search(r"so at (.+) the summits would be one story", page)[1]
    assert float(one_story_at) < float(boldness) + split.log_odds < float(one_story_at) + 0.1


def test_the_figure_of_the_two_summits_shows_what_decides_today():
    larger = explain_collection(cluster(read([ROOT / "seeds"]))).stories[0]
    [made], refused = larger.splits_made, larger.refused_split
    for split, drawn in ((made, RESULTS["summits"]["made"]), (refused, RESULTS["summits"]["refused"])):
        assert dict(split.contributions) == pytest.approx(drawn["contributions"])
        assert f"{split.log_odds:+.2f}" in section("docs/stories.md", "How the two summits are told apart")


@pytest.mark.parametrize("chart", sorted(ROOT.glob("docs/charts/*.svg")), ids=lambda path: path.stem)
def test_charts_are_drawn_from_the_results_that_stand_here(chart):
    drawn_from = re.findall(r"(\w+)\.json ([0-9a-f]{16})", chart.read_text("utf-8"))
    assert drawn_from
    for name, checksum in drawn_from:
        stands = hashlib.sha256((ROOT / "benchmarks" / "results" / f"{name}.json").read_bytes()).hexdigest()
        assert stands.startswith(checksum), f"{chart.name} is older than {name}.json: run python -m benchmarks.charts"
