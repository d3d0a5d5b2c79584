"""What the ``dedupe`` command promises: output, exit codes, the same result for any order."""

import csv
import io
import json
import random
import subprocess
from itertools import permutations

import pytest
from story_articles import FIRE, STRANGERS, VOTE
from support import PROGRAM, ROOT

import dedupe
from dedupe.copies.candidates import cap_warnings
from dedupe.settings import Settings

STORY = (
    "Leaders of thirty nations met in the capital on Thursday to discuss how a ceasefire could be watched, who would "
    "pay for it and which troops would be sent, officials said after a day of talks that ended without a signature."
)
OTHER = (
    "The national team lost its opening match three goals to one after the goalkeeper was sent off early in the second "
    "half, and the coach told reporters that he would not resign before the tournament is over."
)


def groups(rows, field):
    found = {}
    for row in rows:
        found.setdefault(row[field], set()).add(row["id"])
    return sorted(map(sorted, found.values()))


def by_id(rows):
    return {row["id"]: row for row in rows}


def test_the_empty_collection_is_no_error(run):
    done = run("cluster", "-", "--format", "jsonl")
    assert (done.code, done.out) == (0, "")
    assert "0 articles" in done.err
    assert run("cluster", "-").code == 0


def test_one_article_is_its_own_story(run, jsonl):
    [row] = run("cluster", jsonl([{"id": "a", "text": STORY}]), "--format", "jsonl").rows
    assert (row["story"], row["copy_group"], row["canonical"], row["is_canonical"], row["relation"]) == (
        1,
        1,
        "a",
        True,
        None,
    )


def test_identical_articles_are_copies_of_the_earliest(run, jsonl):
    records = [
        {"id": "late", "text": STORY, "published_at": "2024-05-02T10:00:00Z", "source": "Gazette"},
        {"id": "early", "text": STORY, "published_at": "2024-05-01T10:00:00Z", "source": "Wire"},
    ]
    late, early = run("cluster", jsonl(records), "--format", "jsonl").rows
    assert early["is_canonical"]
    assert late["canonical"] == "early"
    assert late["relation"]["kind"] == "identical"
    assert late["relation"]["jaccard"] == late["relation"]["left_in_right"] == 1.0
    assert late["relation"]["route"] == "syndicated"


def test_rows_come_in_input_order(run, jsonl):
    records = [{"id": f"n{i}", "text": f"{STORY if i % 2 else OTHER} {i}"} for i in (3, 1, 2, 9, 0)]
    assert [row["id"] for row in run("cluster", jsonl(records), "--format", "jsonl").rows] == [
        "n3",
        "n1",
        "n2",
        "n9",
        "n0",
    ]


def test_empty_and_very_short_articles_match_nobody(run, jsonl):
    texts = ["", "", " ", "…", "Rain expected", "Snow falls", STORY]
    done = run("cluster", jsonl([{"id": str(i), "text": text} for i, text in enumerate(texts)]), "--format", "jsonl")
    assert len(groups(done.rows, "copy_group")) == len(groups(done.rows, "story")) == len(texts)
    assert "4 empty, 2 short" in done.err


def test_the_seeds_are_two_summits(run, seeds):
    rows = run("cluster", seeds, "--format", "jsonl").rows
    assert [[name[:3] for name in story] for story in groups(rows, "story")] == [["000", "001", "002"], ["003", "004"]]


def test_any_order_and_thread_count_gives_the_same_result(run, seeds):
    files = sorted(seeds.glob("*.txt"))
    wanted = by_id(run("cluster", *files, "--format", "jsonl").rows)
    shuffled = random.Random(7).sample(files, len(files))
    for order, threads in ((files[::-1], 1), (shuffled, 2), (files, 5)):
        assert by_id(run("cluster", *order, "--format", "jsonl", "--threads", threads).rows) == wanted


def test_any_hash_seed_gives_the_same_result(run, program, seeds):
    """The hash seed of this process is another one, unless PYTHONHASHSEED says 1 here too."""
    done = program("cluster", seeds, "--format", "json", PYTHONHASHSEED="1")
    assert (done.code, done.out) == (0, run("cluster", seeds, "--format", "json").out)


def test_tied_articles_give_the_same_groups_in_every_order(run, jsonl):
    records = [
        {"id": name, "text": STORY + tail} for name, tail in (("a", ""), ("b", " Updated."), ("c", ""), ("d", " More."))
    ]
    results = [by_id(run("cluster", jsonl(order), "--format", "jsonl").rows) for order in permutations(records)]
    assert all(result == results[0] for result in results)


def test_the_table_names_every_article_and_ends_with_the_counts(run, seeds):
    out = run("cluster", seeds).out
    assert all(path.stem in out for path in seeds.glob("*.txt"))
    assert "5 articles, 2 stories, 5 independent texts" in out.splitlines()[-1]


def test_json_holds_rows_stories_relations_counts_and_settings(run, jsonl):
    path = jsonl([{"id": "a", "text": STORY}, {"id": "b", "text": STORY + " Talks go on."}])
    document = json.loads(run("cluster", path, "--format", "json").out)
    assert set(document) == {
        *("articles", "stories", "relations", "reasons", "story_reasons", "counts", "warnings", "settings"),
    }
    assert document["relations"][0]["kind"] == "near_duplicate"
    assert document["counts"]["near_duplicate"] == 1


def test_csv_is_safe_to_open_in_a_spreadsheet(run, jsonl):
    done = run("cluster", jsonl([{"id": "=1+1", "title": "@SUM(A1)", "text": STORY}]), "--format", "csv")
    [row] = csv.DictReader(io.StringIO(done.out))
    assert (row["id"], row["title"]) == ("'=1+1", "'@SUM(A1)")


def test_a_headline_cannot_control_the_terminal(run, jsonl):
    done = run("cluster", jsonl([{"id": "a", "title": "\x1b[2J\x07<script>\u202e", "text": STORY}]))
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


def test_an_output_file_appears_whole_or_not_at_all(run, seeds, tmp_path):
    target = tmp_path / "out.jsonl"
    assert run("cluster", seeds, "--format", "jsonl", "-o", target).out == ""
    assert len(target.read_text(encoding="utf-8").splitlines()) == 5
    assert run("cluster", tmp_path / "missing", "-o", tmp_path / "none.txt").code == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl"]


def test_stdin_and_several_paths_are_read_together(run, seeds):
    lines = json.dumps({"id": "stdin", "text": OTHER}).encode()
    rows = run("cluster", "-", seeds, "--format", "jsonl", stdin=lines).rows
    assert [row["id"][:5] for row in rows] == ["stdin", "000_0", "001_4", "002_6", "003_0", "004_c"]


def test_bad_records_are_said_and_counted_and_the_rest_goes_on(run, tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_bytes(b'{"id": "a", "text": "%s"}\n{broken\n{"id": "b"}\n' % STORY.encode())
    done = run("cluster", path, "--format", "jsonl")
    assert (done.code, [row["id"] for row in done.rows]) == (0, ["a"])
    assert f"{path}:2:" in done.err
    assert f"{path}:3:" in done.err
    assert "2 skipped" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["cluster", "no/such/path"], 3, "no/such/path"),
        (["cluster"], 2, "Missing argument"),
        (["cluster", "seeds", "--near-duplicate-jaccard", "7"], 2, "must be between 0.05 and 1.0, not 7.0"),
        (["cluster", "seeds", "--fail-on", "copies"], 0, ""),
        (["cluster", "seeds", "no/such/path", "--fail-on", "problems"], 1, "no/such/path"),
        (["cluster", "seeds", "no/such/path", "--strict"], 3, "no/such/path"),
        (["cluster", "seeds", "-o", "no/such/folder/out.txt"], 5, "no/such/folder/out.txt"),
        (["evaluate", "no.jsonl", "no.jsonl"], 3, "no.jsonl"),
    ],
)
def test_exit_codes(run, monkeypatch, arguments, code, message):
    monkeypatch.chdir(ROOT)
    done = run(*arguments)
    assert done.code == code
    assert message in done.err
    assert "Traceback" not in done.err


def test_fail_on_copies_exits_with_one(run, jsonl):
    path = jsonl([{"id": "a", "text": STORY}, {"id": "b", "text": STORY}])
    assert run("cluster", path, "--fail-on", "copies").code == 1


def test_a_reader_that_stops_early_is_no_error(seeds):
    command = f"{PROGRAM} cluster {seeds} --format json | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr.count(b"Error")) == (0, 0)


def test_the_version_is_that_of_the_package(run):
    done = run("--version")
    assert (done.code, done.out) == (0, f"dedupe, version {dedupe.__version__}\n")


def test_explain_adds_reasons_below_the_table_and_nothing_to_other_formats(run, seeds):
    table, explained = run("cluster", seeds).out, run("cluster", seeds, "--explain").out
    assert explained.startswith(f"{table}\nWhy these stories: ")
    assert all(f"  {path.stem}: p " in explained for path in seeds.glob("*.txt"))
    assert run("cluster", seeds, "--format", "json", "--explain").out == run("cluster", seeds, "--format", "json").out


def test_two_articles_are_explained_as_they_were_clustered(run, seeds, tmp_path):
    ids = "000_0c5a788b0237b845", "001_447a03f4c11115b5"
    done = run("explain", seeds, *ids)
    assert (done.code, done.err) == (0, "")
    assert "same story          yes: they came together by a join" in done.out.splitlines()
    found = json.loads(run("explain", seeds, *ids, "--format", "json").out)
    assert (found["left"], found["right"]) == ids
    assert found["decided_by"] == "join"
    assert run("explain", seeds, *ids, "--strict", "--threads", 2, "-o", tmp_path / "why.txt").out == ""
    assert (tmp_path / "why.txt").read_text(encoding="utf-8") == done.out
    stricter = json.loads(run("explain", seeds, *ids, "--format", "json", "--story-probability", 0.999).out)
    rows = by_id(run("cluster", seeds, "--format", "jsonl", "--story-probability", 0.999).rows)
    assert stricter["same_story"] == (rows[ids[0]]["story"] == rows[ids[1]]["story"])


def test_explain_takes_the_thresholds_of_copies(run, jsonl):
    path = jsonl([{"id": "a", "text": STORY}, {"id": "b", "text": f"{STORY} Talks go on."}])
    command = ("explain", path, "a", "b", "--format", "json")
    assert json.loads(run(*command).out)["relation"]["kind"] == "near_duplicate"
    apart = ("--near-duplicate-jaccard", 0.99, "--excerpt-containment", 1)
    assert json.loads(run("explain", path, "a", "b", "--format", "json", "--near-duplicate-jaccard", 0.99).out)[
        "same_text"
    ]
    assert run("explain", path, "a", "b", "--excerpt-containment", 0.9).code == 0
    assert json.loads(run(*command, *apart).out)["same_text"]


def test_an_unknown_id_is_named_with_a_hint(run, seeds):
    done = run("explain", seeds, "000_0c5a788b0237b845", "004_c5266b4a31ecb91d")
    assert (done.code, done.out) == (3, "")
    assert done.err == "dedupe: no article has the id '004_c5266b4a31ecb91d'; did you mean '004_c5266b4a31ecb91c'?\n"
    assert run("explain", seeds, "000_0c5a788b0237b845").code == 2


def test_days_between_articles_part_stories_as_far_as_the_options_say(run, jsonl):
    dates = ["2024-01-01", "2024-06-01"]
    reports = [{"id": f"fire {i}", "text": FIRE[i], "date": date} for i, date in enumerate(dates)]
    path = jsonl(reports + [{"id": text[:9], "text": text} for text in VOTE + STRANGERS])
    ids = "fire 0", "fire 1"

    def one_story(*options):
        rows = by_id(run("cluster", path, "--format", "jsonl", *options).rows)
        explained = json.loads(run("explain", path, *ids, "--format", "json", *options).out)
        assert explained["same_story"] == (rows[ids[0]]["story"] == rows[ids[1]]["story"])
        return explained["same_story"]

    assert one_story("--story-probability", 0.95, "--dates", "doubtful")
    assert not one_story("--story-probability", 0.95, "--dates", "trusted")
    assert one_story("--story-span", 152)
    assert not one_story("--story-span", 151)
    assert "but both span 152 days, more than 151" in run("explain", path, *ids, "--story-span", 151).out
    assert run("cluster", path, "--dates", "perhaps").code == run("explain", path, *ids, "--dates", "perhaps").code == 2
    assert run("cluster", path, "--story-span", -1).code == 2


@pytest.mark.parametrize("layout", ["json", "jsonl", "csv"])
def test_explain_without_the_table_warns_where_the_reasons_are(run, seeds, layout):
    warning = (
        "--explain is shown with --format table and html only; JSON has the reasons in `reasons` and `story_reasons`"
    )
    assert run("cluster", seeds, "--format", layout, "--explain").err.count(warning) == 1
    assert warning not in run("cluster", seeds, "--explain").err
    assert warning not in run("cluster", seeds, "--format", layout).err


@pytest.mark.parametrize("command", ["cluster", "pairs"])
def test_a_flood_of_similar_articles_is_explained_with_what_to_do(run, jsonl, command):
    page = " ".join(f"w{number}" for number in range(60))
    flood = jsonl([{"id": str(number), "text": f"{page} visitor {number}"} for number in range(130)])
    found = run(command, flood, "--format", "json")
    [warning] = [line for line in found.err.splitlines() if "shared by more than 128 articles" in line]
    assert "remove boilerplate" in warning


def test_one_shared_text_is_not_counted_in_the_plural():
    [warning] = cap_warnings({"capped_buckets": 1, "largest_bucket": 300}, Settings())
    assert warning.startswith("a passage or a similar text is shared by more than 128 articles (by 300 at most)")


def kinds(rows):
    return [row["relation"] and row["relation"]["kind"] for row in rows]


def test_thresholds_decide_what_counts_as_a_copy(run, jsonl):
    longer = jsonl([{"id": "a", "text": STORY}, {"id": "b", "text": f"{STORY} Talks go on."}])
    command = ("cluster", longer, "--format", "jsonl")
    assert kinds(run(*command).rows) == ["near_duplicate", None]
    assert kinds(run("cluster", longer, "--format", "jsonl", "--near-duplicate-jaccard", 0.99).rows) == [
        "excerpt",
        None,
    ]
    edited = jsonl([{"id": "a", "text": STORY}, {"id": "b", "text": f"{STORY[:-10]} deal. {OTHER} {OTHER[::-1]}"}])
    assert kinds(run("cluster", edited, "--format", "jsonl").rows) == ["excerpt", None]
    assert kinds(run("cluster", edited, "--format", "jsonl", "--excerpt-containment", 1).rows) == [None, None]


def test_a_higher_story_probability_gives_smaller_stories(run, jsonl):
    path = jsonl([{"id": f"{number:02}", "text": text} for number, text in enumerate(FIRE + VOTE + STRANGERS)])
    low, high = (
        groups(run("cluster", path, "--format", "jsonl", "--story-probability", least).rows, "story")
        for least in (0.05, 0.999)
    )
    assert low[:2] == [["00", "01", "02"], ["03", "04", "05"]]
    assert len(low) < len(high)
    assert all(any({*story} <= {*larger} for larger in low) for story in high)


def test_pairs_takes_a_threshold_and_stops_at_a_problem_where_asked_to(run, jsonl, tmp_path):
    path = jsonl([{"id": "a", "text": STORY}, {"id": "b", "text": f"{STORY} Talks go on."}, {"id": "c"}])
    done = run("pairs", path, "--format", "jsonl")
    assert ([row["kind"] for row in done.rows], done.code) == (["near_duplicate"], 0)
    assert run("pairs", path, "--format", "jsonl", "--near-duplicate-jaccard", 0.99).rows == []
    strict = run("pairs", path, "--strict")
    assert (strict.code, strict.out, f"{path}:3: " in strict.err) == (3, "", True)


def test_audit_is_the_same_for_any_number_of_processes_and_writes_to_a_file(run, jsonl, tmp_path):
    path = jsonl([{"id": str(i), "text": f"{STORY} {OTHER} Number {i}."} for i in range(4)] + [{"id": "no text"}])
    one, two = (run("audit", path, "--format", "json", "--processes", n) for n in (1, 2))
    assert json.loads(one.out)["counts"]["articles"] == 4
    assert one.out == two.out
    assert run("audit", path, "--processes", 0).code == 2
    assert "boilerplate  grade" in run("audit", path, "--wide").out.splitlines()[2]
    assert run("audit", path, "--format", "json", "-o", tmp_path / "out.json").out == ""
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == one.out
    strict = run("audit", path, "--strict")
    assert (strict.code, strict.out, f"{path}:5: " in strict.err) == (3, "", True)


def test_evaluate_takes_another_field_and_writes_to_a_file(run, jsonl, tmp_path):
    gold = jsonl([{"id": name, "cluster": name} for name in "abc"], "gold.jsonl")
    predicted = jsonl([{"id": name, "story": 1, "copy_group": name} for name in "abc"], "predicted.jsonl")
    out = tmp_path / "scores.json"
    assert json.loads(run("evaluate", gold, predicted, "--format", "json").out)["b3_precision"] == 0.3333
    done = run("evaluate", gold, predicted, "--field", "copy_group", "--format", "json", "-o", out)
    assert (done.code, done.out, json.loads(out.read_text())["b3_precision"]) == (0, "", 1.0)
    assert run("evaluate", gold, predicted, "--field", "absent").code == 3


def test_evaluate_scores_what_cluster_writes(run, jsonl, tmp_path):
    gold = jsonl([{"id": i, "cluster": c, "topic": 1} for i, c in (("a", 1), ("b", 1), ("c", 2))], "gold.jsonl")
    predicted = jsonl([{"id": i, "story": s} for i, s in (("a", 1), ("b", 1), ("c", 1))], "predicted.jsonl")
    scores = json.loads(run("evaluate", gold, predicted, "--format", "json").out)
    assert (scores["b3_precision"], scores["b3_recall"]) == (0.5556, 1.0)
    assert (scores["confusable_pairs"], scores["confusable_merged"]) == (2, 1.0)
    assert "b3_f1" in run("evaluate", gold, predicted).out
    assert "no prediction" in run("evaluate", gold, jsonl([{"id": "a", "story": 1}], "few.jsonl")).err


@pytest.mark.parametrize("command", [["cluster"], ["pairs"], ["audit"], ["explain"], ["align"]])
def test_repeated_problems_are_counted_and_not_printed_for_each(run, tmp_path, command):
    """Also if the command then ends with an error."""
    path = tmp_path / "day.jsonl"
    path.write_text('{"id": "a", "text": "Talks ended."}\n{"id": "b", "text": "It rained."}\n' + "{broken\n[1]\n" * 500)
    arguments = {"explain": [path, "a", "nobody"], "align": [path, path]}.get(command[0], [path])
    done = run(*command, *arguments)
    lines = done.err.splitlines()
    assert 40 < len(lines) < 100
    assert any(line == "480 more were not shown: skipped — write one JSON object a line" for line in lines)
    assert any(line == "480 more were not shown: skipped — write each article as an object" for line in lines)
