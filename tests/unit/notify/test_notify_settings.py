"""What notify is told by its environment."""

from datetime import time

import pytest
from pydantic import ValidationError

from services.notify.settings import NotifySettings


def test_the_hour_of_the_digest_is_read_as_people_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPORTELLO_NOTIFY_DIGEST_AT", "18:05")

    assert NotifySettings().digest_at == time(18, 5)


@pytest.mark.parametrize("value", ["25:00", "07:30+02:00", "07:30Z", "morning", ""])
def test_an_hour_that_is_none_or_of_another_time_zone_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SPORTELLO_NOTIFY_DIGEST_AT", value)

    with pytest.raises(ValidationError) as refused:
        NotifySettings()

    assert [error["loc"] for error in refused.value.errors()] == [("digest_at",)]
