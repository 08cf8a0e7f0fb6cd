"""What things are called on the pages. Every value is an English sentence that the catalogue knows."""

from shared.web.sentences import N_

EVENTS: dict[str, str] = {
    "tickets.ticket.created.v1": N_("Opened"),
    "tickets.ticket.routing-requested.v1": N_("Queue asked for again"),
    "tickets.ticket.queued.v1": N_("Put into a queue"),
    "tickets.ticket.moved.v1": N_("Moved"),
    "tickets.ticket.escalated.v1": N_("Escalated"),
    "tickets.ticket.postponed.v1": N_("Postponed"),
    "tickets.ticket.resumed.v1": N_("Resumed before its time"),
    "tickets.ticket.due.v1": N_("Due again"),
    "tickets.ticket.priority-changed.v1": N_("Priority changed"),
    "tickets.ticket.taken.v1": N_("Taken"),
    "tickets.ticket.assigned.v1": N_("Assigned"),
    "tickets.ticket.released.v1": N_("Released"),
    "tickets.ticket.released-by-system.v1": N_("Released by the system"),
    "tickets.ticket.responsible-changed.v1": N_("Responsible changed"),
    "tickets.ticket.question-asked.v1": N_("Requester asked"),
    "tickets.ticket.answered.v1": N_("Requester answered"),
    "tickets.ticket.requester-replied.v1": N_("The requester replied"),
    "tickets.ticket.noted.v1": N_("Internal note added"),
    "tickets.ticket.linked.v1": N_("Linked to another ticket"),
    "tickets.ticket.unlinked.v1": N_("Link taken away"),
    "tickets.ticket.notified.v1": N_("Notice sent to the requester"),
    "tickets.ticket.closed.v1": N_("Closed"),
    "tickets.ticket.reopened.v1": N_("Reopened"),
    "tickets.ticket.withdrawn.v1": N_("Withdrawn"),
    "tickets.ticket.forwarded.v1": N_("Forwarded to an outside address"),
    "tickets.ticket.watchers-changed.v1": N_("Watchers changed"),
    "tickets.ticket.shared.v1": N_("Shared with somebody"),
    "tickets.ticket.unshared.v1": N_("No longer shared with somebody"),
    "tickets.ticket.reminded.v1": N_("Requester reminded of the question"),
    "tickets.ticket.expired.v1": N_("Closed because nobody answered"),
    "tickets.ticket.move-undone.v1": N_("Move taken back"),
    "tickets.ticket.child-opened.v1": N_("Child ticket opened"),
    "tickets.ticket.child-reported.v1": N_("News from a child ticket"),
    "tickets.ticket.bounced.v1": N_("Sent back"),
    "tickets.ticket.resent.v1": N_("Completed and sent again"),
    "tickets.ticket.run-decided.v1": N_("Decided how the recipe goes on"),
    "tickets.ticket.requester-confirmed.v1": N_("Requester's address confirmed"),
    "tickets.ticket.link-asked.v1": N_("Link to the request asked for again"),
    "tickets.ticket.merged.v1": N_("Merged into another ticket"),
    "tickets.ticket.absorbed.v1": N_("Another ticket merged into this one"),
    "tickets.ticket.merge-undone.v1": N_("Merge taken back"),
}
"""The changes of a ticket's history; of one that is not here its own name is shown."""

REASONS: frozenset[str] = frozenset(
    {
        N_("The owner is no longer an operator of this desk."),
        N_("The owner may no longer work this queue."),
        N_("The responsible may no longer see this queue."),
        N_("Neither the owner may work this queue any more, nor the responsible see it."),
    }
)
"""The reasons that the system itself gives for a change; they are translated, what people wrote is not."""

FIELDS: dict[str, str] = {
    "state": N_("State"),
    "queue": N_("Queue"),
    "owner": N_("Held by"),
    "responsible": N_("Responsible"),
    "last_owner": N_("Held before by"),
    "closed_by": N_("Closed by"),
    "priority": N_("Priority"),
    "parent": N_("Parent ticket"),
    "children": N_("Child tickets"),
    "links": N_("Linked tickets"),
    "watchers": N_("Watched by"),
    "shared_with": N_("Shared with"),
    "merged_into": N_("Goes on in"),
    "absorbed": N_("Merged into this one"),
    "postponed_until": N_("Put off until"),
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
    "take": N_("You have taken the ticket."),
    "release": N_("The ticket is back in its queue."),
    "assign": N_("The ticket is assigned."),
    "responsible": N_("The responsible has changed."),
    "move": N_("The ticket has moved to the other queue."),
    "escalate": N_("The ticket is on its way to the next level."),
    "postpone": N_("The ticket is put off; it comes back by itself."),
    "resume": N_("The ticket is open again."),
    "priority": N_("The priority has changed."),
    "reply": N_("The reply is on its way to the requester."),
    "ask": N_("The question is on its way to the requester."),
    "note": N_("The note is added."),
    "close": N_("The ticket is closed; the final answer is on its way to the requester."),
    "reopen": N_("The ticket is open again."),
    "children": N_("The request to the other office is on its way; this ticket waits for it."),
    "bounce": N_("The ticket has gone back to who opened it."),
    "resend": N_("The request is completed and on its way to the office again."),
    "withdraw": N_("The request to the other office is taken back."),
    "decide": N_("Your decision is kept; the recipe follows it."),
    "forward": N_("The text is on its way to the outside address."),
    "merge": N_("The two tickets are one now."),
    "links": N_("The tickets are linked."),
    "unlink": N_("The link is taken away."),
    "watch": N_("You are told of what happens to this ticket."),
    "unwatch": N_("You are no longer told of what happens to this ticket."),
    "share": N_("The ticket is shared with this person."),
    "unshare": N_("The ticket is no longer shared with this person."),
    "undo": N_("The change is taken back."),
    "read": N_("The notices are marked as read."),
    "preferences": N_("Your choice is kept."),
    "child-reply": N_("Your message is on its way to the other office."),
    "child-ask": N_("The question is on its way to the office that asks; this ticket waits for the answer."),
    "child-close": N_("The ticket is closed; the outcome is on its way to the office that asks."),
    "my-reply": N_("Your message has reached the office."),
    "my-withdraw": N_("The request is withdrawn."),
    "my-share": N_("The request is shared with this person."),
    "my-unshare": N_("The request is no longer shared with this person."),
}
"""What is said after an action."""

LINK_KINDS: dict[str, str] = {
    "related": N_("it is about the same matter"),
    "duplicate": N_("it asks the same"),
}
"""What a ticket has to do with one that it is linked to."""

CHILD_NEWS: dict[str, str] = {
    "opened": N_("Request to another office"),
    "returned": N_("Sent back by the other office"),
    "question": N_("Question of the other office"),
    "answer": N_("Answer of the other office"),
    "outcome": N_("Outcome from the other office"),
    "withdrawn": N_("Request to the other office taken back"),
    "merged": N_("The other office merged it into another ticket"),
    "reopened": N_("The other office opened it again"),
}
"""What an article `child` tells, said at the parent."""

STEP_STATES: dict[str, str] = {
    "waiting": N_("not begun yet"),
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
    "running": N_("It goes on by itself."),
    "asking": N_("A step ended unsuccessfully: the operator of the ticket decides how it goes on."),
    "stopped": N_("It was stopped."),
    "done": N_("All steps have ended."),
}
"""Where a recipe as a whole stands."""

NOTICES: dict[str, str] = {
    "created": N_("A ticket has arrived"),
    "taken": N_("A ticket was taken"),
    "question": N_("The requester was asked something"),
    "requester_replied": N_("The requester replied"),
    "note": N_("An internal note was added"),
    "owner_changed": N_("A ticket has another operator"),
    "released": N_("A ticket was released because its operator may no longer work it"),
    "responsible_changed": N_("A ticket has another responsible"),
    "moved": N_("A ticket has moved to another queue"),
    "child": N_("News between a ticket and another office"),
    "closed": N_("A ticket was closed"),
    "reopened": N_("A ticket is open again"),
    "due": N_("A ticket that was put off is due"),
    "changed": N_("A ticket was changed"),
}
"""What operators are told of."""

NOTICE_STATES: dict[str, str] = {
    "told": N_("by the bell"),
    "digest": N_("by the bell, waits for the digest"),
    "queued": N_("mail waiting to be sent"),
    "sending": N_("mail being sent"),
    "sent": N_("mail sent"),
    "uncertain": N_("mail sent, but not confirmed"),
    "delayed": N_("mail delayed, will be tried again"),
    "failed": N_("mail not delivered"),
    "resent": N_("mail sent again"),
}
"""How a notice came to its operator."""

RHYTHMS: dict[str, str] = {
    "each": N_("one mail for each notice"),
    "digest": N_("one mail a day with all notices"),
    "none": N_("no mail: only the bell on these pages"),
}
"""How notices come by mail."""

EXPLANATIONS: dict[str, str] = {
    "new": N_("The office has received your request; nobody has begun to work on it yet."),
    "open": N_("Somebody at the office is working on your request."),
    "waiting_requester": N_("The office has asked you something: answer below."),
    "waiting_children": N_("The office has asked another office about your request and waits for it."),
    "returned": N_("The office is looking again at who can answer your request."),
    "postponed": N_("The office has put your request off to a later date."),
    "closed_successful": N_("Your request is closed: the last message is the answer."),
    "closed_unsuccessful": N_("Your request is closed, but it could not be fulfilled: the last message says why."),
    "withdrawn": N_("You have withdrawn this request."),
    "merged": N_("This request goes on together with another one."),
}
"""Where a request stands, said to who made it."""

EXPLANATIONS_TO_OTHERS: dict[str, str] = {
    "new": N_("The office has received the request; nobody has begun to work on it yet."),
    "open": N_("Somebody at the office is working on the request."),
    "waiting_requester": N_("The office has asked who made the request something and waits for the answer."),
    "waiting_children": N_("The office has asked another office about the request and waits for it."),
    "returned": N_("The office is looking again at who can answer the request."),
    "postponed": N_("The office has put the request off to a later date."),
    "closed_successful": N_("The request is closed: the last message is the answer."),
    "closed_unsuccessful": N_("The request is closed, but it could not be fulfilled: the last message says why."),
    "withdrawn": N_("Who made this request has withdrawn it."),
    "merged": EXPLANATIONS["merged"],
}
"""Where a request stands, said to those whom it is shared with."""
