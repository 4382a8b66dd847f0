"""The retry table, seen from the server: how often it got a request, and what was raised."""

import asyncio
import logging

import pytest
from clocks import SteppedClock
from inside import live_in
from scripted_server import answer, cut_off, drop, outlast, raw, reset
from waiting import until

from devin_async import (
    ConnectionFailedError,
    DevinClient,
    InvalidArgumentError,
    OutcomeUnknownError,
    RequestTimeoutError,
    ServerError,
)

REPEATED = ("GET", "HEAD", "PUT", "DELETE")
NOT_REPEATED = ("POST", "PATCH")
PASSING = (408, 500, 502, 503, 504, 507, 511, 520, 524, 530, 599)
FINAL = (301, 400, 401, 403, 404, 405, 407, 409, 410, 413, 422, 501, 505)
BROKEN = pytest.mark.parametrize("fault", [reset, drop, cut_off()], ids=["reset", "drop", "cut"])


@BROKEN
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_safe_method_is_repeated_after_a_broken_connection(devin, server, method, fault):
    server.script = [fault, answer(200, {"ok": True})]
    response = await devin.request(method, "/v3/thing")
    assert response.json() == {"ok": True}
    assert len(server.requests) == 2


@BROKEN
@pytest.mark.parametrize("method", NOT_REPEATED)
async def test_a_write_is_not_repeated_after_a_broken_connection(devin, server, method, fault):
    server.script = [fault, answer()]
    with pytest.raises(OutcomeUnknownError, match="after the request was sent") as caught:
        await devin.request(method, "/v3/thing", json={"prompt": "x"})
    assert caught.value.outcome == "unknown"
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_safe_method_is_repeated_after_a_timeout(connect, server, method):
    devin = connect(server.url, attempt_timeout=50)
    server.script = [outlast(51), answer(200, {"ok": True})]
    response = await devin.request(method, "/v3/thing")
    assert response.json() == {"ok": True}
    assert len(server.requests) == 2


@pytest.mark.parametrize("method", NOT_REPEATED)
async def test_a_write_is_not_repeated_after_a_timeout(connect, server, method):
    devin = connect(server.url, attempt_timeout=50)
    server.script = [outlast(51), answer()]
    with pytest.raises(OutcomeUnknownError, match="no answer in time") as caught:
        await devin.request(method, "/v3/thing", json={})
    assert caught.value.outcome == "unknown"
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", PASSING)
@pytest.mark.parametrize("method", REPEATED)
async def test_a_safe_method_is_repeated_after_a_passing_status(devin, server, method, status):
    server.script = [answer(status, b""), answer(200, b"")]
    response = await devin.request(method, "/v3/thing")
    assert response.status == 200
    assert [request.method for request in server.requests] == [method, method]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("method", NOT_REPEATED)
async def test_a_write_that_meets_5xx_has_an_unknown_outcome(devin, server, method, status):
    server.script = [answer(status, {"detail": "bad gateway"}), answer()]
    with pytest.raises(OutcomeUnknownError, match="bad gateway") as caught:
        await devin.request(method, "/v3/thing", json={})
    assert isinstance(caught.value, ServerError)
    assert (caught.value.outcome, caught.value.status) == ("unknown", status)
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", NOT_REPEATED)
async def test_a_write_that_meets_408_has_an_unknown_outcome(devin, server, method):
    server.script = [answer(408), answer()]
    with pytest.raises(OutcomeUnknownError) as caught:
        await devin.request(method, "/v3/thing", json={})
    assert (caught.value.outcome, caught.value.status) == ("unknown", 408)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize("method", [*REPEATED, *NOT_REPEATED])
async def test_a_final_status_is_raised_at_once(devin, server, method, status):
    server.script = [answer(status, b""), answer(200, b"")]
    with pytest.raises(Exception, match=f"answered {status}") as caught:
        await devin.request(method, "/v3/thing")
    assert caught.value.status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", [*REPEATED, *NOT_REPEATED])
async def test_every_method_is_repeated_after_429(devin, server, method):
    server.script = [answer(429, b""), answer(429, b""), answer(200, b"")]
    response = await devin.request(method, "/v3/thing")
    assert response.status == 200
    assert len(server.requests) == 3


@pytest.mark.parametrize("method", [*REPEATED, *NOT_REPEATED])
async def test_every_method_is_repeated_after_a_refused_connection(
    connect, server, clock, unused, method
):
    devin = connect(unused.url)
    clock.on_sleep = unused.start
    response = await devin.request(method, "/v3/thing")
    assert response.status == 200
    assert [request.method for request in unused.requests] == [method]
    assert clock.sleeps == [0.5]


async def test_a_refused_connection_was_not_sent(connect, unused):
    devin = connect(unused.url, max_attempts=1)
    with pytest.raises(ConnectionFailedError) as caught:
        await devin.request("POST", "/v3/thing", json={})
    assert caught.value.outcome == "not_sent"


async def test_a_committed_post_that_was_reset_runs_once(sandboxed, sandbox, spoil):
    spoil("POST *", reset="after")
    sessions = sandboxed.organization(sandbox.organization_ids[0]).sessions
    with pytest.raises(OutcomeUnknownError) as caught:
        await sessions.create("once")
    assert caught.value.outcome == "unknown"
    assert sandbox.count("POST *") == 1
    assert len(await sessions.list().collect()) == 1


async def test_a_committed_post_that_met_502_runs_once(sandboxed, sandbox, spoil):
    spoil("POST *", status=502, committed=True)
    sessions = sandboxed.organization(sandbox.organization_ids[0]).sessions
    with pytest.raises(OutcomeUnknownError) as caught:
        await sessions.create("once")
    assert isinstance(caught.value, ServerError)
    assert sandbox.count("POST *") == 1
    assert len(await sessions.list().collect()) == 1


async def test_a_post_whose_answer_was_cut_off_runs_once(sandboxed, sandbox, spoil):
    spoil("POST *", cut_off=True)
    sessions = sandboxed.organization(sandbox.organization_ids[0]).sessions
    with pytest.raises(OutcomeUnknownError):
        await sessions.create("once")
    assert sandbox.count("POST *") == 1
    assert len(await sessions.list().collect()) == 1


@pytest.mark.parametrize(
    "fault",
    [{"reset": "after"}, {"reset": "before"}, {"status": 502}, {"cut_off": True}],
    ids=["reset after", "reset before", "502", "cut off"],
)
async def test_a_get_succeeds_under_the_faults_that_end_a_post(sandboxed, sandbox, spoil, fault):
    spoil("GET /v3/self", at=1, **fault)
    assert (await sandboxed.whoami()).principal_type == "service_user"
    assert sandbox.count("GET /v3/self") == 2


async def test_attempts_end_at_max_attempts(connect, server, clock):
    devin = connect(server.url, max_attempts=3)
    server.script = [answer(503, {"detail": "busy"})]
    with pytest.raises(ServerError, match="busy"):
        await devin.request("GET", "/v3/thing")
    assert len(server.requests) == 3
    assert clock.sleeps == [0.5, 1.0]


async def test_waits_double_up_to_half_a_minute(connect, server, clock):
    devin = connect(server.url, max_attempts=9, deadline=None)
    server.script = [answer(503)]
    with pytest.raises(ServerError):
        await devin.request("GET", "/v3/thing")
    assert clock.sleeps == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


async def test_a_wait_beyond_the_deadline_ends_the_call_at_once(connect, server, clock):
    devin = connect(server.url, deadline=4.0)
    server.script = [answer(503)]
    with pytest.raises(ServerError):
        await devin.request("GET", "/v3/thing")
    assert clock.sleeps == [0.5, 1.0, 2.0]
    assert len(server.requests) == 4


async def test_the_deadline_cuts_the_last_attempt_short(connect, server, clock):
    devin = connect(server.url, deadline=50, attempt_timeout=40, max_attempts=2)
    server.script = [answer(503, Retry_After="30"), outlast(22)]
    with pytest.raises(RequestTimeoutError, match="no answer in time") as caught:
        await devin.request("GET", "/v3/thing")
    assert caught.value.outcome == "unknown"
    assert len(server.requests) == 2


@pytest.mark.parametrize("asked", [7, 61, 240])
async def test_retry_after_of_a_503_is_obeyed_and_our_backoff_comes_on_top(
    devin, server, clock, asked
):
    server.script = [answer(503, Retry_After=asked), answer()]
    await devin.request("GET", "/v3/thing")
    assert clock.sleeps == [asked + 0.5]


@pytest.mark.parametrize("asked", ["0", "0.001", "Mon, 21 Sep 2020 14:13:20 GMT"])
async def test_a_retry_after_of_nothing_leaves_our_own_backoff(devin, server, clock, asked):
    server.script = [*[answer(503, Retry_After=asked)] * 4, answer()]
    await devin.request("GET", "/v3/thing")
    assert clock.sleeps == pytest.approx([0.5, 1.0, 2.0, 4.0], abs=0.002)


async def test_a_retry_after_of_a_503_beyond_the_deadline_raises_at_once(connect, server, clock):
    devin = connect(server.url, deadline=30)
    server.script = [answer(503, Retry_After="31"), answer()]
    with pytest.raises(ServerError):
        await devin.request("GET", "/v3/thing")
    assert (clock.sleeps, len(server.requests)) == ([], 1)


async def test_tasks_that_were_asked_the_same_do_not_come_back_at_one_moment(connect, server):
    clock = SteppedClock()
    shares = iter(range(10))
    clock.jitter = lambda seconds: seconds * next(shares) / 10
    devin = connect(server.url, clock=clock)
    server.script = [*[answer(503, Retry_After="5")] * 10, answer()]
    calls = [asyncio.create_task(devin.request("GET", "/v3/thing")) for _ in range(10)]
    await until(lambda: len(clock.sleepers) == 10)
    moments = sorted(moment - clock.now for moment, _ in clock.sleepers)
    assert moments == pytest.approx([5 + 0.05 * number for number in range(10)])
    await clock.advance(6)
    assert {(await call).status for call in calls} == {200}


async def test_the_budget_stops_an_outage_from_being_multiplied(connect, server, frozen_clock):
    devin = connect(server.url, clock=frozen_clock)
    server.script = [answer(503)]
    calls = [devin.request("GET", "/v3/thing") for _ in range(200)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(result) for result in results} == {ServerError}
    assert 200 <= len(server.requests) <= 200 * 1.2 + 10


@pytest.mark.parametrize("status", [404, 409])
async def test_a_delete_gone_at_its_repeat_was_probably_done(devin, server, status):
    server.script = [reset, answer(status, {"detail": "no such thing"})]
    with pytest.raises(OutcomeUnknownError, match="no such thing") as caught:
        await devin.request("DELETE", "/v3/thing")
    assert (caught.value.outcome, caught.value.status) == ("unknown", status)
    assert len(server.requests) == 2


async def test_a_delete_gone_after_a_429_was_not_done(devin, server):
    server.script = [answer(429), answer(404)]
    with pytest.raises(Exception, match="404") as caught:
        await devin.request("DELETE", "/v3/thing")
    assert caught.value.outcome == "rejected"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_repeat_that_was_refused_leaves_the_outcome_of_the_first_try_unknown(
    connect, server, clock, method
):
    devin = connect(server.url, max_attempts=2)
    server.script = [reset]
    clock.on_sleep = server.close
    with pytest.raises(ConnectionFailedError) as caught:
        await devin.request(method, "/v3/thing")
    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_repeat_that_was_rejected_leaves_the_outcome_of_the_first_try_unknown(
    devin, server, method
):
    server.script = [reset, answer(403)]
    with pytest.raises(Exception, match="403") as caught:
        await devin.request(method, "/v3/thing")
    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_an_idempotent_write_that_meets_5xx_has_an_unknown_outcome(connect, server, method):
    devin = connect(server.url, max_attempts=1)
    server.script = [answer(502)]
    with pytest.raises(ServerError) as caught:
        await devin.request(method, "/v3/thing")
    assert caught.value.outcome == "unknown"


async def test_a_get_on_a_dropped_keep_alive_connection_is_repeated_by_us_alone(
    devin, server, events
):
    server.script = [answer(), drop, answer(200, {"again": True})]
    await devin.request("GET", "/v3/first")
    response = await devin.request("GET", "/v3/second")
    assert response.json() == {"again": True}
    assert [request.path for request in server.requests] == [
        "/v3/first",
        "/v3/second",
        "/v3/second",
    ]
    assert [event.kind for event in events] == [
        *("request", "response"),
        *("request", "response", "retry"),
        *("request", "response"),
    ]


async def test_aiohttp_never_sends_a_post_again_on_a_dropped_keep_alive_connection(devin, server):
    server.script = [answer(), drop, answer()]
    await devin.request("GET", "/v3/first")
    with pytest.raises(OutcomeUnknownError):
        await devin.request("POST", "/v3/second", json={})
    assert [request.method for request in server.requests] == ["GET", "POST"]
    assert server.accepted == 1


async def test_an_answer_that_is_not_http_is_a_broken_connection(connect, server):
    devin = connect(server.url, max_attempts=1)
    server.script = [raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")]
    with pytest.raises(ConnectionFailedError, match="not HTTP") as caught:
        await devin.request("GET", "/v3/thing")
    assert caught.value.outcome == "unknown"


async def test_a_tls_failure_is_a_failed_connection(connect, sandbox):
    devin = connect(sandbox.url.replace("http:", "https:"), max_attempts=1)
    with pytest.raises(ConnectionFailedError) as caught:
        await devin.request("POST", "/v3/self", json={})
    assert caught.value.outcome == "not_sent"
    assert sandbox.count() == 0


async def test_each_retry_is_one_log_line_and_one_event(devin, server, events, caplog):
    caplog.set_level(logging.INFO, "devin_async")
    server.script = [answer(503), reset, answer()]
    await devin.request("GET", "/v3/thing")
    lines = [record.getMessage() for record in caplog.records if record.name == "devin_async"]
    assert lines[0] == "GET /v3/thing: status 503, attempt 1, again in 0.5 s"
    assert lines[1].startswith("GET /v3/thing: the connection broke (")
    assert lines[1].endswith("), attempt 2, again in 1.0 s")
    retries = [event for event in events if event.kind == "retry"]
    assert [(retry.attempt, retry.seconds) for retry in retries] == [(1, 0.5), (2, 1.0)]


async def test_a_client_without_retries_sends_once(server, clock):
    async with DevinClient("cog_x", base_url=server.url, max_attempts=1) as devin:
        live_in(devin, clock)
        server.script = [answer(503)]
        with pytest.raises(ServerError):
            await devin.whoami()
    assert len(server.requests) == 1


async def test_a_file_that_is_gone_before_the_repeat_was_not_sent(devin, server, tmp_path):
    file = tmp_path / "data.bin"
    file.write_bytes(b"x")

    def limit(_):
        file.unlink()
        return answer(429)

    server.script = limit
    with pytest.raises(InvalidArgumentError, match=r"data\.bin', which cannot be opened") as caught:
        await devin.organization("org-1").attachments.upload(file)
    assert caught.value.outcome == "not_sent"
