"""Cross checks of the routing rules: what they speak of exists, and each can come to its turn."""

from services.routing.desk_file.checks_conditions import check_conditions
from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import Loc, one_of
from services.routing.desk_file.shape import DeskInFile
from services.routing.rules import always_before
from shared.contracts.desk import Rule
from shared.policy.rules import read_hours


def check_rules(desk: DeskInFile, findings: Findings) -> None:
    """Check every rule, and warn of rules that an earlier one always wins over."""
    named: dict[str, int] = {}
    for index, rule in enumerate(desk.rules):
        loc: Loc = ("rules", index)
        if named.setdefault(rule.name, index) != index:
            found = (
                f'a rule "{rule.name}" again (first at '
                f"{findings.place_of(('rules', named[rule.name]))})"
            )
            findings.mistake(
                (*loc, "name"), found=found, expected="a name of its own for each rule"
            )
        _check_target(desk, rule, loc, findings)
        _check_conditions(desk, rule, (*loc, "when"), findings)
        winner = next((i for i in range(index) if always_before(desk.rules[i], rule)), None)
        if winner is not None:
            found = f'rule {index + 1} "{rule.name}", which can never match'
            expected = (
                f'the narrower rule first: rule {winner + 1} "{desk.rules[winner].name}" '
                f"always wins before it"
            )
            findings.warning(loc, found=found, expected=expected)


def _check_target(desk: DeskInFile, rule: Rule, loc: Loc, findings: Findings) -> None:
    at = (*loc, "queue")
    if rule.queue not in desk.queues:
        findings.unknown(at, "queue", rule.queue, desk.queues, section="queues")
    elif desk.queues[rule.queue].closed:
        open_queues = [name for name, queue in desk.queues.items() if not queue.closed]
        findings.mistake(
            at,
            found=f'queue "{rule.queue}", which is closed',
            expected=one_of(open_queues, near=rule.queue),
        )
    elif rule.queue == rule.when.escalated_from:
        found = f'queue "{rule.queue}", which the rule escalates from'
        findings.mistake(at, found=found, expected="another queue, such as one below it")


def _check_conditions(desk: DeskInFile, rule: Rule, loc: Loc, findings: Findings) -> None:
    when = rule.when
    for index, request_type in enumerate(when.request_type):
        if request_type not in desk.forms:
            findings.unknown(
                (*loc, "request_type", index), "form", request_type, desk.forms, section="forms"
            )
    if when.escalated_from is not None and when.escalated_from not in desk.queues:
        findings.unknown(
            (*loc, "escalated_from"), "queue", when.escalated_from, desk.queues, section="queues"
        )
    if when.hours is not None and read_hours(when.hours) is None:
        expected = 'two different times such as "08:00-18:00" (or "20:00-07:00", across midnight)'
        findings.mistake((*loc, "hours"), found=f'"{when.hours}"', expected=expected)
    forms = [
        form
        for slug, form in desk.forms.items()
        if not when.request_type or slug in when.request_type
    ]
    if not forms:
        return
    fields = [field for form in forms for field in form.fields]
    check_conditions(when.fields, fields, (*loc, "fields"), findings)
