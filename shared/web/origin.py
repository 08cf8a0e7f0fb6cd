"""From where a request came: by which name we were called, and through which machines."""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

_FORWARDING = frozenset(
    {
        b"forwarded",
        b"via",
        b"x-real-ip",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-original-forwarded-for",
        b"x-envoy-external-address",
        b"true-client-ip",
        b"cf-connecting-ip",
        b"cf-ray",
        b"cdn-loop",
        b"fastly-client-ip",
        b"fly-client-ip",
        b"x-azure-clientip",
        b"x-appengine-user-ip",
    }
)
_FORWARDING_PREFIX = b"x-forwarded"
"""`X-Forwarded-For`, `-Host`, `-Port`, `-Server`, and whatever else a proxy says in this way."""


def origin_of(url: str) -> str:
    """Return the origin (`https://help.example.edu`) of an address, as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def host_in(place: str) -> str:
    """Return the name in a Host header (`help.example.edu:8000`), or an empty text where it is
    none.
    """
    try:
        return urlsplit(f"//{place}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Return whether `host` is a name that only this machine has for itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def came_through_a_proxy(headers: Headers) -> bool:
    """Return whether a request says that it was passed on, truly or not."""
    return any(
        name in _FORWARDING or name.startswith(_FORWARDING_PREFIX) for name, _ in headers.raw
    )


def came_in_public(headers: Headers, public_host: str, own_hosts: Collection[str] = ()) -> bool:
    """Return whether a request came by an address that is for everybody: through a proxy, or to the
    public or a foreign name.

    A foreign name has a dot in it and is not among `own_hosts`: the page of another site can have
    its own name lead here, and the browser of somebody inside then asks in that name. A name
    without a dot is one of the own network. Without a `public_host` ("") no name is foreign.
    """
    if came_through_a_proxy(headers):
        return True
    called = host_in(headers.get("host", "")).rstrip(".")
    if is_loopback(called) or called in own_hosts:
        return False
    return called == public_host or (
        public_host != "" and "." in called and not _is_address(called)
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
