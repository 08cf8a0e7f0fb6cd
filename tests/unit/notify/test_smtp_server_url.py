"""The mail server's URL."""

import pytest

from services.notify.adapters.smtp_server import SmtpServer


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.edu:2525", SmtpServer("mail.example.edu", 2525)),
        ("smtp://mail.example.edu", SmtpServer("mail.example.edu", 25)),
        ("smtps://mail.example.edu/", SmtpServer("mail.example.edu", 465, tls_from_start=True)),
        (
            "smtp://anna%40x:p%3Aw%2F@[::1]:587",
            SmtpServer("::1", 587, username="anna@x", password="p:w/"),
        ),
    ],
)
def test_a_url_names_host_port_login_and_tls(url: str, server: SmtpServer) -> None:
    assert SmtpServer.from_url(url) == server


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://mail.example.edu", "begins with 'http'"),
        ("mail.example.edu:25", "expected smtp://"),
        ("smtp://:25", "names no host"),
        ("smtp://mail.example.edu/path", "goes on after host and port"),
        ("smtp://mail.example.edu:port", "Port"),
    ],
)
def test_a_wrong_url_is_refused_with_what_was_expected(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SmtpServer.from_url(url)


def test_the_password_is_never_shown() -> None:
    assert "geheim" not in repr(SmtpServer.from_url("smtp://anna:geheim@mail.example.edu"))
