"""The figures of the documentation are those that were measured: benchmarks/results holds them."""

import json
import re

import pytest
from pages import PAGES, section
from support import ROOT

RESULTS = {path.stem: json.loads(path.read_text("utf-8")) for path in ROOT.glob("benchmarks/results/*.json")}


def share(value, digits=3):
    return f"{value:.{digits}f}".removeprefix("0") if value < 1 else f"{value:.{digits}f}"


def listed(values, form):
    return " / ".join(format(value, form) for value in values)


def speed_figures():
    by = RESULTS["speed"]["contenders"]
    ours = by["dedupe"]

    def against(name):
        return f"{by[name]['wall_s'] / ours['wall_s']:.1f} ({by[name]['cpu_s'] / ours['cpu_s']:.1f})"

    peers = ("Daft", "gaoya", "Rensa", "datasketch", "datatrove")
    yield f"{ours['wall_s']} s, {ours['cpu_s']} s CPU, {ours['peak_mb']} MB"
    yield f"recall {ours['recall']:.2f}, precision {ours['precision']:.2f}"
    yield ", ".join(f"{name} {against(name.lower())}" for name in peers)
    yield f"pyarrow alone {against('floor')}"
    sizes = RESULTS["scale"]["sizes"].values()
    yield listed([one["cpu_us_an_article"] for one in sizes], ".0f") + " µs CPU an article"
    yield " / ".join(str(one["peak_mb"]) for one in sizes) + " MB; recall of planted copies "
    yield listed([one["recall"] for one in sizes], ".3f")
    copies = RESULTS["copies"]
    assert copies["near_duplicate_recall"] == copies["excerpt_recall"] == 1
    assert copies["false_pairs"] == copies["wrong_numbers"] == 0
    near, excerpts = copies["near_duplicates"], copies["excerpts"]
    yield f"{near} of {near} pairs with Jaccard ≥ 0.5, {excerpts} of {excerpts} excerpts, no false pair"
    sizes = RESULTS["story_speed"]["sizes"].values()
    times = (listed([one[name] for one in sizes], ".1f") for name in ("stories_s", "copies_s"))
    yield " s beside ".join(times) + " s; " + listed([one["peak_mb"] for one in sizes], ",") + " MB"


def story_figures():
    quality, left_out, small, strangers, company = (
        RESULTS[name] for name in ("quality", "leave_one_out", "small_stories", "false_stories", "in_company")
    )
    sets = ("ecb", "wikinews", "basil", "multinews")

    def row(values, mean):
        return f"{' / '.join(map(share, values))}; mean {share(mean)}"

    whole = [quality["sets"][f"stories_{name}{'_undated' * (name == 'multinews')}"]["b3_f1"] for name in sets]
    apart = [left_out[f"{name}, left out, undated"] for name in sets]
    yield row(whole, quality["mean_b3_f1"])
    yield row([scores["b3_f1"] for scores in apart], left_out["mean F1, left out, undated"])
    reports = (left_out[f"{name}, left out, undated"]["b3_f1_of_reports"] for name in ("wikinews", "multinews"))
    of_reports = left_out["mean F1 of reports, left out, undated"]
    yield f"{' / '.join(map(share, reports))}; mean of the four sets {share(of_reports)}"
    merged = quality["sets"]["stories_ecb"]["confusable_merged"], apart[0]["confusable_merged"]
    yield f"{100 * merged[0]:.1f} %, {100 * merged[1]:.1f} %"
    drawn = {
        dates: " / ".join(str(strangers[f"of {size} random articles in a story, {dates}"]) for size in (5, 12, 50, 200))
        for dates in ("undated", "dated")
    }
    yield f"{drawn['undated']}; with their dates {drawn['dated']}"
    yield "; ".join(
        [
            *(str(strangers[f"template_pairs_merged_{dates}"]) for dates in ("undated", "dated")),
            " / ".join(str(strangers[f"template_pairs_merged, {days} of one series"]) for days in (2, 5, 12)),
            str(strangers["template_pairs_merged, 14 of each of four"]),
        ]
    )
    exact = {name: f"{100 * part:.1f} %" for name, part in small.items() if name.endswith(("exact", "whole"))}
    yield f"{exact['two_events_exact']}; {exact['one_event_whole']}; {exact['one_event_of_7_to_12_whole']}"
    yield (
        f"{exact['two_events_in_company_exact']} / {exact['two_events_of_30_exact']}; "
        f"{exact['one_event_in_company_exact']} / {exact['one_event_of_30_exact']}"
    )
    yield "; ".join(
        f"{100 * company[f'{events}_right']:.1f} % (without it {100 * company[f'{events}_right_without_closer_look']:.1f} %)"
        for events in ("two_events", "one_event")
    )


def desk_figures():
    desk = RESULTS["desk"]
    contenders = ("ours", "tfidf", "nothing")

    def row(found):
        return " | ".join(f"{share(found[name]['pair_f1'])}, {share(found[name]['b3_f1'])}" for name in contenders)

    names = {"may2013": "May 2013", "oct2019": "October 2019", "jan2020": "January 2020"}
    assert set(desk["months"]) == set(names)
    for month, found in desk["months"].items():
        assert all(found["ours"][score] < found["tfidf"][score] for score in ("pair_f1", "b3_f1")), month
        yield f"| {names[month]}, {found['articles']} articles | {row(found)} |"
    yield f"| mean | {row(desk['mean'])} |"
    ours = desk["mean"]["ours"]
    precision, recall = 100 * ours["pair_precision"], 100 * ours["pair_recall"]
    yield f"{precision:.0f} % belong together, and it finds {recall:.0f} %\nof those that do"


def saga_figures():
    for found in RESULTS["sagas"]["months"].values():
        scores = (
            ", ".join(share(found[name][score]) for score in ("pair_f1", "b3_f1", "pair_precision"))
            for name in ("left_out", "tfidf", "stories")
        )
        yield f", {found['articles']} articles | {' | '.join(scores)} |"


def alignment_figures():
    found = RESULTS["pan13"]
    kinds = ("02-no-obfuscation", "03-random-obfuscation", "04-translation-obfuscation", "05-summary-obfuscation")
    yield " / ".join(share(found[f"both, {kind}"]["plagdet"]) for kind in ("all", *kinds))
    none = found["both, 01-no-plagiarism"]
    yield f"{none['pairs_with_detection']} of {none['pairs']:,} pairs without reuse have a detection"
    paraphrases = RESULTS["msrp"]["cross-validation"]
    yield f"{share(paraphrases['accuracy'])} / {share(paraphrases['f1'])}"


def index_figures():
    sets = [RESULTS["index_stories"]["sets"][f"{name}_dated"] for name in ("ecb", "wikinews", "basil")]
    ways = (" / ".join(share(one[f"{way}_b3_f1"]) for one in sets) for way in ("online", "collection"))
    yield " against ".join(ways)
    found = RESULTS["index_speed_1000000"]["index"]
    yield (
        f"{found['per_second_batches_of_1000']:,} / {found['per_second_batches_of_100']:,} articles a second; "
        f"{found['single_milliseconds_p99']} ms; {found['opening_seconds']} s; "
        f"{found['bytes_an_article_beyond_verification']:,} an article"
    )
    kills = [RESULTS["index_durability"][name] for name in ("kills", "kills_with_stories")]
    assert not any(one["wrong"] for one in kills)
    losses, faults = RESULTS["index_power_loss"], RESULTS["index_faults"]
    ours, controls = (
        [ends for name, ends in losses.items() if isinstance(ends, dict) and name.startswith("control") == is_control]
        for is_control in (False, True)
    )
    assert all(set(ends) == {"ok"} for ends in ours)
    failed = sum(number for ends in controls for end, number in ends.items() if end != "ok")
    runs = [one for one in faults.values() if isinstance(one, dict) and "runs" in one]
    assert not any(one["lost"] for one in runs)
    points = sum(ends["ok"] for ends in ours)
    yield (
        f"0 in {sum(one['cycles'] for one in kills)} kills, 0 at {points} points (the controls fail at {failed} of "
        f"{points}), 0 in {sum(one['runs'] for one in runs)} runs"
    )
    flood = RESULTS["index_window"]["flood"]
    rates = flood["per_processor_second"]
    yield f"{share(flood['flood_rate_against_clean'], 2)} / {share(rates['flood_last'] / rates['clean_after'], 2)}"


@pytest.mark.parametrize(
    "figures", [speed_figures, story_figures, desk_figures, saga_figures, alignment_figures, index_figures]
)
def test_figures_are_those_of_the_result_files(figures):
    for expected in figures():
        assert expected in PAGES["docs/numbers.md"], expected


def test_key_figures_of_the_readme_stand_among_all_figures():
    figures = re.findall(r"(?<![\w.])\.?\d[\d,.]*\d|\b\d+\b", section("README.md", "Key figures"))
    assert len(figures) > 15
    numbers = PAGES["docs/numbers.md"]
    assert not [figure for figure in figures if figure not in numbers]


def test_the_readme_gives_the_scores_of_the_desk_beside_those_of_the_curated_sets():
    mean = RESULTS["desk"]["mean"]
    text = " ".join(section("README.md", "Key figures").split())
    ours, tfidf, nothing = mean["ours"], mean["tfidf"], mean["nothing"]
    assert f"{share(ours['b3_f1'])}, where every article alone has {share(nothing['b3_f1'])}" in text
    assert f"pair F1 {share(ours['pair_f1'])}, where five lines of TF-IDF have {share(tfidf['pair_f1'])}" in text
