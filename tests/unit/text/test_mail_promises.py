"""What counts as a promise that an answer to a mail is read."""

import pytest

from shared.text.mail_promises import promised_answer


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("it", "Per scriverci rispondi a questa mail.", "rispondi a questa mail"),
        (
            "it",
            "Puoi rispondere direttamente a questa e-mail",
            "rispondere direttamente a questa e-mail",
        ),
        ("it", "rispondendo\nal presente messaggio", "rispondendo al presente messaggio"),
        ("it", "RISPONDI ALLA MAIL", "RISPONDI ALLA MAIL"),
        ("it", "rispondi qui sotto oppure rispondi via mail", "rispondi via mail"),
        ("it", "Non aspettare. Rispondi a questa email!", "Rispondi a questa email"),
        ("en", "Just reply to this e-mail.", "reply to this e-mail"),
        ("en", "You can answer this mail", "answer this mail"),
        ("en", "by replying directly to this message", "replying directly to this message"),
        ("en", "Respond by email", "Respond by email"),
    ],
)
def test_an_invitation_to_answer_the_mail_is_found(language: str, text: str, found: str) -> None:
    assert promised_answer(text, language) == found


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "Non rispondere a questa mail: nessuno la legge."),
        ("it", "Ti preghiamo di non rispondere a questo messaggio"),
        ("it", "Rispondi dalla pagina della tua richiesta"),
        ("it", "Risponderemo appena possibile alla tua richiesta"),
        ("it", "Lo sportello dell'Università di Esempio"),
        ("en", "Please do not reply to this mail."),
        ("en", "Please don't answer this email"),
        ("en", "Nobody reads replies; never respond to this message"),
        ("en", "To answer, open the page of your request"),
        ("en", "The answers go to this address."),
    ],
)
def test_what_denies_it_or_speaks_of_something_else_is_not(language: str, text: str) -> None:
    assert promised_answer(text, language) is None
