"""What those who run the service see: probers, metrics, logs, the description, and how it stops."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest
from index_support import text
from service_support import JSON, STORY, serving, start
from support import PROGRAM

from dedupe.errors import InputError
from dedupe.filter_lines import Decided
from dedupe.index import Index, Verdict
from dedupe.service import app, documents, server
from dedupe.service.openapi import openapi_document
from dedupe.service.problems import KINDS

PAIR = {
    "left": {"text": f"{STORY} It rained."},
    "right": {"id": "r", "title": "Talks", "text": STORY.replace("met", "meet")},
}


def wait_for_line(served, words):
    """Wait until the log has a line with these words."""
    end = time.monotonic() + 20
    while not any(words in line for line in served.log):
        assert time.monotonic() < end, "".join(served.log)
        time.sleep(0.02)


def numbers(client):
    """The metrics, by name and labels."""
    lines = client.get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def test_a_prober_sees_a_service_that_is_alive_and_ready(client):
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.head("/readyz").status_code == 200


def test_metrics_count_articles_groups_requests_and_refusals(tmp_path):
    with serving("serve", "--index", tmp_path / "index") as served:
        client = served.client()
        client.post("/v1/check", json=[{"id": "a", "text": STORY}, {"id": "b", "text": STORY}, {}])
        client.post("/v1/check", json={"id": "a", "text": STORY})
        client.post("/v1/check", content=b"{", headers=JSON)
        found = numbers(client)
    assert found['dedupe_articles_total{verdict="new"}'] == 2
    assert found['dedupe_articles_total{verdict="identical"}'] == found['dedupe_articles_total{verdict="unknown"}'] == 1
    assert found["dedupe_replayed_total"] == found['dedupe_refused_total{problem="malformed"}'] == 1
    assert found['dedupe_requests_total{route="/v1/check",status="200"}'] == 2
    assert (found["dedupe_group_articles_count"], found["dedupe_group_articles_sum"]) == (2, 3)
    assert found["dedupe_commit_seconds_count"] == 2
    assert (
        found["dedupe_failed_commits_total"] == found["dedupe_waiting_articles"] == found["dedupe_waiting_bytes"] == 0
    )
    assert (found["dedupe_index_up"], found["dedupe_index_articles"]) == (1, 2)
    assert found["dedupe_index_oldest_timestamp_seconds"] == pytest.approx(time.time(), abs=600)
    assert found["dedupe_index_bytes_log"] > 0


def test_an_alignment_is_what_the_command_line_writes_and_what_the_description_says(client, run, tmp_path):
    answered = client.post("/v1/align", json=PAIR)
    paths = []
    for side, article in PAIR.items():
        paths.append(tmp_path / f"{side}.json")
        paths[-1].write_text(json.dumps({"id": side} | article))
    assert answered.json() == json.loads(run("align", *paths, "--format", "json").out)
    decoded = msgspec.json.decode(answered.content, type=documents.AlignOut)
    assert json.loads(msgspec.json.encode(decoded)) == answered.json()


@pytest.mark.parametrize(
    "body", [{}, {"left": {"text": "a"}}, PAIR | {"left": 5}, PAIR | {"right": {}}, PAIR | {"language": "no language"}]
)
def test_a_pair_that_cannot_be_read_is_refused_with_the_reason(client, body):
    answered = client.post("/v1/align", json=body)
    assert answered.status_code == 400
    assert re.search("left|right|language", answered.json()["detail"])


def test_an_alignment_that_takes_too_long_is_stopped_and_the_next_one_is_answered(tmp_path):
    long = {"left": {"text": text(1, 150_000)}, "right": {"text": text(2, 150_000)}}
    with serving(
        "serve", "--index", tmp_path / "index", "--align-seconds", "1", "--align-processes", "1"
    ) as served:  # fmt: skip
        client = served.client()
        answered = client.post("/v1/align", json=long)
        assert (answered.status_code, answered.json()["type"][-8:]) == (503, "deadline")
        assert client.post("/v1/align", json=PAIR).status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_an_alignment_that_needs_too_much_memory_is_refused_and_the_next_one_is_answered(tmp_path):
    large = {"text": "Rain fell. " * 90_000}  # a pair of these takes 600 MB
    with serving("serve", "--index", tmp_path / "index", "--align-memory", "350", "--align-processes", "1") as served:
        client = served.client()
        answered = client.post("/v1/align", json={"left": large, "right": large})
        assert (answered.status_code, answered.json()["type"][-6:]) == (503, "memory")
        assert client.post("/v1/align", json=PAIR).status_code == 200


def test_the_log_has_one_line_a_request_with_its_id_and_no_text(tmp_path):
    with serving("serve", "--index", tmp_path / "index", "--log-format", "json") as served:
        client = served.client()
        answered = client.post("/v1/check", json={"id": "secret-id", "text": STORY}, headers={"X-Request-ID": "mine.1"})
        assert answered.headers["x-request-id"] == "mine.1"
        odd = client.get("/livez", headers={"X-Request-ID": "no id: \t" + "x" * 100})
        assert re.fullmatch("[0-9a-f]{16}", odd.headers["x-request-id"])
    lines = [json.loads(line) for line in served.log]
    [line] = [line for line in lines if line.get("request_id") == "mine.1"]
    assert (line["level"], line["method"], line["route"], line["status"]) == ("info", "POST", "/v1/check", 200)
    assert line["milliseconds"] > 0
    assert "Leaders" not in str(lines)
    assert "secret-id" not in str(lines)


def test_a_quiet_log_has_no_line_for_a_request(tmp_path):
    with serving("serve", "--index", tmp_path / "index", "-q") as served:
        client = served.client()
        assert client.post("/v1/check", json={"id": "a", "text": STORY}).status_code == 200
    assert "answering on" in served.log[0]
    assert not any("/v1/check" in line for line in served.log)


def test_the_description_is_valid_and_has_every_route(service, client):
    document = client.get("/openapi.json").json()
    assert document == json.loads(msgspec.json.encode(openapi_document()))
    routes = {(route.path, method.lower()) for route in _routes() for method in set(route.methods) - {"HEAD"}}
    assert routes == {(path, method) for path, methods in document["paths"].items() for method in methods}
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is in the extra dev")
    validator.validate(document)


def _routes():
    class Unused:
        settings = None

    return app.Service(Unused(), app.Limits()).routes


def test_every_kind_of_problem_has_a_type_of_its_own():
    assert len({kind.type for kind in KINDS}) == len(KINDS)


def test_an_answer_holds_what_a_verdict_holds():
    assert list(Decided.__struct_fields__) == [name for name in Verdict.__slots__ if name != "id"]


def test_at_sigterm_readyz_turns_first_and_requests_under_way_are_finished(tmp_path):
    """A lock on the index, which this test holds, keeps a request waiting."""
    import fcntl

    served = start("serve", "--index", tmp_path / "index", "--drain-seconds", "1.5")
    client, waiting = served.client(), served.client()
    assert client.get("/readyz").status_code == 200
    answers = []
    with (tmp_path / "index" / "write.lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread = threading.Thread(
            target=lambda: answers.append(waiting.post("/v1/check", json={"id": "a", "text": STORY}).json())
        )
        thread.start()
        while numbers(client)["dedupe_waiting_articles"] < 1:
            time.sleep(0.02)
        served.process.send_signal(signal.SIGTERM)
        while (answered := client.get("/readyz")).status_code == 200:
            time.sleep(0.02)
        assert answered.json()["type"].endswith(":draining")
        assert answered.headers["connection"] == "close"
        assert client.get("/livez").status_code == 200
    assert client.post("/v1/peek", json={"id": "b", "text": STORY}).status_code == 200
    thread.join()
    assert answers[0]["dedupe"]["verdict"] == "new"
    assert served.stop() == 0
    assert "stopped: every request was answered" in served.log[-1]


def test_behind_a_prober_no_request_fails_while_one_service_takes_over_from_another(tmp_path):
    """Clients ask whichever service the prober last saw ready, on connections that they keep."""
    both = [start("serve", "--index", tmp_path / "index", "--drain-seconds", "1") for _ in range(2)]
    is_ready, failed, answered, is_over = [True, True], [], [], threading.Event()

    def probe():
        while not is_over.is_set():
            for place, served in enumerate(both):
                asking = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
                try:
                    asking.request("GET", "/readyz")
                    is_ready[place] = asking.getresponse().status == 200
                except OSError:
                    is_ready[place] = False
                asking.close()
            time.sleep(0.1)

    def ask(number):
        clients = [served.client() for served in both]
        count = 0
        while not is_over.is_set():
            place = is_ready.index(True)
            try:
                done = clients[place].post("/v1/check", json={"id": f"{number}-{count}", "text": text(count, 30)})
                (answered if done.status_code == 200 else failed).append(done.status_code)
            except Exception as error:  # noqa: BLE001 - any of them is a failed request
                failed.append(error)
            count += 1

    threads = [threading.Thread(target=probe), *(threading.Thread(target=ask, args=(n,)) for n in range(4))]
    for thread in threads:
        thread.start()
    time.sleep(1)
    both[0].process.send_signal(signal.SIGTERM)
    code = both[0].process.wait(60)
    time.sleep(0.5)
    is_over.set()
    for thread in threads:
        thread.join()
    assert (code, failed, both[0].stop(), both[1].stop()) == (0, [], 0, 0)
    assert len(answered) > 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_an_idle_service_with_success(tmp_path, number):
    with serving("serve", "--index", tmp_path / "index") as served:
        client = served.client()  # keeps its connection open
        client.get("/livez")
        assert served.stop(number) == 0


def test_an_interrupt_that_was_ignored_before_the_start_still_is(tmp_path):
    """As a shell without job control ignores it for a command in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        served = start("serve", "--index", tmp_path / "index")
    finally:
        signal.signal(signal.SIGINT, before)
    served.process.send_signal(signal.SIGINT)
    served.process.send_signal(signal.SIGHUP)
    wait_for_line(served, "no --token-file")
    assert served.client().get("/readyz").status_code == 200
    assert served.stop() == 0


def test_a_hangup_does_not_end_a_service_without_tokens(tmp_path):
    with serving("serve", "--index", tmp_path / "index") as served:
        served.process.send_signal(signal.SIGHUP)
        wait_for_line(served, "no --token-file")
        assert served.client().get("/readyz").status_code == 200


def test_a_hangup_reads_the_tokens_again_even_if_their_file_seems_unchanged(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("the-old-token-of-all\n")
    before = file.stat()
    with serving("serve", "--index", tmp_path / "index", "--token-file", file) as served:
        client = served.client()

        def status(token):
            return client.get("/v1/stats", headers={"Authorization": f"Bearer {token}"}).status_code

        file.write_text("the-new-token-of-all\n")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        served.process.send_signal(signal.SIGHUP)
        wait_for_line(served, "read again, 1 tokens")
        assert (status("the-old-token-of-all"), status("the-new-token-of-all")) == (401, 200)
        file.write_text("short\n")
        served.process.send_signal(signal.SIGHUP)
        wait_for_line(served, "stay valid")
        assert status("the-new-token-of-all") == 200


def test_a_port_that_another_program_takes_meanwhile_is_an_error_that_names_it(tmp_path):
    """Two sockets may be bound to one port until one of them listens."""
    bound = server.bound_socket("127.0.0.1", 0)
    port = bound.getsockname()[1]
    with bound, server.bound_socket("127.0.0.1", port) as other, Index(tmp_path / "index") as index:
        other.listen()
        with pytest.raises(InputError, match=rf"http://127\.0\.0\.1:{port}: cannot be used: .*--port"):
            server.serve(app.Service(index, app.Limits()), bound, 0)


def test_a_second_signal_ends_a_drain_at_once(tmp_path):
    served = start("serve", "--index", tmp_path / "index", "--drain-seconds", "3600")
    served.process.send_signal(signal.SIGTERM)
    while served.client().get("/readyz").status_code == 200:
        time.sleep(0.02)
    assert served.stop() == 0


def test_without_the_extra_the_command_says_what_to_install(tmp_path):
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError('No module named uvicorn')")
    done = subprocess.run(
        [PROGRAM, "serve", "--index", tmp_path / "index"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "pip install 'news-dedupe[serve]'" in done.stderr


@pytest.mark.durability
def test_requests_that_the_description_allows_and_others_get_answers_that_it_describes(service, tmp_path):
    """An article that is not as described is `unknown` and no error of the request, so that check is left out."""
    schemathesis = shutil.which("schemathesis", path=Path(PROGRAM).parent)
    if schemathesis is None:
        pytest.skip("schemathesis is in the extra dev")
    words = [schemathesis, "run", f"{service.url}/openapi.json", "--max-examples", "100", "--seed", "1", "--no-color"]
    done = subprocess.run(
        [*words, "--exclude-checks", "negative_data_rejection"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
