"""One call on its way from its request to its answer: pace, attempt, retry."""

import asyncio
import contextlib
import logging
import math
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, TypeAlias

from aiohttp import hdrs
from attrs import define, field
from multidict import CIMultiDict

from devin_async import protocol
from devin_async.base.outages import pauses
from devin_async.base.secret import Redactor, Secret, secret_headers
from devin_async.base.writes import Writes, begin_write, watched_writes
from devin_async.config import Options
from devin_async.errors import DevinError, RequestOutcome, RequestTimeoutError
from devin_async.events import Event, emit
from devin_async.protocol.answers import (
    Answer,
    Failure,
    Verdict,
    classify,
    is_success,
    request_id,
    retry_after,
    wait_before_repeat,
)
from devin_async.protocol.bodies import JSONBody, MultipartBody
from devin_async.protocol.pacing import Pacer, RetryBudget
from devin_async.protocol.requests import Request
from devin_async.protocol.server_time import NOTICED_SECONDS, ServerTime
from devin_async.transport.keys import Keys
from devin_async.transport.lifetime import Lifetime
from devin_async.transport.wire import Wire

__all__ = ["Call", "Shared"]

logger = logging.getLogger("devin_async")

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_NOTICED_WAIT = 5.0
_QUEUE_NOTICES = 60.0  # seconds between two that somebody waits for the rate limit
_RETRY = "%s: %s, attempt %d, again in %.1f s"
_UNSHOWN_HEADERS = frozenset({"location", "set-cookie"})

_Headers: TypeAlias = "tuple[Mapping[str, str], Secret, CIMultiDict[str]]"
"""The caller's headers, the key, and all headers with these."""


@define(kw_only=True)
class Shared:
    """What all calls of a client share."""

    lifetime: Lifetime
    keys: Keys
    pacer: Pacer
    retry_budget: RetryBudget
    server_time: ServerTime
    wire: Wire
    is_skew_reported: bool = False
    queue_reported_at: float = -math.inf
    _redactor: Redactor = field(init=False, factory=Redactor)
    _key: Secret | None = field(init=False, default=None)  # of that redactor
    _headers: dict[bool, _Headers] = field(init=False, factory=dict[bool, "_Headers"])

    def headers(
        self, options: Options, authorization: Secret, *, has_json: bool
    ) -> CIMultiDict[str]:
        """Return the headers of a request, which are those of the last one for most."""
        own, last = options.headers, self._headers.get(has_json)
        if last is not None and last[0] is own and last[1] is authorization:
            return last[2]
        headers = CIMultiDict({**self.wire.headers, **own, hdrs.AUTHORIZATION: authorization})
        if has_json:
            headers[hdrs.CONTENT_TYPE] = "application/json"
        self._headers[has_json] = own, authorization, headers
        return headers

    def redactor(self, options: Options, request: Request | None) -> Redactor:
        """Return what strikes secrets, of a client and of *request*, out of a server's words."""
        own = (*self.keys.issued, *self.wire.proxy_secrets)
        body = None if request is None else request.body
        secrets = (*secret_headers(options.headers), *(() if body is None else body.secrets))
        if secrets:
            return Redactor((*own, *secrets))
        if self._key is None or self._key is not self.keys.header:
            self._redactor, self._key = Redactor(own), self.keys.header
        return self._redactor


class Call:
    """A call on its way: what it may still use, and what has happened to it.

    Attributes:
        shared: What it shares with the client's other calls.
        request: What it sends.
        options: The caller's.
        deadline: When it has to be over, on the monotonic clock.
        attempts: How many were made; those that were answered 429 are not counted.
    """

    # As all begin and most end; set here, not for each one.
    deadline: float = math.inf
    attempts: int = 0
    _waits: Iterator[float] | None = None
    _has_new_key: bool = False
    _maybe_done: bool = False  # an earlier try may have arrived
    _sent_at: float = 0.0
    _authorization: Secret | None = None  # as sent last
    _limited: Answer | None = None  # the last 429

    def __init__(self, shared: Shared, request: Request, options: Options) -> None:
        self.shared = shared
        self.request = request
        self.options = options

    async def send(self) -> Answer:
        """Send the request until it is answered, or nothing more may be tried.

        Raises:
            DevinError: What stands for the last result.
        """
        shared, options = self.shared, self.options
        clock = shared.lifetime.clock
        now = shared.lifetime.now()
        if options.deadline is not None:
            self.deadline = now + options.deadline
        shared.retry_budget.request(now)
        writes = self._begin_write() if self.request.endpoint.is_change else None
        try:
            while True:
                waited = shared.pacer.rate is not None and await self._pace()
                self._authorization = shared.keys.header or await self._ask_key(None)
                clock.request_began()
                try:
                    result = await self._attempt(self._authorization)
                finally:
                    clock.request_ended()
                if options.on_event is not None:
                    self._emit_result(result)
                if type(result) is Answer:
                    self._learn(result, waited=waited)
                if is_success(result, self.request):
                    return result
                await self._prepare_repeat(result)
        except DevinError as error:
            if writes is not None and error.outcome != "unknown":
                writes.add(-1)
            raise
        except Exception:  # the caller's own: of the callable of the key, or of what is uploaded
            if writes is not None and not self._maybe_done:
                writes.add(-1)
            raise

    def _begin_write(self) -> Writes | None:
        writes = begin_write()
        if writes is not None and writes.are_planned:
            protocol.dry_run.rehearse(self.request)
        return writes

    def _now(self) -> float:
        return self.shared.lifetime.now()

    @property
    def _outcome(self) -> RequestOutcome:
        return "unknown" if self._maybe_done else "not_sent"

    async def _pace(self) -> bool:
        """Wait until the pacer lets it go; tell whether there was something to wait for."""
        pacer = self.shared.pacer
        ticket = pacer.ticket(self._now())
        try:
            return await self._queue(ticket)
        except BaseException:  # a fan-out that is cancelled has many in the queue
            pacer.give_back(ticket)
            raise

    async def _queue(self, ticket: int) -> bool:
        pacer = self.shared.pacer
        now = self._now()
        waited = False
        while (wait := pacer.wait(ticket, now)) > 0:
            waited = True
            self._report_queue(wait, now)
            remaining = self.deadline - now
            if remaining <= 0 or pacer.blocked_for(now) > remaining:
                raise self._out_of_time("the rate limit leaves no time before the deadline")
            await self._wait(min(wait, remaining))
            now = self._now()
        return waited

    def _report_queue(self, wait: float, now: float) -> None:
        """Warn, once in a while for all calls, that the rate limit of the server holds them up."""
        shared = self.shared
        if wait >= _NOTICED_WAIT and now - shared.queue_reported_at >= _QUEUE_NOTICES:
            shared.queue_reported_at = now
            message = "%s: waits %.1f s or longer for the rate limit, like others"
            logger.warning(message, self.request.route, wait)

    def _out_of_time(self, message: str) -> DevinError:
        if self._limited is not None:
            return self._error(self._limited)
        return RequestTimeoutError(
            message,
            outcome=self._outcome,
            method=self.request.method,
            path=self.request.path,
            hint="Raise deadline= if it may take longer.",
            hint_kind="take_longer",
        )

    async def _wait(self, seconds: float) -> None:
        writes = watched_writes()
        own = int(self.request.endpoint.is_change and not self._maybe_done)
        with contextlib.nullcontext() if writes is None else writes.waiting(own):
            await self.shared.lifetime.sleep(seconds)
        self.shared.lifetime.check_open(self._outcome)

    def _attempt(self, authorization: Secret) -> Coroutine[Any, Any, Answer | Failure]:
        shared, options = self.shared, self.options
        if shared.lifetime.is_closed:
            shared.lifetime.check_open(self._outcome)
        self.attempts += 1
        self._sent_at = shared.lifetime.now()
        remaining = self.deadline - self._sent_at
        if remaining <= 0:
            raise self._out_of_time("the deadline has passed")
        if options.on_event is not None:
            self._emit("request")
        has_json = type(self.request.body) is JSONBody
        headers = shared.headers(options, authorization, has_json=has_json)
        seconds = min(options.attempt_timeout, remaining)
        return shared.wire.attempt(self.request, headers, seconds, options.max_response_bytes)

    def _learn(self, result: Answer, *, waited: bool) -> None:
        """Take from the answer what it says about the rate and the server's clock."""
        shared = self.shared
        now = shared.lifetime.now()
        if shared.server_time.is_news(result.headers, self._sent_at):
            wall = shared.lifetime.clock.time()
            shared.server_time.observe(result.headers, self._sent_at, now, wall)
            if not shared.is_skew_reported:
                self._report_skew(wall - now)
        if result.status == 429:  # noqa: PLR2004
            asked = retry_after(result.headers, shared.lifetime.clock.time())
            shared.pacer.limited(now, self._sent_at, asked)
        else:
            shared.pacer.accepted(now, waited=waited)

    def _report_skew(self, offset: float) -> None:
        """Warn once when this machine's clock, *offset* from the monotonic one, is wrong."""
        by_server = self.shared.server_time.offset
        skew = 0.0 if by_server is None else offset - by_server
        if abs(skew) >= NOTICED_SECONDS:
            self.shared.is_skew_reported = True
            logger.warning(
                "this machine's clock is %.0f s %s the server's; what is compared with times of "
                "the server goes by the server's",
                abs(skew),
                "ahead of" if skew > 0 else "behind",
            )

    async def _prepare_repeat(self, result: Answer | Failure) -> None:
        """Wait until it may be tried again.

        Raises:
            DevinError: It may not.
        """
        verdict = self._classify(result)
        if verdict is Verdict.RAISE:
            raise self._error(result)
        if verdict is Verdict.REFRESH_KEY:
            await self._refresh_key(result)
            return
        wait = self._wait_before_repeat(result, verdict)
        if wait is None or not self._can_resend(result):
            raise self._error(result)
        arrived = result.sent if isinstance(result, Failure) else verdict is Verdict.REPEAT
        self._maybe_done = self._maybe_done or arrived
        self._report_retry(result, wait)
        if verdict is Verdict.REPEAT_LIMITED:
            self.attempts -= 1  # a 429 counts against the deadline only
        await self._wait(wait)

    def _classify(self, result: Answer | Failure) -> Verdict:
        shared = self.shared
        attempts_left = self.attempts < self.options.max_attempts
        return classify(
            self.request,
            result,
            may_repeat=attempts_left and not shared.lifetime.is_closed,
            may_refresh_key=shared.keys.can_refresh and not self._has_new_key,
            may_wait=self.options.max_attempts > 1,
        )

    def _wait_before_repeat(self, result: Answer | Failure, verdict: Verdict) -> float | None:
        """Choose the wait; None when the deadline or the retry budget does not allow a repeat."""
        clock = self.shared.lifetime.clock
        now = clock.monotonic()
        asked = None
        if isinstance(result, Answer):
            asked = retry_after(result.headers, clock.time())
        backoff = clock.jitter(self._next_wait())
        is_limited = verdict is Verdict.REPEAT_LIMITED
        if is_limited:  # the pacer spreads those who come back from a 429
            backoff = max(0.0, backoff - (asked or 0.0))
        wait = wait_before_repeat(asked, backoff, self.deadline - now)
        if wait is None:
            return None
        if is_limited:
            self._limited = result if isinstance(result, Answer) else None
            return wait
        return wait if self.shared.retry_budget.allows_repeat(now) else None

    def _next_wait(self) -> float:
        if self._waits is None:
            self._waits = pauses(_FIRST_WAIT, longest=_LONGEST_WAIT)
        return next(self._waits)

    def _can_resend(self, result: Answer | Failure) -> bool:
        body = self.request.body
        untouched = isinstance(result, Failure) and not result.sent
        return untouched or not isinstance(body, MultipartBody) or body.can_repeat

    async def _refresh_key(self, result: Answer | Failure) -> None:
        self._has_new_key = True
        self.attempts -= 1
        if await self._ask_key(self._authorization) == self._authorization:
            raise self._error(result)

    async def _ask_key(self, refused: Secret | None) -> Secret:
        """Ask for the key, not longer than the call may take and the client is open."""
        lifetime = self.shared.lifetime
        remaining = self.deadline - self._now()
        limit = asyncio.timeout(remaining if remaining < math.inf else None)
        try:
            async with limit:
                key = await lifetime.while_open(self.shared.keys.refresh(refused))
        except TimeoutError:
            if not limit.expired():  # the callable's own
                raise
            raise self._out_of_time("the API key was not given before the deadline") from None
        lifetime.check_open(self._outcome)
        assert key is not None  # noqa: S101 - only close() leaves it out
        return key

    def _error(self, result: Answer | Failure) -> DevinError:
        return protocol.raising.error_for(
            self.request,
            result,
            maybe_done=self._maybe_done,
            redactor=self._redactor(),
            now=self.shared.lifetime.clock.time(),
        )

    def _redactor(self) -> Redactor:
        return self.shared.redactor(self.options, self.request)

    def _report_retry(self, result: Answer | Failure, wait: float) -> None:
        if isinstance(result, Answer):
            reason = f"status {result.status}"
        else:
            reason = self._redactor().line(result.detail)
        wait = max(wait, self.shared.pacer.blocked_for(self._now()))
        is_limited = isinstance(result, Answer) and result.status == 429  # noqa: PLR2004
        level = logging.WARNING if is_limited and wait >= _NOTICED_WAIT else logging.INFO
        logger.log(level, _RETRY, self.request.route, reason, self.attempts, wait)
        if self.options.on_event is not None:
            self._emit("retry", seconds=wait, reason=reason)

    def _emit_result(self, result: Answer | Failure) -> None:
        seconds = self._now() - self._sent_at
        redactor = self._redactor()
        if isinstance(result, Failure):
            reason = redactor.line(result.detail)
            self._emit("response", seconds=seconds, reason=reason, failure=result.kind)
            return
        headers = [one for one in result.headers.items() if one[0].lower() not in _UNSHOWN_HEADERS]
        text = "\n".join("\n".join(one) for one in headers)
        if redactor.strike(text) != text:
            headers = [(redactor.strike(name), redactor.strike(value)) for name, value in headers]
        shown = CIMultiDict(headers)
        self._emit(
            "response",
            seconds=seconds,
            status=result.status,
            headers=shown,
            request_id=request_id(shown),
        )

    def _emit(self, kind: Any, **fields: Any) -> None:
        event = Event(kind=kind, route=self.request.route, attempt=self.attempts, **fields)
        emit(self.options.on_event, event)
