"""A small desk for the unit tests of tickets: two first-level queues, a second level, and operators
with every kind of right.
"""

from shared.contracts.desk import (
    Desk,
    Form,
    FormField,
    Group,
    Operator,
    Person,
    Policies,
    QueueDescription,
    Right,
    Rule,
    RuleConditions,
    Text,
)
from shared.contracts.people import Requester

GIULIA = Requester(
    identity="giulia.neri",
    name="Giulia Neri",
    email="giulia.neri@studenti.example.edu",
    affiliation="student",
)


def make_text(words: str) -> Text:
    """Return the same words in both languages."""
    return Text(it=words, en=words)


def make_desk(
    *,
    reopen: str = "reopen",
    rights: dict[str, dict[str, tuple[Right, ...]]] | None = None,
    timezone: str = "Europe/Rome",
) -> Desk:
    """Return the desk; `rights` replaces those of single operators."""
    given: dict[str, dict[str, tuple[Right, ...]]] = {
        "anna.ferri": {"urp": ("rw",), "carriere": ("move_into",)},
        "bruno.galli": {"urp": ("rw",)},
        "carla.monti": {"carriere": ("rw",)},
        "ivo.santi": {"urp": ("ro", "note")},
        "rita.vera": {"urp": ("owner",)},
        "dora.ponti": {"urp": ("create", "move_into")},
        "luisa.villa": {"urp": ("rw",), "carriere": ("rw",), "ict": ("rw",)},
    }
    given |= rights or {}
    return Desk(
        name=make_text("Esempio"),
        timezone=timezone,
        mail_from="desk@example.edu",
        default_queue="ict",
        policies=Policies.model_validate({"reopen": reopen}),
        groups={name: Group(title=make_text(name)) for name in ("urp", "carriere", "ict")},
        queues={
            "studenti": QueueDescription(
                title=make_text("Segreterie studenti"), level=1, group="urp"
            ),
            "studenti/carriere": QueueDescription(
                title=make_text("Ufficio carriere"), level=2, group="carriere"
            ),
            "ict": QueueDescription(title=make_text("Supporto informatico"), level=1, group="ict"),
        },
        operators={
            identity: Operator(
                name=identity.replace(".", " ").title(),
                email=f"{identity}@example.edu",
                rights=groups,
            )
            for identity, groups in given.items()
        },
        rules=(
            Rule(
                name="careers",
                when=RuleConditions(escalated_from="studenti", child=False),
                queue="studenti/carriere",
            ),
            Rule(
                name="children",
                when=RuleConditions(escalated_from="studenti", child=True),
                queue="ict",
            ),
        ),
        people={
            "giulia.neri": Person(name="Giulia Neri", email=GIULIA.email, affiliation="student")
        },
        forms={
            "tasse": Form(
                title=make_text("Tasse"),
                description=make_text("Tasse"),
                consent=make_text("Consento"),
                fields=(
                    FormField(name="subject", type="text", label=make_text("Oggetto")),
                    FormField(name="description", type="textarea", label=make_text("Descrizione")),
                ),
            )
        },
    )


def make_operator(identity: str) -> Requester:
    """Return an operator of the desk as the caller of a command."""
    return Requester(
        identity=identity,
        name=identity.replace(".", " ").title(),
        email=f"{identity}@example.edu",
        affiliation="staff",
    )
