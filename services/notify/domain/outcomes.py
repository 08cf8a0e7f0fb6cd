"""How an attempt to send a mail ended, read from what the mail server said or did not say (RFC 5321
sections 4.2 and 4.5).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from services.notify.domain.text import shortened

MAX_REASON = 500

_LOGIN_WANTED = frozenset({530, 534, 535, 538})
"""RFC 4954 section 6: the server wants a login, or another one."""


class Stage(Enum):
    """How far the conversation with the mail server had come."""

    CONNECT = "connecting"
    SENDER = "naming the sender"
    RECIPIENT = "naming the recipient"
    CONTENT = "sending the content"
    END = "waiting for the answer to the final dot"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has taken the mail and answers for it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server will never take this mail, for `reason`."""

    reason: str


Fault = Literal["mail", "server", "either"]


@dataclass(frozen=True, slots=True)
class Delayed:
    """The mail has surely not been taken; it may be later.

    `fault` says whose matter it is: this mail's (others fare well), the server's (this mail had no
    part in it), or `either` (a server that hangs up in the middle may be down, or may do so at this
    very mail each time).
    """

    reason: str
    fault: Fault = "mail"


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The whole mail was handed over and the answer was lost: it may have been taken."""

    reason: str


Outcome = Accepted | Refused | Delayed | Uncertain


def outcome_of_reply(stage: Stage, code: int, text: str) -> Outcome:
    """Read a refusing reply (`code` not 2xx/354) that came at `stage`.

    Final is only what speaks of this recipient or this content. A server that does not want us at
    all (greeting, login, our own sender address) is a matter of settings that somebody can mend:
    its mails wait and are not lost.
    """
    reason = clean_reason(f"{code} {text}")
    is_final = 500 <= code <= 599
    if stage is Stage.CONNECT or code in _LOGIN_WANTED:
        return Delayed(reason, fault="server")
    if code == 421:
        return Delayed(reason, fault="either")
    if stage is Stage.SENDER:
        # 552 answers the announced size, which is this mail's own; anything else is said of the
        # sender, who is always the same.
        return (
            Refused(reason)
            if code == 552
            else Delayed(reason, fault="server" if is_final else "mail")
        )
    return Refused(reason) if is_final else Delayed(reason)


def outcome_of_silence(stage: Stage, what: str) -> Outcome:
    """Read the lack of a reply (`what`: refused connection, timeout, disconnect) at `stage`."""
    reason = clean_reason(f"{what} while {stage.value}")
    if stage is Stage.END:
        return Uncertain(reason)
    return Delayed(reason, fault="server" if stage is Stage.CONNECT else "either")


def clean_reason(text: str) -> str:
    """Return a server's words as one line of printable text, at most 500 characters."""
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return shortened(" ".join(words), MAX_REASON)
