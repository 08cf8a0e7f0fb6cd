"""A desk description that is small and right; the tests break it in one place at a time."""

from dataclasses import replace
from pathlib import Path

from services.routing.desk_file.load import DeskReading, read_desk
from services.routing.desk_file.mistakes import Mistake

Changes = tuple[tuple[str, str], ...]
"""Old and new text, each."""

SMALL_DESK = """\
name: { it: Ateneo, en: University }
mail_from: desk@example.edu
default_queue: ict
policies:
  question_reminder_after_days: 7
groups:
  urp: { title: { it: Urp, en: Front office } }
  ict:
    title: { it: Informatica, en: IT }
queues:
  studenti:
    title: { it: Studenti, en: Students }
    level: 1
    group: urp
  studenti/tasse:
    title: { it: Tasse, en: Fees }
    level: 2
    group: urp
    needs: [matricola]
  ict:
    title: { it: Informatica, en: IT }
    level: 1
    group: ict
    address: ict@example.edu
operators:
  anna.ferri:
    name: Anna Ferri
    email: anna.ferri@example.edu
    rights: { urp: [rw], ict: [rw] }
people:
  giulia.neri:
    name: Giulia Neri
    email: giulia.neri@example.edu
    affiliation: student
forms:
  tasse:
    title: { it: Tasse, en: Fees }
    description: { it: Tasse, en: Fees }
    consent: { it: Acconsento, en: I agree }
    fields:
      - { name: subject, type: text, label: { it: Oggetto, en: Subject } }
      - { name: description, type: textarea, label: { it: Descrizione, en: Description } }
      - { name: matricola, type: text, label: { it: Matricola, en: Number }, pattern: "[0-9]{6,7}" }
      - name: sede
        type: choice
        label: { it: Sede, en: Campus }
        choices:
          - { value: centro, label: { it: Centro, en: Centre } }
          - { value: polo-nord, label: { it: Polo Nord, en: North } }
      - { name: importo, type: number, label: { it: Importo, en: Amount }, minimum: 0, maximum: 9 }
    priority_rules:
      - { field: sede, equals: polo-nord, priority: 4 }
rules:
  - name: Tasse
    when: { request_type: [tasse], fields: [{ field: sede, operator: "==", value: centro }] }
    queue: studenti
  - name: Escalation
    when: { escalated_from: studenti, hours: "08:00-18:00" }
    queue: studenti/tasse
mail_texts:
  signature: { it: Saluti, en: Regards }
"""


def broken(*changes: tuple[str, str]) -> str:
    """Return the small desk with the first occurrence of each old text replaced by the new one."""
    text = SMALL_DESK
    for old, new in changes:
        assert old in text, f"the small desk has no {old!r}"
        text = text.replace(old, new, 1)
    return text


def read_text(text: str | bytes, folder: Path) -> DeskReading:
    """Read `text` as the file `desk.yaml`; its mistakes say that name, wherever `folder` is."""
    file = folder / "desk.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    reading = read_desk(file)
    return DeskReading(
        reading.desk, _without(folder, reading.mistakes), _without(folder, reading.warnings)
    )


def _without(folder: Path, mistakes: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    start = f"{folder}/"
    return tuple(
        replace(m, file=m.file.removeprefix(start), found=m.found.replace(start, ""))
        for m in mistakes
    )
