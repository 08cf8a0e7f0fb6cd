"""Pages from templates: a service's own first, then the shared ones."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, get_timezone_location
from fastapi import Request
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.responses import HTMLResponse

from shared.text.numbers import shown_answer, shown_number
from shared.text.sentences import N_
from shared.web.auth import caller_of
from shared.web.language import LANGUAGES, SHARED_PACKAGE, Language, Translator, language_of
from shared.web.linked import linked, mailto
from shared.web.made_for import made_for, reader
from shared.web.shown import address_shown, isolated, subject_in_title, subject_shown, written
from shared.web.state import parts_of, translator_of
from shared.web.static_files import static_url
from shared.web.unchanged import answer_page
from shared.web.whereabouts import login_url

DEFAULT_TIMEZONE = "Europe/Rome"
_timezone: ContextVar[ZoneInfo] = ContextVar("timezone of the page being rendered")
"""Not in the template's context, because macros are imported without it."""


class CompiledOnce(BytecodeCache):
    """Keeps compiled templates for the whole process: the languages share them, for words are
    looked up when a page is made.
    """

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if known := self._compiled.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_compiled = CompiledOnce()


def render(
    request: Request, template: str, *, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """Return the page `template` in the request's language.

    Beside `context` every template sees what the package docstring of shared.web lists. Raises
    jinja2's errors for an unknown template or an undefined name.
    """
    parts = parts_of(request)
    language = language_of(request)
    page = parts.environments[language].get_template(template)
    values = {
        "request": request,
        "language": language,
        "languages": LANGUAGES,
        "other_language_url": _in_other_language(request, language),
        "caller": caller_of(request),
        "login_url": login_url(request),
        "timezone": DEFAULT_TIMEZONE,
        **parts.page_context(request),
        **context,
    }
    zone = ZoneInfo(values["timezone"])
    values["zone_name"] = zone_name(zone, translator_of(request))
    caller = caller_of(request)
    in_force, made_for_whom = _timezone.set(zone), reader.set(caller.identity if caller else "")
    try:
        html = page.render(values)
    finally:
        _timezone.reset(in_force)
        reader.reset(made_for_whom)
    return answer_page(
        request, html, status_code=status_code, headers={"Content-Language": language}
    )


def build_environment(packages: Sequence[str], translator: Translator) -> Environment:
    """Return the template environment for one language over the `templates/` of `packages`, then
    those of shared.web.
    """
    folders = [
        str(files(package) / "templates") for package in dict.fromkeys((*packages, SHARED_PACKAGE))
    ]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_compiled,
    )
    # The i18n extension adds this method.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        translator.gettext, translator.ngettext, newstyle=True
    )
    environment.globals |= {"static": static_url, "made_for": made_for}
    environment.filters |= _filters(translator)
    return environment


def _filters(translator: Translator) -> dict[str, Callable[..., str]]:
    language = translator.language
    no_subject = translator(N_("(no subject)"))

    def moment(value: datetime) -> str:
        return format_datetime(value, "medium", tzinfo=_timezone.get(), locale=language)

    def short_moment(value: datetime) -> str:
        return format_datetime(value, "d MMM y, HH:mm", tzinfo=_timezone.get(), locale=language)

    def day(value: date) -> str:
        local = value.astimezone(_timezone.get()) if isinstance(value, datetime) else value
        return format_date(local, "long", locale=language)

    def clock_time(value: datetime) -> str:
        return format_time(value, "short", tzinfo=_timezone.get(), locale=language)

    def decimal(value: float) -> str:
        return shown_number(value, language)

    def answered(value: float, label: str) -> str:
        return shown_answer(value, label, language)

    def zone(value: datetime) -> str:
        return zone_name(_timezone.get(), translator)

    return {
        "moment": moment,
        "short_moment": short_moment,
        "day": day,
        "clock_time": clock_time,
        "zone": zone,
        "decimal": decimal,
        "answered": answered,
        "mailto": mailto,
        "linked": linked,
        "isolated": isolated,
        "written": written,
        "address": address_shown,
        "subject": partial(subject_shown, instead=no_subject),
        "subject_in_title": partial(subject_in_title, instead=no_subject),
    }


def zone_name(zone: ZoneInfo, translate: Translator) -> str:
    """Return what the time of `zone` is called: by its city."""
    return (
        zone.key
        if zone.key in ("UTC", "Etc/UTC")
        else translate(N_("%(city)s time"), city=_city(zone.key, translate.language))
    )


@lru_cache(maxsize=16)
def _city(zone: str, language: Language) -> str:
    return get_timezone_location(ZoneInfo(zone), locale=language, return_city=True)


def _in_other_language(request: Request, language: Language) -> str:
    other = "en" if language == "it" else "it"
    query = [
        (name, value)
        for name, value in parse_qsl(request.url.query, keep_blank_values=True)
        if name != "lang"
    ]
    return f"?{urlencode([*query, ('lang', other)])}"
