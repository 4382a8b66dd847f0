"""IP access, group limits, queue, hypervisors and guardrails through the client."""

from datetime import timedelta

import pytest

from devin_async import InvalidArgumentError
from devin_async.models.organizations import OrganizationGroup

OWN = "127.0.0.0/8"


async def test_ip_ranges_are_added_replaced_and_cleared(devin):
    access = devin.enterprise.ip_access_list
    await access.clear()
    assert (await access.add([OWN])).ip_ranges == [OWN]
    assert set((await access.add(["203.0.113.0/24"])).ip_ranges) == {OWN, "203.0.113.0/24"}
    assert (await access.replace([OWN])).ip_ranges == [OWN]
    assert (await access.get()).ip_ranges == [OWN]
    assert (await access.clear()).ip_ranges == []


async def test_group_limits_are_replaced_as_a_whole(devin, sandbox):
    limits = devin.enterprise.org_group_limits
    first, second = sandbox.organization_ids
    one = OrganizationGroup(org_ids=[first], max_cycle_acus=0)
    two = OrganizationGroup(org_ids=[second])
    assert (await limits.replace({"one": one})).groups == {"one": one}
    assert (await limits.replace({"two": two})).groups == {"two": two}
    assert (await limits.get()).groups == {"two": two}
    assert (await limits.replace({})).groups == {}


async def test_the_queue_tells_how_many_wait(devin):
    queue = await devin.enterprise.queue.get()
    assert queue.queue_size >= 0
    assert queue.status in {"normal", "elevated", "high"}


async def test_hypervisors_are_listed_by_their_state(devin):
    hypervisors = devin.enterprise.hypervisors
    every = await hypervisors.list(status="all", page_size=2).collect()
    available = await hypervisors.list().collect()
    assert 0 < len(available) < len(every)
    assert available == [one for one in every if one.status == "available"]
    assert await hypervisors.list(status="available").collect() == available


async def test_guardrail_violations_are_filtered_and_hide_what_was_written(devin, organization):
    every = await devin.enterprise.guardrail_violations.list(page_size=2).collect()
    oldest_first = await devin.enterprise.guardrail_violations.list(order="asc").collect()
    assert oldest_first == every[::-1]
    own = await organization.guardrail_violations.list().collect()
    assert own == [one for one in every if one.org_id == organization.org_id]
    one = every[0]
    assert one.user_message not in repr(one)
    violations = devin.enterprise.guardrail_violations.list(guardrail_id=one.guardrail_id)
    assert await violations.collect() == [
        two for two in every if two.guardrail_id == one.guardrail_id
    ]
    of_session = devin.enterprise.guardrail_violations.list(session_id=one.session_id)
    assert one in await of_session.collect()
    later = devin.enterprise.guardrail_violations.list(
        time_after=one.created_at + timedelta(seconds=1)
    )
    assert one not in await later.collect()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"time_after": 20, "time_before": 10},
            "time_after is 20, time_before 10; allowed: a range that ends after it starts",
        ),
        ({"order": "up"}, "order is 'up', a str; allowed: 'asc', 'desc' or None"),
        ({"session_id": ""}, "session_id is ''; allowed: the id of a thing, not empty"),
    ],
)
async def test_guardrail_violations_follow_the_rules_of_audit_logs(
    devin, sandbox, arguments, message
):
    with pytest.raises(InvalidArgumentError) as caught:
        devin.enterprise.guardrail_violations.list(**arguments)
    assert str(caught.value) == message
    assert not sandbox.requests


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            {"a": OrganizationGroup(org_ids=["o"]), "b": OrganizationGroup(org_ids=["o"])},
            "groups holds 'o' in 'a' and in 'b'; allowed: each organization once",
        ),
        (
            {"a": OrganizationGroup(org_ids=["o", "o"])},
            "groups holds 'o' in 'a' and in 'a'; allowed: each organization once",
        ),
        (
            {"a": OrganizationGroup(org_ids=[], max_cycle_acus=-1)},
            "groups['a'].max_cycle_acus is -1; allowed: a whole number, 0 or more",
        ),
        (
            {"a": OrganizationGroup(org_ids="org-1")},
            "groups['a'].org_ids is 'org-1', a str; allowed: a list of str",
        ),
    ],
)
async def test_groups_that_cannot_be_meant_are_refused_before_a_request(
    devin, sandbox, groups, message
):
    with pytest.raises(InvalidArgumentError) as caught:
        await devin.enterprise.org_group_limits.replace(groups)
    assert str(caught.value) == message
    assert not sandbox.requests


async def test_one_range_is_given_in_a_list(devin, sandbox):
    access = devin.enterprise.ip_access_list
    for call in (access.add, access.replace):
        with pytest.raises(InvalidArgumentError, match=r"ip_ranges is '10\.0\.0\.0/8', a str"):
            await call("10.0.0.0/8")
    assert not sandbox.requests


async def test_a_state_of_hypervisors_that_there_is_not_is_refused(devin, sandbox):
    with pytest.raises(InvalidArgumentError, match="status is 'up', a str; allowed: 'available', "):
        devin.enterprise.hypervisors.list(status="up")
    assert not sandbox.requests
