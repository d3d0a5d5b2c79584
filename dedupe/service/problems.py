"""The errors of the service: what kinds there are, and the answer that each becomes (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from dedupe.errors import DedupeError, OutcomeUnknownError
from dedupe.service.documents import Problem
from dedupe.service.requests import Response

MEDIA_TYPE = "application/problem+json"

_TYPE_PREFIX = "urn:news-dedupe:problem:"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of error. ``name`` is the end of its type, which never changes, ``title`` says it in words."""

    name: str
    status: HTTPStatus
    title: str

    @property
    def type(self) -> str:
        """The URI of this kind of error, such as ``urn:news-dedupe:problem:busy``."""
        return _TYPE_PREFIX + self.name


MALFORMED = ProblemKind("malformed", HTTPStatus.BAD_REQUEST, "the request cannot be read")
UNAUTHORIZED = ProblemKind("unauthorized", HTTPStatus.UNAUTHORIZED, "a valid token is needed")
NOT_FOUND = ProblemKind("not-found", HTTPStatus.NOT_FOUND, "there is nothing under this path")
WRONG_METHOD = ProblemKind("wrong-method", HTTPStatus.METHOD_NOT_ALLOWED, "the path has other methods")
TOO_SLOW = ProblemKind("too-slow", HTTPStatus.REQUEST_TIMEOUT, "the body did not arrive in time")
TOO_LARGE = ProblemKind("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too large")
WRONG_MEDIA_TYPE = ProblemKind("wrong-media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body has another format")
BUSY = ProblemKind("busy", HTTPStatus.TOO_MANY_REQUESTS, "too much is waiting")
INTERNAL = ProblemKind("internal", HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed")
UNAVAILABLE = ProblemKind("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "nothing was stored")
UNCERTAIN = ProblemKind("uncertain", HTTPStatus.SERVICE_UNAVAILABLE, "it is not known whether this was stored")
DEADLINE = ProblemKind("deadline", HTTPStatus.SERVICE_UNAVAILABLE, "the work took too long and was stopped")
MEMORY = ProblemKind("memory", HTTPStatus.SERVICE_UNAVAILABLE, "the work needs too much memory and was stopped")
DRAINING = ProblemKind("draining", HTTPStatus.SERVICE_UNAVAILABLE, "the service is stopping")

KINDS = (
    MALFORMED, UNAUTHORIZED, NOT_FOUND, WRONG_METHOD, TOO_SLOW, TOO_LARGE, WRONG_MEDIA_TYPE, BUSY, INTERNAL,
    UNAVAILABLE, UNCERTAIN, DEADLINE, MEMORY, DRAINING,
)  # fmt: skip
"""All kinds of errors."""


class ServiceError(Exception):
    """An error that becomes the answer to a request.

    ``headers`` are further headers of the answer.
    """

    def __init__(self, kind: ProblemKind, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers = kind, detail, headers or {}


def index_error(error: DedupeError) -> ServiceError:
    """Return what an error of the index becomes."""
    if isinstance(error, OutcomeUnknownError):
        return ServiceError(UNCERTAIN, str(error))
    return ServiceError(UNAVAILABLE, f"nothing was stored: {error}")


def problem_response(error: ServiceError, request_id: str) -> Response:
    """Return the answer that tells a client about an error."""
    kind = error.kind
    problem = Problem(kind.type, kind.title, int(kind.status), error.detail, request_id)
    return Response(msgspec.json.encode(problem), MEDIA_TYPE, int(kind.status), dict(error.headers))
