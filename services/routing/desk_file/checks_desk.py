"""Cross checks of the desk itself, its groups, queues, operators and people."""

from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from services.routing.desk_file.checks_forms import NO_ANSWERS, check_privacy_url
from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import Loc, meant, one_of, shown
from services.routing.desk_file.shape import DeskInFile


def check_desk(desk: DeskInFile, findings: Findings) -> None:
    """Check what is said once: time zone, addresses, default queue, policies."""
    zones = available_timezones()
    if desk.timezone not in zones:
        expected = (
            f"the name of a time zone such as Europe/Rome{meant(desk.timezone, sorted(zones))}"
        )
        findings.mistake(
            ("timezone",),
            found=f'the time zone "{desk.timezone}", which does not exist',
            expected=expected,
        )
    _check_mail(desk.mail_from, ("mail_from",), findings)
    check_privacy_url(desk.privacy_url, ("privacy_url",), findings)
    if desk.default_queue not in desk.queues:
        findings.unknown(
            ("default_queue",), "queue", desk.default_queue, desk.queues, section="queues"
        )
    elif desk.queues[desk.default_queue].closed:
        open_queues = [name for name, queue in desk.queues.items() if not queue.closed]
        found = f'queue "{desk.default_queue}", which is closed'
        findings.mistake(("default_queue",), found=found, expected=one_of(open_queues))
    reminder, expiry = (
        desk.policies.question_reminder_after_days,
        desk.policies.question_expires_after_days,
    )
    if reminder >= expiry:
        found = f"a reminder after {reminder} days, when the question has expired after {expiry}"
        findings.mistake(
            ("policies", "question_reminder_after_days"),
            found=found,
            expected="fewer days than question_expires_after_days",
        )


def check_queues(desk: DeskInFile, findings: Findings) -> None:
    """Check the queue tree: every parent is there, no cycle, levels grow downwards; groups exist;
    needs can be asked for.
    """
    in_cycle = _check_cycles(desk, findings)
    field_names = {field.name for form in desk.forms.values() for field in form.fields} - NO_ANSWERS
    for name, queue in desk.queues.items():
        loc: Loc = ("queues", name)
        above = parent_by_path(name)
        if queue.parent is not None and queue.parent != above and name not in in_cycle:
            expected = (
                f'"{above}", as its path says'
                if above
                else f'no parent, as its path says (else the path "{queue.parent}/{name}")'
            )
            findings.mistake((*loc, "parent"), found=f'"{queue.parent}"', expected=expected)
        if above is not None and above not in desk.queues:
            if ("queues", above) not in findings.mended:
                found = f'queue "{name}" under "{above}", which does not exist'
                expected = (
                    f'a queue "{above}" as well, or a place under {one_of(desk.queues, near=above)}'
                )
                findings.mistake(loc, found=found, expected=expected, at_key=True)
        elif above is not None and queue.level <= desk.queues[above].level:
            found = (
                f'level {queue.level} under "{above}", which has level {desk.queues[above].level}'
            )
            if ("queues", above, "level") not in findings.mended:
                findings.mistake(
                    (*loc, "level"),
                    found=found,
                    expected=f"a level of at least {desk.queues[above].level + 1}",
                )
        elif above is None and queue.level != 1:
            expected = "level 1, for it hangs from no other queue and faces the requester"
            findings.mistake((*loc, "level"), found=f"level {queue.level}", expected=expected)
        if queue.group not in desk.groups:
            findings.unknown((*loc, "group"), "group", queue.group, desk.groups, section="groups")
        if queue.address is not None:
            _check_mail(queue.address, (*loc, "address"), findings)
        for index, needed in enumerate(queue.needs):
            if needed in NO_ANSWERS:
                findings.no_answer((*loc, "needs", index), needed, field_names)
            elif needed not in field_names:
                findings.unknown(
                    (*loc, "needs", index),
                    "field",
                    needed,
                    field_names,
                    section="forms",
                    of_any=True,
                )


def parent_by_path(queue: str) -> str | None:
    """Return the queue that `queue` hangs from, None for a root."""
    above, slash, _ = queue.rpartition("/")
    return above if slash else None


def _check_cycles(desk: DeskInFile, findings: Findings) -> set[str]:
    """Report each cycle once and return the queues in one; where a queue says no `parent`, its path
    does.
    """
    in_cycle: set[str] = set()
    seen: set[str] = set()
    for start in desk.queues:
        way: list[str] = []
        name: str | None = start
        while name is not None and name in desk.queues and name not in seen:
            seen.add(name)
            way.append(name)
            name = desk.queues[name].parent or parent_by_path(name)
        if name not in way:
            continue
        cycle = way[way.index(name) :]
        in_cycle.update(cycle)
        # Paths alone only get shorter: somewhere in a cycle somebody wrote `parent`.
        said = next(queue for queue in cycle if desk.queues[queue].parent is not None)
        turn = cycle.index(said)
        circle = " -> ".join([*cycle[turn:], *cycle[:turn], said])
        expected = "a tree: whoever follows the parents upwards comes to a queue without one"
        findings.mistake(
            ("queues", said, "parent"),
            found=f"a cycle in the queue tree: {circle}",
            expected=expected,
        )
    return in_cycle


def check_people(desk: DeskInFile, findings: Findings) -> None:
    """Check addresses, the groups of rights, doubles, and that every queue can be worked by
    somebody.
    """
    by_address: dict[str, Loc] = {}
    for section, known in (("operators", desk.operators), ("people", desk.people)):
        for identity, somebody in known.items():
            loc: Loc = (section, identity, "email")
            _check_mail(somebody.email, loc, findings)
            first = by_address.setdefault(somebody.email.casefold(), loc)
            if first != loc:
                found = f'the address of "{first[1]}" again (first at {findings.place_of(first)})'
                findings.mistake(loc, found=found, expected="an address of their own")
    for identity in desk.people:
        if identity in desk.operators:
            first_place = findings.place_of(("operators", identity))
            found = f'identity "{identity}", who is an operator already ({first_place})'
            expected = "each identity once (operators can ask for help, too)"
            findings.mistake(("people", identity), found=found, expected=expected, at_key=True)
    for identity, operator in desk.operators.items():
        for group in operator.rights:
            if group not in desk.groups:
                findings.unknown(
                    ("operators", identity, "rights", group),
                    "group",
                    group,
                    desk.groups,
                    section="groups",
                    at_key=True,
                )
    if not any(loc[0] == "operators" for loc in findings.mended):
        _check_that_somebody_works(desk, findings)


def _check_that_somebody_works(desk: DeskInFile, findings: Findings) -> None:
    """Warn of queues that nobody may work; that their tickets go to the least loaded of nobody is a
    mistake.
    """
    worked = {
        group
        for operator in desk.operators.values()
        for group, rights in operator.rights.items()
        if "rw" in rights
    }
    for name, queue in desk.queues.items():
        if (
            queue.assign == "least_loaded"
            and not queue.closed
            and queue.group in desk.groups
            and queue.group not in worked
        ):
            found = f'"least_loaded" for a queue of group "{queue.group}", in which nobody has rw'
            findings.mistake(
                ("queues", name, "assign"),
                found=found,
                expected='"by_hand", or an operator who can work the queue',
            )
    for group in desk.groups:
        if group not in worked and any(
            queue.group == group and not queue.closed for queue in desk.queues.values()
        ):
            found = f'group "{group}", in which nobody has rw'
            findings.warning(
                ("groups", group),
                found=found,
                expected="an operator who can work its queues",
                at_key=True,
            )


def _check_mail(address: str, loc: Loc, findings: Findings) -> None:
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        why = str(error).rstrip(".").lower()
        findings.mistake(
            loc,
            found=shown(address),
            expected=f"a mail address such as anna.ferri@example.edu ({why})",
        )
