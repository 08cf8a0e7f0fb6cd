"""Free ports, and waiting for a condition without guessing how long it takes."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

AMQP_GREETING = b"AMQP\x00\x00\x09\x01"


PORTS = range(20_000, 32_000)
"""Below those that systems give to outgoing connections: one of these would take a port between its
choice and its use.
"""
_given: set[int] = set()


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on now and that this process was not
    given before.
    """
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port


def wait_until(
    condition: Callable[[], bool], *, what: str, seconds: float = 60.0, every: float = 0.05
) -> None:
    """Returns once `condition` holds; TimeoutError naming `what` when it does not within
    `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(every)


def answers_amqp(host: str, port: int) -> bool:
    """Whether somebody there opens the AMQP handshake: the listener comes up last, so a broker that
    does is ready.
    """
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(AMQP_GREETING)
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


T = TypeVar("T")


def run_blocking(work: Callable[[], Coroutine[object, object, T]]) -> T:
    """Runs a coroutine to its end in a thread of its own, so that a caller with or without a
    running loop may wait for it.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="servers") as thread:
        return thread.submit(lambda: asyncio.run(work())).result()
