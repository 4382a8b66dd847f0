import asyncio
import errno
import time

import aiohttp
import pytest
from clocks import stop_loop
from waiting import until

from devin_async.sandbox import Fault, Sandbox

CREATE = "POST /v3/organizations/{org_id}/sessions"


async def statuses(api, number, path="/v3/self"):
    return [(await api.get(path)).status for _ in range(number)]


async def test_a_fault_strikes_the_nth_request_of_its_route(api, sandbox):
    fault = sandbox.inject(Fault(route="GET /v3/self", at=3, status=502))
    await api.get("/v3/enterprise/roles")
    assert await statuses(api, 4) == [200, 200, 502, 200]
    assert (fault.hits, fault.seen) == (1, 4)


async def test_a_fault_strikes_several_requests(api, sandbox):
    sandbox.inject(Fault(at=(1, 2), status=503))
    assert await statuses(api, 3) == [503, 503, 200]


async def test_a_fault_without_end_strikes_until_cleared(api, sandbox):
    sandbox.inject(Fault(status=500))
    assert await statuses(api, 3) == [500, 500, 500]
    sandbox.clear_faults()
    assert await statuses(api, 1) == [200]


async def test_a_fault_strikes_so_many_times(api, sandbox):
    sandbox.inject(Fault(status=500, times=2))
    assert await statuses(api, 3) == [500, 500, 200]


async def test_random_faults_come_from_the_seed(connect):
    runs = []
    for _ in range(2):
        sandbox = Sandbox(seed=5)
        sandbox.inject(Fault(status=500, probability=0.3))
        runs.append(await statuses(await connect(sandbox), 40))
    assert runs[0] == runs[1]
    assert 4 < runs[0].count(500) < 20


@pytest.mark.parametrize(
    ("route", "struck"),
    [
        ("*", True),
        ("GET /v3/*", True),
        ("POST *", False),
        ("GET /v3/enterprise/organizations/{org_id}", True),
        ("GET /v3/enterprise/organizations/ORG", True),
        ("GET /v3/enterprise/organizations", False),
    ],
)
async def test_routes_name_templates_paths_or_wildcards(api, sandbox, org, route, struck):
    sandbox.inject(Fault(route=route.replace("ORG", org), status=500))
    reply = await api.get(f"/v3/enterprise/organizations/{org}")
    assert (reply.status == 500) is struck


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"\x00", "application/octet-stream", b"\x00"),
        ("<html>", "text/plain", b"<html>"),
        ({"detail": "x"}, "application/problem+json", b'{"detail":"x"}'),
    ],
)
async def test_a_fault_carries_its_own_body_and_headers(api, sandbox, body, kind, expected):
    sandbox.inject(Fault(status=502, body=body, headers={"Retry-After": "7"}))
    reply = await api.get("/v3/self")
    assert reply.body == expected
    assert reply.headers["Content-Type"].startswith(kind)
    assert reply.headers["Retry-After"] == "7"


async def test_a_body_without_status_replaces_a_good_answer(api, sandbox):
    sandbox.inject(Fault(body="not json"))
    reply = await api.get("/v3/self")
    assert (reply.status, reply.body) == (200, b"not json")


async def test_a_status_is_answered_instead_of_the_work(api, sandbox, org):
    sandbox.inject(Fault(route=CREATE, status=502))
    path = f"/v3/organizations/{org}/sessions"
    assert (await api.post(path, {"prompt": "x"})).status == 502
    assert await api.items(path) == []


async def test_a_committed_status_is_answered_after_the_work(api, sandbox, org):
    sandbox.inject(Fault(route=CREATE, status=502, committed=True))
    path = f"/v3/organizations/{org}/sessions"
    assert (await api.post(path, {"prompt": "x"})).status == 502
    assert len(await api.items(path)) == 1


@pytest.mark.parametrize(("moment", "created"), [("before", 0), ("after", 1)])
async def test_a_reset_comes_before_or_after_the_work(api, sandbox, org, moment, created):
    sandbox.inject(Fault(route=CREATE, reset=moment))
    path = f"/v3/organizations/{org}/sessions"
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.post(path, {"prompt": "x"})
    assert len(await api.items(path)) == created


async def test_a_reset_is_recorded_without_a_status_and_logs_nothing(api, sandbox, caplog):
    sandbox.inject(Fault(reset="after", times=1))
    with pytest.raises(aiohttp.ClientOSError) as caught:
        await api.post("/v3/enterprise/organizations", {"name": "New"})
    assert caught.value.errno == errno.ECONNRESET
    assert await statuses(api, 1) == [200]
    assert [request.status for request in sandbox.requests] == [None, 200]
    assert caplog.records == []


async def test_a_cut_off_body_ends_in_the_middle(api, sandbox, caplog):
    sandbox.inject(Fault(cut_off=True, times=1))
    with pytest.raises(aiohttp.ClientPayloadError):
        await api.get("/v3/self")
    assert caplog.records == []
    assert await statuses(api, 1) == [200]


async def test_latency_delays_the_answer(api, sandbox):
    sandbox.inject(Fault(latency=0.1))
    began = time.perf_counter()
    assert await statuses(api, 1) == [200]
    assert time.perf_counter() - began >= 0.1


async def test_a_held_answer_waits_for_its_event(api, sandbox, org):
    gate = asyncio.Event()
    fault = sandbox.inject(Fault(route=CREATE, hold=gate))
    path = f"/v3/organizations/{org}/sessions"
    call = asyncio.create_task(api.post(path, {"prompt": "x"}))
    await until(lambda: fault.hits)
    assert len(await api.items(path)) == 1
    assert not call.done()
    gate.set()
    assert (await call).status == 200


@pytest.mark.parametrize("fault", [Fault(hold=asyncio.Event()), Fault(latency=600)])
async def test_closing_does_not_wait_for_held_or_slow_answers(connect, fault):
    sandbox = Sandbox()
    api = await connect(sandbox)
    sandbox.inject(fault)
    call = asyncio.create_task(api.get("/v3/self"))
    await until(lambda: fault.hits)
    stop_loop()
    await sandbox.close()
    with pytest.raises(aiohttp.ClientConnectionError):
        await call


async def test_the_first_of_several_faults_is_applied(api, sandbox):
    first = sandbox.inject(Fault(status=500, at=2))
    second = sandbox.inject(Fault(status=503))
    assert await statuses(api, 3) == [503, 500, 503]
    assert (first.hits, second.hits, second.seen) == (1, 2, 3)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"committed": True, "latency": 1},
        {"status": 500, "probability": 2},
        {"status": 500, "probability": 0.5, "at": 1},
        {"status": 500, "reset": "before"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(options):
    with pytest.raises(ValueError, match=r"fault|committed|probability|reset"):
        Fault(**options)


@pytest.mark.parametrize("route", ["sessions", "get /v3/self", "/v3/self", ""])
def test_a_route_that_no_request_can_have_is_refused(route):
    with pytest.raises(ValueError, match="allowed: a method and a path, such as 'GET /v3/self'"):
        Fault(route=route, status=500)
    with pytest.raises(ValueError, match=f"route is '{route}'"):
        Sandbox().count(route)


@pytest.mark.parametrize(
    "route",
    ["post *", "POST", "/v3/self", "v3/*", "/v3/*", "get /v3/self", " /v3/self", "", 5, None],
)
def test_a_route_that_could_match_no_request_is_refused(route):
    with pytest.raises(ValueError, match="allowed: a method and a path"):
        Fault(route=route, status=502)


@pytest.mark.parametrize(
    "route",
    ["*", "POST *", "POST*", "GET /v3/self", "*/sessions", "GET /v3/*", "P[OU]* */sessions"],
)
def test_a_route_may_have_wildcards_anywhere(route):
    assert Fault(route=route, status=502).route == route


@pytest.mark.parametrize(
    "arguments",
    [
        {"status": "502"},
        {"status": 5},
        {"times": "1"},
        {"times": 1.5},
        {"times": 0},
        {"latency": "1"},
        {"latency": -1},
        {"probability": "0.5"},
        {"at": 0},
        {"at": "1"},
        {"at": (1, "2")},
        {"at": True},
        {"at": ()},
    ],
)
def test_a_number_by_which_a_fault_could_not_strike_is_refused(arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=f"^{name} is .*; allowed: a "):
        Fault(**{"status": 502, **arguments})


async def test_a_fault_strikes_the_requests_of_a_list_as_those_of_a_tuple(sandbox):
    fault = sandbox.inject(Fault(route="GET /v3/self", at=[1, 3], status=502))
    strikes = [fault.strikes(None) for _ in range(4)]
    assert strikes == [True, False, True, False]


@pytest.mark.parametrize("fault", [502, None, {"status": 502}])
async def test_what_is_no_fault_is_not_injected(sandbox, fault):
    with pytest.raises(ValueError, match="allowed: a Fault"):
        sandbox.inject(fault)
    assert sandbox.faults == []


@pytest.mark.parametrize("name", ["organizations", "audit_logs", "sessions"])
def test_a_count_of_a_sandbox_is_a_whole_number(name):
    for value in ("3", 1.5, None):
        with pytest.raises(TypeError, match=name):
            Sandbox(**{name: value})
