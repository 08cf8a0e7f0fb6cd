"""What somebody types of a person: a name and a mail address, checked by the same rules at every
door.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.text.addresses import LONGEST_ADDRESS, NotAnAddress, clean_address, mail_address
from shared.text.cleaning import clean_line
from shared.text.fields import Cleaned, too_long

Printable = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""No control characters, no line breaks."""
LONGEST_NAME = 200
_NEVER_IN_A_NAME = re.compile(r"[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]")


_UNSEEN = re.compile(
    "[\u034f\u180b-\u180f\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
"""Invisible characters that browsers remove from an address: joiners, variation selectors, tags."""
_OTHER_DOTS = re.compile(
    r"[\u3002\uff0e\uff61]|\s?[\[({<]\s?(?:\.|dot|punto)\s?[\])}>]\s?", re.IGNORECASE
)
_DOMAINS = (
    "academy|ai|app|bid|biz|blog|buzz|cc|cf|ch|click|cloud|cn|co|com|cyou|dev|digital"
    "|download|edu|email|es|eu|fr|ga|gd|gg|gl|gov|gq|gr|help|icu|info|io|it|link|live|ly|me"
    "|ml|mobi|mov|net|news|nl|online|org|pl|pro|pt|ro|ru|sbs|sh|shop|site|space|store"
    "|support|tech|tk|today|top|tv|ua|uk|us|vip|website|win|work|world|ws|xyz|zip"
)
"""Ends of domains that programs turn into links."""
_DOMAINS_LIKE_NAMES = (
    "[a-z]{2}|agency|bank|business|center|city|club|company|expert|group|host|hosting"
    "|international|law|life|love|ltd|market|media|money|museum|name|page|photo|plus|post"
    "|press|school|services|social|solutions|studio|systems|team|technology|tel|tools"
    "|travel|university|video|wiki|zone"
)
"""They are read as ends of domains only in small letters: "prof.De Luca" and "Ellen.Page" are
names, and so is "sig.ra".
"""
_TITLES = r"(?:sig|gent|egr|avv|dott|prof|ing|arch)\."
_OTHER_SCRIPTS = "xn--[a-z0-9]|рф|рус|онлайн|сайт|орг|укр|бел|срб|中国|中國|한국|भारत|ไทย"
_LINK = re.compile(
    rf"[a-z][a-z0-9+.-]*://|\b(?:https?|ftp|mailto|javascript|data|tel):|\bwww\d?\.|@\w"
    rf"|\w\.(?:{_DOMAINS})\b|(?-i:\b(?!{_TITLES})[a-z0-9-]{{2,}}\.(?:{_DOMAINS_LIKE_NAMES})\b)"
    rf"|\w\.(?:{_OTHER_SCRIPTS})|\w\.[a-z]{{2,24}}/|\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b",
    re.IGNORECASE,
)
_HAS_SIGN = re.compile("[.:@]")
"""Without one of these nothing is a link: most names have none, and this is found out at once."""


def has_link(text: str) -> bool:
    """Return whether `text` holds what mail programs and people take for the address of a web page
    or of a mailbox.
    """
    plain = text if text.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    plain = _OTHER_DOTS.sub(".", plain)
    return _HAS_SIGN.search(plain) is not None and _LINK.search(plain) is not None


def _name(value: str) -> str:
    """Return a clean name.

    A line break or another control character within it is nothing that a person types, and an
    address to follow is no part of a name: mails begin with it. Both are refused.
    """
    if _NEVER_IN_A_NAME.search(value.strip()):
        raise PydanticCustomError("name_characters", "line breaks or control characters in a name")
    name = Cleaned(clean_line, LONGEST_NAME)(value)
    if has_link(name):
        raise PydanticCustomError("name_link", "a web address or an e-mail address in a name")
    return name


def _address(value: str) -> str:
    cleaned = clean_address(value)
    if len(cleaned) > LONGEST_ADDRESS:
        raise too_long(cleaned, LONGEST_ADDRESS)
    try:
        return mail_address(cleaned, everywhere=True).address
    except NotAnAddress as error:
        raise PydanticCustomError("email", "not an e-mail address") from error


PersonName = Annotated[
    str,
    AfterValidator(_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}),
]
EmailAddress = Annotated[
    str,
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": LONGEST_ADDRESS}),
]
