"""Money: billing days, and reports that keep what came when a part of them fails."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from devin_async import (
    DevinClient,
    FanOutError,
    InvalidArgumentError,
    PermissionDeniedError,
    ResponseDecodeError,
    billing_day,
)
from devin_async import billing_days as days_of
from devin_async.sandbox import Fault

DAY = date(2025, 12, 20)
LAST = date(2025, 12, 22)
DAILY = "GET /v3/enterprise/consumption/daily"


@pytest.fixture
def consumption(devin):
    return devin.enterprise.consumption


def refuse(sandbox, path):
    sandbox.inject(Fault(route=f"{DAILY}{path}", status=403))


async def test_a_billing_day_starts_at_eight_utc(consumption):
    eight = datetime(2026, 1, 31, 8, tzinfo=UTC)
    assert billing_day(eight) == date(2026, 1, 31)
    assert billing_day(eight - timedelta(seconds=1)) == date(2026, 1, 30)
    assert billing_day(int(eight.timestamp())) == date(2026, 1, 31)
    assert billing_day(eight.astimezone(None)) == date(2026, 1, 31)
    assert consumption.billing_day(eight) == date(2026, 1, 31)


async def test_billing_days_lie_between_two_moments(consumption):
    first, end = days_of(date(2026, 1, 30), date(2026, 1, 31))
    assert first == datetime(2026, 1, 30, 8, tzinfo=UTC)
    assert end == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert consumption.billing_days(date(2026, 1, 30), date(2026, 1, 31)) == (first, end)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: billing_day(datetime(2026, 1, 1)), "without a time zone"),  # noqa: DTZ001
        (lambda: billing_day(None), "moment is None"),
        (lambda: days_of(LAST, DAY), "last is 2025-12-20, which lies before first"),
        (lambda: days_of("2026-01-01", DAY), "first is '2026-01-01'; allowed: a date"),
    ],
)
def test_what_is_no_day_is_refused(ask, message):
    with pytest.raises(InvalidArgumentError, match=message):
        ask()


async def test_a_range_that_ends_before_it_starts_is_refused_before_a_request(consumption, sandbox):
    later = datetime(2025, 12, 22, 9, tzinfo=UTC)
    for before in (DAY, LAST, datetime(2025, 12, 22, 9, tzinfo=UTC), 5):
        with pytest.raises(InvalidArgumentError, match=r"^time_after is .*, time_before .*; allow"):
            await consumption.daily(time_after=later, time_before=before)
    with pytest.raises(InvalidArgumentError, match=r"time_after is datetime\.date\(2025, 12, 22\)"):
        await consumption.user_daily("u", time_after=LAST, time_before=LAST)
    assert not sandbox.requests


async def test_one_organization_that_fails_takes_nothing_from_the_others(
    consumption, sandbox, caplog
):
    first, second = sandbox.organization_ids
    whole = await consumption.by_organization(start=DAY, end=LAST)
    assert ([one.organization_id for one in whole], whole.failures) == ([first, second], [])
    refuse(sandbox, f"/organizations/{first}")
    caplog.clear()
    part = await consumption.by_organization(start=DAY, end=LAST)
    assert list(part) == [whole[1]]
    (failure,) = part.failures
    assert (failure.kind, failure.id) == ("organization", first)
    assert isinstance(failure.error, PermissionDeniedError)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert first in caplog.text


async def test_an_organization_that_fails_can_be_an_error(consumption, sandbox):
    refuse(sandbox, f"/organizations/{sandbox.organization_ids[0]}")
    with pytest.raises(FanOutError):
        await consumption.by_organization(start=DAY, end=LAST, errors="raise")


async def test_nothing_at_all_is_an_error(consumption, sandbox):
    refuse(sandbox, "/organizations/*")
    with pytest.raises(FanOutError, match="no organization's consumption"):
        await consumption.by_organization(start=DAY, end=LAST)


async def test_a_report_has_organizations_users_and_products(consumption, devin, sandbox):
    report = await consumption.report(start=DAY, end=LAST)
    assert report.is_complete
    used = await consumption.by_organization(start=DAY, end=LAST)
    assert report.organizations == list(used)
    assert {one.user_id for one in report.users if not one.is_service_user} == set(sandbox.user_ids)
    people = {user.user_id: user.name async for user in devin.enterprise.users.list()}
    assert {one.user_id: one.name for one in report.users if one.user_id in people} == people
    since, until = days_of(DAY, LAST)
    whole = await consumption.daily(time_after=since, time_before=until)
    assert report.total_acus == pytest.approx(whole.total_acus)
    assert report.acus_by_product == pytest.approx(whole.acus_by_product)
    by_product = report.organizations[0].acus_by_product
    assert sum(by_product.values()) == pytest.approx(report.organizations[0].total_acus)


async def test_a_report_keeps_what_came_and_names_what_did_not(consumption, sandbox):
    whole = await consumption.report(start=DAY, end=LAST)
    person = sandbox.user_ids[0]
    refuse(sandbox, "")
    refuse(sandbox, f"/users/{person.replace('|', '%7C')}")
    sandbox.inject(Fault(route="GET /v3/enterprise/members/service-users", status=403))
    part = await consumption.report(start=DAY, end=LAST)
    assert (part.total_acus, part.acus_by_product) == (None, {})
    assert part.organizations == whole.organizations
    kept = [one for one in whole.users if not one.is_service_user and one.user_id != person]
    assert part.users == kept
    failures = [(one.kind, one.id) for one in part.failures]
    assert failures == [("enterprise", ""), ("service_user", ""), ("user", person)]
    assert not part.is_complete
    written = json.loads(part.to_json())
    assert (written["start"], "403" in written["failures"][0]["error"]) == ("2025-12-20", True)


async def test_a_report_of_which_nothing_came_is_an_error(consumption, sandbox):
    sandbox.inject(Fault(route="GET /v3/enterprise/*", status=403))
    with pytest.raises(FanOutError, match="no consumption could be read"):
        await consumption.report(start=DAY, end=LAST)


@pytest.fixture
async def tolerant(sandbox):
    async with DevinClient(sandbox.token, base_url=sandbox.url) as client:
        yield client


def days(**fields):
    """Give a report of one day in the range, with other fields than it should have."""
    day = {"date": int(days_of(DAY, LAST)[0].timestamp()), "acus": 1.5, "acus_by_product": {}}
    return json.dumps({"total_acus": 1.5, "consumption_by_date": [day | fields]})


@pytest.mark.parametrize("fields", [{"acus": None}, {"acus": "odd"}, {"date": None}, {"date": []}])
async def test_a_day_that_has_no_sum_is_a_failure_of_its_organization_alone(
    tolerant, sandbox, fields
):
    first, second = sandbox.organization_ids
    route = f"{DAILY}/organizations/{first}"
    sandbox.inject(Fault(route=route, status=200, body=days(**fields)))
    used = await tolerant.enterprise.consumption.by_organization(start=DAY, end=LAST)
    assert [one.organization_id for one in used] == [second]
    assert [(one.id, type(one.error)) for one in used.failures] == [(first, ResponseDecodeError)]


@pytest.mark.parametrize(
    "body", [days(acus=None), json.dumps({"total_acus": 1, "consumption_by_date": None})]
)
async def test_a_sum_that_cannot_be_read_takes_nothing_from_a_report(tolerant, sandbox, body):
    sandbox.inject(Fault(route=DAILY, status=200, body=body))
    report = await tolerant.enterprise.consumption.report(start=DAY, end=LAST)
    assert report.total_acus is None
    assert len(report.organizations) == 2
    assert [(one.kind, type(one.error)) for one in report.failures] == [
        ("enterprise", ResponseDecodeError)
    ]


async def test_somebody_without_an_id_is_a_failure_and_takes_nothing_from_a_report(
    tolerant, sandbox
):
    users = "GET /v3/enterprise/members/users"
    row = {"user_id": None, "email": "a@b.example", "name": "Ann", "role_assignments": []}
    page = {"items": [row, row], "end_cursor": None, "has_next_page": False, "total": 2}
    whole = await tolerant.enterprise.consumption.report(start=DAY, end=LAST)
    people = {one.user_id for one in whole.users if not one.is_service_user}
    sandbox.inject(Fault(route=users, status=200, body=json.dumps(page)))
    report = await tolerant.enterprise.consumption.report(start=DAY, end=LAST)
    assert [(one.kind, one.name) for one in report.failures] == [("user", "Ann")] * 2
    assert people
    assert report.organizations == whole.organizations


async def test_sums_by_product_leave_out_what_is_no_number(tolerant, sandbox):
    by_product = {"devin": 1, "review": None, "terminal": "odd"}
    sandbox.inject(Fault(route=DAILY, status=200, body=days(acus_by_product=by_product)))
    used = await tolerant.enterprise.consumption.daily()
    assert used.acus_by_product == {"devin": 1, "review": 0, "terminal": 0}
    sandbox.clear_faults()
    sandbox.inject(Fault(route=DAILY, status=200, body=days(acus_by_product=None)))
    assert (await tolerant.enterprise.consumption.daily()).acus_by_product == {}
