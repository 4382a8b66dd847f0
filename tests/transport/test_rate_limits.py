"""429 and Retry-After: who waits, how long, and what counts."""

import asyncio
import logging

import pytest
from clocks import UNIX_START
from scripted_server import after, answer
from waiting import until

from devin_async import RateLimitedError


async def test_retry_after_in_seconds_is_waited(devin, server, clock):
    server.script = [answer(429, Retry_After="7"), answer()]
    await devin.request("GET", "/v3/thing")
    assert sum(clock.sleeps) == 7.0


async def test_retry_after_in_milliseconds_is_waited(devin, server, clock):
    server.script = [answer(429, Retry_After_Ms="1500", Retry_After="2"), answer()]
    await devin.request("GET", "/v3/thing")
    assert sum(clock.sleeps) == 1.5


async def test_retry_after_as_date_is_waited(devin, server, clock):
    clock.time = lambda: UNIX_START
    server.script = [answer(429, Retry_After="Mon, 21 Sep 2026 14:13:30 GMT"), answer()]
    await devin.request("GET", "/v3/thing")
    assert sum(clock.sleeps) == 10.0


async def test_retry_after_as_date_is_compared_with_the_date_of_the_answer(devin, server, clock):
    headers = {
        "Date": "Tue, 01 Jan 2030 00:00:00 GMT",
        "Retry_After": "Tue, 01 Jan 2030 00:00:20 GMT",
    }
    server.script = [answer(429, **headers), answer()]
    await devin.request("GET", "/v3/thing")
    assert sum(clock.sleeps) == 20.0


async def test_a_post_succeeds_after_a_429(devin, server):
    server.script = [answer(429, Retry_After="1"), answer(200, {"ok": True})]
    response = await devin.request("POST", "/v3/thing", json={"prompt": "x"})
    assert response.json() == {"ok": True}
    assert [request.body for request in server.requests] == [b'{"prompt":"x"}'] * 2


async def test_one_attempt_is_one_request_after_a_429_too(connect, server, clock):
    devin = connect(server.url, max_attempts=1)
    server.script = [answer(429, {"detail": "slow down"}, Retry_After="1"), answer()]
    with pytest.raises(RateLimitedError, match="slow down"):
        await devin.request("POST", "/v3/thing")
    assert (len(server.requests), clock.sleeps) == (1, [])


async def test_waits_on_429_are_no_attempts(connect, server):
    devin = connect(server.url, max_attempts=2)
    server.script = [*[answer(429, Retry_After="1")] * 8, answer(200, {"ok": True})]
    response = await devin.request("POST", "/v3/thing")
    assert response.json() == {"ok": True}
    assert len(server.requests) == 9


async def test_a_retry_after_429_is_told_with_its_attempt_and_its_wait(
    devin, server, events, caplog
):
    caplog.set_level(logging.INFO, "devin_async")
    server.script = [answer(503), answer(429, Retry_After="30"), answer()]
    await devin.request("GET", "/v3/thing")
    assert [(event.kind, event.attempt, event.seconds) for event in events if event.reason] == [
        ("retry", 1, 0.5),
        ("retry", 2, 30.0),
    ]
    assert "GET /v3/thing: status 429, attempt 2, again in 30.0 s" in caplog.messages


@pytest.mark.parametrize(("asked", "level"), [("4.9", "INFO"), ("5", "WARNING")])
async def test_a_wait_of_five_seconds_is_a_warning(devin, server, caplog, asked, level):
    caplog.set_level(logging.INFO, "devin_async")
    server.script = [answer(429, Retry_After=asked), answer()]
    await devin.request("GET", "/v3/thing")
    (line,) = (one for one in caplog.records if "status 429" in one.getMessage())
    assert line.levelname == level


async def test_who_only_waits_for_others_to_have_waited_is_told_once(
    connect, server, stepped_clock, caplog
):
    devin = connect(server.url, clock=stepped_clock)
    server.script = [answer(429, Retry_After="20"), answer()]
    calls = [asyncio.create_task(devin.request("GET", "/v3/first"))]
    await until(lambda: len(stepped_clock.sleepers) == 1)
    calls += [asyncio.create_task(devin.request("POST", "/v3/later")) for _ in range(5)]
    await until(lambda: len(stepped_clock.sleepers) == 6)
    await stepped_clock.advance(100)
    assert [(await call).status for call in calls] == [200] * 6
    warnings = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert warnings == [
        "GET /v3/first: status 429, attempt 1, again in 20.0 s",
        "POST /v3/later: waits 20.0 s or longer for the rate limit, like others",
    ]


async def test_a_429_without_retry_after_backs_off(devin, server, clock):
    server.script = [*[answer(429)] * 3, answer()]
    await devin.request("GET", "/v3/thing")
    assert sum(clock.sleeps) >= 0.5 + 1.0 + 2.0


async def test_retry_after_beyond_the_deadline_raises_at_once(connect, server, clock):
    devin = connect(server.url, deadline=30)
    server.script = [answer(429, {"detail": "slow down"}, Retry_After="31"), answer()]
    with pytest.raises(RateLimitedError, match="slow down") as caught:
        await devin.request("POST", "/v3/thing")
    assert (caught.value.retry_after, caught.value.outcome) == (31.0, "rejected")
    assert clock.sleeps == []


async def test_a_server_that_only_says_429_ends_at_the_deadline(connect, server, clock):
    devin = connect(server.url, deadline=20)
    server.script = [answer(429, Retry_After="6")]
    with pytest.raises(RateLimitedError):
        await devin.request("GET", "/v3/thing")
    assert sum(clock.sleeps) <= 20
    assert 2 <= len(server.requests) <= 4


async def test_after_a_429_nobody_sends_before_retry_after(connect, server, stepped_clock):
    devin = connect(server.url, clock=stepped_clock)
    server.script = [answer(429, Retry_After="7"), answer()]
    calls = [asyncio.create_task(devin.request("GET", "/v3/first"))]
    await until(lambda: len(stepped_clock.sleepers) == 1)
    calls += [asyncio.create_task(devin.request("POST", "/v3/later")) for _ in range(5)]
    await until(lambda: len(stepped_clock.sleepers) == 6)
    await stepped_clock.advance(6.9)
    assert len(server.requests) == 1
    await stepped_clock.advance(100)
    assert [response.status for response in await asyncio.gather(*calls)] == [200] * 6
    assert len(server.requests) == 7


async def test_a_retry_after_met_by_another_holds_for_who_waits_already(
    connect, server, stepped_clock
):
    devin = connect(server.url, clock=stepped_clock)
    release = asyncio.Event()
    held = after(release, answer(429, Retry_After="60"))
    server.script = [held, answer(429, Retry_After="2"), answer()]
    first = asyncio.create_task(devin.request("GET", "/v3/first"))
    await server.received(1)
    second = asyncio.create_task(devin.request("GET", "/v3/second"))
    await until(lambda: len(stepped_clock.sleepers) == 1)
    release.set()
    await until(lambda: len(stepped_clock.sleepers) == 2)
    await stepped_clock.advance(59)
    assert len(server.requests) == 2
    await stepped_clock.advance(100)
    assert [(await call).status for call in (first, second)] == [200, 200]


async def test_calls_that_were_cancelled_in_the_queue_hold_nobody_up(
    connect, server, stepped_clock
):
    devin = connect(server.url, clock=stepped_clock)
    server.script = [answer(429, Retry_After="1"), answer()]
    calls = [asyncio.create_task(devin.request("GET", "/v3/first"))]
    await until(lambda: len(stepped_clock.sleepers) == 1)
    calls += [asyncio.create_task(devin.request("GET", "/v3/later")) for _ in range(100)]
    await until(lambda: len(stepped_clock.sleepers) == 101)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    call = asyncio.create_task(devin.request("GET", "/v3/next"))
    await until(lambda: len(stepped_clock.sleepers) == 1)
    await stepped_clock.advance(2.0)
    assert (await call).status == 200
