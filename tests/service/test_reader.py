"""An article that makes this program fail is ``unknown`` with the reason, whether it is checked or peeked at."""

import asyncio

import pytest
from index_support import text
from service_support import STORY, httpx

from dedupe import Index
from dedupe.service import reader
from dedupe.service.app import Limits, Service


@pytest.fixture
def post(tmp_path, monkeypatch):
    """Asks a service that fails to fingerprint the article ``bad``. No text is known that does that."""

    def fingerprint_or_fail(articles, settings, **options):
        if any(article.id == "bad" for article in articles):
            raise ZeroDivisionError
        return original(articles, settings, **options)

    original = reader.fingerprint_articles
    monkeypatch.setattr(reader, "fingerprint_articles", fingerprint_or_fail)
    with Index(tmp_path / "index") as index:
        service = Service(index, Limits())
        service.start()

        async def answered(path, sent):
            transport = httpx.ASGITransport(service.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await client.post(path, json=sent)

        yield lambda path, sent: asyncio.run(answered(path, sent))
        service.close()


@pytest.mark.parametrize("path", ["/v1/check", "/v1/peek"])
def test_an_article_that_cannot_be_fingerprinted_is_unknown_and_the_others_have_verdicts(post, path):
    sent = [{"id": "a", "text": STORY}, {"id": "bad", "text": text(1)}, {}, {"id": "b", "text": STORY}]
    answered = post(path, sent)
    assert answered.status_code == 200
    found = [(answer["id"], answer["dedupe"]["verdict"]) for answer in answered.json()]
    assert found == [("a", "new"), ("bad", "unknown"), (None, "unknown"), ("b", "identical")]
    assert answered.json()[1]["dedupe"]["reason"] == "the article cannot be fingerprinted: ZeroDivisionError"


@pytest.mark.parametrize("path", ["/v1/check", "/v1/peek"])
def test_a_request_of_nothing_but_such_an_article_is_answered(post, path):
    answered = post(path, {"id": "bad", "text": STORY})
    assert (answered.status_code, answered.json()["dedupe"]["verdict"]) == (200, "unknown")
