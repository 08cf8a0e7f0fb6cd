"""Conditions on the answers of a form, which routing rules and recipes share."""

import re

from shared.contracts.desk import FieldCondition
from shared.contracts.events.intake import Answer

_LEADING_NUMBER = re.compile(r"\s*(-?[0-9]{1,30}(?:\.[0-9]{1,30})?)")


def holds(condition: FieldCondition, answer: Answer | None) -> bool:
    """Return whether `condition` holds for `answer`; on what was not answered only `present: false`
    holds.
    """
    if condition.operator == "present":
        return is_answered(answer) == (condition.value is not False)
    if answer is None or not is_answered(answer):
        return False
    if condition.operator == "in":
        return isinstance(condition.value, tuple) and any(
            _is_same(answer, value) for value in condition.value
        )
    if condition.value is None or isinstance(condition.value, tuple):
        return False
    if condition.operator in ("==", "!="):
        return _is_same(answer, condition.value) == (condition.operator == "==")
    left, right = number_in(answer), number_in(condition.value)
    if left is None or right is None:
        return False
    match condition.operator:
        case ">=":
            return left >= right
        case "<=":
            return left <= right
        case ">":
            return left > right
    return left < right


def is_answered(answer: Answer | None) -> bool:
    """Return whether there is an answer: blanks are none."""
    return answer is not None and not (isinstance(answer, str) and not answer.strip())


def _is_same(left: Answer, right: Answer) -> bool:
    """Return whether two answers are equal; to Python, true and 1 would be."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def number_in(value: Answer) -> int | float | None:
    """Return `value` as a number to order by: itself, or the number a text begins with (`2026/2027`
    gives 2026); else None.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        match = _LEADING_NUMBER.match(value)
        return float(match.group(1)) if match else None
    return value
