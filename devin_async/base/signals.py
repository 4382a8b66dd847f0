"""Signals that ask a program to end: each works as Ctrl-C does, and none is lost."""

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

if TYPE_CHECKING:
    import asyncio

__all__ = ["STOPPING", "Terminated", "shutdown"]

STOPPING = tuple(
    number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)


class Terminated(SystemExit):
    """The program was asked to end by a signal; `code` is 128 + its number, as shells count.

    Attributes:
        signal: The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number)

    def __reduce__(self) -> tuple[type[Self], tuple[int]]:
        return type(self), (self.signal,)


class shutdown:  # noqa: N801 - used as `with shutdown():`, as contextlib's are
    """End the block at SIGTERM or SIGHUP as Ctrl-C would, and the program by code 143 or 129.

        async def main() -> None:
            async with DevinClient() as devin:
                fan_out = devin.fan_out(organizations, start_check, concurrency=16)
                with devin_async.shutdown(finish=fan_out.stop):
                    async with fan_out as outcomes:
                        ...

    The first signal cancels the task of the block, whose `finally` and `async with` run to their
    end, and `Terminated`, a SystemExit, leaves the block. A second one ends it at once. A program
    that is process 1 of a container ends, too, which the system's default would not.

    Outside a loop the first signal raises `Terminated`. In another thread than the main one, where
    Python takes no signals, and for a signal that is ignored, as under `nohup`, nothing changes.

    Args:
        finish: Called at the first signal instead of cancelling: it asks the work to start nothing
            new and to end, such as `FanOut.stop`. The signal after that cancels, and so does the
            end of *grace*.
        grace: Seconds that the work has to end after *finish*; below the 10 that `docker stop`
            gives. None for any time.
        signals: What to take; add `signal.SIGINT` to have *finish* called at Ctrl-C, too.

    Attributes:
        received: The first signal that came, else None.
    """

    def __init__(
        self,
        *,
        finish: Callable[[], object] | None = None,
        grace: float | None = 8.0,
        signals: Sequence[int] = STOPPING,
    ) -> None:
        self.received: signal.Signals | None = None
        self._finish = finish
        self._grace = grace
        self._signals = signals
        self._before: dict[int, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._cancels = 0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        if "asyncio" in sys.modules:  # else no loop can run, and it is slow to load
            import asyncio  # noqa: PLC0415

            with contextlib.suppress(RuntimeError):  # no loop runs: signals raise
                self._loop = asyncio.get_running_loop()
                self._task = asyncio.current_task()
        if threading.current_thread() is threading.main_thread():
            for number in self._signals:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self.received is None or self._is_of_its_own(exc):
            return
        while self._task is not None and self._cancels:
            self._task.uncancel()  # the cancellations were ours, and end here
            self._cancels -= 1
        self._leave()

    def _is_of_its_own(self, error: BaseException | None) -> bool:
        """Tell whether an error leaves the block that no signal made."""
        if error is None or self._loop is None:
            return error is not None
        from asyncio import CancelledError  # noqa: PLC0415 - a loop runs, so it is there

        return not isinstance(error, CancelledError)

    def _take(self, number: int, _: FrameType | None) -> None:
        is_first = self.received is None
        self.received = self.received or signal.Signals(number)
        if self._loop is None or self._task is None or self._cancels:
            self._leave()
        # Through the loop: it wakes one that waits, and the handler may run anywhere in the code.
        if is_first and self._finish is not None:
            self._loop.call_soon_threadsafe(self._ask)
        else:
            self._loop.call_soon_threadsafe(self._cancel)

    def _ask(self) -> None:
        if self._loop is not None and self._grace is not None:
            self._timer = self._loop.call_later(self._grace, self._cancel)
        if self._finish is not None:
            self._finish()

    def _cancel(self) -> None:
        if self._task is not None and self._before:  # the block has not been left meanwhile
            self._cancels += 1
            self._task.cancel()

    def _leave(self) -> NoReturn:
        raise Terminated(self.received or signal.SIGTERM)
