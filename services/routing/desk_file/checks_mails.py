"""Cross checks of what the desk tells requesters: the texts of mails, and what forms say about
mails.
"""

from collections.abc import Iterator

from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import Loc
from services.routing.desk_file.shape import DeskInFile
from shared.contracts.desk import MAIL_TEXT_KEYS, OLD_MAIL_TEXT_KEYS, Text
from shared.text.mail_language import MAIL_VALUES, NotAMailText, unknown_values
from shared.text.mail_promises import promised_answer

_PLACEHOLDER = "{{ where_to_answer }}, which says how an answer reaches the office"
_POSSIBLE = "words, {{ values }} and {% if value %}...{% endif %}"


def check_mail_texts(desk: DeskInFile, findings: Findings) -> None:
    """Check that each text is one that is used and that can be, and that none invites to answer a
    mail.

    Whether mail is read is a setting of the installation, so only the placeholder can say it
    rightly.
    """
    for key, text in desk.mail_texts.items():
        loc: Loc = ("mail_texts", key)
        if key in OLD_MAIL_TEXT_KEYS:
            expected = (
                "no such text: all mails of a ticket have the same subject, by which mail "
                "programs group them"
            )
            findings.warning(
                loc, found=f'"{key}", which is not used', expected=expected, at_key=True
            )
        elif key not in MAIL_TEXT_KEYS:
            findings.unknown(
                loc, "mail text", key, MAIL_TEXT_KEYS, section="mail_texts", at_key=True
            )
        for place, promise in _promises(text, loc):
            findings.mistake(
                place, found=f'"{promise}", which may not be true', expected=_PLACEHOLDER
            )
        for language in ("it", "en"):
            try:
                unknown = unknown_values(text.in_language(language))
            except NotAMailText as error:
                findings.mistake(
                    (*loc, language),
                    found=f"a text that cannot be used ({error})",
                    expected=_POSSIBLE,
                )
                continue
            for name in unknown:
                findings.unknown((*loc, language), "value", name, MAIL_VALUES, section="mail_texts")


def check_form_texts(desk: DeskInFile, findings: Findings) -> None:
    """Warn where a form invites to answer a mail."""
    for slug, form in desk.forms.items():
        texts: list[tuple[Loc, Text | None]] = [(("forms", slug, "description"), form.description)]
        texts += [
            (("forms", slug, "fields", index, "help"), field.help)
            for index, field in enumerate(form.fields)
        ]
        for loc, text in texts:
            for place, promise in _promises(text, loc) if text is not None else ():
                findings.warning(
                    place,
                    found=f'"{promise}", which may not be true',
                    expected="the page of the request as the place to answer",
                )


def _promises(text: Text, loc: Loc) -> Iterator[tuple[Loc, str]]:
    for language in ("it", "en"):
        promise = promised_answer(text.in_language(language), language)
        if promise is not None:
            yield (*loc, language), promise
