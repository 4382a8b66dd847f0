import gzip
import json
import time

import aiohttp
import pytest

from devin_async.sandbox import Fault, Sandbox, make_fault
from devin_async.sandbox.serving.fault_kinds import KINDS, PASSING, gzip_bomb

LOGS = "/v3/enterprise/audit-logs"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_makes_a_fault_that_takes_its_moment(kind):
    fault = make_fault(kind, route="GET /v3/self", at=3)
    assert (fault.route, fault.at, fault.hits) == ("GET /v3/self", 3, 0)


def test_an_unknown_kind_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="called 'flood'; allowed: rate_limited"):
        make_fault("flood")


async def statuses(api, number):
    codes = []
    for _ in range(number):
        try:
            codes.append((await api.get("/v3/self")).status)
        except (aiohttp.ClientError, ValueError) as error:
            codes.append(type(error).__name__)
    return codes


async def test_a_mix_of_faults_comes_from_the_seed(connect):
    runs = []
    for _ in range(2):
        sandbox = Sandbox(seed=5, faults=0.3)
        runs.append(await statuses(await connect(sandbox), 100))
        assert 10 < sum(fault.hits for fault in sandbox.faults) < 60
    assert runs[0] == runs[1]
    assert {429, 500, 503} & set(runs[0])


@pytest.mark.parametrize("share", [0.05, 0.3])
async def test_a_mix_strikes_the_share_that_was_asked_for(share):
    sandbox = Sandbox(seed=1, faults=share)
    struck = [sandbox._faults.strike(("GET /v3/self",)) for _ in range(4000)]
    hits = sum(fault is not None for fault in struck)
    assert 0.8 * share < hits / 4000 < 1.2 * share
    assert len({id(fault) for fault in struck if fault}) == len(PASSING)


async def test_no_share_is_no_fault():
    assert Sandbox().faults == []


@pytest.mark.parametrize("share", [-0.1, 1, 5])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="allowed: a share of the requests"):
        Sandbox(faults=share)


async def test_an_edit_sees_the_query_and_changes_good_answers_only(api, sandbox):
    seen = []
    sandbox.inject(Fault(edit=lambda body, query: seen.append(query) or b"[1]"))
    assert (await api.get(f"{LOGS}?first=0")).status == 422
    assert (await api.get(f"{LOGS}?first=3")).json == [1]
    assert seen == [{"first": "3"}]


async def test_the_work_sees_the_query_that_a_fault_puts_there(api, sandbox):
    sandbox.inject(make_fault("small_pages"))
    page = (await api.get(f"{LOGS}?first=50")).json
    assert (len(page["items"]), page["has_next_page"]) == (1, True)
    assert dict(sandbox.requests[-1].query) == {"first": "50"}


async def test_cursors_repeat_or_return(api, sandbox):
    fault = sandbox.inject(make_fault("repeated_cursor", times=2))
    first = (await api.get(f"{LOGS}?first=5")).json
    again = (await api.get(LOGS, params={"first": 5, "after": first["end_cursor"]})).json
    assert again["end_cursor"] == first["end_cursor"]
    assert fault.hits == 2
    sandbox.inject(make_fault("returning_cursor"))
    cursors, after = [], {}
    for _ in range(5):
        cursors.append((await api.get(LOGS, params={"first": 5, **after})).json["end_cursor"])
        after = {"after": cursors[-1]}
    assert cursors[0] == cursors[2] == cursors[4]
    assert cursors[0] != cursors[1] == cursors[3]


async def test_bodies_are_changed_as_their_kinds_say(api, sandbox):
    sound = (await api.get("/v3/self")).json
    sandbox.inject(make_fault("wrong_types", at=1))
    sandbox.inject(make_fault("duplicate_keys", at=2))
    wrong = (await api.get("/v3/self")).json
    assert wrong == {name: [value] for name, value in sound.items()}
    doubled = (await api.get("/v3/self")).body
    pairs = json.loads(doubled, object_pairs_hook=list)
    assert pairs[: len(sound)] == [[name, None] for name in sound] or len(pairs) == 2 * len(sound)


async def test_a_body_trickles_in_pieces(api, sandbox):
    sandbox.inject(make_fault("slow_bytes", trickle=0.01))
    began = time.perf_counter()
    assert (await api.get("/v3/self")).status == 200
    assert time.perf_counter() - began >= 0.15


async def test_an_endless_body_ends_with_the_sandbox(connect):
    sandbox = Sandbox()
    api = await connect(sandbox)
    sandbox.inject(make_fault("endless_body"))
    headers = {"Authorization": f"Bearer {api.token}"}
    async with api.session.get(f"{api.url}/v3/self", headers=headers) as response:
        assert len(await response.content.readexactly(300_000)) == 300_000
        await sandbox.close()
        with pytest.raises(aiohttp.ClientError):
            await response.content.read()


async def test_a_connection_is_hung_up_after_the_answer(api, sandbox):
    sandbox.inject(make_fault("hang_up", times=1))
    assert await statuses(api, 3) == [200, 200, 200]


def test_a_bomb_is_small_and_valid():
    bomb = gzip_bomb(20_000_000)
    assert len(bomb) < 25_000
    assert gzip.decompress(bomb) == b" " * 20_000_000


@pytest.mark.parametrize(
    "options",
    [
        {"cut_off": True, "endless": True},
        {"edit": lambda body, query: body, "status": 500},
        {"reset": "before", "hang_up": True},
        {"reset": "before", "edit": lambda body, query: body},
    ],
)
def test_effects_that_exclude_each_other_are_refused(options):
    with pytest.raises(ValueError, match=r"exclude each other|leave out"):
        Fault(**options)
