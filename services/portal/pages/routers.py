"""All pages of the portal."""

from fastapi import APIRouter

from services.portal.pages import lists, my, session, ticket

routers: tuple[APIRouter, ...] = (session.router, lists.router, ticket.router, my.router)
