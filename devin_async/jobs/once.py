"""Create once: look for what an earlier try may have made, before making it."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from msgspec import Struct

from devin_async.base.arguments import check_seconds
from devin_async.base.clock import Clock
from devin_async.base.outages import is_passing
from devin_async.errors import (
    DevinError,
    InvalidArgumentError,
    OutcomeUnknownError,
    ValidationFailedError,
)
from devin_async.jobs.tries import Trying
from devin_async.jobs.waiting import looks, pause_of

__all__ = ["Once", "check_once", "create_once", "is_rerunning", "rerunning"]

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


def is_rerunning() -> bool:
    """Tell whether this runs inside `rerunning`."""
    return _is_rerun.get()


class Once(Struct, frozen=True, kw_only=True):
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


def check_once(
    key: str | None, *, strict: bool = False, rerun: bool = False, settle: float = 0
) -> Once | None:
    """Check what a caller gave; None without a key.

    Raises:
        InvalidArgumentError: The key is no str, empty, too long or padded, *settle* is below 0, or
            something was said about a key that there is not.
    """
    check_seconds("settle", settle, may_be_zero=True)
    if key is None:
        if strict or rerun:
            options = {"once_strict": strict, "rerun": rerun}
            names = ", ".join(name for name, is_set in options.items() if is_set)
            raise InvalidArgumentError(f"{names} given without once=, which it is about")
        return None
    is_text = isinstance(key, str)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not is_text or not 0 < len(key.strip()) == len(key) <= _LONGEST_KEY or not key.isprintable():
        raise InvalidArgumentError(
            f"is {key!r}; allowed: 1 to {_LONGEST_KEY} printable characters, without spaces "
            "at the ends",
            argument="once",
        )
    return Once(key=key, strict=strict, rerun=rerun or is_rerunning(), settle=settle)


async def create_once(
    once: Once,
    send: Callable[[], Awaitable[T]],
    look: Callable[[str], Awaitable[T | None]],
    trying: Trying,
    *,
    most_sends: int,
) -> T:
    """Create it unless *look* finds it; look again, for `settle`, after each unknown outcome.

    Tasks of one client that create the same thing do so one after the other, and each looks for
    what the ones before it may have made.

    Raises:
        OutcomeUnknownError: It may have been created, and was not found.
    """
    async with trying.lock:
        may_be_there = once.rerun or trying.is_fresh
        existing = await (_search(once, look, trying.clock) if may_be_there else look(once.tag))
        sends = 0
        while existing is None:
            sends += 1
            try:
                return await trying.send(send, once.settle)
            except DevinError as error:
                if error.outcome != "unknown":
                    _explain(error, once)
                    raise
                unknown = error
            existing = await _search(once, look, trying.clock, unknown)
            if existing is None and (once.strict or sends == most_sends):
                raise _unknown(once, f"was not found within {once.settle:g} s") from unknown
        return existing


async def _search(
    once: Once,
    look: Callable[[str], Awaitable[T | None]],
    clock: Clock,
    unknown: DevinError | None = None,
) -> T | None:
    """Look until it is found or `settle` has passed; the last look has to have been answered."""
    waits = looks(_FIRST_LOOK)
    end = clock.monotonic() + once.settle
    while True:
        failed: DevinError | None = None
        try:
            existing = await look(once.tag)
        except DevinError as error:
            failed, existing = error, None
        if existing is not None:
            return existing
        left = end - clock.monotonic()
        if failed is not None and (left <= 0 or not is_passing(failed)):
            raise _unknown(once, f"cannot be looked for: {failed}") from (unknown or failed)
        if left <= 0:
            return None
        await clock.sleep(min(pause_of(next(waits), clock), left))


def _explain(error: DevinError, once: Once) -> None:
    """Say of a create whose tags were refused what the key has to do with it."""
    if isinstance(error, ValidationFailedError) and any("tags" in at for at, _ in error.errors):
        error.hint = (
            f"once= travels as the tag {once.tag!r}: have the organization allow it, or leave "
            "once= out. Nothing was started."
        )
        error.hint_kind = "once_tag"


def _unknown(once: Once, why: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"an earlier try of once={once.key!r} may have been done, and {why}",
        hint=f"Look for the tag {once.tag!r} before repeating it.",
    )
