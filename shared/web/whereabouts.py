"""Where somebody is, so that they come back there after signing in."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request

LOGIN = "/login"
GUESTS = "/requests/"


def page_of(request: Request) -> str:
    """Return the address of the page on which one was: of a request that changes something, the
    page with its form.
    """
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    referrer = urlsplit(request.headers.get("referer", ""))
    if referrer.netloc and referrer.netloc == request.url.netloc and referrer.path.startswith("/"):
        return referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return request.url.path


def login_url(request: Request) -> str:
    """Return the address of the login that leads back to the page on which one was.

    The address of a guest's page opens it, and is handed on to nobody.
    """
    page = page_of(request)
    return (
        LOGIN
        if page == "/" or page.startswith((LOGIN, GUESTS))
        else f"{LOGIN}?next={quote(page, safe='')}"
    )
