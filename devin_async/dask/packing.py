"""What travels between the program and the Dask workers, as bytes.

It is pickled and loaded here and not by Dask, so that one result that cannot travel spoils no
other, and so that nothing leaves the program that holds a key.
"""

import contextlib
import os
import re
from asyncio import Future
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import getproxies

import cloudpickle  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
from attrs import frozen

from devin_async.base.secret import password_of
from devin_async.base.text import class_name
from devin_async.client import secrets_in_use
from devin_async.config import KEY_VARIABLES
from devin_async.errors import DevinError, InvalidArgumentError, OutcomeUnknownError
from devin_async.jobs.outcomes import Outcome

__all__ = ["Chunk", "Packed", "load", "lost", "packed", "packed_error", "packed_outcome", "settle"]

Packed = tuple[bool, bytes]
"""Whether an item went well, and its result or error, pickled."""

# A shorter one may stand by accident in what a pickle says of modules and functions.
_SHORTEST_SECRET = 8
_KEY_SHAPE = re.compile(rb"cog_[A-Za-z0-9_-]{16,}")
_cloudpickle: Any = cloudpickle
_dump: Callable[[object], bytes] = _cloudpickle.dumps
load: Callable[[bytes], Any] = _cloudpickle.loads


@frozen(kw_only=True)
class Chunk:
    """Items that travel together.

    Attributes:
        job: Name of the job, and of its `Member` on each Dask worker.
        name: Name of the chunk.
        items: The items, pickled.
        is_rerun: Whether an earlier try of them may have been cut off.
    """

    job: str
    name: str
    items: list[bytes]
    is_rerun: bool


def packed(name: str, value: object) -> bytes:
    """Pickle what goes to the Dask workers.

    Raises:
        InvalidArgumentError: It cannot be pickled, or holds an API key.
    """
    try:
        content = _dump(value)
    except Exception as error:
        raise InvalidArgumentError(
            f"{name} cannot be pickled, and has to be to reach the Dask workers: {error}",
            hint="Use the client that the worker is given, make connections and locks inside of "
            "it, and hand it plain values.",
        ) from error
    if _KEY_SHAPE.search(content) or any(one.encode() in content for one in _secrets()):
        raise InvalidArgumentError(
            f"{name} holds an API key, or another secret of a client or a proxy, which would "
            "travel through the Dask scheduler",
            hint="Set DEVIN_API_KEY, and what else it needs, where each Dask worker runs.",
        )
    return content


def _secrets() -> Iterator[str]:
    """Yield what nobody but the servers it is meant for may see, and that is told from a word."""
    own = (os.environ.get(variable, "") for variable in KEY_VARIABLES)
    proxies = (one for url in getproxies().values() for one in password_of(url))
    for secret in (*own, *proxies, *secrets_in_use()):
        if len(secret) >= _SHORTEST_SECRET:
            yield secret


def packed_outcome(outcome: Outcome[Any, Any]) -> Packed:
    """Pickle what became of an item."""
    if outcome.error is not None:
        return packed_error(outcome.error)
    try:
        return True, _dump(outcome.result)
    except Exception as error:  # noqa: BLE001 - pickling runs what the caller's classes define
        kind = type(outcome.result).__name__
        return packed_error(
            OutcomeUnknownError(
                f"the worker returned a {kind}, which cannot be pickled: {error}",
                hint="Return something small that can be, such as ids.",
            )
        )


def packed_error(error: Exception) -> Packed:
    """Pickle an error; one of ours stands for an error that cannot be pickled and loaded again."""
    with contextlib.suppress(Exception):
        content = _dump(error)
        load(content)
        return False, content
    message = f"the worker raised {class_name(error)}, which cannot be pickled: {error}"
    outcome = error.outcome if isinstance(error, DevinError) else "unknown"
    kind = OutcomeUnknownError if outcome == "unknown" else DevinError
    return False, _dump(kind(message, outcome=outcome))


def settle(future: Future[Any], packed: Packed) -> None:
    """Hand over what became of an item, unless nobody waits for it any more."""
    if future.done():
        return
    is_ok, content = packed
    try:
        value = load(content)
    except Exception as error:  # noqa: BLE001 - loading runs what the caller's classes define
        what = "result" if is_ok else "error"
        is_ok, value = False, OutcomeUnknownError(f"the {what} cannot be loaded here: {error}")
    if is_ok:
        future.set_result(value)
    else:
        future.set_exception(value)


def lost(why: str) -> OutcomeUnknownError:
    """Make the error of an item whose chunk did not come back."""
    return OutcomeUnknownError(
        f"a chunk on the Dask cluster was lost: {why}",
        hint="Look what was done before repeating it.",
    )
