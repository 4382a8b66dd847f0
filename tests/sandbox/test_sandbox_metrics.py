import pytest

DAY = 86_400
DECEMBER = 1_764_547_200  # 2025-12-01T00:00:00Z, a Monday
RANGE = {"time_after": DECEMBER, "time_before": DECEMBER + 28 * DAY}
METRICS = "/v3/enterprise/metrics"
TIERS = "/v3beta1/enterprise/usage-policies/tiers"


@pytest.fixture
def report(api):
    async def read(path, **query):
        return (await api.get(path, params={**RANGE, **query})).json

    return read


async def test_the_enterprise_counts_what_its_organizations_count(report, sandbox):
    whole = await report(METRICS + "/usage")
    parts = [
        await report(f"/v3/organizations/{org}/metrics/usage") for org in sandbox.organization_ids
    ]
    assert whole == {name: sum(part[name] for part in parts) for name in whole}
    assert whole["sessions_count"] > 0


async def test_two_halves_of_a_range_count_as_much_as_the_whole(report):
    middle = DECEMBER + 11 * DAY + 7
    halves = [
        await report(METRICS + "/sessions", time_before=middle),
        await report(METRICS + "/sessions", time_after=middle),
    ]
    whole = await report(METRICS + "/sessions")
    count = "sessions_created_count"
    assert halves[0][count] + halves[1][count] == whole[count]


async def test_reports_agree_with_each_other(report):
    usage = await report(METRICS + "/usage")
    sessions = await report(METRICS + "/sessions")
    pull_requests = await report(METRICS + "/prs")
    by_category = (await report(METRICS + "/sessions-by-category"))["categories"]
    searches = await report(METRICS + "/searches")
    counts = {
        sessions["sessions_created_count"],
        sum(sessions["sessions_created_by_size"].values()),
        sum(sessions["sessions_created_by_origin"].values()),
        sum(item["sessions_count"] for item in by_category),
    }
    assert counts == {usage["sessions_count"]}
    assert pull_requests["prs_created_count"] == usage["prs_created_count"]
    assert searches["searches_created_count"] == usage["searches_count"]


async def test_metrics_are_filtered_by_organization_and_person(report, sandbox):
    whole = await report(METRICS + "/sessions")
    everybody = [*sandbox.user_ids]
    people = await report(METRICS + "/sessions", user_ids=everybody)
    assert 0 < people["sessions_created_count"] < whole["sessions_created_count"]
    one = await report(METRICS + "/sessions", org_ids=sandbox.organization_ids[:1])
    assert one == await report(METRICS + "/sessions", org_ids=sandbox.organization_ids[:1])
    assert one["sessions_created_count"] < whole["sessions_created_count"]


@pytest.mark.parametrize(
    ("name", "starts"),
    [
        ("dau", [DECEMBER + day * DAY for day in range(1, 10)]),
        ("wau", [DECEMBER, DECEMBER + 7 * DAY]),
        ("mau", [DECEMBER]),
    ],
)
async def test_active_people_come_by_calendar_periods(report, name, starts):
    query = {"time_after": DECEMBER + DAY, "time_before": DECEMBER + 10 * DAY}
    periods = await report(f"{METRICS}/{name}", **query)
    assert [item["start_time"] for item in periods] == starts
    assert all(0 < item["active_users"] <= 20 for item in periods)


async def test_a_month_ends_where_the_next_begins(report):
    periods = await report(METRICS + "/mau", time_after=DECEMBER - 1)
    assert [item["end_time"] for item in periods] == [DECEMBER, DECEMBER + 31 * DAY]


async def test_more_work_makes_fewer_people_active(report):
    counts = [
        (await report(METRICS + "/active-users", min_sessions=n, min_searches=n))["active_users"]
        for n in (1, 60, 10_000)
    ]
    assert counts[0] > counts[1] > counts[2] == 0


async def test_metrics_of_an_organization_span_at_most_100_days(api, org):
    query = {"time_after": DECEMBER - 101 * DAY, "time_before": DECEMBER}
    path = f"/v3/organizations/{org}/metrics"
    assert (await api.get(path + "/dau", params=query)).status == 422
    assert (await api.get(path + "/usage", params=query)).status == 200
    assert (await api.get(path + "/dau")).status == 422


async def test_the_future_is_empty(report, clock):
    query = {"time_after": int(clock.now()) + DAY, "time_before": int(clock.now()) + 9 * DAY}
    assert (await report(METRICS + "/usage", **query))["sessions_count"] == 0


@pytest.fixture
def devin_limits():
    return "/v3/enterprise/consumption/acu-limits/devin"


async def test_the_limit_of_an_organization_is_one_number_in_two_calls(api, org, devin_limits):
    path = f"{devin_limits}/organizations/{org}"
    reply = await api.call("PUT", path, json={"cycle_acu_limit": 0})
    assert (reply.status, reply.body) == (204, b"")
    listed = await api.items(devin_limits)
    assert listed == [{"cycle_acu_limit": 0, "scope": "org", "org_id": org, "user_id": None}]
    beta = f"/v3beta1/enterprise/organizations/{org}/consumption/acu-limits"
    assert (await api.get(beta)).json == {
        "local_agent": None,
        "cloud_agent": {"cycle_acu_limit": 0},
    }
    assert (await api.call("DELETE", path)).status == 204
    assert await api.items(devin_limits) == []


async def test_null_clears_a_limit_and_absence_keeps_it(api, org):
    path = f"/v3beta1/enterprise/organizations/{org}/consumption/acu-limits"
    limit = {"cycle_acu_limit": 9}
    await api.call("PATCH", path, json={"local_agent": limit, "cloud_agent": limit})
    assert (await api.call("PATCH", path, json={"local_agent": None})).status == 204
    assert (await api.get(path)).json == {"local_agent": None, "cloud_agent": limit}
    assert (await api.call("DELETE", path)).status == 204
    assert (await api.get(path)).json == {"local_agent": None, "cloud_agent": None}


async def test_a_user_without_a_limit_answers_an_empty_object(api, sandbox, devin_limits):
    user = sandbox.user_ids[0].replace("|", "%7C")
    path = f"/v3beta1/enterprise/users/{user}/consumption/acu-limits"
    assert (await api.get(path)).json == {}
    await api.call("PATCH", path, json={"local_agent": {"cycle_acu_limit": 3}})
    assert (await api.items(devin_limits))[0]["user_id"] == sandbox.user_ids[0]
    await api.call("PATCH", path, json={})
    assert (await api.get(path)).json == {"local_agent": {"cycle_acu_limit": 3}}
    await api.call("PATCH", path, json={"local_agent": None})
    assert (await api.get(path)).json == {}


async def test_the_default_limit_of_users_is_its_own(api, sandbox):
    path = "/v3beta1/enterprise/users/consumption/acu-limits"
    body = {"local_agent": {"cycle_acu_limit": 3}}
    await api.call("PATCH", path, json=body)
    assert (await api.get(path)).json == body
    user = sandbox.user_ids[0].replace("|", "%7C")
    own = f"/v3beta1/enterprise/users/{user}/consumption/acu-limits"
    assert (await api.get(own)).json == {}
    assert (await api.call("DELETE", path)).status == 204
    assert (await api.get(path)).json == {}


async def test_an_unknown_user_has_no_limit(api):
    path = "/v3beta1/enterprise/users/nobody/consumption/acu-limits"
    assert (await api.get(path)).status == 404


async def test_a_user_moves_between_tiers(api, sandbox):
    tiers = await api.items(TIERS)
    assert [tier["priority"] for tier in tiers] == [3, 2, 1]
    assert [tier["member_count"] for tier in tiers] == [0, 0, 20]
    user = sandbox.user_ids[0].replace("|", "%7C")
    assert (await api.call("PUT", f"{TIERS}/{tiers[0]['tier_id']}/users/{user}")).status == 200
    assert [tier["member_count"] for tier in await api.items(TIERS)] == [1, 0, 19]
    assert (await api.call("PUT", f"{TIERS}/none/users/{user}")).status == 404


async def test_a_range_may_reach_ahead_but_not_to_the_end_of_time(report, clock):
    now = int(clock.now())
    periods = await report(METRICS + "/dau", time_after=now + DAY, time_before=now + 3 * DAY)
    assert [item["active_users"] for item in periods] == [0, 0]
    periods = await report(METRICS + "/dau", time_after=now, time_before=10**15)
    assert len(periods) == 400
