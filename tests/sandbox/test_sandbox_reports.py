import sys
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise

import pytest

from devin_async.sandbox import ManualClock, Sandbox
from devin_async.sandbox.world.audit_logs import Block, actions

LOGS = "/v3/enterprise/audit-logs"
DAILY = "/v3/enterprise/consumption/daily"
DAY = 86_400


async def test_audit_logs_are_complete_and_newest_first(api):
    logs = await api.items(LOGS, first=200)
    times = [log["created_at"] for log in logs]
    assert len({log["audit_log_id"] for log in logs}) == len(logs) == 2000
    assert times == sorted(times, reverse=True)


async def test_ascending_order_is_the_reverse(api):
    down = await api.items(LOGS, first=200)
    up = await api.items(LOGS, first=150, order="asc")
    assert up == down[::-1]


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_filters_by_action_agree_with_a_scan(api, order):
    everything = await api.items(LOGS, first=200, order=order)
    logs = await api.items(LOGS, first=3, order=order, action="create_session")
    assert logs == [log for log in everything if log["action"] == "create_session"]
    assert logs


async def test_filters_by_organization_and_action_agree_with_a_scan(api, org):
    everything = await api.items(LOGS, first=200)
    path = f"/v3/enterprise/organizations/{org}/audit-logs"
    mine = [log for log in everything if log["org_id"] == org]
    assert await api.items(path, first=100) == mine
    logins = [log for log in mine if log["action"] == "login"]
    assert await api.items(path, first=1, action="login") == logins != []


async def test_some_logs_belong_to_the_account(api):
    logs = await api.items(LOGS, first=200)
    assert sum(log["org_id"] is None for log in logs) == 333


async def test_windows_divide_the_logs_without_gap_or_overlap(api, clock):
    now = int(clock.now())
    edges = [now - 90 * DAY, now - 60 * DAY, now - 7 * DAY, now - DAY // 3, now]
    parts = []
    for after, before in pairwise(edges):
        parts += await api.items(LOGS, first=200, order="asc", time_after=after, time_before=before)
    assert parts == await api.items(LOGS, first=200, order="asc")


@pytest.mark.parametrize(
    ("bounds", "count"), [("half_open", 1), ("inclusive", 2), ("exclusive", 0)]
)
async def test_bounds_of_windows_may_be_chosen(connect, bounds, count):
    clock = ManualClock(1_000_000_000)
    sandbox = Sandbox(audit_logs=90, audit_span=90 * DAY, clock=clock, bounds=bounds)
    api = await connect(sandbox)
    first = (await api.get(f"{LOGS}?order=asc&first=1")).json["items"][0]["created_at"]
    logs = await api.items(LOGS, time_after=first, time_before=first + DAY)
    assert len(logs) == count


async def test_an_unknown_action_finds_nothing(api):
    assert await api.items(LOGS, action="brand_new") == []


async def test_writes_append_logs_with_their_actor(api, sandbox, org):
    me = (await api.get("/v3/self")).json
    await api.post(f"/v3/organizations/{org}/sessions", {"prompt": "x"})
    newest = (await api.get(f"{LOGS}?first=1")).json["items"][0]
    assert (newest["action"], newest["org_id"]) == ("create_session", org)
    assert newest["service_user_id"] == me["service_user_id"]
    assert newest["user_id"] is None


async def test_a_person_acts_under_their_own_name(api, sandbox, org):
    user = sandbox.user_ids[0]
    token = sandbox.add_token(principal_type="pat_user", user_id=user)
    await api.post("/v3/enterprise/organizations", {"name": "New"}, token=token)
    newest = (await api.get(f"{LOGS}?first=1")).json["items"][0]
    assert (newest["action"], newest["user_id"]) == ("create_org", user)
    assert newest["user_email"].endswith("@example.com")


async def test_new_entries_do_not_move_a_page(api):
    before = await api.items(LOGS, first=200)
    first = (await api.get(f"{LOGS}?first=5")).json
    await api.post("/v3/enterprise/organizations", {"name": "New"})
    second = (await api.get(f"{LOGS}?first=5", params={"after": first["end_cursor"]})).json
    assert first["items"] + second["items"] == before[:10]


async def test_pages_cross_from_computed_to_real_entries(api, org):
    for _ in range(3):
        await api.post(f"/v3/organizations/{org}/sessions", {"prompt": "x"})
    logs = await api.items(LOGS, first=199, order="asc")
    assert len(logs) == 2003
    assert [log["action"] for log in logs[-3:]] == ["create_session"] * 3


async def test_a_cursor_of_the_other_order_is_refused(api):
    cursor = (await api.get(f"{LOGS}?first=1")).json["end_cursor"]
    reply = await api.get(LOGS, params={"order": "asc", "after": cursor})
    assert reply.status == 400


@contextmanager
def counted_calls():
    """Count the calls of Python functions: what work costs, whatever the machine is doing."""
    calls = Counter()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: calls.update((event,)) if event == "call" else None)
    try:
        yield calls
    finally:
        sys.setprofile(before)


async def test_a_hundred_million_logs_cost_nothing(connect):
    with counted_calls() as calls:
        api = await connect(Sandbox(organizations=1000, audit_logs=100_000_000))
        page = (await api.get(f"{LOGS}?first=200&action=login")).json
        oldest = (await api.get(f"{LOGS}?first=200&order=asc")).json
    assert calls.total() < 1_000_000
    assert {log["action"] for log in page["items"]} == {"login"}
    assert [log["data"]["number"] for log in oldest["items"]] == list(range(200))


@pytest.mark.parametrize("block", [Block(0, 1, 1), Block(3, 1, 7), Block(4, 2, 10)])
def test_a_block_ranks_what_it_selects(block):
    selected = [
        i for i in range(100) if i >= block.base and (i - block.base) % block.period < block.width
    ]
    assert [block.at(rank) for rank in range(len(selected))] == selected
    for index in range(100):
        assert block.rank(index) == sum(item < index for item in selected)


def test_the_actions_are_those_of_the_contract():
    assert "create_session" in actions()
    assert len(actions()) > 100


async def test_organizations_add_up_to_the_enterprise(api, sandbox):
    whole = (await api.get(DAILY)).json
    parts = [
        (await api.get(f"{DAILY}/organizations/{org_id}")).json
        for org_id in sandbox.organization_ids
    ]
    assert len(whole["consumption_by_date"]) == 30
    assert round(sum(part["total_acus"] for part in parts), 2) == whole["total_acus"]
    for index, day in enumerate(whole["consumption_by_date"]):
        assert day["date"] % DAY == 8 * 3600
        acus = sum(part["consumption_by_date"][index]["acus"] for part in parts)
        assert round(acus, 2) == day["acus"] == round(sum(day["acus_by_product"].values()), 2)


async def test_both_scopes_report_the_same_of_an_organization(api, org):
    enterprise = (await api.get(f"{DAILY}/organizations/{org}")).json
    own = (await api.get(f"/v3/organizations/{org}/consumption/daily")).json
    assert own == enterprise


async def test_the_lower_bound_of_days_counts_and_the_upper_does_not(api, clock):
    today = int(clock.now()) // DAY * DAY - DAY + 8 * 3600
    query = {"time_after": today - 5 * DAY, "time_before": today - 2 * DAY}
    days = (await api.get(DAILY, params=query)).json["consumption_by_date"]
    assert [day["date"] for day in days] == [today - n * DAY for n in (5, 4, 3)]


async def test_days_to_come_are_left_out(api, clock):
    now = int(clock.now())
    query = {"time_after": now - 3 * DAY, "time_before": now + 9 * DAY}
    days = (await api.get(DAILY, params=query)).json["consumption_by_date"]
    assert len(days) == 3
    assert days[-1]["date"] <= now


async def test_nothing_is_consumed_before_an_organization_was_made(api, clock):
    made = (await api.post("/v3/enterprise/organizations", {"name": "New"})).json
    clock.advance(2 * DAY)
    report = (await api.get(f"{DAILY}/organizations/{made['org_id']}?time_after=0")).json
    assert len(report["consumption_by_date"]) == 3


async def test_a_session_consumes_what_it_says(api, org, clock):
    path = f"/v3/organizations/{org}/sessions"
    session_id = (await api.post(path, {"prompt": "x"})).json["session_id"]
    clock.advance(60)
    acus = (await api.get(f"{path}/{session_id}")).json["acus_consumed"]
    for prefix in (DAILY, f"/v3/organizations/{org}/consumption/daily"):
        report = (await api.get(f"{prefix}/sessions/{session_id}")).json
        assert report["total_acus"] == acus > 0


@pytest.mark.parametrize("kind", ["users", "service-users", "sessions"])
async def test_consumption_of_somebody_unknown_answers_404(api, org, kind):
    for prefix in (DAILY, f"/v3/organizations/{org}/consumption/daily"):
        assert (await api.get(f"{prefix}/{kind}/unknown")).status == 404


async def test_consumption_of_a_person_takes_an_encoded_id(api, org, sandbox):
    user = sandbox.user_ids[0].replace("|", "%7C")
    for prefix in (DAILY, f"/v3/organizations/{org}/consumption/daily"):
        assert (await api.get(f"{prefix}/users/{user}")).json["total_acus"] > 0


async def test_cycles_are_months_and_the_first_is_the_current(api, clock):
    cycles = await api.items("/v3/enterprise/consumption/cycles", first=5)
    assert cycles[0]["after"] <= clock.now() < cycles[0]["before"]
    assert [c["before"] for c in cycles[1:]] == [c["after"] for c in cycles[:-1]]
    assert len(cycles) == 12
