"""Tickets for a test of the pages, made through the API: quicker than by hand, and the same for
everybody.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

PATIENCE_SECONDS = 30.0
ANSWERS = {
    "description": "Ho pagato la seconda rata.",
    "matricola": "123456",
    "anno": "2026/2027",
    "consent": True,
}


class Scene:
    """One running installation, seen by all its people; each call is made by the identity that it
    names.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False)
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def call(self, identity: str, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON answer to one call; AssertionError where it was refused."""
        headers = {
            "Authorization": f"Bearer {self._token(identity)}",
            "Idempotency-Key": uuid4().hex,
        }
        answer = self._http.request(
            method,
            path,
            json=body,
            headers=headers if method == "POST" else headers | {"Idempotency-Key": ""},
        )
        assert answer.is_success, f"{identity} {method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def do(self, identity: str, number: str, action: str, **body: Any) -> Any:
        """Have an operator do `action` to a ticket; return what the API answers."""
        return self.call(identity, "POST", f"/api/tickets/{number}/{action}", body)

    def request(self, identity: str, subject: str) -> str:
        """Send the form about fees; return the number of its ticket, once operators see it in its
        queue.
        """
        sent = self.call(
            identity,
            "POST",
            "/api/forms/tasse/requests",
            {
                "fields": {"subject": subject, **ANSWERS},
                "context": {"origin": "website"},
                "language": "it",
            },
        )
        status = self._until(
            lambda: self.call(identity, "GET", sent["status_url"]),
            lambda known: known["ticket_number"],
        )
        number: str = status["ticket_number"]
        self._until(
            lambda: self.call("luisa.villa", "GET", f"/api/tickets?q={number}"),
            lambda found: found["items"] and found["items"][0]["queue"],
        )
        return number

    def _token(self, identity: str) -> str:
        if identity not in self._tokens:
            self._tokens[identity] = self._http.post(
                "/api/session", json={"identity": identity}
            ).json()["token"]
            self._http.cookies.clear()
        return self._tokens[identity]

    def _until(self, look: Any, is_there: Any) -> Any:
        """Return what `look` finds once `is_there` says so."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            found = look()
            if is_there(found):
                return found
            time.sleep(0.05)
        raise AssertionError("it did not come")
