"""All pages of the portal."""

from fastapi import APIRouter

from services.portal.pages import bulk, children, guests, lists, my, notices, session, ticket

routers: tuple[APIRouter, ...] = (
    session.router,
    bulk.router,
    lists.router,
    notices.router,
    children.router,
    ticket.router,
    my.router,
    guests.router,
)
