"""What can be wrong with a call, and how each error becomes an answer in the caller's language (RFC
9457).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from math import ceil
from types import MappingProxyType

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shared.core.errors import (
    BusUnreachable,
    ImpossibleValue,
    NoAnswer,
    NotThere,
    Refusal,
    SportelloError,
    TooLarge,
)
from shared.text.numbers import shown_number
from shared.text.sentences import N_
from shared.web.language import Translator
from shared.web.refusals import Names, problem_sentence, refusal_sentence
from shared.web.validation import LONGEST_FIELD, MOST_PROBLEMS, FieldProblem, field_problems

__all__ = [
    "BadInput",
    "CrossSite",
    "FieldProblem",
    "NotSignedIn",
    "Problem",
    "Refused",
    "TooManyRequests",
    "Unavailable",
    "WebError",
    "problem_of",
    "told_to_people",
]

RETRY_AFTER_SECONDS = 5


class WebError(SportelloError):
    """An answer decided at the edge: `status`, a sentence, and headers that go with it."""

    status: int = 400
    kind: str = "bad-request"
    sentence: str = N_("The request cannot be understood.")
    facts: Mapping[str, object] = MappingProxyType({})
    headers: Mapping[str, str] = MappingProxyType({})


class NotSignedIn(WebError):
    """The call needs somebody who is signed in."""

    status = 401
    kind = "not-signed-in"
    sentence = N_("You must sign in to do this.")
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class CrossSite(WebError):
    """A browser says that another site's page caused this change."""

    status = 403
    kind = "cross-site"
    sentence = N_(
        "This request comes from another site and was refused. Open the page here and try again."
    )


class BodyTooLarge(WebError):
    """The body is larger than `limit` bytes."""

    status = 413
    kind = "too-large"
    sentence = N_("The request is larger than %(limit)s KiB.")

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.facts = {"limit": limit // 1024}
        self.headers = {"Connection": "close"}


class FormTooLarge(WebError):
    """The form of a page is far larger than what it asks for; its longest text may have `longest`
    characters.
    """

    status = 413
    kind = "too-large"
    sentence = N_("This is too long to be sent: a text may have at most %(longest)s characters.")

    def __init__(self, longest: int) -> None:
        super().__init__(longest)
        self.facts = {"longest": longest}
        self.headers = {"Connection": "close"}


class WrongContentType(WebError):
    """The body is of a kind that this call does not take."""

    status = 415
    kind = "wrong-content-type"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TooManyRequests(WebError):
    """The caller sends more than its limit; `retry_after` seconds from now there is room again."""

    status = 429
    kind = "too-many-requests"
    sentence = N_("Too many requests. Try again in %(seconds)s s.")
    of_long_waits: str = N_("Too many requests. Try again in %(minutes)s min.")

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(retry_after)
        self.facts = {"seconds": retry_after, "minutes": ceil(retry_after / 60)}
        if retry_after > 60:
            self.sentence = self.of_long_waits
        self.headers = {"Retry-After": str(retry_after)}


class Refused(WebError):
    """A refusal that only one service knows; `sentence` is marked with N_ and filled from
    `facts`.
    """

    def __init__(self, status: int, kind: str, sentence: str, **facts: object) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.sentence = sentence
        self.facts = facts


class Unavailable(WebError):
    """The service cannot do this now, for a reason that passes; `sentence` is marked with N_."""

    status = 503
    kind = "unavailable"

    def __init__(self, sentence: str, *, retry_after: int = RETRY_AFTER_SECONDS) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.headers = {"Retry-After": str(retry_after)}


class BadInput(WebError):
    """Some fields are wrong: 422 naming each, of very many the first ones."""

    status = 422
    kind = "bad-input"
    sentence = N_("Some of the data sent is not valid.")

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__(*problems)
        self.problems = problems

    @classmethod
    def of(cls, field_name: str, message: str, **facts: object) -> "BadInput":
        """Return the error for one field; `message` is marked with N_."""
        return cls(FieldProblem(field_name, message, facts))


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is told: translated, ready to be sent.

    `facts` become members of the JSON beside the standard ones.

    `refusal` is what a service refused, to be told to people (`told_to_people`) in other words than
    to programs.
    """

    status: int
    kind: str
    title: str
    detail: str
    errors: tuple[dict[str, str], ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, object]:
        """Return the members of `application/problem+json`."""
        standard: dict[str, object] = {
            "type": f"urn:sportello:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            standard["errors"] = list(self.errors)
        return {**self.facts, **standard}


TITLES = {
    400: N_("Bad request"),
    401: N_("Sign-in required"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Method not allowed"),
    409: N_("Not possible now"),
    412: N_("Changed meanwhile"),
    413: N_("Too large"),
    415: N_("Wrong kind of content"),
    422: N_("Not valid"),
    429: N_("Too many requests"),
    500: N_("Something went wrong"),
    503: N_("Not available now"),
}
_DETAILS = {
    404: N_("There is nothing here, or you may not see it."),
    405: N_("This address does not take this method."),
}


def problem_of(error: Exception, translate: Translator) -> Problem:
    """Return the answer for `error`; anything unforeseen is a 500 that tells nothing."""
    match error:
        case BadInput():
            return _bad_input(error.problems, translate)
        case WebError():
            sentence = translate(error.sentence, **_readable(error.facts, translate))
            return _problem(error.status, error.kind, sentence, translate, headers=error.headers)
        case ImpossibleValue():
            message = problem_sentence(error, translate)
            errors = ({"field": error.field, "message": message},)
            facts = {"problem": error.problem}
            return replace(
                _problem(422, "impossible-value", message, translate, errors=errors, facts=facts),
                refusal=error,
            )
        case Refusal():
            headers = {"Retry-After": "30"} if error.status == 503 else {}
            facts = {name: value for name, value in error.to_wire()["facts"].items() if value}
            told = _problem(
                error.status,
                _kebab(error.kind),
                refusal_sentence(error, translate),
                translate,
                facts=facts,
                headers=headers,
            )
            return replace(told, refusal=error)
        case NoAnswer() | BusUnreachable():
            return _unreachable(error, translate)
        case TooLarge():
            return _problem(
                413, "too-large", translate(N_("This is too much text for one request.")), translate
            )
        case RequestValidationError():
            return _bad_input(field_problems(error.errors()), translate)
        case HTTPException():
            return _http(error, translate)
        case _:
            return _problem(
                500,
                "internal",
                translate(N_("An error occurred on the server. It has been recorded.")),
                translate,
            )


def told_to_people(problem: Problem, translate: Translator, names: Names) -> Problem:
    """Return `problem` as a page tells it: with `names` that people know in place of those of the
    API.
    """
    if problem.refusal is None:
        return problem
    sentence = refusal_sentence(problem.refusal, translate, names)
    return replace(
        problem,
        detail=sentence,
        errors=tuple({**each, "message": sentence} for each in problem.errors),
    )


def _unreachable(error: NoAnswer | BusUnreachable, translate: Translator) -> Problem:
    if isinstance(error, NoAnswer):
        sentence = N_(
            "There is no answer yet, so we do not know whether this was done. You can safely "
            "send "
            "it again."
        )
        kind = "no-answer"
    else:
        sentence, kind = (
            N_("The service cannot be reached at the moment. Nothing was done; try again shortly."),
            "bus-unreachable",
        )
    return _problem(
        503, kind, translate(sentence), translate, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
    )


def _http(error: HTTPException, translate: Translator) -> Problem:
    if error.status_code == 404:
        return problem_of(NotThere(), translate)
    kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    detail = translate(_DETAILS.get(error.status_code, N_("The request cannot be understood.")))
    return _problem(error.status_code, kind, detail, translate, headers=error.headers or {})


def _bad_input(problems: tuple[FieldProblem, ...], translate: Translator) -> Problem:
    told = problems[:MOST_PROBLEMS]
    errors = tuple(
        {
            "field": one.field[:LONGEST_FIELD],
            "message": translate(one.message, **_readable(one.facts, translate)),
        }
        for one in told
    )
    detail = errors[0]["message"] if len(errors) == 1 else translate(BadInput.sentence)
    return _problem(422, BadInput.kind, detail, translate, errors=errors)


def _readable(facts: Mapping[str, object], translate: Translator) -> dict[str, object]:
    """Return `facts` with numbers as the reader writes them."""
    return {
        name: shown_number(fact, translate.language) if isinstance(fact, int | float) else fact
        for name, fact in facts.items()
    }


def _problem(
    status: int,
    kind: str,
    detail: str,
    translate: Translator,
    *,
    errors: tuple[dict[str, str], ...] = (),
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Problem:
    title = translate(TITLES.get(status, N_("Bad request")))
    return Problem(status, kind, title, detail, errors, facts or {}, headers or {})


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip(
        "-"
    )
