"""Cross checks of conditions on answers, in rules and in recipes: the field is asked for, and an
answer can be what it is compared with.
"""

from collections.abc import Sequence

from services.routing.desk_file.checks_forms import NO_ANSWERS, expected_value
from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import Loc, shown
from shared.contracts.desk import FieldCondition, FormField
from shared.policy.conditions import number_in

_ORDERING = frozenset({">=", "<=", ">", "<"})


def check_conditions(
    conditions: Sequence[FieldCondition], fields: Sequence[FormField], loc: Loc, findings: Findings
) -> None:
    """Check the `conditions` at `loc` against the `fields` of all forms in question; of several
    with a name, one that fits is enough.
    """
    names = {field.name for field in fields} - NO_ANSWERS
    for index, condition in enumerate(conditions):
        at = (*loc, index)
        meant = [field for field in fields if field.name == condition.field]
        if condition.field in NO_ANSWERS:
            findings.no_answer((*at, "field"), condition.field, names)
        elif meant:
            _check_value(condition, meant, at, findings)
        else:
            findings.unknown(
                (*at, "field"), "field", condition.field, names, section="forms", of_any=True
            )


def _check_value(
    condition: FieldCondition, fields: list[FormField], loc: Loc, findings: Findings
) -> None:
    value, operator = condition.value, condition.operator
    if operator == "present":
        if not (value is None or isinstance(value, bool)):
            findings.mistake(
                (*loc, "value"),
                found=shown(value),
                expected="no value, or true or false, for the operator present",
            )
        return
    if value is None:
        found = f"the operator {operator} without a value"
        findings.mistake(loc, found=found, expected="a value to compare with")
    elif operator == "in":
        if not isinstance(value, tuple) or not value:
            found = "an empty list" if isinstance(value, tuple) else shown(value)
            findings.mistake(
                (*loc, "value"), found=found, expected="a list of values for the operator in"
            )
            return
        for index, item in enumerate(value):
            _check_answer(fields, item, (*loc, "value", index), findings)
    elif isinstance(value, tuple):
        findings.mistake(
            (*loc, "value"),
            found="a list",
            expected=f"one value for the operator {operator} (a list goes with in)",
        )
    elif operator in _ORDERING:
        if all(field.type in ("boolean", "choice") for field in fields):
            found = (
                f'the operator {operator} for field "{condition.field}" of type {fields[0].type}'
            )
            findings.mistake((*loc, "operator"), found=found, expected="one of ==, !=, in, present")
        elif number_in(value) is None:
            findings.mistake(
                (*loc, "value"),
                found=shown(value),
                expected="a number, or a text that begins with one",
            )
    else:
        _check_answer(fields, value, (*loc, "value"), findings)


def _check_answer(
    fields: list[FormField], value: str | int | float | bool, loc: Loc, findings: Findings
) -> None:
    expectations = [expected_value(field, value) for field in fields]
    if None not in expectations:
        findings.mistake(
            loc,
            found=shown(value),
            expected=" or ".join(dict.fromkeys(e for e in expectations if e)),
        )
