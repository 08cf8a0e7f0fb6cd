"""One embedded installation for all of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.system import run_embedded
from tests.installation.installation import Installation


@pytest.fixture(scope="package")
def installation() -> Iterator[Installation]:
    """A whole installation with the example desk."""
    with run_embedded() as town:
        yield town.installation


@pytest.fixture(scope="package")
def address(installation: Installation) -> str:
    """Where both services answer."""
    return installation.portals[0]
