"""Starts the services of a process, and stops them in order within ten seconds."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog
from starlette.types import ASGIApp

from shared.core.backoff import Backoff, Failures
from shared.core.error_text import error_text
from shared.database.migrate import migrate
from shared.messaging.message import Source
from shared.messaging.retry_worker import Retrier
from shared.observability.logs import log_unhandled
from shared.runtime.bus import Bus
from shared.runtime.composition import Job, Service
from shared.runtime.crowd import Bounds
from shared.runtime.housekeeping import forget_for_ever, measure_for_ever
from shared.runtime.keep import keep
from shared.runtime.web import WebServer, listen, wait_started

log = structlog.get_logger()

DATABASE_AGAIN = Backoff(first=0.5, longest=5.0)

STOP_SECONDS = 5


class Process:
    """The services of this process, with their web server, their bus and their tasks."""

    def __init__(
        self,
        services: Sequence[Service],
        bus: Bus,
        *,
        app: ASGIApp,
        host: str,
        port: int,
        trusted_proxies: str = "",
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    ) -> None:
        self.services = services
        self._bus = bus
        self._server = WebServer(
            app, sockets=[listen(host, port)], trusted_proxies=trusted_proxies, bounds=bounds
        )
        self._stop = asyncio.Event()
        self._turn = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self, *, when_up: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run until SIGINT or SIGTERM.

        `when_up` is called once, when the web server answers and all parts have been started.
        """
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(log_unhandled)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        self._start("web", self._server.run_until_told, forever=False)
        await self._unless_stopped(wait_started(self._server))
        await self._unless_stopped(self._start_services(when_up))
        await self._stop.wait()
        await self._shut_down()

    async def _start_services(self, when_up: Callable[[], Awaitable[None]] | None) -> None:
        for service in self.services:
            self._bus.join(service.database, meter=service.meter)
            if service.commands is not None:
                self._bus.serve(service.commands)
        await asyncio.gather(*(self._prepare(service) for service in self.services))
        for service in self.services:
            self._start_service(service, await self._bus.open_source(service.database))
        for name, work in self._bus.tasks():
            self._start(name, work)
        # Objects from the start live until the end, so the garbage collector can skip them.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 50, 100)
        if when_up is not None:
            await when_up()

    async def _prepare(self, service: Service) -> None:
        """Apply the migrations. Retry without limit while the database is not reachable."""
        failures = Failures(DATABASE_AGAIN)
        while True:
            try:
                await migrate(service.database, service.migrations)
                return
            except OSError as error:
                log.warning(
                    "runtime.database.unavailable",
                    service=service.name,
                    error=error_text(error),
                )
            except Exception:
                log.exception("runtime.migration.failed", service=service.name)
            await failures.wait()

    def _start_service(self, service: Service, source: Source) -> None:
        name = service.name
        self._start(f"{name}.consumer", lambda: service.consumer.run(source))
        self._start(f"{name}.retrier", Retrier(service.consumer, turn=self._turn).run)
        self._start(f"{name}.measure", lambda: measure_for_ever(service.database, service.meter))
        self._start(f"{name}.forget", lambda: forget_for_ever(service.database))
        for job in service.jobs:
            self._start(f"{name}.{job.name}", _job_loop(job, service.context))

    def _start(
        self,
        name: str,
        work: Callable[[], Coroutine[Any, Any, None]],
        *,
        forever: bool = True,
    ) -> None:
        # Without a reference a running task may be garbage-collected.
        self._tasks[name] = asyncio.create_task(keep(name, work) if forever else work(), name=name)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        doing, stopping = (
            asyncio.ensure_future(work),
            asyncio.ensure_future(self._stop.wait()),
        )
        await asyncio.wait(
            {doing, stopping, self._tasks["web"]}, return_when=asyncio.FIRST_COMPLETED
        )
        stopping.cancel()
        if doing.done():
            await doing
        else:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
            self._stop.set()

    async def _shut_down(self) -> None:
        log.info("runtime.stopping")
        for service in self.services:
            for hook in service.on_stop:
                await hook()
        self._server.should_exit = True
        await self._end([self._tasks.pop("web")], cancel=False)
        bus_tasks = {name for name, _ in self._bus.tasks()}
        await self._end([task for name, task in self._tasks.items() if name not in bus_tasks])
        try:
            async with asyncio.timeout(3):
                await self._bus.finish()
        except TimeoutError:
            log.warning("runtime.finish.late")
        await self._end([task for name, task in self._tasks.items() if name in bus_tasks])
        for service in self.services:
            service.app.state.web.repeats.tell_rest()
            await service.database.close()
        log.info("runtime.stopped")

    async def _end(self, tasks: Sequence[asyncio.Task[None]], *, cancel: bool = True) -> None:
        if cancel:
            for task in tasks:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in tasks:
                task.cancel()


def _job_loop(job: Job, context: Any) -> Callable[[], Coroutine[Any, Any, None]]:
    async def loop() -> None:
        wake = job.wake(context) if job.wake else asyncio.Event()
        while True:
            wake.clear()
            if await job.run(context):
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(job.every.total_seconds()):
                    await wake.wait()
            except TimeoutError:
                pass

    return loop
