"""`examine`: look at the way to the API, then at each read operation, politely."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from attrs import define, field

from devin_async.base.clock import clock_in_use
from devin_async.base.text import one_line
from devin_async.client import DevinClient
from devin_async.codec.differences import Difference
from devin_async.codec.drift import DriftLog
from devin_async.config import is_loopback
from devin_async.doctor.network import check_clock, check_key, check_names, check_proxy, check_tls
from devin_async.doctor.operations import read_operations
from devin_async.doctor.report import Check, Examination, Mismatch, Status
from devin_async.errors import (
    APIStatusError,
    DevinError,
    NotFoundError,
    PermissionDeniedError,
    ResponseDecodeError,
)
from devin_async.events import Event, EventHandler
from devin_async.transport.environment import Trust

__all__ = ["examine"]

_PAUSE = 0.25
_ATTEMPTS, _DEADLINE = 3, 60.0

Progress = Callable[[Check], object]


@define
class _Watch:
    """What the events of one call tell besides what it returns."""

    mismatches: list[Mismatch] = field(factory=list[Mismatch])
    retries: list[str] = field(factory=list[str])
    last: Event | None = None

    def see(self, event: Event) -> None:
        """Take an event."""
        if event.kind == "retry":
            self.retries.append(str(event.reason or event.status))
        elif event.kind == "response":
            self.last = event


class _Mismatches(DriftLog):
    """Takes each difference for what it is met in; a client would tell of it once, and log it."""

    def __init__(self, take: Callable[[Mismatch], object]) -> None:
        super().__init__()
        self._take = take

    def add_difference(
        self, difference: Difference, route: str, on_event: EventHandler | None
    ) -> None:
        """Take a difference."""
        del route, on_event  # the call that is under way
        self._take(
            Mismatch(
                json_path=difference.json_path,
                expected=difference.expected,
                actual=difference.actual,
            )
        )


@define
class _Examiner:
    """Makes the checks, one after the other."""

    devin: DevinClient
    pause: float
    on_check: Progress | None
    checks: list[Check] = field(factory=list[Check])
    watch: _Watch = field(factory=_Watch)

    def add(self, check: Check) -> Check:
        """Keep a check and tell of it."""
        self.checks.append(check)
        if self.on_check is not None:
            self.on_check(check)
        return check

    async def call(self, name: str, permission: str | None, make: Callable[[], Any]) -> Any:
        """Make a call and judge it; give what it returned, None if it failed."""
        clock = clock_in_use()
        if self.checks and self.pause:
            await clock.sleep(self.pause)
        self.watch = _Watch()
        began, result, error = clock.monotonic(), None, None
        try:
            result = await make()
        except DevinError as failure:
            error = failure
        self.add(_judged(name, permission, self.watch, error, clock.monotonic() - began))
        return result

    def see(self, event: Event) -> None:
        """Take an event of the call that is under way."""
        self.watch.see(event)

    def take(self, mismatch: Mismatch) -> None:
        """Take what of its answer is not as the contract says."""
        self.watch.mismatches.append(mismatch)


async def examine(
    devin: DevinClient,
    *,
    org_id: str | None = None,
    pause: float | None = None,
    on_check: Progress | None = None,
) -> Examination:
    """Look at the way to the API, and at each read operation that needs no unknown id.

    One request at a time, one item each; nothing is written. A call that fails is a check, and
    raises nothing. What the contract does not say of an answer is told by type and path.

    Args:
        devin: The client; what it was made with is what is examined.
        org_id: Organization whose operations are looked at. Left out: the client's, else the key's
            own, else the first of the enterprise.
        pause: Seconds between two requests. Left out: 0.25, and none on this machine.
        on_check: Called with each `Check` as it is made.

    `GET /v3/self`, `GET /v3/enterprise/organizations`, and every other GET without an id.
    """
    config = devin._config  # noqa: SLF001 - what the client was made with
    host = urlsplit(config.base_url).hostname or ""
    usual = 0.0 if is_loopback(host) else _PAUSE
    examiner = _Examiner(devin, usual if pause is None else pause, on_check)
    examiner.devin = devin.with_options(
        on_event=examiner.see, max_attempts=_ATTEMPTS, deadline=_DEADLINE, dry_run=False
    )
    caller = examiner.devin._caller  # noqa: SLF001 - of this copy alone
    caller.reader.drift_log = _Mismatches(examiner.take)
    examiner.add(check_key(caller.pool.key))  # its form only
    examiner.add(check_proxy(config))
    names = examiner.add(await check_names(config))
    if not names.is_fault:
        arguments = caller.pool.session_arguments
        trust = Trust(arguments["ssl"], arguments["session"], config.trust_env)
        examiner.add(await check_tls(config, trust))
        await _look_around(examiner, org_id or config.org_id)
    return Examination(checks=examiner.checks)


async def _look_around(examiner: _Examiner, org_id: str | None) -> None:
    devin = examiner.devin
    me = await examiner.call("GET /v3/self", None, devin.whoami)
    answer = examiner.watch.last
    now = clock_in_use().time()
    trip = 0.0 if answer is None else answer.seconds
    examiner.add(check_clock(None if answer is None else answer.headers, now, trip))
    if me is None:
        return
    organizations = devin.enterprise.organizations
    endpoint = organizations.LIST
    first = await examiner.call(
        endpoint.route, endpoint.permission, organizations.list(page_size=1, limit=1).collect
    )
    chosen = org_id or me.default_org_id or (first[0].org_id if first else None)
    for operation in read_operations():
        route = operation.endpoint.route
        if any(check.name == route for check in examiner.checks):
            continue
        if operation.needs_organization and chosen is None:
            detail = "no organization to ask about"
            examiner.add(Check(name=route, status="skipped", detail=detail))
            continue
        permission = operation.endpoint.permission
        await examiner.call(route, permission, partial(operation.run, devin, chosen))


def _judged(
    name: str, permission: str | None, watch: _Watch, error: DevinError | None, seconds: float
) -> Check:
    """Say what became of a call."""
    mismatches = list(watch.mismatches)
    if isinstance(error, ResponseDecodeError):
        mismatches.append(
            Mismatch(json_path=error.json_path, expected="what the contract says", actual="other")
        )
    retried = f"failed before it was answered: {', '.join(watch.retries)}" if watch.retries else ""
    return Check(
        name=name,
        status=_status(error, watch),
        detail=retried if error is None else one_line(str(error)),
        permission=permission if isinstance(error, PermissionDeniedError) else None,
        http_status=error.status if isinstance(error, APIStatusError) else None,
        error=None if error is None else type(error).__name__,
        mismatches=mismatches,
        seconds=seconds,
    )


def _status(error: DevinError | None, watch: _Watch) -> Status:
    if isinstance(error, PermissionDeniedError):
        return "forbidden"
    if isinstance(error, NotFoundError):
        return "absent"
    if isinstance(error, ResponseDecodeError) or (error is None and watch.mismatches):
        return "differs"
    if error is not None:
        return "failed"
    return "unsteady" if watch.retries else "ok"
