"""A desk with a form that has a question of every kind, and forms that are not for everybody or not
always open.
"""

from typing import Any

from shared.contracts.desk import Desk, Form


def make_text(text: str) -> dict[str, str]:
    return {"it": f"{text} (it)", "en": text}


def make_form(*fields: dict[str, Any], **changes: Any) -> Form:
    """A form with subject, description and `fields`."""
    every = [
        {"name": "subject", "type": "text", "label": make_text("Subject"), "max_length": 200},
        {
            "name": "description",
            "type": "textarea",
            "label": make_text("Description"),
            "max_length": 10000,
        },
    ]
    described = {
        "title": make_text("Title"),
        "description": make_text("About"),
        "consent": make_text("I agree"),
    }
    return Form.model_validate({**described, "fields": [*every, *fields], **changes})


def make_field(name: str, kind: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "label": make_text(name.capitalize()), **changes}


EVERY_KIND = make_form(
    make_field(
        "matricola",
        "text",
        pattern="[0-9]{6,7}",
        pattern_hint=make_text("Six or seven digits."),
        max_length=7,
    ),
    make_field("room", "text", required=False, max_length=10),
    make_field("story", "textarea", required=False, max_length=40),
    make_field("mailbox", "email"),
    make_field("office", "email", required=False, pattern=".*@example[.]edu", max_length=30),
    make_field("amount", "number", required=False, minimum=0, maximum=1000.5),
    make_field("shift", "number", required=False),
    make_field("urgent", "boolean"),
    make_field(
        "place",
        "choice",
        choices=[{"value": v, "label": make_text(v)} for v in ("centro", "polo-nord")],
    ),
    make_field(
        "colour", "choice", required=False, choices=[{"value": "red", "label": make_text("Red")}]
    ),
    priority_rules=[
        {"field": "urgent", "equals": True, "priority": 4},
        {"field": "shift", "equals": 1, "priority": 1},
        {"field": "place", "equals": "polo-nord", "priority": 5},
    ],
)

GOOD: dict[str, Any] = {
    "subject": "A title",
    "description": "One\ntwo",
    "matricola": "123456",
    "mailbox": "someone@example.edu",
    "urgent": False,
    "place": "centro",
    "consent": True,
}
"""Right answers to EVERY_KIND."""


def make_desk(**forms: Form) -> Desk:
    """A desk with `forms`, or with one of each sort."""
    sorts = {
        "every-kind": EVERY_KIND,
        "simple": make_form(),
        "with-login": make_form(login=True),
        "for-students": make_form(audience=["student"]),
        "not-yet": make_form(opens_at="2999-01-01"),
        "over": make_form(closes_at="2001-01-01"),
        "clashing": make_form(
            make_field("name", "text", required=False), make_field("origin", "text", required=False)
        ),
    }
    return Desk.model_validate(
        {
            "name": make_text("University"),
            "mail_from": "desk@example.edu",
            "default_queue": "all",
            "groups": {"all": {"title": make_text("All")}},
            "queues": {"all": {"title": make_text("All"), "level": 1, "group": "all"}},
            "operators": {
                "anna.ferri": {
                    "name": "Anna Ferri",
                    "email": "anna.ferri@example.edu",
                    "rights": {"all": ["rw"]},
                }
            },
            "forms": {slug: form.model_dump() for slug, form in (forms or sorts).items()},
        }
    )
