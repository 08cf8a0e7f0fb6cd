"""What requesters can do to their requests, and people without an account."""

from shared.contracts.commands.guests import GuestReply, GuestWithdraw
from shared.contracts.commands.tickets import RequesterReply, RequesterWithdraw
from shared.contracts.events import tickets
from shared.policy.actions.action import Action
from shared.text.sentences import N_

REQUESTERS: tuple[Action, ...] = (
    Action(
        RequesterReply,
        "reply",
        audience="requester",
        trigger="requester_replies",
        operation="reply_to_my_request",
        about="Write to the office.",
        label=N_("Write to the office"),
        refused=N_("replying"),
        done=N_("Your message has reached the office."),
        event=tickets.TicketRequesterReplied,
        in_history=N_("The requester replied"),
        in_notice=N_("%(actor)s wrote on this ticket"),
        limit="replies",
    ),
    Action(
        RequesterWithdraw,
        "withdraw",
        audience="requester",
        operation="withdraw_my_request",
        about="Take the request back, while nobody works on it.",
        done=N_("The request has been withdrawn."),
        limit="replies",
    ),
)
"""What requesters do to their own requests; sharing stands beside that of operators."""

GUESTS: tuple[Action, ...] = (
    Action(GuestReply, "reply", audience="guest", trigger="requester_replies", limit="guest"),
    Action(GuestWithdraw, "withdraw", audience="guest", limit="guest"),
)
"""What people without an account do by the link in their mails; the words are the requesters'."""
