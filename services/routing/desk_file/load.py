"""A desk description from a path: read, checked, ready to apply."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.routing.desk_file.checks_desk import check_desk, check_people, check_queues
from services.routing.desk_file.checks_forms import check_forms
from services.routing.desk_file.checks_lines import check_lines
from services.routing.desk_file.checks_mails import check_form_texts, check_mail_texts
from services.routing.desk_file.checks_recipes import check_recipes
from services.routing.desk_file.checks_rules import check_rules
from services.routing.desk_file.document import Document, read_document
from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import Loc, Mistake, Place, in_reading_order, make_mistake
from services.routing.desk_file.salvage import mend
from services.routing.desk_file.shape import DeskInFile, explain, find_shape_errors
from services.routing.desk_file.sources import read_sources
from shared.contracts.desk import Desk

MAX_DESK_BYTES = 240 * 1024
"""A desk travels as one event, which the bus carries up to 256 KiB."""


CHECKS: tuple[Callable[[DeskInFile, Findings], None], ...] = (
    check_desk,
    check_queues,
    check_people,
    check_forms,
    check_recipes,
    check_rules,
    check_lines,
    check_mail_texts,
    check_form_texts,
)


@dataclass(frozen=True, slots=True)
class DeskReading:
    """What reading a description gave: the desk (None if there are mistakes), all mistakes, and
    what is merely odd.
    """

    desk: Desk | None
    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()


def read_desk(path: Path) -> DeskReading:
    """Read the YAML file or folder `path` and check it through; never raises because of what is in
    it.
    """
    sources, unread = read_sources(path)
    if not sources:
        return DeskReading(None, tuple(unread))
    # What is absent altogether is absent from the top of the file; a folder has no lines.
    document = read_document(
        sources, Place(str(path)) if path.is_dir() else Place(sources[0].name, 1, 1)
    )
    mistakes = [*unread, *document.mistakes]
    in_file, errors = find_shape_errors(DeskInFile, document.data)
    incomplete = document.broken_syntax or bool(unread)
    if incomplete:
        # A part that seems absent may be in the file that cannot be read.
        errors = [
            error for error in errors if not (error["type"] == "missing" and len(error["loc"]) == 1)
        ]
    mistakes += explain(DeskInFile, errors, document)
    mended: frozenset[Loc] = frozenset()
    if errors and not incomplete:
        in_file, mended = mend(errors, document)
    findings = Findings(document, mended | document.unusable)
    if in_file is not None and not incomplete:
        _cross_check(in_file, findings)
    mistakes += findings.mistakes
    warnings = tuple(in_reading_order(findings.warnings))
    if in_file is None or mistakes:
        return DeskReading(None, tuple(in_reading_order(mistakes)), warnings)
    desk = in_file.as_desk()
    too_large = _too_large(desk, document)
    return (
        DeskReading(None, (too_large,), warnings) if too_large else DeskReading(desk, (), warnings)
    )


def _cross_check(desk: DeskInFile, findings: Findings) -> None:
    for check in CHECKS:
        check(desk, findings)


def _too_large(desk: Desk, document: Document) -> Mistake | None:
    size = len(desk.model_dump_json().encode())
    if size <= MAX_DESK_BYTES:
        return None
    found = f"a description that takes {size // 1024} KiB when sent to the services"
    return make_mistake(
        document.whole, (), found=found, expected=f"at most {MAX_DESK_BYTES // 1024} KiB"
    )
