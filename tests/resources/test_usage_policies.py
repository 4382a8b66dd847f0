"""Usage policies through the client, against the sandbox."""

import pytest

from devin_async import InvalidArgumentError


@pytest.fixture
def policies(devin):
    return devin.enterprise.usage_policies


async def test_tiers_are_listed_and_a_person_is_put_into_one(policies, sandbox):
    tiers = await policies.list().collect()
    chosen = next(tier for tier in tiers if not tier.is_default)
    await policies.assign(chosen.tier_id, sandbox.user_ids[0])
    after = {tier.tier_id: tier for tier in await policies.list().collect()}
    assert after[chosen.tier_id].member_count == chosen.member_count + 1


async def test_tiers_come_with_the_highest_priority_first(policies):
    priorities = [tier.priority async for tier in policies.list(page_size=1)]
    assert priorities == sorted(priorities, reverse=True)


async def test_an_assignment_sends_no_body(policies, sandbox):
    tier = await policies.list().first()
    await policies.assign(tier.tier_id, sandbox.user_ids[0])
    assert sandbox.requests[-1].body == b""


@pytest.mark.parametrize(
    ("tier_id", "user_id", "message"), [("", "u", "tier_id is ''"), ("t", ".", "user_id is '.'")]
)
async def test_an_id_that_is_none_is_refused(policies, sandbox, tier_id, user_id, message):
    with pytest.raises(InvalidArgumentError, match=message):
        await policies.assign(tier_id, user_id)
    assert list(sandbox.requests) == []
