import pytest

USERS = "/v3/enterprise/members/users"
GROUPS = "/v3/enterprise/members/idp-groups"
NIGHT_SHIFT = "support%2Fnight%20shift"


@pytest.fixture
def user_id(sandbox):
    return sandbox.user_ids[1]


@pytest.fixture
def user(user_id):
    """Give the part of a path that names a user."""
    return user_id.replace("|", "%7C")


@pytest.fixture
def in_organization(org):
    return f"/v3/enterprise/organizations/{org}/members"


def roles(thing, org_id):
    return [
        item["role"]["role_id"] for item in thing["role_assignments"] if item["org_id"] == org_id
    ]


async def test_everybody_works_in_every_organization(api, sandbox, in_organization):
    everywhere = await api.items(USERS, first=7)
    assert [item["user_id"] for item in everywhere] == sandbox.user_ids
    here = await api.items(in_organization + "/users", first=7)
    assert [item["user_id"] for item in here] == sandbox.user_ids
    assert len(everywhere[0]["role_assignments"]) == 6
    assert len(here[0]["role_assignments"]) == 1


async def test_a_user_is_found_by_exact_address(api):
    second = (await api.items(USERS))[1]
    assert await api.items(USERS, email=second["email"]) == [second]
    assert await api.items(USERS, email=second["email"][:-1]) == []


async def test_an_invited_user_joins_without_an_organization(api, sandbox, in_organization):
    body = {"emails": ["ada@example.org"], "enterprise_role_id": "account_billing"}
    made = (await api.post(USERS, body)).json
    assert [item["email"] for item in made] == ["ada@example.org"]
    assert roles(made[0], None) == ["account_billing"]
    assert (await api.post(USERS, body)).json == made
    assert made[0]["user_id"] in sandbox.user_ids
    here = await api.items(in_organization + "/users")
    assert made[0]["user_id"] not in {item["user_id"] for item in here}


async def test_at_most_a_hundred_people_are_invited_at_once(api):
    emails = [f"{number}@example.org" for number in range(101)]
    body = {"emails": emails, "enterprise_role_id": "account_member"}
    assert (await api.post(USERS, body)).status == 422


async def test_a_role_of_the_enterprise_changes(api, user):
    body = {"role_id": "account_billing"}
    assert roles((await api.call("PATCH", f"{USERS}/{user}", json=body)).json, None) == [
        "account_billing"
    ]
    assert roles((await api.get(f"{USERS}/{user}")).json, None) == ["account_billing"]
    reply = await api.call("PATCH", f"{USERS}/{user}", json={"role_id": "developer"})
    assert reply.status == 422


async def test_a_removed_user_is_unknown(api, sandbox, org, user, user_id):
    gone = (await api.call("DELETE", f"{USERS}/{user}")).json
    assert gone["user_id"] == user_id
    assert (await api.get(f"{USERS}/{user}")).status == 404
    assert user_id not in sandbox.user_ids
    assert (await api.get(f"/v3/enterprise/consumption/daily/users/{user}")).status == 404
    body = {"prompt": "x", "create_as_user_id": user_id}
    assert (await api.post(f"/v3/organizations/{org}/sessions", body)).status == 404


async def test_nobody_acts_as_a_user_who_may_use_no_sessions(
    api, org, in_organization, user, user_id
):
    await api.call("PATCH", f"{in_organization}/users/{user}", json={"role_id": "viewer"})
    body = {"prompt": "x", "create_as_user_id": user_id}
    assert (await api.post(f"/v3/organizations/{org}/sessions", body)).status == 403


async def test_a_user_leaves_one_organization(api, sandbox, in_organization, user, user_id):
    path = f"{in_organization}/users/{user}"
    assert (await api.call("DELETE", path)).status == 200
    assert (await api.call("DELETE", path)).status == 404
    assert (await api.call("PATCH", path, json={"role_id": "viewer"})).status == 404
    here = await api.items(in_organization + "/users")
    assert user_id not in {item["user_id"] for item in here}
    assert len((await api.get(f"{USERS}/{user}")).json["role_assignments"]) == 5


async def test_a_user_comes_back_with_another_role(api, org, in_organization, user):
    path = f"{in_organization}/users/{user}"
    await api.call("DELETE", path)
    assert roles((await api.post(path, {"role_id": "viewer"})).json, org) == ["viewer"]
    changed = await api.call("PATCH", path, json={"role_id": "org_admin"})
    assert roles(changed.json, org) == ["org_admin"]
    read = await api.get(f"/v3beta1/organizations/{org}/members/users/{user}")
    assert roles(read.json, org) == ["org_admin"]


async def test_nobody_acts_as_a_user_of_another_organization(api, org, in_organization, user_id):
    path = f"{in_organization}/users/{user_id.replace('|', '%7C')}"
    await api.call("DELETE", path)
    body = {"prompt": "x", "create_as_user_id": user_id}
    assert (await api.post(f"/v3/organizations/{org}/sessions", body)).status == 404


async def test_idp_users_have_their_roles_through_a_group(api, org):
    everywhere = await api.items("/v3/enterprise/members/idp-users")
    assert {item["idp_role_assignments"][0]["idp_group_name"] for item in everywhere} == {
        "engineering",
        "finance",
        "support/night shift",
    }
    here = await api.items(f"/v3beta1/organizations/{org}/members/idp-users")
    assert {len(item["idp_role_assignments"]) for item in here} == {1}
    assert len(here) < len(everywhere)


async def test_groups_are_registered_once(api):
    body = {"idp_group_names": ["design", "finance"]}
    assert [
        item["idp_group_name"] for item in (await api.post("/v3/enterprise/idp-groups", body)).json
    ] == ["design", "finance"]
    assert len(await api.items("/v3/enterprise/idp-groups")) == 4
    for names in ([], ["x"] * 101):
        reply = await api.post("/v3/enterprise/idp-groups", {"idp_group_names": names})
        assert reply.status == 422


async def test_a_group_gains_and_loses_a_role(api):
    before = (await api.get(f"{GROUPS}/{NIGHT_SHIFT}")).json
    assert roles(before, None) == []
    path = f"{GROUPS}/{NIGHT_SHIFT}"
    assert (await api.call("PATCH", path, json={"role_id": "account_member"})).status == 404
    assigned = (await api.post(path, {"role_id": "account_member"})).json
    assert roles(assigned, None) == ["account_member"]
    assert (await api.call("DELETE", path)).json == assigned
    assert (await api.get(path)).json == before


async def test_a_group_leaves_an_organization_with_its_people(api, org, in_organization):
    path = f"{in_organization}/idp-groups/engineering"
    assert roles((await api.get(path)).json, org) == ["developer"]
    assert (await api.call("DELETE", path)).status == 200
    assert (await api.get(path)).status == 404
    assert await api.items(in_organization + "/idp-users") == []


async def test_an_unregistered_group_is_unknown(api):
    path = "/v3/enterprise/idp-groups/finance"
    assert (await api.call("DELETE", path)).json == {"idp_group_name": "finance"}
    assert (await api.call("DELETE", path)).status == 404
    assert (await api.get(f"{GROUPS}/finance")).status == 404


async def test_changes_of_members_are_logged(api, in_organization, user, user_id):
    await api.call("DELETE", f"{in_organization}/users/{user}")
    logs = (await api.get("/v3/enterprise/audit-logs?action=delete_member&first=1")).json
    assert logs["items"][0]["data"] == {"user_id": user_id}
