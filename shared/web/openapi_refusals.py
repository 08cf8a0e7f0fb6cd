"""How an API's description tells of refusals: every one is the same `Problem` (RFC 9457), with
examples made of real errors.
"""

from http import HTTPStatus
from typing import Any

from shared.core.errors import DeskMissing, KeyReused, NotThere, PreconditionFailed
from shared.text.sentences import N_
from shared.web.auth import SAFE_METHODS
from shared.web.errors import (
    TITLES,
    BadInput,
    BodyTooLarge,
    CrossSite,
    NotSignedIn,
    Problem,
    TooManyRequests,
    Unavailable,
    WrongContentType,
    problem_of,
)
from shared.web.idempotency import HEADER as KEY_HEADER
from shared.web.language import Translator
from shared.web.versions import HEADER as VERSION_HEADER

Responses = dict[int | str, dict[str, Any]]
"""Responses by status, as FastAPI takes them for a route or a router."""

MEDIA_TYPE = "application/problem+json"
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": (
        "Why a call was refused (RFC 9457). `type` names the kind of refusal and never changes; "
        "`title` and `detail` are sentences "
        "in the caller's language. Some kinds have more members, which are facts about the "
        "refusal: `owner`, `state`, `version`."
    ),
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "`urn:sportello:problem:` and the kind",
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "The wrong fields of a call that is answered 422",
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
    },
    "additionalProperties": True,
}
FIELD_ERROR_SCHEMA: dict[str, Any] = {
    "title": "FieldError",
    "description": (
        "What is wrong with one field; `field` is its path in the body, or the name of "
        "a parameter or a header."
    ),
    "type": "object",
    "required": ["field", "message"],
    "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
}

_ENGLISH = Translator("en", {})
_WRONG_FIELD = BadInput.of("subject", N_("This is required."))
_NO_DATABASE = Unavailable(
    N_("The service cannot reach its database at the moment. Try again shortly.")
)
NEWS = {
    "version": 8,
    "event": "tickets.ticket.noted.v1",
    "actor": {"identity": "bruno.galli", "name": "Bruno Galli"},
    "at": "2026-11-30T10:00:00Z",
}
_RETRY_AFTER = {
    "description": "In so many seconds a repeat may succeed",
    "schema": {"type": "integer", "minimum": 1},
}
_AUTHENTICATE = {"description": "How to sign in", "schema": {"type": "string"}}
_HEADERS = {
    401: {"WWW-Authenticate": _AUTHENTICATE},
    429: {"Retry-After": _RETRY_AFTER},
    503: {"Retry-After": _RETRY_AFTER},
}


def refuses(*examples: Exception) -> Responses:
    """Return the description of routes that refuse as `examples` do, for FastAPI's `responses`."""
    responses: Responses = {}
    for error in examples:
        problem = problem_of(error, _ENGLISH)
        _add(responses, problem)
    return responses


def refusals_by_rule(
    path: str, method: str, operation: dict[str, Any], *, needs_sign_in: bool
) -> Responses:
    """Return the refusals that the web edge itself makes of a call, whatever its handler does."""
    headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
    errors: list[Exception] = [_WRONG_FIELD, _NO_DATABASE, DeskMissing()]
    if needs_sign_in:
        errors.append(NotSignedIn())
    if "{" in path:
        errors.append(NotThere())
    if method.upper() not in SAFE_METHODS:
        errors += [
            CrossSite(),
            BodyTooLarge(1024 * 1024),
            _wrong_type(),
            TooManyRequests(retry_after=3),
        ]
    if KEY_HEADER in headers:
        errors.append(KeyReused())
    if VERSION_HEADER in headers:
        errors.append(PreconditionFailed(version=8, news=(NEWS,)))
    responses = refuses(*errors)
    _add(responses, _internal())
    return responses


def _wrong_type() -> WrongContentType:
    return WrongContentType(N_("Send JSON, with Content-Type: application/json."))


def _internal() -> Problem:
    known = problem_of(RuntimeError(), _ENGLISH)
    return Problem(
        known.status,
        known.kind,
        known.title,
        known.detail,
        facts={"error_id": "0199f3a6-5f6e-7000-8000-3f2a5c1d9b47"},
    )


def refusal(status: int, examples: dict[str, Any]) -> dict[str, Any]:
    """Return the response `status` with these examples, by their names."""
    headers = _HEADERS.get(status)
    return {
        "description": TITLES.get(status, HTTPStatus(status).phrase),
        **({"headers": headers} if headers else {}),
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
        },
    }


def _add(responses: Responses, problem: Problem) -> None:
    response = responses.setdefault(problem.status, refusal(problem.status, {}))
    example = {"summary": problem.detail, "value": problem.to_json()}
    response["content"][MEDIA_TYPE]["examples"][problem.kind] = example
