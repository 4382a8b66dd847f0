"""Metrics through the client, in three scopes, against the sandbox."""

from datetime import UTC, datetime, timedelta

import pytest

from devin_async import InvalidArgumentError

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
A_WEEK = {"time_after": MONDAY, "time_before": MONDAY + timedelta(days=7)}
ENDS = {"time_after": str(int(MONDAY.timestamp())), "time_before": "1768176000"}
COUNTS = ["active_users", "dau", "mau", "prs", "searches", "sessions", "wau"]


@pytest.fixture
def metrics(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0]).metrics


async def read(answer):
    return await (answer.collect() if hasattr(answer, "collect") else answer)


async def test_usage_needs_no_range_in_any_scope(devin, metrics, sandbox):
    org_id = sandbox.organization_ids[0]
    for metrics_of in (
        metrics,
        devin.enterprise.metrics,
        devin.enterprise.organization(org_id).metrics,
    ):
        usage = await metrics_of.usage()
        assert usage.sessions_count >= 0
        assert sandbox.requests[-1].query == []


async def test_usage_may_be_open_at_either_end(metrics, sandbox):
    await metrics.usage(time_after=MONDAY)
    await metrics.usage(time_before=MONDAY)
    sent = [request.query for request in sandbox.requests]
    assert sent == [[("time_after", "1767571200")], [("time_before", "1767571200")]]


async def test_active_people_come_day_by_day_from_a_bare_array(metrics):
    days = await metrics.dau(**A_WEEK).collect()
    assert [day.start_time for day in days] == [MONDAY + timedelta(days=n) for n in range(7)]


async def test_a_limit_cuts_an_array_short(metrics):
    assert len(await metrics.dau(**A_WEEK, limit=2).collect()) == 2


@pytest.mark.parametrize("name", COUNTS)
async def test_a_range_is_sent_in_unix_seconds(metrics, sandbox, name):
    await read(getattr(metrics, name)(**A_WEEK))
    assert dict(sandbox.requests[-1].query) == ENDS


@pytest.mark.parametrize("name", ["active_users", "dau", "mau", "wau"])
async def test_who_counts_as_active_can_be_said(devin, sandbox, name):
    count = getattr(devin.enterprise.metrics, name)
    await read(count(**A_WEEK, min_sessions=0, min_searches=3))
    assert dict(sandbox.requests[-1].query) == ENDS | {"min_sessions": "0", "min_searches": "3"}


@pytest.mark.parametrize("name", [*COUNTS, "sessions_by_category"])
async def test_the_enterprise_counts_some_organizations_when_told_to(devin, sandbox, name):
    first, second = sandbox.organization_ids
    await read(getattr(devin.enterprise.metrics, name)(**A_WEEK, org_ids=[first, second]))
    org_ids = [value for name, value in sandbox.requests[-1].query if name == "org_ids"]
    assert org_ids == [first, second]


@pytest.mark.parametrize("name", ["sessions", "prs"])
async def test_what_some_people_made_is_counted(metrics, sandbox, name):
    await getattr(metrics, name)(
        **A_WEEK, user_ids=["a|1"], service_user_ids=["b", "c"], playbook_id="playbook-1"
    )
    assert sandbox.requests[-1].query[2:] == [
        ("user_ids", "a|1"),
        ("service_user_ids", "b"),
        ("service_user_ids", "c"),
        ("playbook_id", "playbook-1"),
    ]


@pytest.mark.parametrize("name", COUNTS)
async def test_a_range_of_an_organization_is_at_most_100_days(metrics, sandbox, name):
    with pytest.raises(InvalidArgumentError, match=r"100\.5 days apart; allowed: at most 100"):
        await read(
            getattr(metrics, name)(
                time_after=MONDAY, time_before=MONDAY + timedelta(days=100, hours=12)
            )
        )
    assert list(sandbox.requests) == []


async def test_a_range_of_the_enterprise_may_be_longer(devin, sandbox):
    await devin.enterprise.metrics.prs(time_after=MONDAY, time_before=MONDAY + timedelta(days=300))
    assert sandbox.requests[-1].status == 200


@pytest.mark.parametrize("name", [*COUNTS, "usage"])
async def test_a_range_that_ends_before_it_starts_is_refused(metrics, devin, sandbox, name):
    for metrics_of in (metrics, devin.enterprise.metrics):
        with pytest.raises(InvalidArgumentError, match="a range that ends after it starts"):
            await read(getattr(metrics_of, name)(time_after=MONDAY, time_before=MONDAY))
    assert list(sandbox.requests) == []


async def test_a_moment_without_a_time_zone_is_refused(metrics, sandbox):
    with pytest.raises(InvalidArgumentError, match=r"time_after is .*, without a time zone"):
        await metrics.searches(time_after=MONDAY.replace(tzinfo=None), time_before=MONDAY)
    assert list(sandbox.requests) == []


@pytest.mark.parametrize("name", ["min_sessions", "min_searches"])
async def test_a_negative_number_of_deeds_is_refused(metrics, sandbox, name):
    with pytest.raises(InvalidArgumentError, match=f"{name} is -1; allowed: .* 0 or more"):
        await metrics.active_users(**A_WEEK, **{name: -1})
    assert list(sandbox.requests) == []
