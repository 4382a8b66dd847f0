"""What a ledger makes of items, outcomes and results: decided without I/O."""

import json
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs

from devin_async.base.text import class_name, is_unicode, printable
from devin_async.errors import (
    DevinError,
    DryRun,
    InvalidArgumentError,
    LedgerError,
    WaitTimeoutError,
)

__all__ = [
    "GIVE_KEY",
    "STATES",
    "Claim",
    "State",
    "check_distinct",
    "claim_of",
    "default_record",
    "encode_record",
    "error_line",
    "key_maker",
    "name_of",
    "settled_states",
    "state_after",
]

State = Literal["pending", "started", "done", "failed", "unknown"]
STATES: tuple[State, ...] = ("pending", "started", "done", "failed", "unknown")

Claim = Literal["run", "rerun", "skip", "twice"]

GIVE_KEY = "Give key=, a function that makes another str of each item."
_LONGEST_ERROR = 500
_encode = json.JSONEncoder(allow_nan=False).encode


def claim_of(state: State, *, is_own: bool, retry_failed: bool, rerun_unknown: bool) -> Claim:
    """Decide whether an item runs whose row has *state*.

    Args:
        state: "pending" for an item without a row, too.
        is_own: Whether the same fan-out wrote the row, so that it met the key before.
        retry_failed: Whether failed items run again.
        rerun_unknown: Whether items run again of which nobody knows what they did.
    """
    if is_own:
        return "twice"
    if state == "unknown":
        return "rerun" if rerun_unknown else "skip"
    return "run" if state == "pending" or (state == "failed" and retry_failed) else "skip"


def settled_states(*, retry_failed: bool, rerun_unknown: bool) -> Sequence[State]:
    """Tell which states of a row mean that no fan-out of this kind ever runs the item again."""
    claims = {
        state: claim_of(state, is_own=False, retry_failed=retry_failed, rerun_unknown=rerun_unknown)
        for state in STATES
    }
    # What is started now may be found unknown later.
    return [state for state in STATES if claims[state] == "skip" and state != "started"]


def state_after(error: Exception | None, *, was_unknown: bool = False) -> State | None:
    """Decide what an item's row says once its worker has ended; None for what it said before.

    What was waited for in vain was started all the same, so a `WaitTimeoutError` is no failure. Nor
    is an error after a write, which a second run would do again.

    Args:
        error: What the worker raised.
        was_unknown: Whether nobody knows what an earlier run of the item did: that it was rejected
            this time says nothing of then.
    """
    if error is None:
        return "done"
    if isinstance(error, DryRun):
        return None
    if isinstance(error, DevinError) and not isinstance(error, WaitTimeoutError):
        may_be_done = was_unknown or error.outcome == "unknown" or error.after_write
        return "unknown" if may_be_done else "failed"
    return "unknown"


def error_line(error: BaseException) -> str:
    """Tell an error in one line without a value that could be secret.

    The messages of our own errors hold none; of another's only its type and place are told.
    """
    name = type(error).__name__
    if isinstance(error, DevinError):
        text = f"{name}: {printable(' '.join(str(error).split()))}"
        return text if len(text) <= _LONGEST_ERROR else f"{text[: _LONGEST_ERROR - 3]}..."
    frames = traceback.extract_tb(error.__traceback__)
    return f"{name} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else name


def key_maker(key: Callable[[Any], str] | None) -> Callable[[Any], str]:
    """Return the function that makes an item's key, which fails on what cannot be one."""

    def make(item: Any) -> str:
        name: Any = _natural_key(item) if key is None else key(item)
        if not isinstance(name, str) or not name.strip():
            raise InvalidArgumentError(
                f"key= gave {_described(name)} for an item; allowed: a str that is not empty"
            )
        if not is_unicode(name):
            raise InvalidArgumentError(
                f"key= gave {name!r}, which is no Unicode text; allowed: a str of whole characters"
            )
        return name

    return make


def _natural_key(item: Any) -> str:
    name = item if isinstance(item, str) else getattr(item, "org_id", None)
    if not isinstance(name, str):
        raise InvalidArgumentError(
            f"an item is {class_name(item)}, which has no key by nature; give key=, a "
            "function that makes a str of an item"
        )
    return name


def name_of(item: object) -> str | None:
    """Return an item's `name`, by which people know it; None if it has none."""
    name = getattr(item, "name", None)
    return name if isinstance(name, str) and name.strip() and is_unicode(name) else None


def _described(value: object) -> str:
    return repr(value) if isinstance(value, str) else f"{class_name(value)}"


def check_distinct(keys: Sequence[str]) -> None:
    """Check that each key of a source stands for one item.

    Raises:
        LedgerError: Two have the same.
    """
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise LedgerError(
                f"two items of the source have the key {key!r}; nothing was started", hint=GIVE_KEY
            )
        seen.add(key)


def encode_record(value: Any) -> str:
    """Write as JSON what `record=` gave.

    Raises:
        LedgerError: It is not JSON; models are refused, since they can hold more than one may keep.
    """
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise LedgerError(
            f"record= gave what is no JSON: {error}",
            outcome="unknown",
            hint="The worker returned, and its result is on the outcome.",
        ) from None


def default_record(result: object) -> dict[str, str] | None:
    """Return the ids of a result and its url, without a query that could hold a signature."""
    record: dict[str, str] = {}
    for name, value in _fields_of(result):
        if not isinstance(name, str) or not isinstance(value, str):
            continue
        if name.endswith("_id"):
            record[name] = value
        elif name == "url":
            record[name] = value.partition("?")[0].partition("#")[0]
    return record or None


def _fields_of(result: object) -> Iterator[tuple[Any, Any]]:
    kind = type(result)
    if attrs.has(kind):
        for one in attrs.fields(kind):
            if one.repr:  # what is left out of the repr is secret
                yield one.name, getattr(result, one.name)
    elif isinstance(result, Mapping):
        yield from result.items()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    else:
        yield from getattr(result, "__dict__", {}).items()
