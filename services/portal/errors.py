"""What the portal itself refuses."""

from shared.text.sentences import N_
from shared.web.errors import WebError


class DemoOnly(WebError):
    """Somebody wants to choose who to be where people sign in through their university."""

    status = 403
    kind = "demo-only"
    sentence = N_("You can choose an identity in demo mode only.")
