"""The service over an index on a PostgreSQL server gives the verdicts of one over a folder, and survives the server."""

import time

import pytest
from index_support import text
from service_support import serving

ARTICLES = [{"id": f"a{i}", "text": text(i % 3, 60)} for i in range(5)]


def test_an_index_on_a_server_is_served_as_one_in_a_folder_and_two_services_may_share_it(postgres, tmp_path):
    place = postgres.new_place()
    options = ("serve", "--index", place, "--cache")
    try:
        with serving(*options, tmp_path / "one") as one, serving(*options, tmp_path / "other") as other:
            answers = one.check(ARTICLES).json()
            again = other.check(ARTICLES).json()
            stats = other.client().get("/v1/stats").json()
            assert one.client().delete("/v1/articles?id=a0").json() == {"id": "a0", "forgotten": 1}
        assert [answer["dedupe"]["verdict"] for answer in answers] == ["new"] * 3 + ["identical"] * 2
        assert [answer["dedupe"] | {"replayed": False} for answer in again] == [answer["dedupe"] for answer in answers]
        assert all(answer["dedupe"]["replayed"] for answer in again)
        assert stats["articles"] == 5
        assert any((tmp_path / "one").iterdir())
    finally:
        postgres.drop(place)


def test_while_the_server_is_down_nothing_is_ready_and_afterwards_everything_goes_on(postgres, tmp_path):
    if postgres.folder is None:
        pytest.skip("the server of DEDUPE_POSTGRES is not stopped")
    place = postgres.new_place()
    with serving("serve", "--index", place, "--cache", tmp_path / "cache", "--wait", "1") as served:
        client = served.client()
        assert served.check(ARTICLES[0]).status_code == 200
        postgres.control("-m", "immediate", "stop")
        try:
            assert served.check(ARTICLES[1]).status_code == 503
            assert client.get("/readyz").status_code == 503
            assert client.get("/livez").status_code == 200
        finally:
            postgres.start()
        while client.get("/readyz").status_code == 503:
            time.sleep(0.05)
        assert served.check(ARTICLES[1]).json()["dedupe"]["verdict"] == "new"
    postgres.drop(place)


def test_a_folder_with_a_cache_is_refused(run, tmp_path):
    done = run("serve", "--index", tmp_path / "index", "--cache", tmp_path / "cache", "--port", "0")
    assert done.code == 2
    assert "cache is for an index at a postgresql:// URL" in done.err
