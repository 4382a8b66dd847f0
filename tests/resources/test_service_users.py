"""Service users and their keys through the client, against the sandbox."""

from datetime import UTC, datetime, timedelta

import pytest

from devin_async import (
    BadRequestError,
    ConflictError,
    DevinClient,
    InvalidArgumentError,
    NotFoundError,
)


@pytest.fixture
async def bot(devin):
    made = await devin.enterprise.service_users.create("CI", role="Account Member")
    return made.service_user


@pytest.fixture
def keys(devin):
    return devin.enterprise.service_user_api_keys


def held(service_user):
    return {(one.role.role_id, one.org_id) for one in service_user.role_assignments}


async def test_the_key_of_a_new_service_user_works_and_does_not_show_itself(devin, sandbox):
    made = await devin.enterprise.service_users.create("CI", role_id="account_member")
    assert made.token not in repr(made)
    async with DevinClient(made.token, base_url=sandbox.url) as other:
        assert (await other.whoami()).principal == made.id


async def test_a_service_user_of_the_enterprise_is_read_changed_and_removed(devin, bot):
    service_users = devin.enterprise.service_users
    read = await service_users.get(bot.service_user_id)
    assert (read.name, held(read)) == ("CI", {("account_member", None)})
    changed = await service_users.update(bot.service_user_id, "account_billing")
    assert held(changed) == {("account_billing", None)}
    assert (await service_users.delete(bot.service_user_id)).name == "CI"
    listed = [one.service_user_id async for one in service_users.list()]
    assert bot.service_user_id not in listed


async def test_a_removed_service_user_is_listed_when_inactive_ones_are_wanted(devin, bot):
    await devin.enterprise.service_users.delete(bot.service_user_id)
    every = devin.enterprise.service_users.list(include_inactive=True)
    removed = [one for one in await every.collect() if one.service_user_id == bot.service_user_id]
    assert [one.deleted_at is not None for one in removed] == [True]


async def test_a_service_user_joins_an_organization_changes_its_role_and_leaves(organization, bot):
    service_users, org_id = organization.service_users, organization.org_id
    joined = await service_users.assign(bot.service_user_id, "viewer")
    assert ("viewer", org_id) in held(joined)
    changed = await service_users.update(bot.service_user_id, "developer")
    assert ("developer", org_id) in held(changed)
    assert bot.service_user_id in [one.service_user_id async for one in service_users.list()]
    await service_users.delete(bot.service_user_id)
    assert bot.service_user_id not in [one.service_user_id async for one in service_users.list()]


async def test_a_service_user_of_an_organization_is_one_of_its_members(devin, organization):
    made = await devin.organization(organization.org_id).service_users.create("CI", role="viewer")
    assert made.id in [one.service_user_id async for one in organization.service_users.list()]


async def test_a_service_user_without_a_role_in_the_enterprise_is_given_one(devin, organization):
    made = await devin.organization(organization.org_id).service_users.create("CI", role="viewer")
    assigned = await devin.enterprise.service_users.assign(made.id, "account_member")
    assert ("account_member", None) in held(assigned)


async def test_a_key_is_made_used_and_revoked(keys, sandbox, bot):
    until = datetime.fromtimestamp(sandbox.clock.now(), UTC) + timedelta(days=9)
    made = await keys.create(bot.service_user_id, "second", expires_at=until)
    assert made.token not in repr(made)
    async with DevinClient(made.token, base_url=sandbox.url) as other:
        assert (await other.whoami()).principal == bot.service_user_id
    listed = {one.api_key_id: one async for one in keys.list(bot.service_user_id, status="active")}
    assert listed[made.api_key_id].api_key_name == "second"
    assert listed[made.api_key_id].expires_at == until.replace(microsecond=0)
    revoked = await keys.revoke(bot.service_user_id, made.api_key_id)
    assert (revoked.is_active, revoked.revoked_at is None) == (False, False)
    with pytest.raises(ConflictError):
        await keys.revoke(bot.service_user_id, made.api_key_id)


async def test_a_rotated_key_is_replaced_by_another(keys, bot):
    first = await keys.create(bot.service_user_id, "first")
    second = await keys.rotate(bot.service_user_id, first.api_key_id)
    assert second.token != first.token
    assert second.token not in repr(second)
    revoked = await keys.list(bot.service_user_id, status="revoked").collect()
    assert [one.api_key_id for one in revoked] == [first.api_key_id]
    with pytest.raises(BadRequestError):
        await keys.rotate(bot.service_user_id, first.api_key_id)


async def test_a_rotated_key_may_stay_valid(keys, bot):
    first = await keys.create(bot.service_user_id, "first")
    await keys.rotate(bot.service_user_id, first.api_key_id, revoke_current=False)
    assert await keys.list(bot.service_user_id, status="revoked").collect() == []


async def test_a_key_that_is_not_there_is_not_found(keys, bot):
    with pytest.raises(NotFoundError):
        await keys.revoke(bot.service_user_id, "key-0")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda enterprise: enterprise.service_users.create("x" * 257, role_id="r"),
            "name has 257 characters; allowed: 1 to 256",
        ),
        (
            lambda enterprise: enterprise.service_users.create("x", role_id="r", ttl_seconds=0),
            "ttl_seconds is 0; allowed: a whole number, 1 to 31536000",
        ),
        (
            lambda enterprise: enterprise.service_users.get(""),
            "service_user_id is ''; allowed: the id of a thing, not empty",
        ),
        (
            lambda enterprise: enterprise.service_users.assign("s", ""),
            "role_id is ''; allowed: the id of a thing, not empty",
        ),
        (
            lambda enterprise: enterprise.service_user_api_keys.create("s", ""),
            "name has 0 characters; allowed: 1 to 256",
        ),
        (
            lambda enterprise: enterprise.service_user_api_keys.create(
                "s", "x", expires_at=1_800_000_000_000
            ),
            (
                "expires_at is 1800000000000; allowed: unix seconds from 0 (this looks like "
                "milliseconds)"
            ),
        ),
        (
            lambda enterprise: enterprise.service_user_api_keys.revoke("s", ""),
            "api_key_id is ''; allowed: the id of a thing, not empty",
        ),
        (
            lambda enterprise: enterprise.service_user_api_keys.rotate(
                "s", "k", new_key_expires_at=-1
            ),
            "new_key_expires_at is -1; allowed: unix seconds from 0",
        ),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_a_request(devin, sandbox, call, message):
    with pytest.raises(InvalidArgumentError) as caught:
        await call(devin.enterprise)
    assert str(caught.value) == message
    assert not sandbox.requests


async def test_a_state_of_keys_that_there_is_not_is_refused_before_a_request(keys, sandbox):
    with pytest.raises(InvalidArgumentError, match="status is 'gone', a str; allowed: 'active', "):
        keys.list("s", status="gone")
    assert not sandbox.requests
