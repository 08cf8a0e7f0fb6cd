"""The first page, and choosing who to be."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.portal.context import portal_of
from services.portal.errors import DemoOnly
from services.portal.pages.breadcrumbs import forget
from services.portal.pages.labels import AFFILIATIONS
from services.portal.pages.layout import looking, show
from shared.contracts.desk import Desk
from shared.core.errors import ImpossibleValue
from shared.database.desk_copy import current_desk
from shared.text.sentences import N_
from shared.web.auth import Caller, CurrentCaller, clear_session, same_site, set_session
from shared.web.demo import demo_from_here, known_person
from shared.web.errors import Problem, problem_of
from shared.web.input import read_form
from shared.web.language import Translator
from shared.web.security_log import log_security
from shared.web.state import translator_of

router = APIRouter(include_in_schema=False)

Person = tuple[str, str, str]
"""Identity, name, what they are."""


@router.get("/")
async def start(request: Request, caller: CurrentCaller) -> Response:
    """Choose: ask for help, my requests, manage requests."""
    async with looking(request, caller) as (_, viewer):
        return show(request, viewer, "start.html")


@router.get("/login", dependencies=[Depends(demo_from_here)])
async def login(request: Request, caller: CurrentCaller) -> Response:
    """Choose an identity of the desk (demo mode only)."""
    return await _login_page(request, caller, request.query_params.get("next", ""))


@router.post("/login", dependencies=[Depends(same_site), Depends(demo_from_here)])
async def sign_in(request: Request, caller: CurrentCaller) -> Response:
    """Sign in as the chosen identity and go on to where one wanted to be."""
    portal = portal_of(request)
    if not portal.is_demo:
        raise DemoOnly
    typed = await read_form(request)
    wanted = typed.get("next", "")
    async with portal.database.reading() as connection:
        desk = (await current_desk(connection)).desk
    try:
        chosen = known_person(desk, typed.get("identity", ""))
    except ImpossibleValue as refusal:
        log_security("security.sign_in.refused", request)
        return await _login_page(
            request, caller, wanted, problem_of(refusal, translator_of(request))
        )
    response = RedirectResponse(wanted if is_own_path(wanted) else "/", status_code=303)
    set_session(request, response, chosen)
    log_security("security.signed_in", request, identity=chosen.identity)
    return response


@router.post("/logout", dependencies=[Depends(same_site)])
async def sign_out(request: Request) -> Response:
    """Leave."""
    response = RedirectResponse("/", status_code=303)
    log_security("security.signed_out", request)
    clear_session(request, response)
    forget(response)
    return response


def is_own_path(path: str) -> bool:
    """Return whether `path` leads to a page of ours: browsers read `//host` and `/\\host` as other
    sites, and drop tabs and line breaks.
    """
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


async def _login_page(
    request: Request, caller: Caller | None, wanted: str, problem: Problem | None = None
) -> Response:
    portal = portal_of(request)
    if not portal.is_demo:
        raise DemoOnly
    async with looking(request, caller) as (_, viewer):
        desk = viewer.desk
    translate = translator_of(request)
    groups = [
        (translate(N_("People who ask for help")), _people(desk, translate)),
        (translate(N_("Operators")), _operators(desk, translate)),
    ]
    return show(
        request,
        viewer,
        "login.html",
        problem=problem,
        groups=groups,
        chosen_next=wanted if is_own_path(wanted) else "",
    )


def _people(desk: Desk, translate: Translator) -> list[Person]:
    people = desk.people.items()
    return [
        (identity, person.name, f"{translate(AFFILIATIONS[person.affiliation])}, {person.email}")
        for identity, person in people
    ]


def _operators(desk: Desk, translate: Translator) -> list[Person]:
    return [
        (identity, operator.name, _work_of(desk, identity, translate))
        for identity, operator in desk.operators.items()
    ]


def _work_of(desk: Desk, identity: str, translate: Translator) -> str:
    """Return what an operator works and sees, by the titles of the groups."""
    rights = {group: desk.operators[identity].rights.get(group, ()) for group in desk.groups}
    worked = [group for group, given in rights.items() if "rw" in given]
    if len(worked) == len(desk.groups):
        return translate(N_("Supervisor: works on every queue"))
    seen = [group for group, given in rights.items() if "ro" in given and "rw" not in given]
    parts = []
    if worked:
        parts.append(
            translate(N_("Works for: %(groups)s"), groups=_titles(desk, worked, translate))
        )
    if seen:
        parts.append(translate(N_("Sees: %(groups)s"), groups=_titles(desk, seen, translate)))
    return " · ".join(parts)


def _titles(desk: Desk, groups: list[str], translate: Translator) -> str:
    return ", ".join(desk.groups[group].title.in_language(translate.language) for group in groups)
