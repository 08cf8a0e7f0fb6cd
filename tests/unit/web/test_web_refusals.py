"""Every refusal that a service can make has a sentence of its own."""

import ast
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from services.tickets.domain.lifecycle import TRIGGERS as LIFECYCLE_TRIGGERS
from shared.contracts.desk import ALL_RIGHTS
from shared.contracts.events.ticket_state import State
from shared.core.errors import (
    AlreadyMerged,
    CannotUndo,
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    IsAChild,
    MissingRight,
    NotAChild,
    OtherTicketForbids,
    Refusal,
    ReplyRejected,
    StateForbids,
)
from shared.web.errors import problem_of, told_to_people
from shared.web.language import translator
from shared.web.refusals import PROBLEMS, RIGHTS, STATES, TRIGGERS, Names, refusal_sentence

ROOT = Path(__file__).resolve().parents[3]
FACTLESS = [cls for cls in Refusal.__subclasses__() if not fields(cls)]


def problems_raised() -> dict[str, str]:
    """Return each `problem` that a service gives to ImpossibleValue as a literal, and where."""
    found = {}
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "ImpossibleValue"
            ):
                continue
            given = [
                keyword.value for keyword in node.keywords if keyword.arg == "problem"
            ] + node.args[1:2]
            for problem in given:
                if isinstance(problem, ast.Constant):
                    found[str(problem.value)] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def test_every_problem_of_a_value_has_a_sentence() -> None:
    raised = problems_raised()

    assert {problem: place for problem, place in raised.items() if problem not in PROBLEMS} == {}
    assert "unknown_operator" in raised


def test_every_state_and_trigger_has_a_name() -> None:
    by_clock_or_children = {"child_ended", "child_reopened", "due", "expire", "lapse"}

    assert set(get_args(State)) == set(STATES)
    assert set(LIFECYCLE_TRIGGERS) - by_clock_or_children == set(TRIGGERS)


@pytest.mark.parametrize("refusal", [cls() for cls in FACTLESS], ids=lambda refusal: refusal.kind)
def test_every_refusal_without_facts_is_told_in_words(refusal: Refusal) -> None:
    assert refusal_sentence(refusal, translator("en")) != "This is not possible now."


def test_a_refusal_of_a_newer_sender_still_gets_a_sentence() -> None:
    assert (
        refusal_sentence(StateForbids(state="SomethingNew", trigger=""), translator("it"))
        == "Ora non è possibile."
    )


def test_what_only_the_holder_of_the_parent_may_do_is_said_without_the_name_of_a_right() -> None:
    sentence = refusal_sentence(MissingRight("parent_owner"), translator("en"))

    assert sentence == "Only the owner of the parent ticket may do this."


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (
            NotAChild("open", "bounce"),
            (
                "The ticket is open (open): sending it back is not possible now. It is not a child "
                "ticket."
            ),
        ),
        (
            IsAChild("open", "share"),
            "The ticket is open (open): sharing it is not possible now. It is a child ticket.",
        ),
        (
            OtherTicketForbids("returned", "links", "2026092810000025"),
            "The other ticket, 2026092810000025, is returned (returned).",
        ),
        (
            MissingRight("rw", "2026092810000025"),
            "You need the permission “rw” on ticket 2026092810000025, too.",
        ),
        (
            AlreadyMerged("merged", "merge", "2026092810000025"),
            "The ticket was already merged: it goes on as 2026092810000025.",
        ),
        (
            ReplyRejected("closed_successful", "requester_replies", "tasse"),
            "The request is closed successfully (closed_successful) and takes no more replies. "
            "Send a new request with the form: /forms/tasse",
        ),
        (
            ReplyRejected("closed_successful", "requester_replies", None),
            (
                "The request is closed successfully (closed_successful) and takes no more replies. "
                "Send a new request with the form: /forms"
            ),
        ),
        (
            ImpossibleValue("into", "other_requester", "2026092810000025"),
            "2026092810000025 cannot be merged with this ticket: only two requests of one person "
            "who signed in or confirmed "
            "the address can, or two child tickets of one parent. Link the two tickets, or close "
            "several at once from a list.",
        ),
        (
            ImpossibleValue("queue", "no_next_level", "studenti"),
            (
                "No rule leads from “studenti” to another level. Move the ticket or ask another "
                "office."
            ),
        ),
        (
            ImpossibleValue("reason", "taken_over", "anna.ferri"),
            "Say why: the ticket belongs to anna.ferri.",
        ),
        (HeldByNobody("reply", "new"), "The ticket is new (new) and has no owner: take it first."),
        (
            ImpossibleValue("into", "merged_here", "2026092810000025"),
            "2026092810000025 was already merged into this ticket.",
        ),
        (CannotUndo(4, "undone"), "This has already been undone."),
        (
            CannotUndo(4, "not_last"),
            (
                "Only the last merge or move of a ticket can be undone, and another one came after "
                "this."
            ),
        ),
        (CannotUndo(4, "overtaken"), "This can no longer be undone: the ticket has changed since."),
        (
            CannotUndo(4, "queue_closed"),
            "This can no longer be undone: the queue it came from takes no more tickets.",
        ),
        (
            ImpossibleValue("queue", "asks_itself", "studenti"),
            (
                "“studenti” is the queue of this ticket or of one above it: the office would wait "
                "for "
                "itself."
            ),
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Refusal) else "",
)
def test_a_refusal_names_the_true_reason(refusal: Refusal, sentence: str) -> None:
    assert refusal_sentence(refusal, translator("en")) == sentence


NAMES = Names(
    queue={"studenti/tasse": "Ufficio tasse e borse"}.__getitem__,
    person={"anna.ferri": "Anna Ferri"}.__getitem__,
    data={"matricola": "Matricola", "anno": "Anno accademico"}.__getitem__,
    form={"tasse": "Tasse e contributi"}.__getitem__,
)


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (
            StateForbids("closed_successful", "take"),
            "Il ticket è chiuso con successo: ora non è possibile prenderlo in carico.",
        ),
        (
            HeldByNobody("reply", "open"),
            "Il ticket è aperto e non è in carico a nessuno: prima prendilo in carico.",
        ),
        (HeldBySomebodyElse("anna.ferri"), "Il ticket è già in carico a Anna Ferri."),
        (
            OtherTicketForbids("returned", "links", "2026092810000025"),
            "L'altro ticket, 2026092810000025, è restituito.",
        ),
        (MissingRight("rw"), "Per questa operazione serve il permesso «lavorare i ticket»."),
        (
            ImpossibleValue("queue", "same_queue", "studenti/tasse"),
            "Il ticket è già nella coda «Ufficio tasse e borse».",
        ),
        (
            ImpossibleValue("reason", "taken_over", "anna.ferri"),
            "Spiega perché: il ticket è in carico a Anna Ferri.",
        ),
        (
            ImpossibleValue("queue", "needs_data", "matricola, anno"),
            "A questa coda servono dati che il ticket non ha: Matricola, Anno accademico.",
        ),
        (
            ReplyRejected("closed_successful", "requester_replies", "tasse"),
            (
                "La richiesta è chiusa con successo e non accetta altre risposte. Inviane una "
                "nuova "
                "con il modulo: Tasse e contributi"
            ),
        ),
        (
            ReplyRejected("closed_unsuccessful", "requester_replies", None),
            "La richiesta è chiusa senza successo e non accetta altre risposte: inviane una nuova.",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Refusal) else "",
)
def test_people_are_told_in_names_that_they_know(refusal: Refusal, sentence: str) -> None:
    told = told_to_people(problem_of(refusal, translator("it")), translator("it"), NAMES)

    assert told.detail == sentence
    assert [each["message"] for each in told.errors] == (
        [sentence] if isinstance(refusal, ImpossibleValue) else []
    )


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_no_sentence_for_people_has_a_machine_name_in_it(state: str, trigger: str) -> None:
    for refusal in (
        StateForbids(state, trigger),
        HeldByNobody(trigger, state),
        ReplyRejected(state, trigger, None),
    ):
        sentence = refusal_sentence(refusal, translator("it"), Names())

        assert "_" not in sentence
        assert "(" not in sentence


def test_every_right_has_a_name() -> None:
    assert set(RIGHTS) == ALL_RIGHTS


def test_the_kind_of_an_impossible_value_is_told_to_programs() -> None:
    told = problem_of(
        ImpossibleValue("into", "other_requester", "2026092810000025"), translator("en")
    ).to_json()

    assert (told["status"], told["problem"], told["type"]) == (
        422,
        "other_requester",
        "urn:sportello:problem:impossible-value",
    )
