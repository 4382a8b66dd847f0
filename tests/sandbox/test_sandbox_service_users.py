import pytest

BETA = "/v3beta1/enterprise/service-users"
MEMBERS = "/v3/enterprise/members/service-users"


@pytest.fixture
async def bot(api):
    """Give a service user of the enterprise that may do little."""
    body = {"name": "bot", "role_id": "account_member", "ttl_seconds": 3600}
    made = (await api.post(BETA, body)).json
    return {"token": made["token"], **made["service_user"]}


@pytest.fixture
def keys(bot):
    return f"{BETA}/{bot['service_user_id']}/api-keys"


async def test_a_service_user_is_listed_until_it_is_removed(api, bot):
    path = f"{MEMBERS}/{bot['service_user_id']}"
    assert (await api.get(path)).json["name"] == "bot"
    assert "bot" in {item["name"] for item in await api.items(MEMBERS)}
    gone = (await api.call("DELETE", path)).json
    assert gone["deleted_at"] is not None
    assert (await api.get(path)).status == 404
    assert (await api.get("/v3/self", token=bot["token"])).status == 401
    assert "bot" not in {item["name"] for item in await api.items(MEMBERS)}
    assert gone in await api.items(MEMBERS, include_inactive="true")


async def test_an_expired_service_user_is_inactive(api, bot, clock):
    clock.advance(3600)
    assert "bot" not in {item["name"] for item in await api.items(MEMBERS)}
    everybody = await api.items(MEMBERS, include_inactive="true")
    assert "bot" in {item["name"] for item in everybody}


async def test_a_new_role_opens_calls_at_once(api, bot):
    path = f"{MEMBERS}/{bot['service_user_id']}"
    assert (await api.get("/v3/enterprise/consumption/cycles", token=bot["token"])).status == 403
    changed = await api.call("PATCH", path, json={"role_id": "account_billing"})
    assert changed.json["role_assignments"][0]["role"]["role_id"] == "account_billing"
    assert (await api.get("/v3/enterprise/consumption/cycles", token=bot["token"])).status == 200


async def test_a_role_in_an_organization_opens_only_this_one(api, sandbox, bot):
    first, second = sandbox.organization_ids[:2]
    path = f"/v3/enterprise/organizations/{first}/members/service-users/{bot['service_user_id']}"
    assert (await api.call("PATCH", path, json={"role_id": "developer"})).status == 404
    assigned = await api.post(path, {"role_id": "developer"})
    assert [item["org_id"] for item in assigned.json["role_assignments"]] == [first]
    body = {"prompt": "x"}
    answers = [
        (await api.post(f"/v3/organizations/{org}/sessions", body, token=bot["token"])).status
        for org in (first, second)
    ]
    assert answers == [200, 403]
    assert (await api.call("DELETE", path)).status == 200
    reply = await api.post(f"/v3/organizations/{first}/sessions", body, token=bot["token"])
    assert reply.status == 403


async def test_a_service_user_without_its_organization_is_gone(api, org):
    body = {"name": "local", "role_id": "developer", "ttl_seconds": 60}
    made = (await api.post(f"/v3beta1/organizations/{org}/service-users", body)).json
    service_user_id = made["service_user"]["service_user_id"]
    place = f"/v3/enterprise/organizations/{org}/members/service-users"
    assert [item["service_user_id"] for item in await api.items(place)] == [service_user_id]
    assert (await api.call("DELETE", f"{place}/{service_user_id}")).json["deleted_at"]
    assert (await api.get("/v3/self", token=made["token"])).status == 401


async def test_a_new_key_works_and_shows_its_token_once(api, bot, keys):
    made = (await api.post(keys, {"name": "second"})).json
    assert (await api.get("/v3/self", token=made["token"])).status == 200
    listed = await api.get(keys)
    assert [item["api_key_name"] for item in listed.json["items"]] == ["Default", "second"]
    assert made["token"].encode() not in listed.body


async def test_a_key_remembers_its_last_use(api, bot, keys, clock):
    made = (await api.post(keys, {"name": "second"})).json
    clock.advance(5)
    await api.get("/v3/self", token=made["token"])
    second = (await api.get(keys)).json["items"][1]
    assert second["last_used_at"] == second["created_at"] + 5


async def test_a_key_cannot_end_in_the_past(api, keys, clock):
    body = {"name": "second", "expires_at": int(clock.now())}
    assert (await api.post(keys, body)).status == 422


async def test_a_revoked_key_opens_nothing_and_is_revoked_once(api, bot, keys):
    key = (await api.get(keys)).json["items"][0]
    gone = (await api.call("DELETE", f"{keys}/{key['api_key_id']}")).json
    assert (gone["is_active"], gone["revoked_at"] is None) == (False, False)
    assert (await api.get("/v3/self", token=bot["token"])).status == 401
    assert (await api.call("DELETE", f"{keys}/{key['api_key_id']}")).status == 409
    assert (await api.call("DELETE", f"{keys}/key-none")).status == 404


async def test_a_rotated_key_is_replaced(api, bot, keys):
    key = (await api.get(keys)).json["items"][0]
    path = f"{keys}/{key['api_key_id']}/rotate"
    fresh = (await api.post(path, {})).json
    assert fresh["api_key_name"] == key["api_key_name"]
    assert (await api.get("/v3/self", token=fresh["token"])).status == 200
    assert (await api.get("/v3/self", token=bot["token"])).status == 401
    assert (await api.post(path, {})).status == 400


async def test_rotating_may_keep_both_keys_alive(api, bot, keys):
    key = (await api.get(keys)).json["items"][0]
    await api.post(f"{keys}/{key['api_key_id']}/rotate", {"revoke_current": False})
    assert (await api.get("/v3/self", token=bot["token"])).status == 200


async def test_keys_are_listed_by_standing(api, keys, clock):
    made = (await api.post(keys, {"name": "short", "expires_at": int(clock.now()) + 60})).json
    first = (await api.get(keys)).json["items"][0]
    await api.call("DELETE", f"{keys}/{first['api_key_id']}")
    clock.advance(60)
    standings = {}
    for standing in ("active", "revoked", "expired", "all"):
        page = (await api.get(keys, params={"status": standing})).json
        standings[standing] = [item["api_key_id"] for item in page["items"]]
    assert standings == {
        "active": [],
        "revoked": [first["api_key_id"]],
        "expired": [made["api_key_id"]],
        "all": [first["api_key_id"], made["api_key_id"]],
    }
