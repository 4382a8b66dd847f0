"""Security profiles: what they are made of, who may change them, and what refers to them."""

import pytest

BETA = "/v3beta1"
INHERIT = {"selection": "inherit", "profile_id": None}


@pytest.fixture(params=["organization", "enterprise"])
def scope(request, org):
    return (
        f"{BETA}/organizations/{org}" if request.param == "organization" else f"{BETA}/enterprise"
    )


@pytest.fixture
def profiles(scope):
    return f"{scope}/security-profiles"


@pytest.fixture
def settings(scope):
    return f"{scope}/security-profile-settings"


@pytest.fixture
def sessions(org):
    return f"/v3/organizations/{org}/sessions"


def choice(profile_id):
    return {"selection": "profile", "profile_id": profile_id}


async def made(api, profiles, **fields):
    reply = await api.post(profiles, {"name": "Closed", **fields})
    assert reply.status == 201
    return reply.json["profile_id"]


async def test_a_profile_that_says_nothing_reaches_the_git_hosts_only(api, profiles):
    reply = await api.post(profiles, {"name": "Closed"})
    hosts = [{"hostname": "github.com"}, {"hostname": "gitlab.com"}]
    assert reply.json | {"profile_id": "p"} == {
        "profile_id": "p",
        "name": "Closed",
        "net_policy": {"allow": hosts},
        "mcp_config": None,
        "devin_mcp_read_only": False,
        "remove_github_cli_token": True,
        "git_access_level": "read_write",
        "enforcement_level": "recommended",
        "slack_channel_access": None,
        "slack_dm_scope": None,
        "teams_channel_access": None,
        "teams_dm_scope": None,
        "teams_group_chat_scope": None,
    }


async def test_no_opinion_and_nothing_at_all_are_two_network_policies(api, profiles):
    for policy in (None, {"allow": []}):
        profile_id = await made(api, profiles, name=f"As {policy}", net_policy=policy)
        assert (await api.get(f"{profiles}/{profile_id}")).json["net_policy"] == policy


async def test_a_patch_keeps_what_it_leaves_out_and_clears_by_null(api, profiles):
    one = f"{profiles}/{await made(api, profiles, slack_dm_scope='none')}"
    await api.call("PATCH", one, json={"net_policy": None, "enforcement_level": "mandatory"})
    profile = (await api.get(one)).json
    assert (profile["net_policy"], profile["enforcement_level"]) == (None, "mandatory")
    assert profile["slack_dm_scope"] == "none"
    for name in ("name", "enforcement_level", "remove_github_cli_token"):
        assert (await api.call("PATCH", one, json={name: None})).status == 422


async def test_a_name_is_taken_once_in_its_scope(api, profiles):
    await made(api, profiles)
    assert (await api.post(profiles, {"name": "Closed"})).status == 409


async def test_a_destination_is_exactly_one_of_three(api, profiles):
    for host in ({}, {"hostname": "a", "ipv4": "192.0.2.1"}):
        reply = await api.post(profiles, {"name": "x", "net_policy": {"allow": [host]}})
        loc = ["body", "net_policy", "allow", 0]
        assert (reply.status, reply.json["errors"][0]["loc"]) == (422, loc)


async def test_the_github_token_stays_only_where_it_can_be_used(api, profiles):
    body = {"name": "x", "remove_github_cli_token": False}
    assert (await api.post(profiles, body)).status == 422
    assert (await api.post(profiles, {**body, "net_policy": None})).status == 201
    allowed = {"allow": [{"hostname": "api.github.com"}]}
    assert (await api.post(profiles, {**body, "name": "y", "net_policy": allowed})).status == 201
    one = f"{profiles}/{await made(api, profiles)}"
    changes = {"remove_github_cli_token": False, "git_access_level": "read", "net_policy": None}
    assert (await api.call("PATCH", one, json=changes)).status == 422


async def test_the_token_of_a_session_is_refused(api, sandbox, org):
    token = sandbox.add_token(organization=org, principal_type="devin_brain")
    assert (
        await api.get(f"{BETA}/organizations/{org}/security-profiles", token=token)
    ).status == 403


async def test_a_default_is_one_that_can_be_chosen(api, profiles, settings):
    both = {"default": INHERIT, "automations_default": INHERIT}
    assert (await api.get(settings)).json == both
    profile_id = await made(api, profiles)
    chosen = await api.call("PATCH", settings, json={"default": choice(profile_id)})
    assert chosen.json == {**both, "default": choice(profile_id)}
    refused = (
        {"selection": "profile"},
        choice("none"),
        {"selection": "inherit", "profile_id": "p"},
    )
    for selection in (*refused, None):
        assert (await api.call("PATCH", settings, json={"default": selection})).status == 422
    assert (await api.get(settings)).json == {**both, "default": choice(profile_id)}


async def test_an_organization_may_choose_the_enterprises_but_not_anothers(api, sandbox):
    first, second = sandbox.organization_ids[:2]
    shared = await made(api, f"{BETA}/enterprise/security-profiles")
    own = await made(api, f"{BETA}/organizations/{second}/security-profiles")
    place = f"{BETA}/organizations/{first}/security-profile-settings"
    assert (await api.call("PATCH", place, json={"default": choice(shared)})).status == 200
    assert (await api.call("PATCH", place, json={"default": choice(own)})).status == 422


async def test_what_refers_to_a_profile_keeps_it_and_is_named(
    api, org, profiles, settings, sessions
):
    profile_id = await made(api, profiles)
    one = f"{profiles}/{profile_id}"
    await api.call("PATCH", settings, json={"default": choice(profile_id)})
    automation = {
        "name": "Nightly",
        "run_as": {"type": "organization"},
        "triggers": [{"event_type": "github:push"}],
        "actions": [{"type": "start_session", "prompt": "Check"}],
        "security_profile": {"profile_id": profile_id},
    }
    made_automation = (await api.post(f"/v3/organizations/{org}/automations", automation)).json
    body = {"prompt": "Check", "security_profile": choice(profile_id)}
    session_id = (await api.post(sessions, body)).json["session_id"]
    refused = await api.call("DELETE", one)
    assert (refused.status, refused.json["detail"]) == (
        409,
        "The profile is still referred to by: default, automation, session",
    )
    await api.call("PATCH", settings, json={"default": {"selection": "inherit"}})
    place = f"/v3/organizations/{org}/automations/{made_automation['automation_id']}"
    await api.call("DELETE", place)
    assert (await api.call("DELETE", one)).json["detail"].endswith(": session")
    await api.call("DELETE", f"{sessions}/{session_id}")
    assert (await api.call("DELETE", one)).status == 204
    assert (await api.get(one)).status == 404


async def test_a_session_tells_the_profile_that_holds_for_it(
    api, org, profiles, settings, sessions
):
    assert (await api.post(sessions, {"prompt": "x"})).json["security_profile"] is None
    profile_id = await made(api, profiles)
    await api.call("PATCH", settings, json={"default": choice(profile_id)})
    inherited = {"selection": "inherit", "profile_id": profile_id}
    assert (await api.post(sessions, {"prompt": "x"})).json["security_profile"] == inherited
    body = {"prompt": "x", "security_profile": choice(profile_id)}
    assert (await api.post(sessions, body)).json["security_profile"] == choice(profile_id)
    for nonsense in ("none", choice("none"), {"selection": "profile"}):
        refused = await api.post(sessions, {"prompt": "x", "security_profile": nonsense})
        assert refused.status == 422


async def test_an_automation_needs_the_permission_to_choose_a_profile(api, org, sandbox):
    profile_id = await made(api, f"{BETA}/organizations/{org}/security-profiles")
    body = {
        "name": "Nightly",
        "run_as": {"type": "organization"},
        "triggers": [{"event_type": "github:push"}],
        "actions": [{"type": "start_session", "prompt": "Check"}],
        "security_profile": {"profile_id": profile_id},
    }
    place = f"/v3/organizations/{org}/automations"
    token = sandbox.add_token(["ManageOrgAutomations", "ViewOrgAutomations"], organization=org)
    assert (await api.post(place, body, token=token)).status == 403
    assert (await api.post(place, body)).json["security_profile"]["profile_id"] == profile_id
    gone = {**body, "security_profile": {"profile_id": "none"}}
    assert (await api.post(place, gone)).status == 422
    schemas = f"{place}/schemas?security_profile_id="
    assert (await api.get(schemas + profile_id, token=token)).status == 403
    assert (await api.get(schemas + "none")).status == 404
    assert (await api.get(schemas + profile_id)).json["security_profile"] == {
        "name": "Closed",
        "governs_network": True,
        "mcp_servers": None,
    }
