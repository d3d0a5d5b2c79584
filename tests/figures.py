"""What the documentation must say: the figures of benchmarks/results, in the words of the pages.

Each function yields texts that stand in docs/numbers.md, and ``readme_figures`` those of the README.
"""

import json

from support import ROOT

RESULTS = {path.stem: json.loads(path.read_text("utf-8")) for path in ROOT.glob("benchmarks/results/*.json")}


def share(value, digits=3):
    return f"{value:.{digits}f}".removeprefix("0") if value < 1 else f"{value:.{digits}f}"


def listed(values, form):
    return " / ".join(format(value, form) for value in values)


def against(by, name):
    """How many times our wall (CPU) time another contender takes."""
    ours, other = by["dedupe"], by[name]
    return f"{other['wall_s'] / ours['wall_s']:.1f} ({other['cpu_s'] / ours['cpu_s']:.1f})"


def against_peers(by):
    peers = ("Daft", "gaoya", "Rensa", "datasketch", "datatrove")
    ran = [name for name in peers if "wall_s" in by.get(name.lower(), {})]
    return ", ".join(f"{name} {against(by, name.lower())}" for name in ran)


def speed_figures():
    by, variants = (RESULTS[name]["contenders"] for name in ("speed", "speed_120000"))
    for ours in (by["dedupe"], variants["dedupe"]):
        yield f"{ours['wall_s']} s, {ours['cpu_s']} s CPU, {ours['peak_mb']} MB"
        yield f"recall {ours['recall']:.3f}, precision {ours['precision']:.3f}"
    yield f"three articles {by['dedupe']['start_s']} s, right after installation {by['dedupe']['first_use_s']} s"
    yield f"{against_peers(by)}, parsing the file with pyarrow alone {against(by, 'floor')}"
    yield f"{against_peers(variants)}, parsing alone {against(variants, 'floor')}"
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


def command_figures():
    found = RESULTS["commands"]
    for name, own in found["cluster"].items():
        by = own["contenders"]
        ours = by["dedupe"]
        others = {"before": "before", "with Numba": "before_fast", "script": "script"}
        ran = {words: by[other] for words, other in others.items() if "wall_s" in by.get(other, {})}
        times = "; ".join(
            f"{words} {other['wall_s'] / ours['wall_s']:.1f} ({other['peak_mb'] / ours['peak_mb']:.1f})"
            for words, other in ran.items()
        )
        yield (
            f"| {int(name.split()[0]):,}{' variants' * ('variants' in name)} | {ours['wall_s']:.2f} s, "
            f"{ours['peak_mb']:,} MB, {ours['cpu_us_an_article']:,} µs CPU and {ours['kb_an_article']:.0f} KB an article | {times} |"
        )
    yield f"before is the commit {found['before']}"
    walls = {name: own["wall_s"] for name, own in found["small"].items()}
    small = [walls[name] / walls["imports"] for name in ("cluster seeds/", "align")]
    yield f"{listed(small, '.1f')}; {walls['--help'] / walls['pass']:.1f}"
    names = ("pairs", "cluster", "align --pairs", "audit")
    yield listed([found["threads"][name]["speedup"] for name in names], ".2f") + " times as fast"
    goals = [goal for name in ("speed", "speed_120000", "commands") for goal in RESULTS[name]["goals"].values()]
    yield f"{sum(not goal['met'] for goal in goals)} of {len(goals)} goals for speed are missed"


MONTHS = {"may2013": "May 2013", "oct2019": "October 2019", "jan2020": "January 2020"}
"""The months of the news desk."""

STORY_RESULTS = ("desk", "leave_one_out", "false_stories", "in_company", "time_gaps", "sagas")
"""Results with goals for stories."""


def percent(part, digits=0):
    return f"{100 * part:.{digits}f} %"


def shares(values):
    return " / ".join(map(share, values))


def story_figures():
    sets, left_out = RESULTS["quality"]["sets"], RESULTS["leave_one_out"]
    names = ("ecb", "wikinews", "basil", "multinews")
    whole = [sets[f"stories_{name}{'_undated' * (name == 'multinews')}"] for name in names]
    apart = {dates: [left_out.get(f"{name}, left out, {dates}") for name in names] for dates in ("dated", "undated")}
    yield f"{shares(one['b3_f1'] for one in whole)}; mean {share(RESULTS['quality']['mean_b3_f1'])}"
    mean = share(left_out["mean F1, left out, undated"])
    yield f"{shares(one['b3_f1'] for one in apart['undated'])}; mean {mean}"
    yield f"{shares(one['b3_f1'] for one in apart['dated'][:3])} | same"
    reports = (left_out[f"{name}, left out, undated"]["b3_f1_of_reports"] for name in ("wikinews", "multinews"))
    of_reports = left_out["mean F1 of reports, left out, undated"]
    yield f"{shares(reports)}; mean of the four sets {share(of_reports)}"
    yield f"{shares(left_out[f'vietnamese, shipped model, {dates}']['b3_f1'] for dates in ('dated', 'undated'))} | same"
    merged = sets["stories_ecb"]["confusable_merged"], apart["undated"][0]["confusable_merged"]
    yield f"{percent(merged[0], 1)}, {percent(merged[1], 1)} | both"
    ecb, multinews = apart["undated"][0], apart["undated"][3]
    assert all(one["b3_precision"] > one["b3_recall"] for one in (ecb, multinews))
    yield (
        f"B-cubed precision is {share(ecb['b3_precision'])} and {share(multinews['b3_precision'])}, recall "
        f"{share(ecb['b3_recall'])} and {share(multinews['b3_recall'])}"
    )
    off_event = json.loads((ROOT / "benchmarks" / "stories" / "off_event.json").read_text("utf-8"))["wikinews"]
    assert 0.2 < len(off_event) / sets["stories_wikinews"]["articles"] < 0.3  # "a quarter of the pages"


def company_figures():
    exact, seeds = RESULTS["in_company"]["confusable_events"], RESULTS["in_company"]["seeds"]
    for events in (2, 1):
        by_dates = (
            " / ".join(percent(exact[f"{events} among {others}, {dates}"], 1) for others in (0, 60, 1000))
            for dates in ("dated", "undated")
        )
        yield "; without ".join(by_dates)
    kinds = [f"{kind}, {dates}" for dates in ("dated", "undated") for kind in ("random", "topic")]
    yield " / ".join(percent(min(seeds[kind].values())) for kind in kinds)


def stranger_figures():
    found = RESULTS["false_stories"]
    drawn = {
        dates: " / ".join(str(found[f"of {size} random articles in a story, {dates}"]) for size in (5, 12, 50, 200))
        for dates in ("undated", "dated")
    }
    yield f"{drawn['undated']}; with their dates {drawn['dated']}"
    yield "; ".join(
        [
            *(str(found[f"template_pairs_merged_{dates}"]) for dates in ("undated", "dated")),
            " / ".join(str(found[f"template_pairs_merged, {days} of one series"]) for days in (2, 5, 12)),
            str(found["template_pairs_merged, 14 of each of four"]),
        ]
    )
    cases = [
        name for case in found["furniture"].values() for name in case if name not in ("plain", "most_beyond_plain")
    ]
    yield f"| {found['cases_beyond_plain']} of {len(cases)} | same"
    now = RESULTS["time_gaps"]["now"]
    pairs = now["news_allsides"]
    yield (
        f"{pairs['pairs']:,} pairs, {percent(pairs['within_2_days'] / pairs['pairs'], 1)} / "
        f"{percent(pairs['over_14_days'], 1)} / {percent(pairs['over_30_days'], 1)}"
    )
    yield " / ".join(str(now[f"wire_helsinki, {dates}"]["largest"]) for dates in ("dated", "undated")) + " articles"
    goals = [goal for name in STORY_RESULTS for goal in RESULTS[name]["goals"].values()]
    yield f"{sum(not goal['met'] for goal in goals)} of {len(goals)} goals for stories are missed"


def of_pairs(scores):
    return f"{percent(scores['pair_precision'])} belong together, and {percent(scores['pair_recall'])} of those that do"


def desk_figures():
    desk = RESULTS["desk"]
    contenders = ("left_out", "tfidf", "mixed", "nothing")

    def pair(found):
        return f"{share(found['pair_f1'])}, {share(found['b3_f1'])}"

    def row(found):
        return " | ".join(pair(found[name]) for name in contenders)

    assert set(desk["months"]) == set(MONTHS)
    for month, found in desk["months"].items():
        for score in ("pair_f1", "b3_f1"):
            assert found["left_out"][score] > max(found[name][score] for name in ("tfidf", "mixed")), (month, score)
        yield f"| {MONTHS[month]}, {found['articles']} articles | {row(found)} |"
    mean = desk["mean"]
    yield f"| mean | {row(mean)} |"
    yield f"put into one story, {of_pairs(mean['left_out'])} are found"
    strangers = mean["left_out"]["strangers_share"]
    assert strangers < (1 - mean["left_out"]["pair_precision"]) / 2
    yield f"{percent(strangers, 1)} of its pairs are not even of one saga"
    yield f"other two, has {share(mean['learned']['pair_f1'])} and {share(mean['learned']['b3_f1'])}"
    yield f"The shipped model has {share(mean['shipped']['pair_f1'])} and {share(mean['shipped']['b3_f1'])}"
    damaged = desk["shipped_with_damaged_dates"]
    for name, words in {
        "midnight": "all right",
        "3 % wrong": "3 % wrong",
        "10 % missing": "10 % missing",
        "both": "both",
        "no dates": "none",
    }.items():
        yield f"| {words} | {pair(damaged[name])} |"
    yield f"recall of pairs is {share(desk['months']['jan2020']['left_out']['pair_recall'])} in January 2020"
    yield f"from {share(damaged['midnight']['pair_f1'])} to {share(damaged['no dates']['pair_f1'])} without dates"


def setting_figures():
    for knob, by_value in RESULTS["desk"]["shipped_by_setting"].items():
        for value, found in by_value.items():
            if value != "monotone":
                option = f"--{knob.replace('_', '-')} {value.removesuffix('.0')}"
                yield (
                    f"| `{option}` | {found['stories']} | {found['mean_size']:.2f} | {found['largest']} | "
                    f"{percent(found['share_in_stories'], 1)} |"
                )


def saga_figures():
    months = RESULTS["sagas"]["months"]
    for month, found in months.items():
        scores = (
            ", ".join(share(found[name][score]) for score in ("pair_f1", "b3_f1", "pair_precision"))
            for name in ("left_out", "tfidf", "stories")
        )
        yield f"| {MONTHS[month]}, {found['articles']} articles | {' | '.join(scores)} |"
    ranges = []
    for score in ("pair_precision", "pair_recall"):
        values = [100 * found["left_out"][score] for found in months.values()]
        ranges.append(f"{min(values):.0f} to {max(values):.0f} %")
    yield f"put into one saga, {ranges[0]} belong to one affair, and {ranges[1]} of those that do are found"


def alignment_figures():
    found = RESULTS["pan13"]
    kinds = ("02-no-obfuscation", "03-random-obfuscation", "04-translation-obfuscation", "05-summary-obfuscation")
    yield " / ".join(share(found[f"both, {kind}"]["plagdet"]) for kind in ("all", *kinds))
    none = found["both, 01-no-plagiarism"]
    yield f"{none['pairs_with_detection']} of {none['pairs']:,} pairs without reuse have a detection"
    paraphrases = RESULTS["msrp"]["cross-validation"]
    yield f"{share(paraphrases['accuracy'])} / {share(paraphrases['f1'])}"
    grades = RESULTS["grades"]["made"]
    yield f"reuse grades of {grades['pairs']:,} made pairs that are right: {' / '.join(grades['right_by_kind'])}"
    yield f"{shares(grades['right_by_kind'].values())} | `python -m benchmarks.alignment.grades` |"
    halves = (grades["odd_half"][name] for name in ("dedupe", "words", "5-grams"))
    yield "; ".join(f"{share(own['right'])} and {percent(own['accused_without_reuse'], 1)}" for own in halves)
    above = RESULTS["grades"]["pan13"]
    found_in = ("nothing reused", *(kind[3:] for kind in kinds))
    yield f"{' / '.join(percent(above[kind]['above_none'], 1) for kind in found_in)} | same"
    right = shares(RESULTS["languages"][name]["all"]["sentences"] for name in ("given", "not_given"))
    yield f"language given / found | {right} |"
    found = RESULTS["align_before"]
    audits, pairs = [found[name] for name in ("wire_helsinki", "news_allsides")], found["unseen pairs"]
    yield f"{listed([one['dedupe']['cpu'] for one in audits], '.1f')} s CPU; {pairs['dedupe']['ms']:.1f} ms"
    yield f"the commit {found['before']} takes {listed([one['measured'] for one in found['goals'].values()][:3], '.1f')} times"


LANGUAGES = (
    "all English German French Spanish Italian Portuguese Dutch Russian Turkish Arabic Hindi Chinese Japanese".split()
)


def language_figures():
    """One row a language, in the order of the results; the first is the collection of all languages."""
    for name, own in zip(LANGUAGES, RESULTS["languages"]["not_given"].values(), strict=True):
        kinds = ("stories", "stories_undated", "stories_together", "stories_undated_together")
        alone, together = (
            shares(own[kind]["b3_f1"] for kind in pair if kind in own) for pair in (kinds[:2], kinds[2:])
        )
        copies = f"{own['copies']['precision']:.2f} / {own['copies']['recall']:.2f}"
        yield f"| {name} | {share(own['sentences'], 2)} | {copies} | {alone} | {together or '–'} |"


def index_figures():
    sets = [RESULTS["index_stories"]["sets"][name] for name in (*MONTHS, "basil", "wikinews")]
    for score in ("pair_f1", "b3_f1"):
        yield " against ".join(shares(one[way][score] for one in sets) for way in ("index", "collection"))
    lost = RESULTS["index_stories"]["mean_pair_f1_lost_in_a_month"]
    yield f"{share(lost['measured'])} less pair F1 in a month"
    found = RESULTS["index_speed_1000000"]["index"]
    yield (
        f"{found['per_second_batches_of_1000']:,} / {found['per_second_batches_of_100']:,} articles a second; "
        f"{found['single_milliseconds_p99']} ms; {found['opening_seconds']} s; "
        f"{found['bytes_an_article_beyond_verification']:,} an article"
    )
    yield from loss_figures()
    flood = RESULTS["index_window"]["flood"]
    rates = flood["per_processor_second"]
    yield f"{share(flood['flood_rate_against_clean'], 2)} / {share(rates['flood_last'] / rates['clean_after'], 2)}"


def filter_figures():
    found = RESULTS["index_filter"]
    rates, goals = found["per_second_batches_of_100"], found["goals"]
    against = (goals[f"filter against {other}"]["measured"] for other in ("signed", "plain SQLite rows"))
    yield f"{rates['filter']:,} articles a second, {next(against):.2f} and {next(against):.2f} times the rates"
    yield (
        f"{found['one_line_milliseconds_p50']} / {found['one_line_milliseconds_p99']} ms beside "
        f"{found['commit_milliseconds_p50']} / {found['commit_milliseconds_p99']} ms"
    )
    yield f"{percent(found['opening']['share'], 2)} of the index"


def kills():
    """Kills of the index and of the filter, after each of which the index was compared with what had been answered."""
    runs = [RESULTS["index_durability"]["kills"], RESULTS["index_durability"]["kills_with_stories"]]
    runs.append(RESULTS["index_filter_kills"])
    assert not any(one["wrong"] for one in runs)
    return sum(one["cycles"] for one in runs)


def loss_figures():
    losses = RESULTS["index_power_loss"]
    assert losses["truncate_full"].keys() == losses["wal_full"].keys() == {"ok"}
    points = losses["truncate_full"]["ok"] + losses["wal_full"]["ok"]
    controls = [losses["control_truncate_off"], losses["control_disk_ignores_syncs"]]
    failed = sum(number for control in controls for end, number in control.items() if end != "ok")
    of = sum(sum(control.values()) for control in controls)
    faults = {name: one for name, one in RESULTS["index_faults"].items() if isinstance(one, dict) and "runs" in one}
    assert not any(one[name] for one in faults.values() for name in ("lost", "damaged", "not_through"))
    full, others = (
        sum(one["runs"] for name, one in faults.items() if name.endswith("ENOSPC") == is_full)
        for is_full in (True, False)
    )
    yield (
        f"0 in {kills():,} kills, 0 at {points:,} points (the controls fail at {failed:,} of {of:,}), 0 in {full} runs "
        f"with a full disk and {others} with disk errors"
    )
    at_once, killed = RESULTS["index_durability"]["writers"], RESULTS["index_durability"]["writers_killed"]
    assert not at_once["wrong"]
    assert not killed["wrong"]
    yield (
        f"0 of {at_once['articles']:,} in {at_once['seeds']} runs; 0 of {killed['articles']:,} in {killed['seeds']} runs "
        f"with {killed['kills']} kills"
    )
    places = [RESULTS["index_flips"][place] for place in ("segments", "meta", "rows")]
    assert not any(one["changed_unnoticed"] or one["crashed"] for one in places)
    assert places[0]["noticed"] == places[0]["flips"]
    assert not places[0]["changed"]
    without = sum(one["changed_unnoticed"] for one in RESULTS["index_flips"]["control"].values())
    yield f"0 of {sum(one['flips'] for one in places):,} (without checksums {without} of 60)"
    lines = RESULTS["index_bad_lines"]
    assert not lines["wrong"]
    yield f"{lines['lines']:,} of {lines['lines']:,}, {sum(lines['rejected'].values()):,} of them rejected"


def server_figures():
    found = RESULTS["index_postgres"]
    verdicts, speed = found["verdicts"], found["speed"]
    assert not any(found[part]["wrong"] for part in ("hosts", "killed", "losses"))
    yield f"{verdicts['differing']} of {verdicts['articles']:,} verdicts differ"
    yield (
        f"0 of {found['hosts']['articles']:,}; 0 of {found['killed']['articles']:,} with {found['killed']['kills']} kills; "
        f"0 of {found['losses']['articles']:,} with {sum(found['losses']['losses'].values())} lost connections"
    )
    rates = speed["articles_per_second"]["server"]
    yield f"{speed['median_ratio_per_second']} times the rate in a folder, {min(rates):,} to {max(rates):,} articles a second"
    used = sorted(speed["articles_per_processor_second"]["server"])[1]
    yield f"{speed['median_ratio_per_processor_second']} times by processor time, {used:,} articles a processor second"
    sizes = verdicts["bytes_an_article"]
    yield f"{sizes['server']:,} bytes an article ({sizes['folder']:,} in a folder)"
    yield f"{verdicts['bytes_an_article_that_a_follower_reads']:,} of them"


def readme_figures():
    by, copies = RESULTS["speed"]["contenders"], RESULTS["copies"]
    yield f"on two threads: {by['dedupe']['wall_s']} s, {by['dedupe']['peak_mb']} MB"
    times = {name: f"{by[name]['wall_s'] / by['dedupe']['wall_s']:.1f}" for name in ("daft", "gaoya", "datasketch")}
    yield f"Daft takes {times['daft']} times as long, gaoya {times['gaoya']}, datasketch {times['datasketch']}"
    whole = RESULTS["commands"]["cluster"]["12000"]["contenders"]["dedupe"]
    yield f"All of `cluster`: {whole['wall_s']:.2f} s, {whole['peak_mb']:,} MB"
    near, excerpts = copies["near_duplicates"], copies["excerpts"]
    yield f"{near} of {near} near duplicates, {excerpts} of {excerpts} excerpts, no false pair"
    mean = RESULTS["desk"]["mean"]
    yield f"put into one story, {of_pairs(mean['left_out'])} are found"
    best = max(mean[name]["pair_f1"] for name in ("tfidf", "mixed"))
    yield f"As one score (pair F1) {share(mean['left_out']['pair_f1'])}; the better of two simpler methods has {share(best)}"
    yield from readme_figures_of_alike_events()
    yield f"score (plagdet, at most 1) {share(RESULTS['pan13']['both, all']['plagdet'])}"
    rate = RESULTS["index_speed_1000000"]["index"]["per_second_batches_of_1000"]
    yield f"{rate:,} articles a second in batches of 1,000"
    against = RESULTS["index_filter"]["goals"]["filter against plain SQLite rows"]["measured"]
    yield f"at {RESULTS['index_filter']['articles']:,}, has {against:.2f} times the rate of a plain SQLite table. No answer was lost in {kills():,} kills"


def readme_figures_of_alike_events():
    found = RESULTS["in_company"]
    exact = found["confusable_events"]
    yield f"without dates: {percent(exact['2 among 0, undated'], 1)} of the pairs of events come out exactly"
    yield f"{percent(exact['2 among 60, undated'], 1)} among 60 other articles"
    goals = [found["goals"][f"2 among {others}, undated"] for others in (0, 60)]
    assert not any(goal["met"] for goal in goals)
    yield f"The goals, {percent(goals[0]['least'])} and {percent(goals[1]['least'])}, are missed"


def hostile_figures():
    found = RESULTS["hostile"]
    runs = found["families"] * len(found["commands"])
    yield f"{found['families']} families, {len(found['commands'])} commands"
    yield (
        f"{found['most_megabytes']} MB, {found['most_seconds']} s; {len(found['missed'])} of {runs} runs miss a goal"
    )


def service_figures():
    load, abuse, kills = (RESULTS[f"service_{name}"] for name in ("load", "abuse", "kills"))

    def goal(figure, words, is_met):
        return f"{figure} (goal {words}{'' if is_met else ': missed'})"

    rates = (listed([run["per_second"] for run in load[mode].values()], ",.0f") for mode in ("grouped", "one_by_one"))
    gain, p99, more = load["gain_at_64"], load["p99_in_commits_at_64"], load["one_client_more_ms"]
    yield f"{next(rates)} against {next(rates)} articles a second, {goal(f'{gain:.1f} times at 64', 8, gain >= 8)}"
    yield goal(f"{p99:.1f} commits of {load['index_check_ms']:.1f} ms", 20, p99 <= 20)
    yield goal(f"{more:.1f} ms longer than `Index.check` takes", "3 ms", more <= 3)
    kinds = ("slow", "endless", "unread", "wide")
    assert all(set(abuse[kind]["honest"]["statuses"]) <= {"200", "429"} for kind in kinds)
    counts = (abuse["connections"], abuse["body_mb"], abuse["unread_clients"])
    asked = "{:,} slow connections / a body of {:,} MB / {:,} clients that never read".format(*counts)
    yield f"above idle: {asked}"
    yield listed([abuse[kind]["grown_mb"] for kind in kinds], ".0f") + " MB"
    assert not kills["wrong"]
    yield f"0 of {kills['acknowledged']:,} answers and of {kills['texts']:,} texts in {kills['kills']} kills"


def page_figures():
    found = RESULTS["page"]
    yield f"{found['page_mb']} MB; {share(found['page_to_elements'], 2)}"


ALL_FIGURES = (
    speed_figures,
    command_figures,
    story_figures,
    company_figures,
    stranger_figures,
    desk_figures,
    setting_figures,
    saga_figures,
    alignment_figures,
    language_figures,
    index_figures,
    filter_figures,
    server_figures,
    hostile_figures,
    service_figures,
    page_figures,
)
"""What docs/numbers.md says."""
