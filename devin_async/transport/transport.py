"""What happens to a request between its method and its answer: pace, attempt, retry."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any, TypeVar

import aiohttp
import backoff
from aiohttp import hdrs
from attrs import define
from multidict import CIMultiDict

from devin_async.base.clock import Clock, clock_in_use
from devin_async.base.secret import Secret
from devin_async.base.tasks import cancel_and_wait
from devin_async.base.writes import begin_write
from devin_async.config import Config, KeySource, Options
from devin_async.errors import ConfigurationError, DevinError, RequestTimeoutError
from devin_async.events import Event, emit, tracing
from devin_async.jobs.tries import Tries
from devin_async.protocol.answers import (
    LONGEST_RETRY_AFTER,
    Answer,
    Failure,
    Verdict,
    classify,
    is_success,
    request_id,
    retry_after,
)
from devin_async.protocol.bodies import JSONBody, MultipartBody
from devin_async.protocol.dry_run import rehearse
from devin_async.protocol.pacing import Pacer, RetryBudget
from devin_async.protocol.problems import error_for
from devin_async.protocol.requests import Request
from devin_async.transport.downloads import Download
from devin_async.transport.keys import Keys, bare_key
from devin_async.transport.wire import Wire

__all__ = ["Transport"]

T = TypeVar("T")

logger = logging.getLogger("devin_async")

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_UNSHOWN_HEADERS = frozenset({"location", "set-cookie"})


@define(kw_only=True)
class _Call:
    """A call on its way: what it may still use, and what has happened to it."""

    request: Request
    options: Options
    started: float
    waits: Iterator[float] | None = None
    counted: int = 0
    refreshed: bool = False
    maybe_done: bool = False  # an earlier try may have reached the server
    sent_at: float = 0.0
    authorization: Secret | None = None  # as sent last
    limited: Answer | None = None  # the last 429

    def remaining(self, now: float) -> float:
        deadline = self.options.deadline
        return math.inf if deadline is None else self.started + deadline - now

    def next_wait(self) -> float:
        if self.waits is None:
            self.waits = backoff.expo(base=2, factor=_FIRST_WAIT, max_value=_LONGEST_WAIT)
            next(self.waits)  # backoff's generators begin with an empty step
        return next(self.waits)


class Transport:
    """The connection pool of a client and everything that its tasks share."""

    def __init__(
        self,
        config: Config,
        key: KeySource,
        *,
        session: aiohttp.ClientSession | None = None,
        ssl: SSLContext | None = None,
        trace_configs: Sequence[aiohttp.TraceConfig] = (),
    ) -> None:
        self.clock = clock_in_use()
        self.pacer = Pacer()
        self.budget = RetryBudget()
        self.tries = Tries()
        self._config = config
        self._wire = Wire(config, session, ssl, trace_configs)
        self._keys = Keys(key)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False
        self.open_clock = OpenClock(self)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that belongs to the client and ends with it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End the client's tasks, then its connections; a second call does nothing."""
        self._closed = True
        try:
            await cancel_and_wait(self._tasks)
        finally:  # also when whoever closes is cancelled
            await self._wire.close()

    def _open(self) -> None:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise ConfigurationError("the client is closed; make a new one")
        if self._loop is None:
            self._wire.open()
            self._loop = loop  # not before: a proxy that was refused would not be used any more
        elif self._loop is not loop:
            raise ConfigurationError(
                "the client was first used in another event loop, where its connections live; "
                "make one client for each loop"
            )

    def send(self, request: Request, options: Options) -> Coroutine[Any, Any, Answer]:
        """Send *request* until it is answered, by the retry table and within the deadline.

        Raises:
            DevinError: What stands for the last result; `outcome` tells what became of it.
        """
        quiet = options.on_event is None
        return self._send(request, options) if quiet else self._send_traced(request, options)

    async def _send_traced(self, request: Request, options: Options) -> Answer:
        route = request.method if request.is_raw else request.route
        url = request.url.partition("?")[0]  # the query may tell whom the caller looked for
        with tracing(options.on_event, "call", route=route, url=url):
            return await self._send(request, options)

    async def _send(self, request: Request, options: Options) -> Answer:
        self._open()
        if options.dry_run:
            rehearse(request)
        now = self.clock.monotonic()
        self.budget.request(now)
        call = _Call(request=request, options=options, started=now)
        writes = begin_write() if request.is_write else None
        try:
            while True:
                waited = self.pacer.rate is not None and await self._pace(call)
                call.authorization = self._keys.header or await self._ask_key(call, None)
                result = await self._attempt(call, call.authorization)
                if options.on_event is not None:
                    self._emit_result(call, result)
                self._learn(call, result, waited=waited)
                if is_success(result, request):
                    return result
                await self._prepare_repeat(call, result)
        except DevinError as error:
            if writes is not None and error.outcome != "unknown":
                writes.add(-1)
            raise

    @asynccontextmanager
    async def download(self, request: Request, options: Options) -> AsyncGenerator[Download]:
        """Send *request*, and open what its redirect leads to; the key does not go along.

        Raises:
            DevinError: As for `send`; also when the redirect leads where nobody should go.
        """
        answer = await self.send(request, options)
        async with self._wire.follow(request, answer, options) as download:
            yield download

    def _classify(self, call: _Call, result: Answer | Failure) -> Verdict:
        return classify(
            call.request,
            result,
            may_repeat=call.counted < call.options.max_attempts and not self._closed,
            may_refresh_key=self._keys.can_refresh and not call.refreshed,
        )

    async def _pace(self, call: _Call) -> bool:
        """Wait until the pacer lets it go; tell whether there was something to wait for."""
        ticket = self.pacer.ticket(self.clock.monotonic())
        try:
            return await self._queue(call, ticket)
        except BaseException:  # a fan-out that is cancelled has many in the queue
            self.pacer.give_back(ticket)
            raise

    async def _queue(self, call: _Call, ticket: int) -> bool:
        now = self.clock.monotonic()
        waited = False
        while (wait := self.pacer.wait(ticket, now)) > 0:
            waited = True
            remaining = call.remaining(now)
            if remaining <= 0 or self.pacer.blocked_for(now) > remaining:
                raise self._out_of_time(call, "the rate limit leaves no time before the deadline")
            await self._wait(call, min(wait, remaining))
            now = self.clock.monotonic()
        return waited

    def _out_of_time(self, call: _Call, message: str) -> DevinError:
        if call.limited is not None:
            return self._error(call, call.limited)
        request = call.request
        return RequestTimeoutError(
            message,
            outcome="unknown" if call.maybe_done else "not_sent",
            method=request.method,
            path=request.path,
            hint="Raise deadline= if it may take longer.",
        )

    async def sleep(self, seconds: float) -> None:
        """Wait, but not longer than the client is open; a call after that says that it is not."""
        if not self._closed:
            # A task, because the clock may be one that is made for tests.
            await self._while_open(self.clock.sleep(seconds))

    async def _while_open(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Await *work*, which close() ends; None if it did."""
        working = self.spawn(work)
        try:
            return await working
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._closed or (task is not None and task.cancelling()):
                raise
            return None

    async def _wait(self, call: _Call, seconds: float) -> None:
        await self.sleep(seconds)
        self._check_open(call)

    def _check_open(self, call: _Call) -> None:
        if self._closed:
            raise ConfigurationError(
                "the client was closed before the request could be sent",
                outcome="unknown" if call.maybe_done else "not_sent",
            )

    def _attempt(self, call: _Call, authorization: Secret) -> Coroutine[Any, Any, Answer | Failure]:
        self._check_open(call)
        call.counted += 1
        call.sent_at = self.clock.monotonic()
        remaining = call.remaining(call.sent_at)
        if remaining <= 0:
            raise self._out_of_time(call, "the deadline has passed")
        if call.options.on_event is not None:
            self._emit(call, "request")
        headers = self._headers(call, authorization)
        seconds = min(call.options.attempt_timeout, remaining)
        most_bytes = call.options.max_response_bytes
        return self._wire.attempt(call.request, headers, seconds, most_bytes)

    def _headers(self, call: _Call, authorization: Secret) -> dict[str, str]:
        headers = {
            hdrs.USER_AGENT: self._config.user_agent,
            hdrs.ACCEPT: "application/json",
            **call.options.headers,
            hdrs.AUTHORIZATION: authorization,
        }
        if isinstance(call.request.body, JSONBody):
            headers[hdrs.CONTENT_TYPE] = "application/json"
        return headers

    def _learn(self, call: _Call, result: Answer | Failure, *, waited: bool) -> None:
        """Tell the pacer what the answer says about the rate."""
        if isinstance(result, Failure):
            return
        now = self.clock.monotonic()
        if result.status == 429:  # noqa: PLR2004
            asked = retry_after(result.headers, self.clock.time())
            pause = None if asked is None else min(asked, LONGEST_RETRY_AFTER)
            self.pacer.limited(now, call.sent_at, pause)
        else:
            self.pacer.accepted(now, waited=waited)

    async def _prepare_repeat(self, call: _Call, result: Answer | Failure) -> None:
        """Wait until *call* may be tried again.

        Raises:
            DevinError: It may not.
        """
        verdict = self._classify(call, result)
        if verdict is Verdict.RAISE:
            raise self._error(call, result)
        if verdict is Verdict.REFRESH_KEY:
            await self._refresh_key(call, result)
            return
        wait = self._wait_before_repeat(call, result, verdict)
        if wait is None or not self._can_resend(call, result):
            raise self._error(call, result)
        arrived = result.sent if isinstance(result, Failure) else verdict is Verdict.REPEAT
        call.maybe_done = call.maybe_done or arrived
        self._report_retry(call, result, wait)
        if verdict is Verdict.REPEAT_LIMITED:
            call.counted -= 1  # a 429 counts against the deadline only
        await self._wait(call, wait)

    def _wait_before_repeat(
        self, call: _Call, result: Answer | Failure, verdict: Verdict
    ) -> float | None:
        """Choose the wait; None when the deadline or the retry budget does not allow a repeat."""
        now = self.clock.monotonic()
        asked = None
        if isinstance(result, Answer):
            asked = retry_after(result.headers, self.clock.time())
        wait = self.clock.jitter(call.next_wait()) if asked is None else asked
        if wait > call.remaining(now):
            return None
        if verdict is Verdict.REPEAT_LIMITED:
            call.limited = result if isinstance(result, Answer) else None
            # The pacer makes everybody wait for a Retry-After, this task included.
            return wait if asked is None else 0.0
        return min(wait, LONGEST_RETRY_AFTER) if self.budget.allows_repeat(now) else None

    def _can_resend(self, call: _Call, result: Answer | Failure) -> bool:
        body = call.request.body
        untouched = isinstance(result, Failure) and not result.sent
        return untouched or not isinstance(body, MultipartBody) or body.can_repeat

    async def _refresh_key(self, call: _Call, result: Answer | Failure) -> None:
        call.refreshed = True
        call.counted -= 1
        if await self._ask_key(call, call.authorization) == call.authorization:
            raise self._error(call, result)

    async def _ask_key(self, call: _Call, refused: Secret | None) -> Secret:
        """Ask for the key, not longer than the call may take and the client is open."""
        remaining = call.remaining(self.clock.monotonic())
        limit = asyncio.timeout(remaining if remaining < math.inf else None)
        try:
            async with limit:
                found = await self._while_open(self._keys.refresh(refused))
        except TimeoutError:
            if not limit.expired():  # the callable's own
                raise
            raise self._out_of_time(call, "the API key was not given before the deadline") from None
        self._check_open(call)
        assert found is not None  # noqa: S101 - only close() leaves it out
        return found

    def _error(self, call: _Call, result: Answer | Failure) -> DevinError:
        return error_for(
            call.request,
            result,
            maybe_done=call.maybe_done,
            secrets=self._secrets(call),
            now=self.clock.time(),
        )

    def _secrets(self, call: _Call) -> tuple[Secret, ...]:
        body = call.request.body
        # The key as sent: another task may have asked for a new one meanwhile.
        key = () if call.authorization is None else (bare_key(call.authorization),)
        return (*key, *(body.secrets if body is not None else ()))

    def _report_retry(self, call: _Call, result: Answer | Failure, wait: float) -> None:
        reason = f"status {result.status}" if isinstance(result, Answer) else result.detail
        wait = max(wait, self.pacer.blocked_for(self.clock.monotonic()))
        logger.info(
            "%s: %s, attempt %d, again in %.1f s", call.request.route, reason, call.counted, wait
        )
        if call.options.on_event is not None:
            self._emit(call, "retry", seconds=wait, reason=reason)

    def _emit_result(self, call: _Call, result: Answer | Failure) -> None:
        seconds = self.clock.monotonic() - call.sent_at
        if isinstance(result, Failure):
            self._emit(call, "response", seconds=seconds, reason=result.detail, failure=result.kind)
            return
        shown = CIMultiDict(result.headers)
        for name in _UNSHOWN_HEADERS:
            shown.popall(name, None)
        self._emit(
            call,
            "response",
            seconds=seconds,
            status=result.status,
            headers=shown,
            request_id=request_id(result.headers),
        )

    def _emit(self, call: _Call, kind: Any, **fields: Any) -> None:
        event = Event(kind=kind, route=call.request.route, attempt=call.counted, **fields)
        emit(call.options.on_event, event)


class OpenClock(Clock):
    """The clock of a client for what is done with many calls: it waits while the client is open."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        return self._transport.clock.monotonic()

    def time(self) -> float:
        """Give unix seconds."""
        return self._transport.clock.time()

    async def sleep(self, seconds: float) -> None:
        """Wait, but not longer than the client is open."""
        await self._transport.sleep(seconds)

    def jitter(self, seconds: float) -> float:
        """Choose how long to wait at the most *seconds*."""
        return self._transport.clock.jitter(seconds)
