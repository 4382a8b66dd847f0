"""Create once: look for what an earlier try may have made, before making it."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from attrs import frozen

from devin_async.clock import Clock
from devin_async.errors import (
    DevinError,
    InvalidArgumentError,
    OutcomeUnknownError,
    ValidationFailedError,
)
from devin_async.values import check_text
from devin_async.waiting import is_passing, looks, pause_of

__all__ = ["Once", "check_once", "create_once", "rerunning"]

T = TypeVar("T")

_LONGEST_KEY = 200
_FIRST_LOOK = 1.0
_is_rerun: ContextVar[bool] = ContextVar("devin_async_rerun", default=False)


@contextmanager
def rerunning() -> Generator[None]:
    """Tell each create inside that an earlier try of it may have been cut off."""
    token = _is_rerun.set(True)
    try:
        yield
    finally:
        _is_rerun.reset(token)


@frozen(kw_only=True)
class Once:
    """How a create is kept from being done twice.

    Attributes:
        key: Key of the piece of work.
        strict: Raise instead of creating again after an unknown outcome.
        rerun: An earlier try may have been cut off just now.
        settle: Seconds that what was created may be missing in lists.
    """

    key: str
    strict: bool
    rerun: bool
    settle: float

    @property
    def tag(self) -> str:
        """The tag that the key travels as."""
        return f"once:{self.key}"


def check_once(key: str, *, strict: bool, rerun: bool, settle: float) -> Once:
    """Check what a caller gave.

    Raises:
        InvalidArgumentError: The key is empty, too long or padded, or *settle* is below 0.
    """
    check_text("once", key, smallest=1, largest=_LONGEST_KEY)
    if key != key.strip():
        raise InvalidArgumentError(f"once is {key!r}; allowed: a key without spaces at its ends")
    if isinstance(settle, bool) or not settle >= 0:
        raise InvalidArgumentError(f"settle is {settle!r}; allowed: a number of seconds from 0")
    return Once(key=key, strict=strict, rerun=rerun or _is_rerun.get(), settle=settle)


async def create_once(
    once: Once,
    send: Callable[[], Awaitable[T]],
    look: Callable[[str], Awaitable[T | None]],
    *,
    clock: Clock,
    most_sends: int,
) -> T:
    """Create it unless *look* finds it; look again, for `settle`, after each unknown outcome.

    Raises:
        OutcomeUnknownError: It may have been created, and was not found.
    """
    found = await (_search(once, look, clock, None) if once.rerun else look(once.tag))
    sends = 0
    while found is None:
        sends += 1
        try:
            return await send()
        except DevinError as error:
            if error.outcome != "unknown":
                raise _explained(error, once) from None
            unknown = error
        found = await _search(once, look, clock, unknown)
        if found is None and (once.strict or sends == most_sends):
            raise _unknown(once, f"was not found within {once.settle:g} s") from unknown
    return found


async def _search(
    once: Once, look: Callable[[str], Awaitable[T | None]], clock: Clock, unknown: DevinError | None
) -> T | None:
    """Look until it is found or `settle` has passed; the last look has to have been answered."""
    waits = looks(_FIRST_LOOK)
    end = clock.monotonic() + once.settle
    while True:
        failed: DevinError | None = None
        try:
            found = await look(once.tag)
        except DevinError as error:
            failed, found = error, None
        if found is not None:
            return found
        left = end - clock.monotonic()
        if failed is not None and (left <= 0 or not is_passing(failed)):
            raise _unknown(once, f"cannot be looked for: {failed}") from (unknown or failed)
        if left <= 0:
            return None
        await clock.sleep(min(pause_of(next(waits), clock), left))


def _explained(error: DevinError, once: Once) -> DevinError:
    """Say of a create that was refused for the key's tag what that means."""
    if isinstance(error, ValidationFailedError) and any("tags" in at for at, _ in error.errors):
        error.hint = (
            f"once= needs the tag {once.tag!r}, which the organization does not allow: allow "
            "it, or leave once= out. Nothing was started."
        )
    return error


def _unknown(once: Once, why: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"an earlier try of once={once.key!r} may have been done, and {why}",
        hint=f"Look for the tag {once.tag!r} before repeating it.",
    )
