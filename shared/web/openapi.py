"""The OpenAPI document of one application: what FastAPI finds out by itself, and what the web edge
adds to every call.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from shared.web.auth import SESSION_COOKIE
from shared.web.openapi_refusals import (
    FIELD_ERROR_SCHEMA,
    MEDIA_TYPE,
    PROBLEM_SCHEMA,
    Responses,
    refusal,
    refusals_by_rule,
)

SIGNED_IN: list[dict[str, list[str]]] = [{"session": []}, {"bearer": []}]
MAYBE_SIGNED_IN: dict[str, Any] = {"security": [{}, *SIGNED_IN]}
"""For FastAPI's `openapi_extra`: a call that everybody can make, and that knows those who are
signed in.
"""

SECURITY_SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": (
            f"The cookie that signing in sets; where people come by HTTPS only its name is "
            f"`__Host-{SESSION_COOKIE}`. "
            "A call that changes something must come from a page of this installation."
        ),
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The `token` that signing in answers, on both services.",
    },
}
SERVERS = [
    {"url": "/", "description": "The installation that this document was read from"},
    {"url": "http://127.0.0.1:8000", "description": "`./sportello up` on this machine"},
]
_REFERENCE = "#/components/schemas/{model}"
_METHODS = ("get", "post", "put", "patch", "delete")


def document_of(app: FastAPI, needs_sign_in: Callable[[str], bool]) -> dict[str, Any]:
    """Return the OpenAPI document of `app`; `needs_sign_in` says of a path whether somebody unknown
    hears 401 there.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=SERVERS,
        tags=app.openapi_tags,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= {"Problem": PROBLEM_SCHEMA, "FieldError": FIELD_ERROR_SCHEMA}
    examples: dict[str, Any] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                operation, definitions = _with_plain_body(methods[method])
                schemas |= definitions
                methods[method] = _completed(
                    path, method, operation, examples, needs_sign_in=needs_sign_in(path)
                )
    components["examples"] = dict(sorted(examples.items()))
    components["schemas"] = dict(sorted(schemas.items()))
    components["securitySchemes"] = SECURITY_SCHEMES
    return document


def body_of(kind: Any) -> dict[str, Any]:
    """Return the description of a JSON body that has the type `kind`, for the `requestBody` of
    FastAPI's `openapi_extra`.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    schemas, definitions = TypeAdapter.json_schemas(
        [("body", "validation", adapter)], ref_template=_REFERENCE
    )
    schema = schemas["body", "validation"] | definitions
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def answers_with(status: int, header: str, about: str) -> Responses:
    """Return the description of routes whose success `status` has this header, for FastAPI's
    `responses`.
    """
    return {status: {"headers": {header: {"description": about, "schema": {"type": "string"}}}}}


def _with_plain_body(operation: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the call with the schema of its body by name, and the definitions that stood in it.

    A body that may be left out may also be null, which nobody needs and generators of clients make
    a union of.
    """
    body = operation.get("requestBody")
    if body is None:
        return operation, {}
    schema = dict(body["content"]["application/json"]["schema"])
    definitions = schema.pop("$defs", {})
    named = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    plain = named[0] if len(named) == 1 else schema
    return {
        **operation,
        "requestBody": {**body, "content": {"application/json": {"schema": plain}}},
    }, definitions


def _plain_parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter with the default that callers see: to our routes an absent text is an
    empty one, and a number is read as text.
    """
    schema = {
        name: value
        for name, value in parameter["schema"].items()
        if name not in ("default", "description")
    }
    if default := parameter["schema"].get("default"):
        schema["default"] = int(default) if schema.get("type") == "integer" else default
    return {**parameter, "schema": schema}


def _by_status(responses: Mapping[int | str, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {int(status): response for status, response in responses.items()}


def _completed(
    path: str,
    method: str,
    operation: dict[str, Any],
    examples: dict[str, Any],
    *,
    needs_sign_in: bool,
) -> dict[str, Any]:
    """Return `operation` with its summary, who may call it, and all its refusals, whose examples
    are added to `examples`.
    """
    by_rule = _by_status(refusals_by_rule(path, method, operation, needs_sign_in=needs_sign_in))
    own = _by_status(operation["responses"])
    successes = {
        str(status): {**response, "description": HTTPStatus(status).phrase}
        for status, response in own.items()
        if status < 400
    }
    refusals: dict[str, Any] = {}
    for status in sorted({status for status in (*own, *by_rule) if status >= 400}):
        told = [responses[status] for responses in (by_rule, own) if status in responses]
        kinds = {
            kind: example
            for each in told
            for kind, example in each["content"][MEDIA_TYPE]["examples"].items()
        }
        examples |= kinds
        refusals[str(status)] = refusal(
            status, {kind: {"$ref": f"#/components/examples/{kind}"} for kind in kinds}
        )
    parameters = [_plain_parameter(each) for each in operation.get("parameters", ())]
    return {
        **operation,
        **({"parameters": parameters} if parameters else {}),
        "summary": operation.get("description", "")
        .partition("\n")[0]
        .partition(". ")[0]
        .rstrip("."),
        "security": operation.get("security", SIGNED_IN if needs_sign_in else []),
        "responses": successes | refusals,
    }
