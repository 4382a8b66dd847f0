"""IdP groups through the client, in both scopes of the enterprise, against the sandbox."""

import pytest

from devin_async import InvalidArgumentError, NotFoundError

NAME = "team a/ü"


@pytest.fixture
async def registered(devin):
    return await devin.enterprise.idp_groups.register([NAME, "team-b"])


def held(group):
    return [(one.role.role_id, one.org_id) for one in group.role_assignments]


async def test_groups_are_registered_once_listed_and_forgotten(devin, registered):
    groups = devin.enterprise.idp_groups
    assert [one.idp_group_name for one in registered] == [NAME, "team-b"]
    await groups.register(["team-b"])
    names = [one.idp_group_name async for one in groups.registered()]
    assert names.count("team-b") == 1
    assert (await groups.unregister(NAME)).idp_group_name == NAME
    assert NAME not in [one.idp_group_name async for one in groups.registered(page_size=1)]


async def test_a_group_gives_a_role_of_the_enterprise_then_another_then_none(devin, registered):
    groups = devin.enterprise.idp_groups
    assert held(await groups.assign(NAME, "account_member")) == [("account_member", None)]
    assert held(await groups.update(NAME, "account_billing")) == [("account_billing", None)]
    assert held(await groups.get(NAME)) == [("account_billing", None)]
    assert NAME in [one.idp_group_name async for one in groups.list()]
    assert (await groups.delete(NAME)).idp_group_name == NAME
    assert NAME not in [one.idp_group_name async for one in groups.list()]


async def test_a_group_gives_a_role_of_an_organization_then_another_then_none(
    organization, registered
):
    groups, org_id = organization.idp_groups, organization.org_id
    assert ("viewer", org_id) in held(await groups.assign(NAME, "viewer"))
    assert ("developer", org_id) in held(await groups.update(NAME, "developer"))
    assert ("developer", org_id) in held(await groups.get(NAME))
    assert NAME in [one.idp_group_name async for one in groups.list()]
    assert (await groups.delete(NAME)).idp_group_name == NAME
    with pytest.raises(NotFoundError):
        await groups.get(NAME)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda groups: groups.register([]), "idp_group_names has 0 entries; allowed: 1 or more"),
        (
            lambda groups: groups.register(["g"] * 101),
            "idp_group_names has 101 entries; allowed: at most 100",
        ),
        (
            lambda groups: groups.unregister(" "),
            "idp_group_name is ' '; allowed: the id of a thing, not empty",
        ),
        (
            lambda groups: groups.assign("g", ""),
            "role_id is ''; allowed: the id of a thing, not empty",
        ),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_a_request(devin, sandbox, call, message):
    with pytest.raises(InvalidArgumentError) as caught:
        await call(devin.enterprise.idp_groups)
    assert str(caught.value) == message
    assert not sandbox.requests
