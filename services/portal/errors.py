"""What the portal itself refuses."""

from shared.web.errors import WebError
from shared.web.sentences import N_


class DemoOnly(WebError):
    """Somebody wants to choose who to be where people sign in through their university."""

    status = 403
    kind = "demo-only"
    sentence = N_("You can choose an identity in demo mode only.")
