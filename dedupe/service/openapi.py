"""The description of the service for programs: OpenAPI 3.1, generated from the types of ``documents``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from dedupe import __version__
from dedupe.index import Stats
from dedupe.service import problems
from dedupe.service.bodies import JSON, NDJSON
from dedupe.service.documents import AlignIn, AlignOut, Answer, ArticleIn, Forgotten, Problem, State
from dedupe.service.problems import ProblemKind

_COMPONENT = "#/components/schemas/{name}"

_TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class _Operation:
    """One route. ``takes`` and ``gives`` hold the schema of each media type, ``errors`` the kinds of problems."""

    path: str
    method: str
    name: str
    summary: str
    description: str
    takes: dict[str, dict[str, Any]]
    gives: dict[str, dict[str, Any]]
    errors: tuple[ProblemKind, ...]
    parameters: tuple[dict[str, Any], ...] = ()
    is_open: bool = False


_BODY_ERRORS = (
    problems.MALFORMED, problems.TOO_SLOW, problems.TOO_LARGE, problems.WRONG_MEDIA_TYPE, problems.BUSY,
    problems.INTERNAL, problems.UNAVAILABLE,
)  # fmt: skip

_ID = {
    "name": "id",
    "in": "query",
    "required": True,
    "description": "The id of the article.",
    "schema": {"type": "string", "minLength": 1},
}


def _ref(kind: type) -> dict[str, Any]:
    return {"$ref": _COMPONENT.format(name=kind.__name__)}


def _one_or_many(kind: type) -> dict[str, dict[str, Any]]:
    """The schemas of one document, of an array of them, and of NDJSON, which OpenAPI 3.1 can only call a text."""
    each = f"One JSON object a line, each a {kind.__name__}."
    return {
        JSON: {"anyOf": [_ref(kind), {"type": "array", "items": _ref(kind)}]},
        NDJSON: {"type": "string", "description": each},
    }


_OPERATIONS = (
    _Operation(
        "/v1/check", "post", "check", "Give articles a verdict, and store them",
        "Each article is compared with all that came before it within the retention window, also in this request. The "
        "answers come in the order of the articles and in their form: an object, an array or NDJSON, of which empty "
        "lines are left out. When an answer arrives, its verdict survives a crash and a power failure. If an article "
        "comes again with the same id and the same words, it gets its first verdict, with `replayed`, so that every "
        "request may be sent again. After a problem of status 503 nothing of the request is stored. An article that "
        "cannot be read is `unknown` with the reason.",
        _one_or_many(ArticleIn), _one_or_many(Answer), _BODY_ERRORS,
    ),
    _Operation(
        "/v1/peek", "post", "peek", "Give articles the verdict they would get now",
        "As /v1/check, but nothing is stored.",
        _one_or_many(ArticleIn), _one_or_many(Answer), _BODY_ERRORS,
    ),
    _Operation(
        "/v1/align", "post", "align", "Show which sentences two articles share",
        "Aligns two articles by their texts, as `dedupe align --format json` does, without the index. An article needs "
        "no id here. A pair that takes longer than the deadline is stopped (503).",
        {JSON: _ref(AlignIn)}, {JSON: _ref(AlignOut)}, (*_BODY_ERRORS, problems.DEADLINE, problems.MEMORY),
    ),
    _Operation(
        "/v1/articles", "delete", "forget", "Delete all versions of an article",
        "For a correction or a legal demand. Verdicts of other articles keep its id until those articles expire.",
        {}, {JSON: _ref(Forgotten)}, (problems.MALFORMED, problems.INTERNAL, problems.UNAVAILABLE), (_ID,),
    ),
    _Operation(
        "/v1/stats", "get", "stats", "The sizes, times and counters of the index",
        "As `dedupe index stats --format json`.",
        {}, {JSON: _ref(Stats)}, (problems.INTERNAL, problems.UNAVAILABLE),
    ),
    _Operation(
        "/livez", "get", "livez", "Whether the process answers", "Needs no token.",
        {}, {JSON: _ref(State)}, (), is_open=True,
    ),
    _Operation(
        "/readyz", "get", "readyz", "Whether articles should be sent here",
        "503 from the moment on at which the service is told to stop. Needs no token.",
        {}, {JSON: _ref(State)}, (problems.DRAINING, problems.UNAVAILABLE), is_open=True,
    ),
    _Operation(
        "/metrics", "get", "metrics", "Numbers for Prometheus", "The text format of Prometheus.",
        {}, {_TEXT: {"type": "string"}}, (problems.INTERNAL,),
    ),
    _Operation(
        "/openapi.json", "get", "openapi", "This description", "Generated from the types of the service.",
        {}, {JSON: {"type": "object"}}, (),
    ),
)  # fmt: skip


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document of the service."""
    kinds = (AlignIn, AlignOut, Answer, ArticleIn, Forgotten, Problem, State, Stats)
    _, components = msgspec.json.schema_components(kinds, ref_template=_COMPONENT)
    paths: dict[str, dict[str, Any]] = {}
    for operation in _OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "news-dedupe",
            "version": __version__,
            "summary": "One durable verdict an article: was it, or nearly the same one, here before?",
            "description": "Errors are application/problem+json (RFC 9457). Every answer has a header X-Request-ID: "
            "that of the request if it has one of 1 to 64 letters, digits, dots, dashes or underscores.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _described(operation: _Operation) -> dict[str, Any]:
    errors = operation.errors if operation.is_open else (*operation.errors, problems.UNAUTHORIZED)
    responses = {"200": {"description": "Done.", "content": _content(operation.gives), "headers": _HEADERS}}
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in sorted(errors, key=lambda kind: kind.status):
        by_status.setdefault(int(kind.status), []).append(kind)
    responses |= {str(status): _problem_response(kinds) for status, kinds in by_status.items()}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": list(operation.parameters),
        "responses": responses,
    }
    if operation.takes:
        described["requestBody"] = {"required": True, "content": _content(operation.takes)}
    if operation.is_open:
        described["security"] = []
    return described


def _content(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {media_type: {"schema": schema} for media_type, schema in schemas.items()}


_HEADERS = {"X-Request-ID": {"description": "Finds the request in the log.", "schema": {"type": "string"}}}


def _problem_response(kinds: list[ProblemKind]) -> dict[str, Any]:
    """The answer of one status, which several kinds of problems may share."""
    headers = dict(_HEADERS)
    if problems.BUSY in kinds:
        headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "string"}}
    return {
        "description": "; ".join(f"{kind.title} (`{kind.type}`)" for kind in kinds),
        "content": {problems.MEDIA_TYPE: {"schema": _ref(Problem)}},
        "headers": headers,
    }
