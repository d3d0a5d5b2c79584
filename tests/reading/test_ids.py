"""What reading promises about ids: every article has one, and no two articles keep the same one."""

from article_files import load, write, write_jsonl


def test_ids_may_be_numbers_and_missing_ids_come_from_file_and_line(tmp_path):
    articles, problems = load(
        write_jsonl(tmp_path / "day.jsonl", {"id": 7, "text": "a"}, {"text": "b"}, {"text": ["c", "d"]})
    )
    assert [(a.id, a.text) for a in articles] == [("7", "a"), ("day:2", "b"), ("day:3", "c\nd")]
    assert problems == []


def test_files_of_one_name_stay_two_articles_and_one_file_named_twice_is_one(tmp_path):
    for publisher in ("ap", "bbc"):
        (tmp_path / publisher).mkdir()
        write(tmp_path / publisher / "1.txt", "the same copy")
    articles, problems = load(tmp_path / "ap", tmp_path / "bbc", tmp_path / "ap" / "1.txt")
    assert [a.id for a in articles] == ["1", "1#2"]
    assert [problem.kind for problem in problems] == ["repaired", "skipped"]
    assert problems[1].reason == "this file was read before"


def test_repeated_ids_can_be_left_to_the_caller(tmp_path):
    """A filter answers a redelivered article again, so it must see it again."""
    path = write_jsonl(tmp_path / "x.jsonl", {"id": 1, "text": "a"}, {"id": 1, "text": "a"}, {"id": 1, "text": "b"})
    articles, problems = load(path, keep_repeated_ids=True)
    assert ([a.id for a in articles], problems) == (["1", "1", "1"], [])
