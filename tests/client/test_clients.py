"""Both clients give what the index gives, against a service in a process of its own."""

import asyncio
import builtins
import contextlib
import fcntl
import json
import socket
import threading
import time
from datetime import datetime

import pytest
from index_support import edited, mixed_stream, text
from service_support import STORY, serving

import dedupe
from dedupe import Article, AsyncClient, Client, Index, Verdict
from dedupe.errors import IndexRefusedError, IndexUnavailableError, InputError, SettingsError
from dedupe.index import Stats
from dedupe.index.verdicts import Verdicts


@contextlib.contextmanager
def relayed(port, connections):
    """A relay before a service, which yields its URL. ``connections``: what is done with each, the last one for good.

    ``refuse``: the connection is reset. ``lose``: the request is passed on, and its answer is read but never passed
    back. ``pass``: everything is passed on.
    """
    listening = socket.create_server(("127.0.0.1", 0))

    def pump(source, target):
        with contextlib.suppress(OSError):
            while part := source.recv(65_536):
                target.sendall(part)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def relay(inner, what):
        with inner, socket.create_connection(("127.0.0.1", port)) as outer:
            onward = threading.Thread(target=pump, args=(inner, outer), daemon=True)
            onward.start()
            if what == "lose":
                outer.recv(65_536)
                inner.shutdown(socket.SHUT_RDWR)
            else:
                pump(outer, inner)
            onward.join(20)

    def accept():
        waiting = list(connections)
        with contextlib.suppress(OSError):
            while True:
                inner, _ = listening.accept()
                what = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                if what == "refuse":
                    inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    inner.close()
                else:
                    threading.Thread(target=relay, args=(inner, what), daemon=True).start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()


@contextlib.contextmanager
def locked(served_folder):
    """Hold the lock of an index, so that nothing is stored in it."""
    with (served_folder / "write.lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        fcntl.flock(lock, fcntl.LOCK_UN)


@pytest.mark.parametrize("verb", ["check", "peek", "check_stream"])
def test_no_articles_have_no_verdicts(client, verb):
    assert list(getattr(client, verb)([])) == []


def test_one_article_has_one_verdict_which_is_that_of_an_index(client, tmp_path, kind):
    article = Article(f"one-{kind.__name__}", text=text(kind.__name__))
    with Index(tmp_path / "own") as index:
        expected = index.check([article])
    found = client.check([article])
    assert (type(found), found) == (Verdicts, expected)
    assert client.check([article])[0].replayed
    assert found.to_arrow().num_rows == 1


def test_verdicts_on_a_mixed_stream_are_those_of_an_index_whatever_the_requests_are(kind, tmp_path):
    stream = mixed_stream(150)
    with Index(tmp_path / "own") as index:
        expected = index.check(stream)
    for number in (7, 256):
        with serving("serve", "--index", tmp_path / f"served-{number}") as served, kind(served.url) as client:
            assert list(client.check_stream(stream, request_articles=number)) == expected
            assert [verdict.replayed for verdict in client.check(stream)] == [True] * 150


def test_every_field_of_an_article_arrives(kind, tmp_path):
    body = text(31)
    articles = [
        Article("a", "Talks", body, "Wire", datetime(2024, 5, 1, 12), "https://example.org/a", "en"),
        Article("b", "Talks", edited(body, 20), "Wire", "2024-05-02", "https://example.org/b"),
        Article("c", None, edited(body, 25), None, None, None, None),
        Article("d", "", ""),
    ]  # fmt: skip
    with Index(tmp_path / "own") as index:
        expected = index.check(articles)
    with serving("serve", "--index", tmp_path / "served") as served, kind(served.url) as client:
        assert client.check(articles) == expected
    assert [verdict.verdict for verdict in expected[:2]] == ["new", "revised"]


def test_ids_and_texts_with_what_json_and_headers_cannot_hold_arrive_as_in_an_index(client, tmp_path, kind):
    names = [
        "half \ud800 of a pair",
        "nul \0",
        "line\r\nX-Injected: 1",
        "ü?&id=other#",
        '"quoted\\',
        "../../etc",
        "x" * 9000,
    ]
    articles = [Article(f"{name}{kind.__name__}", text=f"{STORY} {number} \udfff") for number, name in enumerate(names)]
    with Index(tmp_path / "own") as index:
        expected = [verdict.id for verdict in index.check(articles)]
    assert [verdict.id for verdict in client.check(articles)] == expected
    assert [client.forget(article.id) for article in articles] == [1] * len(names)


def test_a_data_frame_is_checked_too(service, kind):
    pa = pytest.importorskip("pyarrow")
    frame = pa.table({"key": [f"frame-{kind.__name__}"], "body": [text(f"frame {kind.__name__}")]})
    with kind(service.url) as client:
        [verdict] = client.check(frame, columns={"id": "key", "text": "body"})
    assert (verdict.id, verdict.verdict) == (frame["key"][0].as_py(), "new")


def test_peek_forget_and_stats_are_those_of_the_index(client, kind):
    article = Article(f"verbs-{kind.__name__}", text=text(f"verbs {kind.__name__}"))
    peeked = client.peek([article])
    before = client.stats()
    assert client.check([article]) == peeked
    after = client.stats()
    assert (after.articles - before.articles, type(after)) == (1, Stats)
    assert after.oldest.tzinfo is not None
    assert [client.forget(article.id), client.forget(article.id)] == [1, 0]


def test_an_alignment_is_that_of_align(client):
    left, right = f"{STORY} It rained in the “north”.", STORY.replace("met", "meet").replace("thirty", "forty")
    assert client.align(left, right) == dedupe.align(left, right)
    assert client.align(left, "") == dedupe.align(left, "")
    assert client.align(left, right, "en") == dedupe.align(left, right, "en")


def test_an_alignment_whose_offsets_would_be_wrong_is_refused(client):
    with pytest.raises(InputError, match=r"^left: .* send it as `dedupe.read` reads it"):
        client.align(f"<p>Rain fell.</p> <p>{STORY}</p>", STORY)


@pytest.mark.parametrize("verb", ["check", "check_stream"])
@pytest.mark.parametrize(
    "bad", [Article("", text="x"), Article(5, text="x"), Article("i", text=b"x"), Article("i", url={1})]
)
def test_an_article_that_an_index_refuses_is_refused_before_it_is_sent(client, bad, verb):
    with pytest.raises(InputError, match="article 2"):
        list(getattr(client, verb)([Article("good", text="x"), bad]))


@pytest.mark.parametrize("bad", ["text", b"bytes", None, 5, {"id": "a", "text": "b"}, [Article("nested", text="b")]])
@pytest.mark.parametrize("verb", ["check", "peek", "check_stream"])
def test_what_is_no_article_is_refused_with_what_to_pass_as_an_index_refuses_it(client, tmp_path, bad, verb):
    with Index(tmp_path / "index") as index:
        for asked in (client, index) if verb != "check_stream" else (client,):
            with pytest.raises(InputError, match=rf"article 2 is a {type(bad).__name__}; pass dedupe\.Article\(id"):
                list(getattr(asked, verb)([Article("good", text="a"), bad]))
        if not isinstance(bad, list):
            with pytest.raises(InputError, match=rf"articles are a {type(bad).__name__}; pass a list"):
                list(getattr(client, verb)(bad))
            with pytest.raises(InputError, match="pass a list"):
                index.check(bad)
        assert index.stats().articles == 0


@pytest.mark.parametrize("bad", [b"bytes", None, 5, {"text": "b"}, []])
def test_a_side_of_a_pair_that_is_neither_an_article_nor_a_text_is_refused(client, bad):
    with pytest.raises(InputError, match=f"right is a {type(bad).__name__}; pass"):
        client.align("left", bad)


def test_articles_that_come_by_and_by_are_checked_as_they_come(service):
    async def come():
        yield Article("by-and-by", text="One that is good.")
        yield "text"

    async def ask():
        async with AsyncClient(service.url) as asking:
            return [verdict.id async for verdict in asking.check_stream(come(), request_articles=1)]

    with pytest.raises(InputError, match="article 2 is a str"):
        asyncio.run(ask())


def test_an_article_that_only_the_service_cannot_read_is_named_with_its_place_in_the_stream(client):
    good = [Article(f"ok{i}", text=text(i)) for i in range(5)]
    with pytest.raises(InputError, match=r"article 6 has no verdict: no id and no address.*send the others again"):
        list(client.check_stream([*good, Article("  ", text="x")], request_articles=2))


def test_a_request_that_is_too_large_says_so_and_a_stream_of_the_same_articles_does_not(client, kind):
    large = [Article(f"large-{kind.__name__}-{i}", text=text(i) + " x" * 1_000_000) for i in range(3)]
    with pytest.raises(InputError, match=r"/v1/check: 413.*--max-body"):
        client.check(large)
    assert [verdict.id for verdict in client.check_stream(large)] == [article.id for article in large]


def test_a_stream_is_read_only_as_far_as_its_verdicts_are_used(service):
    taken = []

    def endless():
        number = 0
        while True:
            taken.append(number)
            yield Article(f"endless-{number}", text=text(f"endless {number}", 20))
            number += 1

    with Client(service.url) as client:
        stream = client.check_stream(endless(), request_articles=4)
        assert [next(stream).id for _ in range(6)] == [f"endless-{i}" for i in range(6)]
    assert len(taken) == 9


def test_articles_may_come_by_and_by_and_many_may_ask_at_once(service):
    async def slowly(name):
        for number in range(5):
            await asyncio.sleep(0)
            yield Article(f"{name}-{number}", text=text(f"{name} {number}"))

    async def ask():
        async with AsyncClient(service.url) as client:

            async def one(name):
                return [verdict.id async for verdict in client.check_stream(slowly(name), request_articles=2)]

            return await asyncio.gather(*(one(f"task{number}") for number in range(8)))

    assert asyncio.run(ask()) == [[f"task{name}-{number}" for number in range(5)] for name in range(8)]


def test_a_connection_that_is_refused_or_reset_is_made_again(service, kind):
    with relayed(service.port, ["refuse", "refuse", "pass"]) as url, kind(url) as client:
        assert client.stats().path


def test_where_nobody_answers_the_error_comes_at_the_deadline_and_names_the_place(kind):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    says = rf"127.0.0.1:{port}/v1/stats: no answer in 0.5 s.*ConnectError"
    with (
        kind(f"http://127.0.0.1:{port}", deadline_seconds=0.5) as client,
        pytest.raises(IndexUnavailableError, match=says),
    ):
        client.stats()


def test_where_somebody_listens_and_never_answers_the_error_comes_too(kind):
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        kind(f"http://127.0.0.1:{silent.getsockname()[1]}", deadline_seconds=0.5) as client,
        pytest.raises(IndexUnavailableError, match="ReadTimeout"),
    ):
        client.check([Article("a", text="x")])


def test_after_a_lost_answer_the_verdicts_are_the_first_ones_replayed_and_each_text_is_new_once(
    service, kind, tmp_path
):
    """The service has stored the articles, and the connection breaks before its answer arrives."""
    name, body = kind.__name__, text(f"lost {kind.__name__}")
    articles = [
        Article(f"lost-{name}", text=body),
        Article(f"copy-{name}", text=body.upper()),
        Article(f"lost-{name}", text=edited(body, 20)),
    ]
    with Index(tmp_path / "own") as index:
        expected = index.check(articles)
    with relayed(service.port, ["lose", "lose", "pass"]) as url, kind(url) as client:
        found = client.check(articles)
    assert [verdict.replayed for verdict in found] == [True] * 3
    assert [same_but_replayed(verdict) for verdict in found] == [same_but_replayed(verdict) for verdict in expected]
    assert [verdict.verdict for verdict in found] == ["new", "identical", "revised"]


def same_but_replayed(verdict):
    return [getattr(verdict, name) for name in Verdict.__slots__ if name != "replayed"]


def test_while_the_index_is_in_use_by_another_process_a_client_asks_again_until_it_is_free(kind, tmp_path):
    """The service answers 503 after a tenth of a second, and the test holds the lock until it has."""
    with serving("serve", "--index", tmp_path / "index", "--wait", "0.1") as served, kind(served.url) as client:
        with locked(tmp_path / "index"):
            answers = []
            asking = threading.Thread(target=lambda: answers.append(client.check([Article("a", text=STORY)])))
            asking.start()
            while not any("status=503" in line for line in served.log):
                time.sleep(0.02)
        asking.join()
    assert [(verdict.verdict, verdict.replayed) for verdict in answers[0]] == [("new", False)]


def test_while_too_much_waits_a_client_asks_again_after_the_time_it_is_told(kind, tmp_path):
    with serving("serve", "--index", tmp_path / "index", "--max-waiting", "2") as served, kind(served.url) as client:
        with locked(tmp_path / "index"):
            first = threading.Thread(target=lambda: served.check([{"id": "x", "text": "x"}, {"id": "y", "text": "y"}]))
            first.start()
            while "dedupe_waiting_articles 2.0" not in served.client().get("/metrics").text:
                time.sleep(0.02)
            answers = []
            asking = threading.Thread(target=lambda: answers.append(client.check([Article("a", text=STORY)])))
            asking.start()
            while not any("status=429" in line for line in served.log):
                time.sleep(0.02)
        asking.join()
        first.join()
    assert [(verdict.verdict, verdict.replayed) for verdict in answers[0]] == [("new", False)]


def test_a_service_that_is_killed_and_started_again_is_found_again(kind, tmp_path):
    articles = [Article(f"a{i}", text=text(i, 40)) for i in range(30)]
    folder = tmp_path / "index"
    with serving("serve", "--index", folder) as served:
        port = served.port
        with kind(served.url) as client:
            first = client.check(articles[:10])
            served.process.kill()
            served.process.wait()
            with serving("serve", "--index", folder, "--port", port):
                again = client.check(articles)
        served.process.returncode = 0  # as if it had ended by itself
    assert [verdict.replayed for verdict in again] == [True] * 10 + [False] * 20
    assert [same_but_replayed(verdict) for verdict in again[:10]] == [same_but_replayed(verdict) for verdict in first]


def test_a_token_is_sent_and_a_wrong_one_is_refused_at_once(kind, tmp_path):
    token = "0123456789abcdef" * 2
    (tmp_path / "tokens").write_text(f"{token}\n")
    with serving("serve", "--index", tmp_path / "index", "--token-file", tmp_path / "tokens") as served:
        with kind(served.url, token) as client:
            assert client.stats().articles == 0
        for other in (None, "f" * 32):
            with (
                kind(served.url, other) as client,
                pytest.raises(IndexRefusedError, match=r"401.*give the client a token"),
            ):
                client.stats()
    assert sum("status=401" in line for line in served.log) == 2


def test_a_request_has_at_least_one_article(client):
    with pytest.raises(SettingsError, match="request_articles is 0"):
        list(client.check_stream([], request_articles=0))


def test_a_service_may_stand_under_a_path(service, kind):
    """A proxy may pass on what is under a path; here the path leads to nothing, which the error names."""
    with kind(f"{service.url}/under/") as client, pytest.raises(InputError, match="/under/v1/stats: 404"):
        client.stats()


def test_another_program_behind_the_url_is_no_service(kind):
    import http.server

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"hello": 1}).encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with (
            kind(f"http://127.0.0.1:{other.server_port}") as client,
            pytest.raises(IndexUnavailableError, match="not one of this"),
        ):
            client.stats()
        other.shutdown()


def test_without_the_extra_the_error_names_it(kind, monkeypatch):
    real = builtins.__import__

    def without_httpx(name, *given, **options):
        if name == "httpx":
            raise ModuleNotFoundError("No module named 'httpx'")
        return real(name, *given, **options)

    monkeypatch.setattr(builtins, "__import__", without_httpx)
    with pytest.raises(InputError, match=r"pip install 'news-dedupe\[client\]'"):
        kind("http://127.0.0.1:1")
