"""Run the tests in uvloop, by `pytest --uvloop`: async ones, and what is given to asyncio.run."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

__all__ = ["MovableLoop", "OnUvloop"]


class _Timer(asyncio.TimerHandle):
    """A timer of the loop, and the real one that rings for it."""

    real: asyncio.TimerHandle
    __hash__ = object.__hash__
    __eq__ = object.__eq__


class MovableLoop(uvloop.Loop):
    """A loop of uvloop whose `time` may be replaced, as asyncio's may.

    Its own timers would not know of that, so that each of them is set anew when it is.
    """

    def __init__(self) -> None:
        super().__init__()
        self._own_time: Callable[[], float] = super().time
        self._timers: set[_Timer] = set()

    @property
    def time(self) -> Callable[[], float]:
        return self._own_time

    @time.setter
    def time(self, time: Callable[[], float]) -> None:
        self._own_time = time
        for timer in self._timers:
            timer.real.cancel()
            self._set(timer)

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        timer = _Timer(when, callback, args, self, context)
        self._timers.add(timer)
        self._set(timer)
        return timer

    def _set(self, timer: _Timer) -> None:
        timer.real = super().call_later(max(0, timer.when() - self.time()), self._ring, timer)

    def _ring(self, timer: _Timer) -> None:
        if timer.when() > self.time():  # it stands
            self._set(timer)
            return
        self._timers.remove(timer)
        timer._run()

    def _timer_handle_cancelled(self, timer: _Timer) -> None:
        if timer in self._timers:
            self._timers.remove(timer)
            timer.real.cancel()


class OnUvloop:
    """A plugin of pytest that is registered when uvloop is asked for."""

    def __init__(self, config: pytest.Config) -> None:
        # It warns of what its end leaves open, in C; raised there, the loop would never end.
        config.addinivalue_line("filterwarnings", "ignore:unclosed resource:ResourceWarning")
        if sys.version_info < (3, 14):  # from there on policies are deprecated
            asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

    @pytest.hookimpl(optionalhook=True)  # of pytest-asyncio 1.4 and newer
    def pytest_asyncio_loop_factories(self, config, item):
        return {"uvloop": MovableLoop}
