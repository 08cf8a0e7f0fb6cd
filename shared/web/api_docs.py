"""The description of an API as a page: drawn here from the OpenAPI document, with nothing fetched
from elsewhere.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from shared.web.pages import render


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a call: `place` is path, query or header."""

    name: str
    place: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: `body` and `answers` (status to JSON Schema) are JSON, laid out for reading."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    parameters: tuple[Parameter, ...]
    body: str
    answers: dict[str, str]


def docs_router(*, docs_url: str, openapi_url: str) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get(docs_url)
    async def show_docs(request: Request) -> Response:
        document = request.app.openapi()
        return render(
            request,
            "api_docs.html",
            api_title=document["info"]["title"],
            api_about=document["info"].get("description", ""),
            operations=operations_of(document),
            schemas={
                name: _laid_out(schema)
                for name, schema in document.get("components", {}).get("schemas", {}).items()
            },
            openapi_url=openapi_url,
        )

    return router


def operations_of(document: dict[str, Any]) -> list[Operation]:
    """Return the calls of an OpenAPI document, in its order."""
    return [
        _operation(method, path, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


def _operation(method: str, path: str, described: dict[str, Any]) -> Operation:
    parameters = tuple(
        Parameter(
            each["name"], each["in"], each.get("required", False), each.get("description", "")
        )
        for each in described.get("parameters", ())
    )
    return Operation(
        id=described.get("operationId", f"{method}-{path}"),
        method=method.upper(),
        path=path,
        summary=described.get("summary", ""),
        about=described.get("description", ""),
        parameters=parameters,
        body=_schema_of(described.get("requestBody", {})),
        answers={status: _schema_of(answer) for status, answer in described["responses"].items()},
    )


def _schema_of(part: dict[str, Any]) -> str:
    for content in part.get("content", {}).values():
        if content.get("schema"):
            return _laid_out(content["schema"])
    return ""


def _laid_out(schema: dict[str, Any]) -> str:
    if set(schema) == {"$ref"}:
        return str(schema["$ref"]).rpartition("/")[2]
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode()
