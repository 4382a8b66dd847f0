"""The fault script: which requests go wrong, when, and how."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal, cast

import attrs
import msgspec

from devin_async.sandbox.base.problems import JSON, PROBLEM_JSON, Answer, Problem

Body = bytes | str | dict[str, Any]
Edit = Callable[[bytes, Mapping[str, str]], bytes]
"""Changes the body of a good answer, given the request's query."""

_FIRST_ERROR = 400
# A pattern with a method that is none, or without one, matches no request either.
_ROUTE = re.compile(r"\*|[A-Z?\[\]!]+( ?\*| /)")
_STATUSES = range(100, 600)


def check_route(route: str) -> str:
    """Check what is compared with the routes of requests: a mistyped one would match none."""
    if not isinstance(route, str) or not _ROUTE.match(route):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(
            f"route is {route!r}; allowed: a method and a path, such as 'GET /v3/self', or '*' for "
            "a part of them"
        )
    return route


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_whole(value) and value > 0


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
        edit: Changes the body of a good answer, given the request's query.
        query: Parameters of the query that the work sees instead of the client's.
        headers: Header fields to add to the answer.
        latency: Real seconds to wait before anything is done.
        reset: Break the connection `before` the work is done, or `after`, without an answer.
        cut_off: Whether to send half of the body, then end the connection.
        endless: Whether the body goes on and never ends.
        trickle: Real seconds before each of the pieces, 20 at the most, that the body comes in.
        hang_up: Whether to close the connection after the answer, without having said so.
        hold: An event the answer waits for after the work is done, or until the sandbox closes.

    Attributes:
        hits: How often it struck.
        seen: How many requests its route had.
    """

    route: str = "*"
    at: int | Sequence[int] | None = None
    probability: float | None = None
    times: int | None = None
    status: int | None = None
    committed: bool = False
    body: Body | None = None
    edit: Edit | None = None
    query: Mapping[str, str] = attrs.field(factory=dict[str, str])
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    latency: float = 0.0
    reset: Literal["before", "after"] | None = None
    cut_off: bool = False
    endless: bool = False
    trickle: float = 0.0
    hang_up: bool = False
    hold: asyncio.Event | None = None
    hits: int = attrs.field(default=0, init=False)
    seen: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        check_route(self.route)
        self._check_numbers()
        ways = (self.cut_off, self.endless, self.trickle > 0, self.hang_up)
        changes = (self.edit, self.query or None, self.headers or None)
        answer = (self.status, self.body, *changes, any(ways) or None)
        effects = (*answer, self.latency or None, self.reset, self.hold)
        if not _some(effects):
            raise ValueError("a fault needs an effect: status, body, headers, latency, reset, ...")
        if self.reset is not None and _some(answer):
            raise ValueError("after a reset there is no answer: leave out status, body and headers")
        if sum(ways) > 1:
            raise ValueError("cut_off, endless, trickle and hang_up exclude each other")
        if self.edit is not None and _some((self.status, self.body)):
            raise ValueError("edit changes a good answer: leave out status and body")
        if self.committed and self.status is None:
            raise ValueError("committed belongs to status: it says that the work was done")
        if self.at is not None and self.probability is not None:
            raise ValueError("at and probability exclude each other")
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise ValueError("probability must lie between 0 and 1")

    def _check_numbers(self) -> None:
        """Refuse what could only be found out by a fault that does not strike."""
        if self.status is not None and not (_is_whole(self.status) and self.status in _STATUSES):
            raise ValueError(f"status is {self.status!r}; allowed: a whole number, 100 to 599")
        if self.times is not None and not _is_count(self.times):
            raise ValueError(f"times is {self.times!r}; allowed: a whole number from 1")
        for name in ("probability", "latency", "trickle"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int | float) and value >= 0):
                raise ValueError(f"{name} is {value!r}; allowed: a number from 0")
        if self.at is not None and not (self._places and all(map(_is_count, self._places))):
            raise ValueError(f"at is {self.at!r}; allowed: a whole number from 1, or several")

    @property
    def _places(self) -> Sequence[int]:
        is_list = isinstance(self.at, Sequence) and not isinstance(self.at, str)
        return cast("Sequence[int]", self.at) if is_list else (cast("int", self.at),)

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
            return self.seen in self._places
        return self.probability is None or random.random() < self.probability

    def spoil(self, answer: Answer | None, path: str, query: Mapping[str, str]) -> Answer:
        """Return the answer as the fault leaves it.

        Args:
            answer: What the work answered, or None when it was not done.
            path: The path of the request.
            query: The query of the request.
        """
        if answer is None or self.status is not None:
            answer = Problem(self.status or 500, "A fault was injected").answer(path)
        if self.body is not None:
            content, content_type = _encoded(self.body, answer.status)
            answer = attrs.evolve(answer, body=content, content_type=content_type)
        if self.edit is not None and answer.status < _FIRST_ERROR:
            answer = attrs.evolve(answer, body=self.edit(answer.body, query))
        return attrs.evolve(answer, headers={**answer.headers, **self.headers})


def _some(values: Iterable[object]) -> bool:
    return any(value is not None for value in values)


def _encoded(body: Body, status: int) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain"
    return msgspec.json.encode(body), PROBLEM_JSON if status >= _FIRST_ERROR else JSON


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
        """Add a fault after those already there.

        Raises:
            ValueError: It is none.
        """
        if not isinstance(fault, Fault):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"fault is {fault!r}; allowed: a Fault, such as Fault(status=502)")  # noqa: TRY004 - as all that is refused here
        self._faults.append((fault, Random(f"{self._seed}:{self._injected}")))
        self._injected += 1

    @property
    def faults(self) -> list[Fault]:
        """Return the faults, in the order they were added."""
        return [fault for fault, _ in self._faults]

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
