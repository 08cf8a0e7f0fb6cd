"""From where a request came: by which name we were called, and through which machines."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def origin_of(url: str) -> str:
    """Return the origin (`https://help.example.edu`) of an address, as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def host_in(place: str) -> str:
    """Return the name in a Host header (`help.example.edu:8000`), or an empty text where it is none."""
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
    return any(name in headers for name in _FORWARDING)


def came_in_public(headers: Headers, public_host: str) -> bool:
    """Return whether a request came by the address that is for everybody: through a proxy, or to its name."""
    called = host_in(headers.get("host", ""))
    return came_through_a_proxy(headers) or (called == public_host and not is_loopback(called))
