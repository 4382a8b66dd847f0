"""How long a client is open, and what ends with it: its tasks and its waits."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from devin_async.base.clock import Clock, clock_in_use
from devin_async.base.tasks import cancel_and_wait
from devin_async.errors import ConfigurationError, RequestOutcome
from devin_async.protocol.server_time import ServerTime

__all__ = ["Lifetime", "OpenClock", "running_loop"]

T = TypeVar("T")


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop that runs this.

    Raises:
        ConfigurationError: None of asyncio does.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "no event loop of asyncio is running here, and a client works in one alone: call it "
            "inside asyncio.run(), and under anyio with its asyncio backend, not in trio"
        ) from None


class Lifetime:
    """From the first call to `close`, in one event loop, or in one after the other.

    Attributes:
        clock: What its waits are made with.
        is_closed: Nothing may be sent any more.
    """

    def __init__(self) -> None:
        self.clock = clock_in_use()
        self.is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def is_open_here(self) -> bool:
        """Tell whether calls can be made in the running loop as it is."""
        try:
            return self._loop is asyncio.get_running_loop() and not self.is_closed
        except RuntimeError:
            return False

    @property
    def is_open(self) -> bool:
        """Tell whether it has begun, in a loop that has not ended, and was not closed."""
        return self._loop is not None and not self._loop.is_closed() and not self.is_closed

    @property
    def has_lost_its_loop(self) -> bool:
        """Tell whether the loop that the client was opened in is closed."""
        return self._loop is not None and self._loop.is_closed()

    def now(self) -> float:
        """Return what `clock.monotonic` does; of real time it would look again whose loop runs."""
        if type(self.clock) is Clock and self._loop is not None:
            return self._loop.time()
        return self.clock.monotonic()

    def check(self) -> None:
        """Check that the client can be used in the running loop.

        Raises:
            ConfigurationError: It is closed, or lives in another loop.
        """
        if self.is_closed:
            raise ConfigurationError("the client is closed; make a new one")
        self.check_loop()

    def check_loop(self) -> None:
        """Refuse what is done in another loop than the client's, while that one lives.

        Raises:
            ConfigurationError: It is another.
        """
        if self._loop not in {None, running_loop()} and not self.has_lost_its_loop:
            raise ConfigurationError(
                "the client was first used in another event loop, where its connections live; "
                "make one client for each loop, and close it there"
            )

    def begin(self) -> None:
        """Live in the running loop from now on."""
        self._loop = running_loop()

    def forget_tasks(self) -> None:
        """Forget the tasks: they ended with their loop."""
        self._tasks.clear()

    async def end(self) -> None:
        """Refuse what is new, and end the tasks."""
        self.is_closed = True
        await cancel_and_wait(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that belongs to the client and ends with it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def sleep(self, seconds: float) -> None:
        """Wait, but not longer than the client is open; a call after that says that it is not."""
        if not self.is_closed:
            # A task, because the clock may be one that is made for tests.
            await self.while_open(self.clock.sleep(seconds))

    async def while_open(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Await *work*, which the end of the client ends, too; None if it did."""
        working = self.spawn(work)
        try:
            return await working
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self.is_closed or (task is not None and task.cancelling()):
                raise
            return None

    def check_open(self, outcome: RequestOutcome) -> None:
        """Refuse to go on with a call that the end of the client has overtaken.

        Raises:
            ConfigurationError: It has; *outcome* is what became of the call so far.
        """
        if self.is_closed:
            raise ConfigurationError(
                "the client was closed before the request could be sent", outcome=outcome
            )


class OpenClock(Clock):
    """The clock of a client for what is done with many calls: it waits while the client is open."""

    def __init__(self, lifetime: Lifetime, server: ServerTime) -> None:
        self._lifetime = lifetime
        self._server = server
        self._own_offset: float | None = None

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self._lifetime.clock.monotonic()

    def time(self) -> float:
        """Return unix seconds."""
        return self._lifetime.clock.time()

    def server_time(self) -> float:
        """Return unix seconds by the server's clock; by this machine's until an answer told it.

        It is right to a second, and gets closer with each answer. To be used for what is compared
        with times that the server wrote: "now", an open end, what has settled.
        """
        offset = self._server.offset
        if offset is not None:
            return self.monotonic() + offset
        if self._own_offset is None:
            # Once: a later step of this machine's wall clock moves nothing.
            self._own_offset = self.time() - self.monotonic()
        return self.monotonic() + self._own_offset

    @property
    def has_server_time(self) -> bool:
        """Whether an answer told the server's time."""
        return self._server.offset is not None

    async def sleep(self, seconds: float) -> None:
        """Wait, but not longer than the client is open."""
        await self._lifetime.sleep(seconds)

    def jitter(self, seconds: float) -> float:
        """Choose how long to wait at the most *seconds*."""
        return self._lifetime.clock.jitter(seconds)
