"""Give every article an id of its own, and leave out articles that come again unchanged."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from dedupe.article import Article
from dedupe.reading.problems import Origin


class Ids:
    """The ids that were given so far, so that every article gets one of its own."""

    def __init__(self) -> None:
        self._last_number: dict[str, int] = {}  # for each id, the number that was last appended to it
        self._digests: set[bytes] = set()

    def resolve(self, article: Article, origin: Origin, line: int | None, made_up: bool) -> Article | None:
        """Return the article, renamed if its id came before with another one.

        If an earlier article is the same in every field, report a problem and return None. A ``made_up`` id says
        nothing about the article, so that two files with the same name and content stay two articles.
        """
        digest = _digest(article)
        is_repeated = article.id in self._last_number
        if is_repeated and not made_up and digest in self._digests:
            reason = f"the id {article.id!r} came before with the same content"
            origin.skipped(reason, "nothing: the first one is kept", line, article.id)
            return None
        self._digests.add(digest)
        if not is_repeated:
            self._last_number[article.id] = 1
            return article
        return self._renamed(article, origin, line)

    def _renamed(self, article: Article, origin: Origin, line: int | None) -> Article:
        number = self._last_number[article.id] + 1
        while f"{article.id}#{number}" in self._last_number:
            number += 1
        self._last_number[article.id] = number
        name = f"{article.id}#{number}"
        self._last_number[name] = 1
        reason = f"the id {article.id!r} came before with another article: this one is now {name!r}"
        origin.repaired(reason, "give every article an id of its own", line, name)
        return replace(article, id=name)


def _digest(article: Article) -> bytes:
    """Return a 128-bit hash of all fields of an article."""
    values = (article.id, article.title, article.text, article.publisher, article.url, article.language)
    digest = blake2b(str(article.published_at).encode("utf-8", "replace"), digest_size=16)
    for value in values:
        digest.update(b"\1\0" if value is None else b"\0" + value.encode())  # unambiguous: no text has NUL
    return digest.digest()
