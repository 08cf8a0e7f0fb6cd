"""Tickets and searches that both databases must answer alike, for the tests of the portal."""

from dataclasses import dataclass
from typing import Any

from shared.contracts.events.base import Event
from shared.contracts.events.merging import TicketMerged, TicketMergeUndone
from shared.contracts.events.tickets import TicketAnswered, TicketNoted
from shared.contracts.people import Requester
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import ANNA, make_article, make_created, make_number, make_state
from tests.factories.portal_sharing import HUGO, make_shared

SOREN = Requester(
    identity="soren.lo", name="Søren Łódź-D’Amico", email="soren.lo@physik.uni-köln.example"
)
NUMBER = make_number(1)


def make_library() -> list[Event]:
    """Return the events of some tickets whose words are searched for; numbers are counters.

    1 studenti: an answer and a note; 2 ict, of Søren; 3 studenti, merged into 4; 5 studenti, shared
    with Hugo; 6 merged into 7 and taken apart again; 8 a child; 9 without anything special; 10 has
    a very long text; 11 merged into 12, both shared with Hugo; 13 merged into 14, of which Hugo has
    only the latter.
    """
    exam: dict[str, Any] = {
        "subject": "L’esame perche\u0301 manca",
        "fields": {"description": "Il libretto è vuoto", "corso": "Économie", "anno": 2026},
    }
    first: dict[str, Any] = {
        "subject": "Prima domanda",
        "fields": {"description": "Cercasi ornitorinco"},
    }
    grant: dict[str, Any] = {
        "subject": "Borsa",
        "fields": {"description": "Condivisa", "segreto": "parolachiave"},
    }
    apart: dict[str, Any] = {"fields": {"description": "Separata"}}
    answer = make_article("answer", counter=1, body="Verbalizzato dall'ufficio")
    note = make_article("note", counter=1, body="Segretissimo")
    child: dict[str, Any] = {
        "queue": "studenti/carriere",
        "parent": make_number(9),
        "parent_id": derived_id("ticket", 9),
    }
    return [
        make_created(1, **exam),
        TicketAnswered(ticket=make_state(1, version=2, **exam), actor=ANNA, articles=(answer,)),
        TicketNoted(ticket=make_state(1, version=3, **exam), actor=ANNA, articles=(note,)),
        make_created(
            2,
            queue="ict",
            subject="Il WI‑FI non va",
            requester=SOREN,
            fields={"sede": "polo-nord", "importo": 987.5},
        ),
        make_created(3, **first),
        make_created(4, subject="Seconda domanda", fields={"description": "Cercasi dromedario"}),
        make_merged(3, 4, **first),
        make_created(5, **grant),
        make_shared(5, HUGO, **grant),
        make_created(6, **apart),
        make_created(7, fields={"description": "Rimasta"}),
        make_merged(6, 7, **apart),
        TicketMergeUndone(
            ticket=make_state(6, version=3, **apart),
            actor=ANNA,
            changes={"merged_into": (make_number(7), None)},
            other=make_number(7),
            other_id=derived_id("ticket", 7),
        ),
        make_created(8, fields={"description": "Figliola"}, **child),
        make_created(9, fields={"description": "Madre", "matricola": "765432", "rata": "r1"}),
        make_created(10, fields={"description": "parole " * 2800 + "ultima"}),
        *make_created_and_merged(11, 12, "Tricheco", "Lontra", are_both_shared=True),
        *make_created_and_merged(13, 14, "Faina donnola", "Tasso", are_both_shared=False),
    ]


def make_created_and_merged(
    counter: int, into: int, text: str, other: str, *, are_both_shared: bool
) -> list[Event]:
    """Return the events of two tickets of which the first was merged into the other one, which was
    shared with Hugo.
    """
    first, second = (dict[str, Any](fields={"description": each}) for each in (text, other))
    readers: dict[str, Any] = {"shared_with": (HUGO,)} if are_both_shared else {}
    return [
        make_created(counter, **first),
        make_created(into, **second),
        make_shared(into, HUGO, **second),
        make_merged(counter, into, **first, **readers),
    ]


def make_merged(counter: int, into: int, **facts: Any) -> TicketMerged:
    """Return the event by which ticket `counter` was merged into `into`."""
    gone = {
        "state": "merged",
        "merged_into": make_number(into),
        "merged_into_id": derived_id("ticket", into),
    }
    ticket = make_state(counter, version=2, **gone, **facts)
    return TicketMerged(
        ticket=ticket, actor=ANNA, into=make_number(into), into_id=derived_id("ticket", into)
    )


@dataclass(frozen=True, slots=True)
class Searched:
    """A search by an operator, or (`own`) among their own requests, and the counters of the tickets
    it finds.
    """

    who: str
    words: str
    found: list[int]
    own: bool = False


ALL = "luisa.villa"
SEARCHES = [
    *(
        Searched(ALL, words, [9])
        for words in ("r1", "acconto INIZIALE", "first instal", "madre acconto")
    ),
    *(
        Searched(ALL, words, [1])
        for words in (
            NUMBER,
            f"[Ticket#{NUMBER}]",
            f"#{NUMBER}",
            f"  Re: AW: [Ticket#{NUMBER}] L'esame perché manca",
            f"ticket n. {NUMBER}",
            "2026 0928 1000 0010",
            "2026.0928.10.00001.0",
            "20260928-10000010",
            "2 0 2 6 0 9 2 8 1 0 0 0 0 0 1 0",
            "\uff12\uff10\uff12\uff16092810000010",
            "202609281000001",
            "esame",
            "ESAM",
            "l'esame",
            "l’esame",
            "l`esame",
            "lesame",
            "L ESAME",
            "perche",
            "perché",
            "PERCHE'",
            "perche\u0301",
            "vuoto libretto",
            "lib vuo esa",
            "économie",
            "economie",
            "verbalizzato",
            "dall’ufficio",
            "segretissimo",
            "segretissimo libretto giulia",
            '"segretissimo" & libretto:*',
            "esa\u00adme",
        )
    ),
    *(
        Searched(ALL, words, [2])
        for words in (
            "wifi",
            "wi-fi",
            "Wi‑Fi",
            "wi fi",
            "soren",
            "Søren",
            "lodz",
            "ŁÓDŹ",
            "d'amico",
            "damico",
            "soren.lo",
            "soren.lo@physik.uni-köln.example",
            "SOREN.LO@physik.uni-koln",
            "lo@physik",
            "physik",
            "uni-koln",
            "polo nord",
            "POLO-NORD",
            "987.5",
        )
    ),
    Searched(ALL, "ornitorinco", [3, 4]),
    Searched(ALL, "ornitorinco dromedario", [4]),
    Searched(ALL, "prima ornitorinco dromedario seconda", [4]),
    Searched(ALL, "dromedario", [4]),
    Searched(ALL, "separata", [6]),
    Searched(ALL, "separata rimasta", []),
    Searched(ALL, "cercasi", [3, 4]),
    Searched(ALL, "ultima", [10]),
    Searched(ALL, "765432", [9]),
    Searched(ALL, "soren.lo@physik.uni-bonn.example", []),
    Searched(ALL, "\u00a7ict", []),
    Searched(ALL, "\u00a7studenti\u00a7carriere", []),
    Searched(ALL, "65432", []),
    Searched(ALL, "giuliano", []),
    Searched(ALL, "studenti.example.edu figliola", [8]),
    Searched(ALL, "figliola", [8]),
    Searched("anna.ferri", "figliola", []),
    Searched("anna.ferri", "soren", []),
    Searched("anna.ferri", "segretissimo", [1]),
    Searched("elena.sala", "segretissimo", []),
    Searched("elena.sala", "sore", [2]),
    Searched(ALL, "", list(range(1, 15))),
    Searched(ALL, " \t\u200b ", list(range(1, 15))),
    *(
        Searched(ALL, words, [])
        for words in (
            "%",
            "_",
            "*",
            '"',
            "'",
            "!!!",
            "--",
            "\\",
            "()",
            "^",
            ":",
            "&|!<->",
            "\U0001f600",
        )
    ),
    *(
        Searched(ALL, words, [])
        for words in (
            "esame OR 1=1 drop",
            '"segretissimo" AND NOT libretto*',
            "NEAR(esame, libretto)",
            "facts:segretissimo",
            "'; drop table words; --",
            "esame:* & !zebra",
            " ".join(f"w{n}" for n in range(60)),
            "a " * 100 + "zebra",
            "x" * 200,
            "'".join("ab" * 60),
        )
    ),
    Searched("giulia.neri", "segretissimo", [], own=True),
    Searched("giulia.neri", "verbalizzato", [1], own=True),
    Searched("giulia.neri", "VERBALIZ libretto esame", [1], own=True),
    Searched("giulia.neri", "economie", [1], own=True),
    Searched("giulia.neri", f"[Ticket#{NUMBER}]", [1], own=True),
    Searched("giulia.neri", "ornitorinco", [3, 4], own=True),
    Searched("giulia.neri", "ornitorinco dromedario", [4], own=True),
    Searched("giulia.neri", "figliola", [], own=True),
    Searched("giulia.neri", "soren", [], own=True),
    Searched("giulia.neri", "parolachiave", [5], own=True),
    Searched("giulia.neri", "%", [], own=True),
    Searched("hugo.marchi", "borsa condivisa", [5], own=True),
    Searched("hugo.marchi", "2026092810000050", [5], own=True),
    Searched("hugo.marchi", "parolachiave borsa", [5], own=True),
    Searched("hugo.marchi", "parolachiave altro", [], own=True),
    Searched("hugo.marchi", "tricheco", [11, 12], own=True),
    Searched("hugo.marchi", "tricheco lontra", [12], own=True),
    Searched("hugo.marchi", "tasso", [14], own=True),
    Searched("hugo.marchi", "tasso faina", [], own=True),
    Searched("hugo.marchi", "donnola", [], own=True),
    Searched("giulia.neri", "tasso faina donnola", [14], own=True),
    Searched("hugo.marchi", "giulia.neri@studenti.example.edu", [], own=True),
    Searched("anna.ferri", "segretissimo", [], own=True),
]


def person(searched: Searched) -> Requester:
    """Return who searches."""
    return make_person(searched.who)
