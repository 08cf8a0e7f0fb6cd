"""Why the system itself changed a ticket: English sentences that the history keeps; the pages
translate them.
"""

OWNER_IS_NO_OPERATOR = "The owner is no longer an operator of this desk."
OWNER_MAY_NOT_WORK = "The owner may no longer work this queue."
RESPONSIBLE_MAY_NOT_SEE = "The responsible may no longer see this queue."
OWNER_AND_RESPONSIBLE = (
    "Neither the owner may work this queue any more, nor the responsible see it."
)

RELEASE_REASONS = frozenset(
    {OWNER_IS_NO_OPERATOR, OWNER_MAY_NOT_WORK, RESPONSIBLE_MAY_NOT_SEE, OWNER_AND_RESPONSIBLE}
)
"""The reasons of `TicketReleasedBySystem`."""
