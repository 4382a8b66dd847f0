"""People and IdP users through the client, in the three scopes, against the sandbox."""

import pytest

from devin_async import InvalidArgumentError, NotFoundError


@pytest.fixture
async def ada(devin):
    made = await devin.enterprise.users.invite(
        ["ada@example.com"], enterprise_role_id="account_member"
    )
    return made[0]


def held(member):
    return {(one.role.role_id, one.org_id) for one in member.role_assignments}


async def test_people_are_invited_and_found_by_their_address(devin):
    users = devin.enterprise.users
    addresses = ["ada@example.com", "bob@example.com"]
    made = await users.invite(addresses, enterprise_role_id="account_member")
    assert [one.email for one in made] == addresses
    assert held(made[0]) == {("account_member", None)}
    listed = await users.list(email="bob@example.com").collect()
    assert [one.user_id for one in listed] == [made[1].user_id]


async def test_a_member_of_the_enterprise_is_read_changed_and_removed(devin, ada):
    users = devin.enterprise.users
    assert (await users.get(ada.user_id)).email == "ada@example.com"
    assert held(await users.update(ada.user_id, "account_admin")) == {("account_admin", None)}
    assert held(await users.get(ada.user_id)) == {("account_admin", None)}
    assert (await users.delete(ada.user_id)).user_id == ada.user_id
    with pytest.raises(NotFoundError):
        await users.get(ada.user_id)


async def test_a_member_joins_an_organization_changes_its_role_and_leaves(organization, ada):
    users, org_id = organization.users, organization.org_id
    assert ("viewer", org_id) in held(await users.assign(ada.user_id, "viewer"))
    assert ("developer", org_id) in held(await users.update(ada.user_id, "developer"))
    assert ada.user_id in [one.user_id async for one in users.list()]
    assert (await users.delete(ada.user_id)).user_id == ada.user_id
    assert ada.user_id not in [one.user_id async for one in users.list()]


async def test_an_organization_reads_its_own_members(devin, organization, ada):
    await organization.users.assign(ada.user_id, "viewer")
    users = devin.organization(organization.org_id).users
    listed = await users.list(email="ada@example.com").collect()
    assert [one.user_id for one in listed] == [ada.user_id]
    assert ("viewer", organization.org_id) in held(await users.get(ada.user_id))


async def test_people_are_listed_in_pages_of_the_wanted_size(devin, sandbox):
    addresses = [f"user{number}@example.com" for number in range(5)]
    await devin.enterprise.users.invite(addresses, enterprise_role_id="account_member")
    every = await devin.enterprise.users.list().collect()
    sandbox.requests.clear()
    assert await devin.enterprise.users.list(page_size=2).collect() == every
    assert len(sandbox.requests) == (len(every) + 1) // 2


async def test_idp_users_are_found_by_their_address_in_every_scope(devin, organization):
    for scope in (devin.enterprise, organization, devin.organization(organization.org_id)):
        first = await scope.idp_users.list(page_size=2).first()
        assert first.idp_role_assignments[0].idp_group_name
        assert await scope.idp_users.list(email=first.email).collect() == [first]
        assert await scope.idp_users.list(email="nobody@example.com").collect() == []


async def test_a_user_id_with_a_bar_is_encoded(devin, sandbox):
    with pytest.raises(NotFoundError):
        await devin.enterprise.users.get("google|1/2")
    assert sandbox.requests[-1].path == "/v3/enterprise/members/users/google%7C1%2F2"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda devin: devin.enterprise.users.invite(["a@b.c"] * 101, enterprise_role_id="r"),
            "emails has 101 entries; allowed: at most 100",
        ),
        (
            lambda devin: devin.enterprise.users.invite("a@b.c", enterprise_role_id="r"),
            "emails is 'a@b.c', a str; allowed: a list of str",
        ),
        (
            lambda devin: devin.enterprise.users.invite(["a@b.c"], enterprise_role_id=""),
            "enterprise_role_id is ''; allowed: the id of a thing, not empty",
        ),
        (
            lambda devin: devin.enterprise.users.get(""),
            "user_id is ''; allowed: the id of a thing, not empty",
        ),
        (lambda devin: devin.enterprise.users.update("u", None), "role_id is None; allowed: a str"),
        (
            lambda devin: devin.enterprise.organization("org-1").users.assign("..", "r"),
            "user_id is '..'; allowed: the id of a thing, not empty",
        ),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_a_request(devin, sandbox, call, message):
    with pytest.raises(InvalidArgumentError) as caught:
        await call(devin)
    assert str(caught.value) == message
    assert not sandbox.requests
