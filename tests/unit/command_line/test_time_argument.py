"""How far back a command looks."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from services.cli.time_argument import format_moment, moment_since

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
ROME = "Europe/Rome"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", NOW - timedelta(days=7)),
        (" 36 H ", NOW - timedelta(hours=36)),
        ("90m", NOW - timedelta(minutes=90)),
        ("0m", NOW),
        ("2026-11-29", datetime(2026, 11, 28, 23, 0, tzinfo=UTC)),
        ("2026-11-29T14:30", datetime(2026, 11, 29, 13, 30, tzinfo=UTC)),
        ("2026-11-29 14:30", datetime(2026, 11, 29, 13, 30, tzinfo=UTC)),
        ("2026-11-29T14:30Z", datetime(2026, 11, 29, 14, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_so_long_ago_or_a_moment_in_the_zone_of_the_desk(
    text: str, moment: datetime
) -> None:
    assert moment_since(text, now=NOW, timezone=ROME) == moment


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "yesterday",
            (
                "--since 'yesterday' is no time; expected one like 36h, 7d, 2026-11-29 or "
                "2026-11-29T14:30\n"
            ),
        ),
        ("", "--since '' is no time; expected one like 36h, 7d, 2026-11-29 or 2026-11-29T14:30\n"),
        (
            "999999d",
            (
                "--since '999999d' is no time; expected one like 36h, 7d, 2026-11-29 or "
                "2026-11-29T14:30\n"
            ),
        ),
        ("2999-01-01", "--since '2999-01-01' is still to come; expected a time in the past\n"),
    ],
)
def test_anything_else_ends_the_command_with_a_sentence(
    text: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        moment_since(text, now=NOW, timezone=ROME)

    assert (ended.value.exit_code, capsys.readouterr().err) == (1, sentence)


def test_a_moment_is_said_in_the_time_of_the_desk() -> None:
    assert format_moment(NOW, timezone=ROME) == "2026-11-30 13:00 Europe/Rome"
