"""The page of the mails that were written into the folder.

Only where anybody may be anybody anyway: with demo identities.
"""

import asyncio
from typing import Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.notify.ports import WrittenMails
from shared.core.errors import DeskMissing, NotThere
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.web.auth import caller_of
from shared.web.demo import demo_from_here
from shared.web.language import language_of
from shared.web.pages import DEFAULT_TIMEZONE, render

PER_PAGE = 50


def demo_mail_router(
    folder: WrittenMails, database: Database, *, goes_to_server: bool
) -> APIRouter:
    """Return the pages `/demo/mail` and `/demo/mail/{name}`.

    `goes_to_server`: mails leave by SMTP and are not written here.
    """
    router = APIRouter(include_in_schema=False, dependencies=[Depends(demo_from_here)])

    @router.get("/demo/mail")
    async def mails(request: Request, before: str = Query(default="", max_length=100)) -> Response:
        found = await asyncio.to_thread(folder.newest, PER_PAGE + 1, before=before or None)
        shown = found[:PER_PAGE]
        return render(
            request,
            "demo_mails.html",
            mails=shown,
            before=before,
            next_before=shown[-1].name if len(found) > PER_PAGE else "",
            goes_to_server=goes_to_server,
            **await _desk_values(request),
        )

    @router.get("/demo/mail/{name}")
    async def mail(request: Request, name: str) -> Response:
        found = await asyncio.to_thread(folder.find, name)
        if found is None:
            raise NotThere
        return render(request, "demo_mail.html", mail=found, **await _desk_values(request))

    async def _desk_values(request: Request) -> dict[str, Any]:
        try:
            async with database.reading() as connection:
                desk = (await current_desk(connection)).desk
        except DeskMissing:
            return {"desk_name": "", "timezone": DEFAULT_TIMEZONE}
        caller = caller_of(request)
        return {
            "desk_name": desk.name.in_language(language_of(request)),
            "timezone": desk.timezone,
            "is_operator": caller is not None and caller.identity in desk.operators,
        }

    return router
