"""`desk check`, `desk try` and `desk apply`."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import pytest

from tests.installation.installation import Installation
from tests.integration.command_line.conftest import Call, Run
from tests.servers.server import PostgresServer, url_with_path


@pytest.fixture
def desk(repository: Path, tmp_path: Path) -> Path:
    """A copy of the example desk."""
    return Path(shutil.copytree(repository / "deploy" / "desk", tmp_path / "desk"))


def spoil(desk: Path, file: str, old: str, new: str) -> int:
    """Replace a text in a file of the desk; return its line."""
    path = desk / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_example_desk_is_well(call: Call, desk: Path) -> None:
    done = call("desk", "check", str(desk))

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{desk}: all is well (10 queues, 11 operators, 9 forms)\n"


def test_every_mistake_is_told_with_file_and_line_and_what_was_expected(
    call: Call, desk: Path
) -> None:
    default = spoil(desk, "desk.yaml", "default_queue: ict\n", "default_queue: nessuna\n")
    zone = spoil(desk, "desk.yaml", "timezone: Europe/Rome\n", "timezone: Europe/Atlantis\n")

    done = call("desk", "check", str(desk))

    assert (done.exit_code, done.stdout) == (1, "")
    told = done.stderr.splitlines()
    assert len(told) == 2
    assert [
        line
        for line in told
        if line.startswith(f"{desk / 'desk.yaml'}:{default}:")
        and "nessuna" in line
        and "expected" in line
    ]
    assert [
        line
        for line in told
        if line.startswith(f"{desk / 'desk.yaml'}:{zone}:")
        and "Europe/Atlantis" in line
        and "expected" in line
    ]


def test_a_file_that_is_not_there_is_told(call: Call, tmp_path: Path) -> None:
    done = call("desk", "check", str(tmp_path / "nessuno.yaml"))

    assert (done.exit_code, done.stdout) == (1, "")
    assert str(tmp_path / "nessuno.yaml") in done.stderr


def test_a_desk_is_applied_to_a_stopped_installation_and_is_in_force_when_it_starts(
    run: Run, desk: Path, tmp_path: Path
) -> None:
    data = str(tmp_path / "state")

    first = run("desk", "apply", str(desk), "--data", data)
    again = run("desk", "apply", str(desk), "--data", data)

    assert (first.returncode, first.stdout) == (0, "desk version 1 applied\n")
    assert (again.returncode, again.stdout) == (0, "desk version 1 is in force already\n")


def test_a_broken_desk_is_not_applied(run: Run, desk: Path, tmp_path: Path) -> None:
    line = spoil(desk, "desk.yaml", "default_queue: ict\n", "default_queue: nessuna\n")

    done = run("desk", "apply", str(desk), "--data", str(tmp_path / "state"))

    assert (done.returncode, done.stdout) == (1, "")
    assert f"desk.yaml:{line}:" in done.stderr
    assert not (tmp_path / "state").exists()


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """Two sample requests."""
    path = tmp_path / "requests.yaml"
    path.write_text(
        (
            '- { request_type: aula, fields: { urgente: true }, at: "22:30" }\n- { form: tasse, '
            "child: true }\n"
        ),
        encoding="utf-8",
    )
    return path


def test_samples_are_tried_on_a_desk_before_any_is_in_force_and_nothing_is_applied(
    call: Call, desk: Path, samples: Path
) -> None:
    done = call("desk", "try", str(samples), "--desk", str(desk), "--data", "state")
    nothing = call("desk", "try", str(samples), "--data", "state")

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "now:  no desk is in force\n"
        f"then: {desk}\n\n"
        f"{samples}:1:3: aula, website, guest, it, at 22:30, urgente true\n"
        '    then: aule  (rule 16 "Aule e spazi": request_type = aula)\n\n'
        f"{samples}:2:3: tasse, website, guest, it, a child\n"
        '    then: studenti/tasse  (rule 1 "Figli su tasse e borse": a child, request_type = '
        "tasse; comes back, for it lacks matricola)\n\n"
        "2 requests\n"
    )
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert (
        nothing.stderr
        == "no desk is in force here; expected one to be applied, or to be given with --desk\n"
    )


def test_on_servers_without_our_databases_no_desk_is_in_force(
    run: Run, desk: Path, samples: Path, our_postgres: PostgresServer
) -> None:
    # Nobody makes this one: `desk try` only looks.
    absent = url_with_path(our_postgres.url, f"sportello_absent_{secrets.token_hex(4)}")
    servers = {
        "SPORTELLO_DATABASE_URL": our_postgres.url,
        "SPORTELLO_ROUTING_DATABASE_URL": absent,
        "SPORTELLO_BROKER_URL": "amqp://nobody@127.0.0.1:1/",
    }

    for _ in range(2):
        done = run("desk", "try", str(samples), "--desk", str(desk), **servers)

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"now:  no desk is in force\nthen: {desk}\n")


def test_samples_are_tried_on_the_desk_in_force_and_on_a_changed_one(
    run: Run, desk: Path, samples: Path, tmp_path: Path
) -> None:
    assert run("desk", "apply", str(desk), "--data", "state").returncode == 0
    night = (
        '  - name: Di notte\n    when: { hours: "20:00-07:00", child: false }\n    queue: '
        "biblioteche\n"
    )
    spoil(desk, "rules.yaml", "\nrules:\n", f"\nrules:\n{night}")

    alone = run("desk", "try", str(samples), "--data", "state")
    both = run("desk", "try", str(samples), "--desk", str(desk), "--data", "state")
    again = run("desk", "apply", str(desk), "--data", "state")

    assert (alone.returncode, alone.stderr) == (0, "")
    assert alone.stdout == (
        "now:  desk version 1\n\n"
        f"{samples}:1:3: aula, website, guest, it, at 22:30, urgente true\n"
        '    now:  aule  (rule 16 "Aule e spazi": request_type = aula)\n\n'
        f"{samples}:2:3: tasse, website, guest, it, a child\n"
        '    now:  studenti/tasse  (rule 1 "Figli su tasse e borse": a child, request_type = '
        "tasse; comes back, for it lacks matricola)\n\n"
        "2 requests\n"
    )
    assert (both.returncode, both.stderr) == (0, "")
    assert both.stdout == (
        "now:  desk version 1\n"
        f"then: {desk}\n\n"
        f"{samples}:1:3: aula, website, guest, it, at 22:30, urgente true\n"
        '    now:  aule  (rule 16 "Aule e spazi": request_type = aula)\n'
        '    then: biblioteche  (rule 1 "Di notte": not a child, 22:30 within 20:00-07:00)\n'
        "    differs: another queue\n\n"
        f"{samples}:2:3: tasse, website, guest, it, a child\n"
        '    now:  studenti/tasse  (rule 1 "Figli su tasse e borse": a child, request_type = '
        "tasse; comes back, for it lacks matricola)\n"
        '    then: studenti/tasse  (rule 2 "Figli su tasse e borse": a child, request_type = '
        "tasse; comes back, for it lacks matricola)\n\n"
        "2 requests: 1 to another queue, 0 to the same by another rule, 1 as now\n"
    )
    assert again.stdout == "desk version 2 applied\n"


def test_nonsense_is_not_tried(call: Call, desk: Path, samples: Path, tmp_path: Path) -> None:
    samples.write_text(
        "- { request_type: tassa }\n- { request_type: aula, fields: { sedia: 1 } }\n",
        encoding="utf-8",
    )

    nonsense = call("desk", "try", str(samples), "--desk", str(desk), "--data", "state")
    nowhere = call(
        "desk", "try", str(tmp_path / "nessuno.json"), "--desk", str(desk), "--data", "state"
    )
    spoil(desk, "desk.yaml", "default_queue: ict\n", "default_queue: nessuna\n")
    broken = call("desk", "try", str(samples), "--desk", str(desk), "--data", "state")

    assert (nonsense.exit_code, nonsense.stdout) == (2, "")
    assert nonsense.stderr.splitlines() == [
        f'{samples}:1:19: requests[1].request_type: found form "tassa", which does not exist; '
        f"expected one of account, aula, biblioteca, "
        'carriera, iscrizioni, mobilita, posta, tasse, wifi; did you mean "tasse"?',
        f'{samples}:2:35: requests[2].fields.sedia: found field "sedia", which the form does not '
        f"have; "
        "expected one of aula, description, subject, urgente",
    ]
    assert (nowhere.exit_code, nowhere.stdout) == (2, "")
    assert nowhere.stderr.startswith(f"{tmp_path / 'nessuno.json'}: found nothing that can be read")
    assert (broken.exit_code, broken.stdout) == (2, "")
    assert "default_queue" in broken.stderr


def test_the_shipped_samples_are_tried_on_a_running_installation(
    installation: Installation, repository: Path
) -> None:
    done = installation.command(
        "desk", "try", str(repository / "deploy" / "examples" / "requests.yaml")
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\n16 requests\n")


def test_a_desk_is_applied_to_a_running_installation(running: Installation, desk: Path) -> None:
    spoil(desk, "desk.yaml", "  en: University of Esempio\n", "  en: University of Somewhere\n")

    done = running.command("desk", "apply", str(desk))

    assert (done.returncode, done.stdout) == (0, "desk version 2 applied\n")
