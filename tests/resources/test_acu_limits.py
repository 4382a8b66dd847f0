"""ACU limits through the client, against the sandbox: None removes one and 0 blocks."""

import warnings

import pytest

from devin_async import InvalidArgumentError
from devin_async.models.acu_limits import (
    AcuLimit,
    AgentLimit,
    OrganizationAcuLimits,
    UserAcuLimits,
    UserAgentLimit,
)

deprecated = pytest.mark.filterwarnings("ignore:people's ACU limits:DeprecationWarning")


@pytest.fixture
def org_id(sandbox):
    return sandbox.organization_ids[0]


@pytest.fixture
def limits(devin, org_id):
    return devin.enterprise.organization(org_id).acu_limits


@pytest.fixture
def user_limits(devin):
    return devin.enterprise.user_acu_limits


async def test_a_limit_of_devin_is_set_changed_listed_and_removed(devin, org_id):
    limits = devin.enterprise.acu_limits
    await limits.replace(org_id, 100)
    await limits.replace(org_id, 0)
    assert await limits.list().collect() == [
        AcuLimit(cycle_acu_limit=0, scope="org", org_id=org_id)
    ]
    await limits.delete(org_id)
    assert await limits.list().collect() == []


async def test_an_organization_has_no_limits_at_first(limits):
    assert await limits.get() == OrganizationAcuLimits()


async def test_a_limit_that_is_left_out_of_a_change_stays(limits, sandbox):
    await limits.update(local_agent=50, cloud_agent=0)
    await limits.update(local_agent=60)
    assert sandbox.requests[-1].json == {"local_agent": {"cycle_acu_limit": 60}}
    assert await limits.get() == OrganizationAcuLimits(
        local_agent=AgentLimit(cycle_acu_limit=60), cloud_agent=AgentLimit(cycle_acu_limit=0)
    )


async def test_none_removes_one_limit_of_an_organization(limits, sandbox):
    await limits.update(local_agent=50, cloud_agent=70)
    await limits.update(cloud_agent=None)
    assert sandbox.requests[-1].json == {"cloud_agent": None}
    assert await limits.get() == OrganizationAcuLimits(local_agent=AgentLimit(cycle_acu_limit=50))


async def test_clear_removes_all_limits_of_an_organization(limits):
    await limits.update(local_agent=50, cloud_agent=70)
    await limits.clear()
    assert await limits.get() == OrganizationAcuLimits()


@deprecated
async def test_a_persons_limit_is_set_read_and_cleared(user_limits, sandbox, org_id):
    user_id = sandbox.user_ids[0]
    await user_limits.update(user_id, 30, billing_org_id=org_id)
    assert await user_limits.get(user_id) == UserAcuLimits(
        local_agent=UserAgentLimit(cycle_acu_limit=30, billing_org_id=org_id)
    )
    await user_limits.clear(user_id)
    assert await user_limits.get(user_id) == UserAcuLimits()


@deprecated
async def test_the_default_limit_is_set_read_and_cleared(user_limits):
    await user_limits.update_default(0)
    assert await user_limits.get_default() == UserAcuLimits(
        local_agent=UserAgentLimit(cycle_acu_limit=0)
    )
    await user_limits.clear_default()
    assert await user_limits.get_default() == UserAcuLimits()


@deprecated
async def test_none_removes_a_persons_limit(user_limits, sandbox):
    user_id = sandbox.user_ids[0]
    await user_limits.update(user_id, 30)
    await user_limits.update(user_id, None)
    assert sandbox.requests[-1].json == {"local_agent": None}
    assert await user_limits.get(user_id) == UserAcuLimits()


@deprecated
async def test_none_as_who_pays_is_sent_as_null(user_limits, sandbox):
    await user_limits.update_default(30, billing_org_id=None)
    assert sandbox.requests[-1].json == {
        "local_agent": {"cycle_acu_limit": 30, "billing_org_id": None}
    }


@deprecated
async def test_a_persons_id_is_encoded_in_the_path(user_limits, sandbox):
    user_id = sandbox.user_ids[0]
    await user_limits.get(user_id)
    assert sandbox.requests[-1].path == (
        f"/v3beta1/enterprise/users/{user_id.replace('|', '%7C')}/consumption/acu-limits"
    )


async def test_each_call_for_people_warns_where_it_is_awaited(user_limits, sandbox):
    user_id = sandbox.user_ids[0]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await user_limits.update(user_id, 1)
        await user_limits.get(user_id)
        await user_limits.clear(user_id)
        await user_limits.update_default(1)
        await user_limits.get_default()
        await user_limits.clear_default()
    assert [(one.category, one.filename) for one in caught] == [(DeprecationWarning, __file__)] * 6
    assert str(caught[0].message).endswith("the tiers of devin.enterprise.usage_policies")


async def test_a_negative_limit_of_devin_is_refused(devin, org_id, sandbox):
    with pytest.raises(InvalidArgumentError, match=r"cycle_acu_limit is -1; allowed: .* 0 or more"):
        await devin.enterprise.acu_limits.replace(org_id, -1)
    assert list(sandbox.requests) == []


@pytest.mark.parametrize("name", ["local_agent", "cloud_agent"])
async def test_a_negative_limit_of_agents_is_refused(limits, sandbox, name):
    with pytest.raises(InvalidArgumentError, match=f"{name} is -1; allowed: .* 0 or more"):
        await limits.update(**{name: -1})
    assert list(sandbox.requests) == []


@deprecated
async def test_a_negative_limit_of_people_is_refused(user_limits, sandbox):
    with pytest.raises(InvalidArgumentError, match="cycle_acu_limit is -1"):
        await user_limits.update("user-1", -1)
    with pytest.raises(InvalidArgumentError, match="cycle_acu_limit is -1"):
        await user_limits.update_default(-1)
    assert list(sandbox.requests) == []


@deprecated
async def test_who_pays_for_no_limit_is_refused(user_limits, sandbox):
    for call in (
        user_limits.update("user-1", None, billing_org_id="org-1"),
        user_limits.update_default(None, billing_org_id="org-1"),
    ):
        with pytest.raises(InvalidArgumentError, match="billing_org_id is 'org-1', but without"):
            await call
    assert list(sandbox.requests) == []


@deprecated
async def test_an_empty_id_is_refused(devin, user_limits, sandbox):
    acu_limits = devin.enterprise.acu_limits
    for call in (acu_limits.delete(""), acu_limits.replace("", 1)):
        with pytest.raises(InvalidArgumentError, match="org_id is ''"):
            await call
    for call in (user_limits.get(""), user_limits.update("", 1), user_limits.clear("")):
        with pytest.raises(InvalidArgumentError, match="user_id is ''"):
            await call
    assert list(sandbox.requests) == []
