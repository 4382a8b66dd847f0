"""Budget: how many ACUs the sessions that a job starts may use together."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

from devin_async.base.arguments import check_count
from devin_async.base.writes import watched_writes
from devin_async.errors import BudgetExceededError, DevinError, InvalidArgumentError

__all__ = ["Admission", "Budget", "check_budget"]

T = TypeVar("T")


class Budget:
    """Admit a session only while the limits of all that were started fit; for `with_options`.

    Each session counts with its `max_acu_limit`, which is what it can cost at the most, from the
    moment that its create is sent. A create that certainly did not happen counts no more. One
    object may guard many clients and jobs of a process; it forgets with it. It guards
    `sessions.create` and `sessions.run`, and nothing that starts sessions by other ways.

    Args:
        acus: What all together may use, from 1.

    Raises:
        InvalidArgumentError: *acus* is no whole number from 1.
    """

    def __init__(self, acus: int) -> None:
        check_count("acus", acus, smallest=1)
        self.acus = acus
        self.reserved = 0

    def __repr__(self) -> str:
        return f"<Budget, {self.reserved} of {self.acus} ACUs>"

    @property
    def left(self) -> int:
        """ACUs that sessions can still be started with."""
        return self.acus - self.reserved

    def reserve(self, max_acu_limit: int | None) -> int:
        """Count a session that is about to be started; give what it counts with.

        Raises:
            BudgetExceededError: It has no limit, or one that does not fit.
        """
        if max_acu_limit is None:
            self._refuse("a session without max_acu_limit can use any number of ACUs")
        if max_acu_limit > self.left:
            self._refuse(f"max_acu_limit is {max_acu_limit}")
        self.reserved += max_acu_limit
        return max_acu_limit

    def release(self, acus: int) -> None:
        """Count a session no more that certainly was not started."""
        self.reserved -= acus

    def _refuse(self, reason: str) -> NoReturn:
        raise BudgetExceededError(
            f"{reason}; the budget of {self.acus} ACUs has {self.left} left, and nothing was sent"
        )


def check_budget(value: object) -> Budget | None:
    """Check what a caller passes as `budget=`.

    Raises:
        InvalidArgumentError: It is neither a `Budget` nor None.
    """
    if value is None or isinstance(value, Budget):
        return value
    raise InvalidArgumentError(
        f"budget is {value!r}; allowed: a Budget, such as Budget(acus=500), or None"
    )


class Admission:
    """One session against a budget, counted once however often its create is sent.

    Args:
        budget: The budget.
        max_acu_limit: What the session can cost.
    """

    def __init__(self, budget: Budget, max_acu_limit: int | None) -> None:
        self.budget = budget
        self.max_acu_limit = max_acu_limit
        self._reserved = 0
        self._may_run = False

    async def send(self, send: Callable[[], Awaitable[T]]) -> T:
        """Send the create if the budget admits it.

        Raises:
            BudgetExceededError: It does not; nothing was sent.
        """
        if not self._reserved:
            self._reserved = self.budget.reserve(self.max_acu_limit)
        try:
            return await send()
        except DevinError as error:
            self._may_run = self._may_run or error.outcome == "unknown"
            if not self._may_run:
                self._release()
            raise
        except asyncio.CancelledError:
            writes = watched_writes()
            if writes is not None and writes.is_stopped:  # before anything was written
                self._release()
            raise

    def _release(self) -> None:
        self.budget.release(self._reserved)
        self._reserved = 0
