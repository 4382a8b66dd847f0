"""When a session has settled, when to look again, and what a try in between means."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from clocks import FakeClock
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devin_async.base.outages import Outage, is_passing
from devin_async.base.secret import Redactor
from devin_async.errors import (
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    ResponseDecodeError,
    ServerError,
)
from devin_async.jobs.once import Once, create_once
from devin_async.jobs.tries import Tries
from devin_async.jobs.waiting import (
    Watch,
    has_ended,
    is_settled,
    lags,
    looks,
    pause_of,
    reason_of,
    still_shows,
)
from devin_async.models.sessions import Session
from devin_async.sandbox import ManualClock

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def clock_of(share=1.0):
    """Give a clock that begins at 0; jitter is a share of the longest."""
    return FakeClock(ManualClock(0), share=share)


def session(status="running", detail=None, updated_at=NOON, output=None):
    return Session(
        session_id="devin-1",
        org_id="org-1",
        url="https://example.com",
        status=status,
        status_detail=detail,
        tags=[],
        created_at=NOON,
        updated_at=updated_at,
        acus_consumed=0.0,
        pull_requests=[],
        structured_output=output,
    )


SETTLED = [
    ("exit", None),
    ("error", None),
    ("suspended", None),
    ("suspended", "inactivity"),
    ("suspended", "out_of_credits"),
    ("suspended", "a reason of tomorrow"),
    ("running", "finished"),
    ("running", "waiting_for_user"),
    ("running", "waiting_for_approval"),
]
UNSETTLED = [
    ("new", None),
    ("claimed", None),
    ("running", None),
    ("running", "working"),
    ("running", "a detail of tomorrow"),
    ("resuming", None),
    ("resuming", "finished"),
    ("a status of tomorrow", "finished"),
]


@pytest.mark.parametrize(("status", "detail"), SETTLED)
def test_a_session_that_does_nothing_more_by_itself_has_settled(status, detail):
    assert is_settled(session(status, detail))


@pytest.mark.parametrize(("status", "detail"), UNSETTLED)
def test_a_session_that_goes_on_has_not_settled(status, detail):
    assert not is_settled(session(status, detail))


@pytest.mark.parametrize(("status", "detail"), SETTLED + UNSETTLED)
def test_only_exit_and_error_are_ends(status, detail):
    assert has_ended(session(status, detail)) == (status in {"exit", "error"})


@pytest.mark.parametrize(
    ("seen", "lagging"),
    [
        (session("running", "finished"), True),
        (session("suspended", "inactivity"), True),
        (session("running", "finished", output={}), False),
        (session("exit"), False),
        (session("error"), False),
    ],
)
def test_output_lags_until_it_is_there_or_the_session_has_ended(seen, lagging):
    assert lags(seen) is lagging


def test_a_reason_is_the_status_and_its_detail():
    assert (
        reason_of(session("suspended", "out_of_credits"), Redactor()) == "suspended, out_of_credits"
    )
    assert reason_of(session("error"), Redactor()) == "error"


BEFORE = session("running", "finished")
SENT = session("running", None, NOON + timedelta(seconds=60))


@pytest.mark.parametrize("since", [BEFORE, SENT], ids=["before", "sent"])
def test_the_rest_from_before_a_message_still_shows(since):
    assert still_shows(BEFORE, since)


@pytest.mark.parametrize("since", [BEFORE, SENT], ids=["before", "sent"])
@pytest.mark.parametrize("seconds", [60, 61, 3600])
def test_a_rest_from_after_the_message_counts(since, seconds):
    assert not still_shows(session("running", "finished", NOON + timedelta(seconds=seconds)), since)


def test_an_end_counts_whenever_it_came():
    assert not still_shows(session("exit", updated_at=NOON - timedelta(days=1)), SENT)


def test_everything_counts_without_a_message():
    assert not still_shows(BEFORE, None)


PASSING = [ConnectionFailedError, RateLimitedError, RequestTimeoutError, ServerError]
LASTING = [
    BadRequestError,
    ConfigurationError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ResponseDecodeError,
]


@pytest.mark.parametrize("kind", PASSING + LASTING)
def test_what_may_pass_is_told_from_what_will_not(kind):
    assert is_passing(kind("it failed")) is (kind in PASSING)


@given(st.floats(0.001, 1000))
def test_looks_grow_from_the_interval_to_thirty_seconds_and_stay_there(interval):
    waits = list(itertools.islice(looks(interval), 40))
    assert waits[0] == interval
    assert waits == sorted(waits)
    assert waits[-1] == max(interval, 30)
    assert all(later <= 1.5 * sooner * 1.0001 for sooner, later in itertools.pairwise(waits))


@given(st.floats(0.001, 1000), st.floats(0, 1))
def test_a_pause_is_half_to_all_of_its_time(seconds, share):
    assert seconds / 2 <= pause_of(seconds, clock_of(share)) <= seconds


@given(st.floats(0.01, 5000), st.floats(0.1, 60), st.floats(0, 1))
def test_a_watch_ends_at_its_time_and_never_sleeps_past_it(timeout, interval, share):
    async def watched():
        clock = clock_of(share)
        watch = Watch(clock, timeout, interval)
        while await watch.pause():
            pass
        return clock

    clock = asyncio.run(watched())
    assert clock.now == pytest.approx(timeout)
    assert all(pause > 0 for pause in clock.sleeps)


async def test_a_watch_without_a_timeout_always_has_time():
    watch = Watch(clock_of(), None, 5)
    assert watch.left == float("inf")
    assert await watch.pause()


async def test_news_make_looks_frequent_again():
    clock = clock_of()
    watch = Watch(clock, None, 4)
    for _ in range(3):
        await watch.pause()
    watch.begin_anew()
    await watch.pause()
    assert clock.sleeps == [4, 6, 9, 4]


async def test_a_failed_look_is_remembered_until_one_goes_well():
    watch, failure = Watch(clock_of(), None, 5), ServerError("busy")

    async def fails():
        raise failure

    async def works():
        return 1

    assert await watch.look(fails) is None
    assert watch.failure is failure
    assert await watch.look(works) == 1
    assert watch.failure is None


class LateList:
    """A world in which lists show after *lag* seconds what the tries of *plan* made."""

    def __init__(self, plan, lag):
        self.clock, self.lag = clock_of(), lag
        self.plan, self.made = list(plan), []

    async def send(self):
        await asyncio.sleep(0)
        did, answered = self.plan.pop(0) if self.plan else (True, True)
        if did:
            self.made.append(self.clock.now)
        if not answered:
            raise OutcomeUnknownError("the connection broke")
        if not did:
            raise ConflictError("refused")
        return self.made[-1]

    async def look(self, tag):
        await asyncio.sleep(0)
        return next((at for at in self.made if at + self.lag <= self.clock.now), None)


ONCE = Once(key="k", strict=False, rerun=False, settle=120)


@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), max_size=6),
    st.floats(0, 120),
    st.integers(1, 4),
    st.integers(1, 4),
    st.booleans(),
)
def test_no_plan_of_failures_makes_two_while_lists_lag_less_than_settle(
    plan, lag, tasks, most_sends, strict
):
    world, tries = LateList(plan, lag), Tries()
    once = replace(ONCE, strict=strict)

    async def create():
        trying = tries.of("org-1/once:k", world.clock)
        return await create_once(once, world.send, world.look, trying, most_sends=most_sends)

    async def run():
        return await asyncio.gather(*(create() for _ in range(tasks)), return_exceptions=True)

    results = asyncio.run(run())
    assert len(world.made) <= 1
    assert all(one in world.made for one in results if isinstance(one, float))


async def test_an_outage_does_not_outlast_what_it_may_last():
    clock = FakeClock()
    outage = Outage(clock, 3600, "the work")
    began = clock.monotonic()
    await outage.live_through(RateLimitedError("full", status=429, retry_after=3000))
    assert clock.monotonic() - began == 3000
    for asked in (601, 86_400, 1e308):
        error = RateLimitedError("full", status=429, retry_after=asked)
        with pytest.raises(RateLimitedError) as caught:
            await outage.live_through(error)
        assert caught.value is error
    assert clock.monotonic() - began == 3000


async def test_a_long_wait_that_a_server_asks_for_is_told(caplog):
    clock = FakeClock()
    watch = Watch(clock, 600, 1)

    async def refused():
        raise RateLimitedError("full", status=429, retry_after=400)

    assert await watch.look(refused) is None
    assert await watch.pause()
    assert [record.getMessage() for record in caplog.records] == [
        "the next look is in 400.0 s, as the server asks: full"
    ]
