"""A ticket in Anna's hands, its children and what is told of them, as the pages of the portal show
it.
"""

from datetime import timedelta
from typing import Any

from shared.contracts.desk import Recipe, RecipeStep, Text
from shared.contracts.events.families import TicketChildOpened, TicketChildReported
from shared.contracts.events.notify import NoticesRaised
from shared.contracts.events.ticket_state import (
    AboutChild,
    Article,
    ChildNews,
    Run,
    RunState,
    State,
    Step,
)
from shared.contracts.events.tickets import TicketCreated
from shared.contracts.people import Actor
from shared.core.ids import derived_id
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_number,
    make_state,
)

DARIO = Actor(identity="dario.riva", name="Dario Riva")
PARENT, CHILD = make_number(1), make_number(2)
CHILD_ACTIONS = {
    "take": "right:rw&unheld",
    "requester_replies": "parent_owner",
    "bounce": "owner|right:rw&unheld",
    "withdraw": "parent_owner",
    "note": "right:note",
}
RETURNED_ACTIONS = {"resend": "parent_owner", "withdraw": "parent_owner", "note": "right:note"}


def make_parent(
    *, version: int = 3, children: tuple[str, ...] = (CHILD,), **changes: Any
) -> TicketChildOpened:
    """Return the event by which ticket 1, Anna's, waits for its newest child."""
    held: dict[str, Any] = {
        "state": "waiting_children",
        "owner": "anna.ferri",
        "responsible": "anna.ferri",
        "actions": OPEN_ACTIONS | {"open_child": "owner"},
        "children": children,
    }
    about = AboutChild(number=children[-1], news="opened", state="new")
    return TicketChildOpened(
        ticket=make_state(1, version=version, **(held | changes)),
        actor=ANNA,
        articles=(make_about_child(about, "Verificate la rata"),),
        child_id=derived_id("ticket", 2),
        child=children[-1],
    )


def make_child(
    counter: int = 2, *, version: int = 1, articles: tuple[Article, ...] = (), **changes: Any
) -> TicketCreated:
    """Return the event of a child of ticket 1: new, in `studenti/tasse`."""
    facts: dict[str, Any] = {
        "parent_id": derived_id("ticket", 1),
        "parent": PARENT,
        "queue": "studenti/tasse",
        "subject": "Verifica rata",
        "request_type": None,
        "fields": {"matricola": "123456"},
        "actions": CHILD_ACTIONS,
    }
    ticket = make_state(counter, version=version, **(facts | changes))
    return TicketCreated(ticket=ticket, actor=ANNA, articles=articles, request_id=None)


def make_report(
    news: ChildNews, state: State, body: str, *, version: int = 4, **changes: Any
) -> TicketChildReported:
    """Return the event by which ticket 1 hears of its child."""
    parent = make_parent(version=version, **changes).ticket
    article = make_about_child(AboutChild(number=CHILD, news=news, state=state), body, author=DARIO)
    return TicketChildReported(
        ticket=parent,
        actor=DARIO,
        articles=(article,),
        child_id=derived_id("ticket", 2),
        child=CHILD,
        news=news,
    )


def make_about_child(
    about: AboutChild, body: str, *, author: Actor = ANNA, passes_up: bool = False
) -> Article:
    """Return an article `child`, which only operators read; at the child itself (`passes_up`) who
    stands above reads it, too.
    """
    article = make_article("child", body=body, author=author, at=MORNING)
    return article.model_copy(update={"child": about, "visible_to_requester": passes_up})


def make_run(state: RunState, *steps: Step) -> Run:
    """Return a run of a recipe with the steps `carriera` and `tasse`, one after the other."""
    recipe = Recipe(
        title=Text(it="Controlli", en="Checks"),
        steps=(
            RecipeStep(
                name="carriera",
                title=_both("Controllo carriera"),
                queue="studenti/carriere",
                text=_both("Controlla"),
            ),
            RecipeStep(
                name="tasse",
                title=_both("Controllo tasse"),
                queue="studenti/tasse",
                text=_both("Controlla"),
                after=("carriera",),
            ),
        ),
    )
    return Run(id=derived_id("run", 1), recipe=recipe, state=state, steps=steps)


def make_notice(counter: int, *, operator: str = "bruno.galli", **changes: Any) -> NoticesRaised:
    """Return what an operator is told of ticket `counter`; `changes` replaces facts of the
    notice.
    """
    facts: dict[str, Any] = {
        "notice_id": derived_id("notice", counter, operator),
        "version": 1,
        "ticket_id": derived_id("ticket", counter),
        "ticket_version": 1,
        "number": make_number(counter),
        "operator": operator,
        "kind": "created",
        "actor": ANNA,
        "state": "told",
        "at": MORNING + timedelta(minutes=counter),
    }
    return NoticesRaised.model_validate({"notices": [facts | changes]})


def _both(words: str) -> Text:
    return Text(it=words, en=words)
