"""The example desk's queues and people, as its promises to users name them, for the tests of the
portal.
"""

from shared.contracts.desk import (
    Choice,
    Desk,
    Form,
    FormField,
    Group,
    Operator,
    Person,
    QueueDescription,
    Right,
    Rule,
    RuleConditions,
    Text,
)
from shared.contracts.people import Requester

_QUEUES: dict[str, tuple[str, str, int, str]] = {
    "studenti": ("Segreterie studenti", "Student offices", 1, "urp"),
    "studenti/carriere": ("Ufficio carriere", "Student records", 2, "carriere"),
    "studenti/tasse": ("Ufficio tasse e borse", "Fees and grants", 2, "tasse"),
    "ict": ("Supporto informatico", "IT support", 1, "ict"),
    "ict/identita": ("Identità digitale", "Digital identity", 2, "identita"),
    "ict/rete": ("Reti", "Networks", 2, "rete"),
    "ict/rete/wifi": ("Wi-Fi nelle sedi", "Wi-Fi on campus", 3, "rete"),
    "biblioteche": ("Biblioteche", "Libraries", 1, "biblioteche"),
    "internazionale": ("Mobilità internazionale", "International mobility", 1, "internazionale"),
    "aule": ("Aule e spazi", "Rooms and spaces", 1, "aule"),
}
_GROUPS = (
    "urp",
    "carriere",
    "tasse",
    "ict",
    "identita",
    "rete",
    "biblioteche",
    "internazionale",
    "aule",
)
_RIGHTS: dict[str, dict[str, tuple[Right, ...]]] = {
    "anna.ferri": {"urp": ("rw",), "carriere": ("move_into",), "tasse": ("move_into",)},
    "bruno.galli": {"urp": ("rw",), "carriere": ("move_into",), "tasse": ("move_into",)},
    "carla.monti": {"carriere": ("rw",)},
    "dario.riva": {"tasse": ("rw",), "urp": ("ro",)},
    "elena.sala": {"ict": ("rw",), "identita": ("move_into",), "rete": ("move_into",)},
    "fabio.conti": {"ict": ("rw",), "identita": ("move_into",), "rete": ("move_into",)},
    "nadia.serra": {"internazionale": ("rw",)},
    "oreste.bruni": {"biblioteche": ("rw",), "aule": ("rw",)},
    "gaia.leoni": {"rete": ("rw",), "identita": ("rw",)},
    "ivo.santi": {"urp": ("ro", "note")},
    "luisa.villa": dict.fromkeys(_GROUPS, ("rw",)),
}
_PEOPLE = {
    "giulia.neri": Person(
        name="Giulia Neri", email="giulia.neri@studenti.example.edu", affiliation="student"
    ),
    "hugo.marchi": Person(name="Hugo Marchi", email="hugo.marchi@example.edu", affiliation="staff"),
}


def make_example_desk(**changes: object) -> Desk:
    """Return the desk; `changes` replaces fields of it."""
    facts: dict[str, object] = {
        "name": _both("Università di Esempio"),
        "mail_from": "sportello@example.edu",
        "default_queue": "ict",
        "groups": {name: Group(title=_both(name)) for name in _GROUPS},
        "rules": tuple(
            Rule(
                name=f"Escalation: {above}", when=RuleConditions(escalated_from=above), queue=below
            )
            for above, below in (
                ("studenti", "studenti/carriere"),
                ("ict", "ict/rete"),
                ("ict/rete", "ict/rete/wifi"),
            )
        ),
        "queues": {
            slug: QueueDescription(title=Text(it=it, en=en), level=level, group=group)
            for slug, (it, en, level, group) in _QUEUES.items()
        },
        "operators": {
            identity: Operator(name=_name(identity), email=f"{identity}@example.edu", rights=rights)
            for identity, rights in _RIGHTS.items()
        },
        "people": _PEOPLE,
        "forms": {
            "tasse": Form(
                title=_both("Tasse"),
                description=_both("Tasse"),
                consent=_both("Consento"),
                fields=(
                    FormField(name="subject", type="text", label=_both("Oggetto")),
                    FormField(name="description", type="textarea", label=_both("Descrizione")),
                    FormField(
                        name="rata",
                        type="choice",
                        label=_both("Rata"),
                        required=False,
                        choices=(
                            Choice(
                                value="r1", label=Text(it="Acconto iniziale", en="First instalment")
                            ),
                        ),
                    ),
                ),
            )
        },
    }
    return Desk.model_validate(facts | changes)


def make_person(identity: str) -> Requester:
    """Return somebody of the desk as the person who calls."""
    person = _PEOPLE.get(identity)
    if person is not None:
        return Requester(
            identity=identity, name=person.name, email=person.email, affiliation=person.affiliation
        )
    return Requester(
        identity=identity,
        name=_name(identity),
        email=f"{identity}@example.edu",
        affiliation="staff",
    )


def _name(identity: str) -> str:
    return identity.replace(".", " ").title()


def _both(words: str) -> Text:
    return Text(it=words, en=words)
