"""The fault script: which requests go wrong, when, and how."""

import asyncio
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal

import attrs
import msgspec

from .problems import JSON, PROBLEM_JSON, Answer, Problem

Body = bytes | str | dict[str, Any]


@attrs.define(kw_only=True, eq=False)
class Fault:
    """Spoil some of the requests of a route.

    Without *at* and *probability* every request is spoiled, *times* at most. Several effects may be
    combined; of several faults that strike one request the first one injected is applied.

    Args:
        route: A method and a path template or a real path, such as `GET /v3/self`; `*` is a
            wildcard.
        at: The number of the request of this route to strike, or several; the first is 1.
        probability: The chance of each request, drawn from the sandbox's seed.
        times: How often it strikes at most, or None for no end.
        status: The status answered instead of doing the work.
        committed: Whether the work is done before *status* is answered.
        body: What the answer carries, a dict as JSON. Without *status* the work is done too.
        headers: Header fields to add to the answer.
        latency: Real seconds to wait before anything is done.
        reset: Break the connection `before` the work is done, or `after`, without an answer.
        cut_off: Whether to send half of the body, then end the connection.
        hold: An event the answer waits for after the work is done, or until the sandbox closes.

    Attributes:
        hits: How often it struck.
        seen: How many requests its route had.
    """

    route: str = "*"
    at: int | tuple[int, ...] | None = None
    probability: float | None = None
    times: int | None = None
    status: int | None = None
    committed: bool = False
    body: Body | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    latency: float = 0.0
    reset: Literal["before", "after"] | None = None
    cut_off: bool = False
    hold: asyncio.Event | None = None
    hits: int = attrs.field(default=0, init=False)
    seen: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        answer = (self.status, self.body, self.headers or None, self.cut_off or None)
        effects = (*answer, self.latency or None, self.reset, self.hold)
        if not _some(effects):
            raise ValueError("a fault needs an effect: status, body, headers, latency, reset, ...")
        if self.reset is not None and _some(answer):
            raise ValueError("after a reset there is no answer: leave out status, body and headers")
        if self.committed and self.status is None:
            raise ValueError("committed belongs to status: it says that the work was done")
        if self.at is not None and self.probability is not None:
            raise ValueError("at and probability exclude each other")
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise ValueError("probability must lie between 0 and 1")

    @property
    def does_work(self) -> bool:
        """Tell whether the request is served before the fault shows."""
        return self.reset != "before" and (self.status is None or self.committed)

    def matches(self, names: tuple[str, ...]) -> bool:
        """Tell whether the route is one of the names of a request."""
        return any(self.route == name or fnmatchcase(name, self.route) for name in names)

    def strikes(self, random: Random) -> bool:
        """Count one request of the route, and tell whether it goes wrong."""
        self.seen += 1
        if self.times is not None and self.hits >= self.times:
            return False
        if self.at is not None:
            return self.seen in (self.at if isinstance(self.at, tuple) else (self.at,))
        return self.probability is None or random.random() < self.probability

    def spoil(self, answer: Answer | None, path: str) -> Answer:
        """Return the answer as the fault leaves it.

        Args:
            answer: What the work answered, or None when it was not done.
            path: The path of the request.
        """
        if answer is None or self.status is not None:
            answer = Problem(self.status or 500, "A fault was injected").answer(path)
        if self.body is not None:
            content, content_type = _encoded(self.body, answer.status)
            answer = attrs.evolve(answer, body=content, content_type=content_type)
        return attrs.evolve(answer, headers={**answer.headers, **self.headers})


def _some(values: Iterable[object]) -> bool:
    return any(value is not None for value in values)


def _encoded(body: Body, status: int) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain"
    is_error = status >= 400  # noqa: PLR2004 - the first status that says something went wrong
    return msgspec.json.encode(body), PROBLEM_JSON if is_error else JSON


class FaultScript:
    """Hold the injected faults, each with its own random numbers.

    Args:
        seed: Makes the random ones repeat.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._injected = 0
        self._faults: list[tuple[Fault, Random]] = []

    def add(self, fault: Fault) -> None:
        """Add a fault after those already there."""
        self._faults.append((fault, Random(f"{self._seed}:{self._injected}")))
        self._injected += 1

    def clear(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def strike(self, names: tuple[str, ...]) -> Fault | None:
        """Return the fault that a request with these names meets, if any.

        Every fault of the route counts the request, whether or not an earlier one strikes.
        """
        struck = [
            fault
            for fault, random in self._faults
            if fault.matches(names) and fault.strikes(random)
        ]
        if not struck:
            return None
        struck[0].hits += 1
        return struck[0]
