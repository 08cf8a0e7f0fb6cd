"""Vhosts of RabbitMQ: one for each test, made in batches, because a call of the administrator's
program costs half a second.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from tests.servers.server import RabbitServer

BATCH = 12


def definitions_of(names: Sequence[str], *, user: str) -> dict[str, list[dict[str, str]]]:
    """RabbitMQ's definitions (`rabbitmqctl import_definitions`, or its HTTP API) of vhosts that the
    user may use.
    """
    anything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "vhosts": [{"name": name} for name in names],
        "permissions": [{"user": user, "vhost": name, **anything} for name in names],
    }


def deletion_of(names: Sequence[str]) -> str:
    """An Erlang expression for `rabbitmqctl eval` that deletes the vhosts."""
    listed = ", ".join(f'<<"{name}">>' for name in names)
    return f'[rabbit_vhost:delete(Name, <<"sportello">>) || Name <- [{listed}]].'


# RabbitMQ writes its register of quorum queues only every half second. A queue declared just before
# SIGKILL would come back without a leader for ever (rabbitmq-server issue 15725), which is not what
# a test of ours is about.
SAVE_REGISTERS = "[dets:sync(Table) || Table <- dets:all()]."


class VhostPool:
    """Hands out vhosts that nobody has used, and removes those that were given back, both by the
    dozen.
    """

    def __init__(self, server: RabbitServer) -> None:
        self._server = server
        self._prefix = f"sportello-test-{secrets.token_hex(4)}"
        self._made = 0
        self._fresh: list[str] = []
        self._used: list[str] = []

    def take(self) -> str:
        """The name of an empty vhost."""
        if not self._fresh:
            self._delete_used()
            self._fresh = [
                f"{self._prefix}-{number}" for number in range(self._made + BATCH, self._made, -1)
            ]
            self._made += BATCH
            self._server.create_vhosts(self._fresh)
        return self._fresh.pop()

    def give_back(self, name: str) -> None:
        self._used.append(name)

    def close(self) -> None:
        """Removes every vhost it made."""
        self._used += self._fresh
        self._fresh = []
        self._delete_used()

    def _delete_used(self) -> None:
        if self._used:
            self._server.delete_vhosts(self._used)
        self._used = []
