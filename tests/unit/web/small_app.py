"""A small application with every kind of handler, as a service would build it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import httpx
from fastapi import APIRouter, Depends, Request
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from shared.core.errors import (
    BusUnreachable,
    HeldBySomebodyElse,
    ImpossibleValue,
    Invalid,
    NoAnswer,
    StateForbids,
)
from shared.web.app import build_app
from shared.web.auth import (
    Caller,
    CurrentCaller,
    SignedIn,
    Tokens,
    clear_session,
    same_site,
    set_session,
)
from shared.web.direct import Direct
from shared.web.health import Health
from shared.web.idempotency import IdempotencyKey
from shared.web.input import read_form
from shared.web.pages import render
from shared.web.pagination import PageAsked, make_cursor
from shared.web.state import WebOptions

SECRET = "a secret of the tests, long enough"
ANNA = Caller(
    identity="anna.ferri", name="Anna Ferri", email="anna.ferri@example.edu", affiliation="staff"
)


class Shape(BaseModel):
    """One field of each kind that JSON has."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=5)]
    number: Annotated[int, Field(ge=1)] = 1
    colour: Literal["red", "blue"] = "red"
    inner: dict[str, Any] = {}


router = APIRouter()


@router.post("/api/shape")
async def take_shape(shape: Shape, request: Request) -> Shape:
    request.app.state.seen.append(shape)
    return shape


@router.post("/api/empty")
async def take_nothing(request: Request) -> Response:
    request.app.state.seen.append("empty")
    return JSONResponse({})


@router.post("/form")
async def take_form(request: Request) -> Response:
    fields = await read_form(request)
    request.app.state.seen.append(fields)
    return JSONResponse(fields)


@router.get("/api/broken")
@router.get("/broken")
async def broken() -> None:
    raise RuntimeError("the inside of the house")


ERRORS: dict[str, Exception] = {
    "held": HeldBySomebodyElse(owner="bruno.galli"),
    "state": StateForbids(state="closed_successful", trigger="take"),
    "impossible": ImpossibleValue(field="queue", problem="unknown_queue", value="moon"),
    "no-answer": NoAnswer("take"),
    "unreachable": BusUnreachable("amqp"),
    "database": ConnectionRefusedError("no server"),
    "verdict": Invalid("nothing here handles it"),
}


@router.get("/api/errors/{name}")
async def raise_error(name: str) -> None:
    raise ERRORS[name]


@router.get("/api/who")
async def who(caller: CurrentCaller) -> Any:
    return {"identity": caller.identity if caller else None}


@router.get("/api/mine")
@router.get("/mine")
async def mine(caller: SignedIn) -> Any:
    return {"identity": caller.identity}


@router.post("/api/mine")
async def change_mine(caller: SignedIn, request: Request) -> Any:
    request.app.state.seen.append(caller.identity)
    return {"identity": caller.identity}


@router.post("/api/session", dependencies=[Depends(same_site)])
async def log_in(request: Request, response: Response) -> Any:
    return {"token": set_session(request, response, ANNA)}


@router.delete("/api/session", status_code=204)
async def log_out(request: Request, response: Response) -> None:
    clear_session(request, response)


@router.get("/api/list")
async def listed(page: PageAsked) -> Any:
    after = page.after("list", str, int)
    return {"limit": page.limit, "after": after, "next": make_cursor("list", ("a", 7))}


@router.post("/api/keyed")
async def keyed(key: IdempotencyKey) -> Any:
    return {"key": key}


@router.get("/page")
async def page(request: Request) -> Response:
    return render(request, "small.html", value=request.query_params.get("value", ""))


async def take_directly(request: Request) -> Response:
    name = request.path_params["name"]
    if name in ERRORS:
        raise ERRORS[name]
    request.app.state.seen.append((name, await request.json()))
    return JSONResponse({"name": name})


def make_app(**options: Any) -> Any:
    """Return the application; `app.state.seen` records what reached its handlers."""
    app = build_app(
        title="Small",
        packages=("tests.unit.web.small_package",),
        tokens=Tokens(SECRET),
        routers=[router],
        health=Health(checks=options.pop("checks", {}), registry=CollectorRegistry()),
        needs_sign_in=lambda path: path.startswith("/api/mine"),
        options=WebOptions(**options),
        direct=(Direct("POST", re.compile("/api/direct/(?P<name>[^/]+)"), take_directly),),
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
    )
    app.state.seen = []
    return app


def token_of(caller: Caller = ANNA) -> str:
    return Tokens(SECRET).sign(caller)


@asynccontextmanager
async def client_of(app: Any, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of `app` that speaks English unless it says otherwise."""
    transport = httpx.ASGITransport(app)
    given = {"Accept-Language": "en"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    async with httpx.AsyncClient(
        transport=transport, base_url="http://desk.example.edu", headers=given
    ) as client:
        yield client
