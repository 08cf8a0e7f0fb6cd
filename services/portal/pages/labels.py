"""What things are called on the pages.

Every value is an English sentence that the catalogue knows.
"""

from shared.contracts.reasons import (
    OWNER_AND_RESPONSIBLE,
    OWNER_IS_NO_OPERATOR,
    OWNER_MAY_NOT_WORK,
    RESPONSIBLE_MAY_NOT_SEE,
)
from shared.policy.actions.registry import ACTIONS
from shared.text.sentences import N_

EVENTS: dict[str, str] = {
    **{action.event.NAME: action.in_history for action in ACTIONS if action.event is not None},
    "tickets.ticket.created.v1": N_("Created"),
    "tickets.ticket.routing-requested.v1": N_("Routing requested again"),
    "tickets.ticket.queued.v1": N_("Routed to a queue"),
    "tickets.ticket.due.v1": N_("Postponement ended"),
    "tickets.ticket.released-by-system.v1": N_("Released by the system"),
    "tickets.ticket.notified.v1": N_("Notice sent to the requester"),
    "tickets.ticket.reminded.v1": N_("Reminder sent to the requester"),
    "tickets.ticket.expired.v1": N_("Closed: no answer received"),
    "tickets.ticket.move-undone.v1": N_("Move undone"),
    "tickets.ticket.child-reported.v1": N_("Update from a child ticket"),
    "tickets.ticket.requester-confirmed.v1": N_("Requester's address confirmed"),
    "tickets.ticket.link-asked.v1": N_("Link to the request asked for again"),
    "tickets.ticket.undelivered.v1": N_("Email not delivered"),
    "tickets.ticket.absorbed.v1": N_("Another ticket merged into this one"),
    "tickets.ticket.merge-undone.v1": N_("Merge undone"),
}
"""The changes of a ticket's history; of one that is not here its own name is shown."""

REASONS: dict[str, str] = {
    OWNER_IS_NO_OPERATOR: N_("The owner is no longer an operator of this desk."),
    OWNER_MAY_NOT_WORK: N_("The owner may no longer work on this queue."),
    RESPONSIBLE_MAY_NOT_SEE: N_("The person responsible may no longer see this queue."),
    OWNER_AND_RESPONSIBLE: N_(
        "The owner may no longer work on this queue, and the person responsible may no longer "
        "see "
        "it."
    ),
}
"""The reasons that the system itself gives for a change, in words; what people wrote is shown as it
is.
"""

FIELDS: dict[str, str] = {
    "state": N_("Status"),
    "queue": N_("Queue"),
    "owner": N_("Owner"),
    "responsible": N_("Person responsible"),
    "last_owner": N_("Previous owner"),
    "closed_by": N_("Closed by"),
    "priority": N_("Priority"),
    "parent": N_("Parent ticket"),
    "children": N_("Child tickets"),
    "links": N_("Linked tickets"),
    "watchers": N_("Watched by"),
    "shared_with": N_("Shared with"),
    "merged_into": N_("Continues in"),
    "absorbed": N_("Merged into this one"),
    "postponed_until": N_("Postponed until"),
    "assurance": N_("Requester's address"),
}
"""The facts of a ticket whose changes are shown; the others are for machines."""

ASSURANCES: dict[str, str] = {
    "signed_in": N_("signed in"),
    "confirmed": N_("address confirmed"),
    "typed": N_("address not verified"),
}
"""How sure it is who asked."""

ORIGINS: dict[str, str] = {
    "online-services": N_("Online services"),
    "service": N_("The service in use"),
    "website": N_("Website"),
    "faq": N_("Student FAQ"),
}

AFFILIATIONS: dict[str, str] = {
    "student": N_("Student"),
    "staff": N_("Staff"),
    "guest": N_("Guest"),
}

PRIORITIES: dict[int, str] = {
    1: N_("very low"),
    2: N_("low"),
    3: N_("normal"),
    4: N_("high"),
    5: N_("very high"),
}

DONE: dict[str, str] = {
    **{action.key: action.done for action in ACTIONS if action.done},
    **{f"child-{action.key}": action.done_to_child for action in ACTIONS if action.done_to_child},
    "read": N_("The notices have been marked as read."),
    "preferences": N_("Your preferences have been saved."),
}
"""What is said after an action."""

BULK: dict[str, str] = {action.path: action.in_bulk for action in ACTIONS if action.in_bulk}
"""What can be done to many tickets at once, as the buttons say it."""

ACTION_NAMES: dict[str, str] = {action.key: action.label for action in ACTIONS if action.label}
"""What the forms of a ticket's page are called; those with `my-` are the requester's."""

LINK_KINDS: dict[str, str] = {
    "related": N_("same matter"),
    "duplicate": N_("duplicate"),
}
"""What a ticket has to do with one that it is linked to."""

CHILD_NEWS: dict[str, str] = {
    "opened": N_("Request to another office"),
    "returned": N_("Sent back by the other office"),
    "question": N_("Question from the other office"),
    "answer": N_("Answer from the other office"),
    "outcome": N_("Outcome from the other office"),
    "withdrawn": N_("Request to the other office withdrawn"),
    "merged": N_("The other office merged it into another ticket"),
    "reopened": N_("The other office reopened it"),
}
"""What an article `child` tells, said at the parent."""

STEP_STATES: dict[str, str] = {
    "waiting": N_("not started yet"),
    "open": N_("in progress"),
    "successful": N_("ended successfully"),
    "unsuccessful": N_("ended unsuccessfully"),
    "skipped": N_("not needed"),
    "cancelled": N_("cancelled"),
}
"""Where a step of a recipe stands."""

STEP_ICONS: dict[str, str] = {
    "waiting": "it-clock",
    "open": "it-pencil",
    "successful": "it-check-circle",
    "unsuccessful": "it-close-circle",
    "skipped": "it-arrow-right",
    "cancelled": "it-minus-circle",
}
"""The sign beside the state of a step."""

RUN_STATES: dict[str, str] = {
    "running": N_("It continues by itself."),
    "asking": N_("A step ended unsuccessfully: the owner of the ticket decides how to continue."),
    "stopped": N_("It was stopped."),
    "done": N_("All steps have ended."),
}
"""Where a recipe as a whole stands."""

NOTICES: dict[str, str] = {
    "created": N_("A new ticket has arrived"),
    "taken": N_("A ticket was taken"),
    "question": N_("The requester was asked a question"),
    "requester_replied": N_("The requester replied"),
    "note": N_("An internal note was added"),
    "owner_changed": N_("A ticket has a new owner"),
    "released": N_("A ticket was released because its operator may no longer work on it"),
    "responsible_changed": N_("A ticket has a new person responsible"),
    "moved": N_("A ticket has moved to another queue"),
    "child": N_("Update on a request to another office"),
    "closed": N_("A ticket was closed"),
    "reopened": N_("A ticket was reopened"),
    "due": N_("A postponed ticket is open again"),
    "undelivered": N_("An email was not delivered"),
    "changed": N_("A ticket was changed"),
}
"""What operators are told of."""

NOTICE_STATES: dict[str, str] = {
    "told": N_("by the bell"),
    "digest": N_("by the bell, waits for the digest"),
    "queued": N_("email waiting to be sent"),
    "sending": N_("email being sent"),
    "sent": N_("email sent"),
    "uncertain": N_("email sent, but not confirmed"),
    "delayed": N_("email delayed, will be tried again"),
    "failed": N_("email not delivered"),
    "resent": N_("email sent again"),
}
"""How a notice came to its operator."""

RHYTHMS: dict[str, str] = {
    "each": N_("one email for each notice"),
    "digest": N_("one email a day with all notices"),
    "none": N_("no email: only the bell on these pages"),
}
"""How notices come by mail."""

EXPLANATIONS: dict[str, str] = {
    "new": N_("The office has received your request; nobody is working on it yet."),
    "open": N_("Your request is being handled."),
    "waiting_requester": N_("The office has asked you something: answer below."),
    "waiting_children": N_(
        "The office has asked another office about your request and is waiting for its answer."
    ),
    "returned": N_("The office is checking again who can answer your request."),
    "postponed": N_("The office has postponed your request to a later date."),
    "closed_successful": N_("Your request is closed: the last message is the answer."),
    "closed_unsuccessful": N_(
        "Your request is closed, but it could not be fulfilled: the last message says why."
    ),
    "withdrawn": N_("You have withdrawn this request."),
    "merged": N_("This request has been merged with another one."),
}
"""Where a request stands, said to who made it."""

EXPLANATIONS_TO_OTHERS: dict[str, str] = {
    "new": N_("The office has received the request; nobody is working on it yet."),
    "open": N_("The request is being handled."),
    "waiting_requester": N_(
        "The office has asked the requester a question and is waiting for the answer."
    ),
    "waiting_children": N_(
        "The office has asked another office about the request and is waiting for its answer."
    ),
    "returned": N_("The office is checking again who can answer the request."),
    "postponed": N_("The office has postponed the request to a later date."),
    "closed_successful": N_("The request is closed: the last message is the answer."),
    "closed_unsuccessful": N_(
        "The request is closed, but it could not be fulfilled: the last message says why."
    ),
    "withdrawn": N_("The requester has withdrawn this request."),
    "merged": EXPLANATIONS["merged"],
}
"""Where a request stands, said to those whom it is shared with."""
