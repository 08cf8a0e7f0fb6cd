"""Which texts are mail addresses; no name server is asked."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import idna
from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from shared.text.cleaning import without_unseen

LONGEST_ADDRESS = 254
"""RFC 5321 section 4.5.3.1.3, without the brackets."""
LONGEST_LOCAL_PART = 64
"""Bytes; RFC 5321 section 4.5.3.1.1."""
_UNSEEN = re.compile("[\u061c\u200c-\u200f]")
"""Directional marks and joiners, which mean something in a text and nothing in an address."""
_IN_BRACKETS = re.compile(r"[^<>]*<([^<>]*)>")
_LIKE_LATIN = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_JAPANESE = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
_PLAIN_LOCAL_PART = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*")


class NotAnAddress(ValueError):
    """Mail cannot be sent to (or from) this address; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address fit for envelope and header: in ASCII wherever that is possible (the domain always
    is).
    """

    address: str
    needs_smtputf8: bool

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def clean_address(text: str) -> str:
    """Return the address in what people paste: without characters that nobody sees, `mailto:`, and
    the name before `<a@b>`.

    What is none is returned for mail_address to refuse; line breaks within it stay, so that it does
    refuse it.
    """
    if len(text) > 4 * LONGEST_ADDRESS:
        return text
    text = _UNSEEN.sub("", without_unseen(text)).strip()
    if in_brackets := _IN_BRACKETS.fullmatch(text):
        text = in_brackets[1].strip()
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].partition("?")[0]).strip()
    return text


def mailbox_of(address: str) -> str:
    """Return the name under which mails to `address` are counted: the same for the ways of writing
    one mailbox.

    Case, dots before the @ and what follows a plus there make no difference at the large mail
    services. Where they do, two people are counted together, which costs them little.
    """
    local, _, domain = address.casefold().rpartition("@")
    name = local.partition("+")[0].replace(".", "")
    return f"{name or local}@{domain}"


def readable_address(address: str) -> str:
    """Return `address` with its domain as people write it; a domain that could pass for another
    stays in ASCII.
    """
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{readable_domain(domain)}"


def readable_domain(domain: str) -> str:
    """Return a domain in its own letters instead of `xn--...`.

    It stays as it is where a label mixes scripts, where it is all of one that looks like Latin
    under a Latin top level, or where it is no domain: nobody shall be led to a look-alike.
    """
    if "xn--" not in domain.lower():
        return domain
    try:
        decoded = idna.decode(domain)
    except idna.IDNAError:
        return domain
    scripts = [_scripts(label) for label in decoded.split(".")]
    may_deceive = any(len(used) > 1 for used in scripts) or (
        scripts[-1] == {"LATIN"} and any(used & _LIKE_LATIN for used in scripts)
    )
    return domain if may_deceive else decoded


def _scripts(label: str) -> set[str]:
    """Return the scripts of the letters in `label`, by the first words of their names; those of
    Japanese count as one.
    """
    used = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
    return {"CJK"} if used and used <= _JAPANESE else used


def mail_address(text: str, *, everywhere: bool = False) -> Address:
    """Return the address in `text`; with `everywhere`, only one that every mail server in the world
    takes.

    Raises NotAnAddress.
    """
    local, _, domain = text.rpartition("@")
    if len(local.encode(errors="replace")) > LONGEST_LOCAL_PART:
        raise NotAnAddress(f"more than {LONGEST_LOCAL_PART} characters before the @")
    is_plain = (
        _PLAIN_LOCAL_PART.fullmatch(local) and local.lower() not in CASE_INSENSITIVE_MAILBOX_NAMES
    )
    if is_plain and len(text) <= LONGEST_ADDRESS:
        # Almost everybody's, at one of a few domains: whether it is an address is a question of the
        # domain and the length. The library takes a tenth of a millisecond for each, which is felt
        # where every request has two.
        address = f"{local}@{_valid(f'a@{domain}', everywhere).domain}"
        if len(address) <= LONGEST_ADDRESS:
            return Address(address, needs_smtputf8=False)
    return _valid(text, everywhere)


@lru_cache(maxsize=1024)
def _valid(text: str, everywhere: bool) -> Address:
    try:
        valid = validate_email(
            text,
            check_deliverability=False,
            globally_deliverable=everywhere,
            allow_quoted_local=not everywhere,
            allow_smtputf8=not everywhere,
        )
    except EmailNotValidError as error:
        raise NotAnAddress(str(error)) from error
    if valid.ascii_email is not None:
        return Address(valid.ascii_email, needs_smtputf8=False)
    return Address(f"{valid.local_part}@{valid.ascii_domain}", needs_smtputf8=True)
