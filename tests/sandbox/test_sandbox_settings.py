import pytest

IP_LIST = "/v3/enterprise/ip-access-list"
GROUPS = "/v3/enterprise/org-group-limits"
GIT = "/v3/enterprise/git-providers/connections"


@pytest.fixture
def tags(org):
    return f"/v3/enterprise/organizations/{org}/tags"


@pytest.fixture
def permissions(org):
    return f"/v3/enterprise/organizations/{org}/git-providers/permissions"


@pytest.fixture
async def connection_id(api):
    return (await api.items(GIT))[0]["git_connection_id"]


async def test_ranges_have_one_spelling_and_are_merged(api):
    await api.call("PUT", IP_LIST, json={"ip_ranges": ["192.0.2.7", "198.51.100.9/24"]})
    added = await api.post(IP_LIST, {"ip_ranges": ["198.51.100.0/24", "2001:DB8::/32"]})
    ranges = ["192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32"]
    assert added.json == {"ip_ranges": ranges}
    assert (await api.get(IP_LIST)).json == {"ip_ranges": ranges}
    assert (await api.call("DELETE", IP_LIST)).json == {"ip_ranges": []}


async def test_what_is_no_range_is_refused_by_its_place(api):
    reply = await api.call("PUT", IP_LIST, json={"ip_ranges": ["192.0.2.7", "everywhere"]})
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "ip_ranges", 1])


async def test_group_limits_are_replaced_whole(api, sandbox):
    first, second = sandbox.organization_ids[:2]
    await api.call("PUT", GROUPS, json={"groups": {"a": {"org_ids": [first]}}})
    body = {"groups": {"b": {"org_ids": [second], "max_cycle_acus": 9}}}
    assert (await api.call("PUT", GROUPS, json=body)).json == body
    assert (await api.get(GROUPS)).json == body


async def test_an_organization_sits_in_one_group(api, org):
    body = {"groups": {"a": {"org_ids": [org]}, "b": {"org_ids": [org]}}}
    assert (await api.call("PUT", GROUPS, json=body)).status == 422
    body = {"groups": {"a": {"org_ids": ["org-none"]}}}
    assert (await api.call("PUT", GROUPS, json=body)).status == 422


async def test_tags_are_added_replaced_and_removed(api, tags):
    await api.post(tags, {"tags": ["one", "two"]})
    assert (await api.post(tags, {"tags": ["two", "three"]})).json["tags"] == [
        "one",
        "two",
        "three",
    ]
    assert (await api.call("DELETE", tags + "/two")).json["tags"] == ["one", "three"]
    assert (await api.call("DELETE", tags + "/two")).status == 404
    await api.call("PUT", tags, json={"tags": ["a/b"]})
    assert (await api.call("DELETE", tags + "/a%2Fb")).json == {"tags": []}


async def test_the_default_tag_is_an_allowed_one(api, tags):
    path = tags + "/default"
    assert (await api.call("PUT", path, json={"tag": "one"})).status == 422
    await api.post(tags, {"tags": ["one"]})
    assert (await api.call("PUT", path, json={"tag": "one"})).json == {"default_tag": "one"}
    await api.call("PUT", tags, json={"tags": ["two"]})
    assert (await api.get(path)).json == {"default_tag": None}


async def test_sessions_have_allowed_tags_only(api, org, tags):
    path = f"/v3/organizations/{org}/sessions"
    assert (await api.post(path, {"prompt": "x", "tags": ["any"]})).status == 200
    await api.post(tags, {"tags": ["one"]})
    reply = await api.post(path, {"prompt": "x", "tags": ["one", "other"]})
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "tags", 1])
    made = (await api.post(path, {"prompt": "x", "tags": ["one"]})).json
    reply = await api.post(f"{path}/{made['session_id']}/tags", {"tags": ["other"]})
    assert reply.status == 422


async def test_a_session_without_tags_gets_the_default_one(api, org, tags):
    await api.post(tags, {"tags": ["one"]})
    await api.call("PUT", tags + "/default", json={"tag": "one"})
    made = await api.post(f"/v3/organizations/{org}/sessions", {"prompt": "x"})
    assert made.json["tags"] == ["one"]


async def test_repositories_lie_behind_their_connection(api, connection_id):
    path = f"{GIT}/{connection_id}/repositories"
    listed = await api.items(path, first=3)
    assert {item["git_connection_id"] for item in listed} == {connection_id}
    named = await api.items(path, filter_name="DOCS")
    assert [item["repo_path"] for item in named] == ["acme/docs"]
    assert (await api.get(f"{GIT}/none/repositories")).status == 404
    assert (await api.get(path + "?first=101")).status == 422


async def test_a_git_permission_names_exactly_one_target(api, permissions, connection_id):
    for target in ({}, {"repo_path": "acme/app", "group_prefix": "acme"}):
        body = {"permissions": [{"git_connection_id": connection_id, **target}]}
        assert (await api.post(permissions, body)).status == 422


async def test_a_git_permission_exists_once(api, permissions, connection_id):
    body = {"permissions": [{"git_connection_id": connection_id, "repo_path": "acme/app"}]}
    assert (await api.post(permissions, body)).status == 200
    assert (await api.post(permissions, body)).status == 409
    assert (await api.call("PUT", permissions, json=body)).status == 200
    assert len(await api.items(permissions)) == 1


async def test_at_most_two_hundred_git_permissions_come_at_once(api, permissions, connection_id):
    wanted = [{"git_connection_id": connection_id, "repo_path": f"acme/{n}"} for n in range(201)]
    assert (await api.post(permissions, {"permissions": wanted})).status == 422


async def test_a_git_permission_is_changed_and_deleted(api, permissions, connection_id):
    body = {"permissions": [{"git_connection_id": connection_id, "prefix_path": "acme"}]}
    made = (await api.post(permissions, body)).json[0]
    path = f"{permissions}/{made['git_permission_id']}"
    changed = (await api.call("PATCH", path, json={"read_only": True})).json
    assert changed == {**made, "read_only": True}
    assert (await api.call("PATCH", path, json={"read_only": None})).json == changed
    assert (await api.call("DELETE", path)).json == changed
    assert (await api.call("DELETE", path)).status == 404


async def test_clearing_git_permissions_answers_what_is_gone(api, permissions, connection_id):
    body = {"permissions": [{"git_connection_id": connection_id, "repo_path": "acme/app"}]}
    made = (await api.post(permissions, body)).json
    assert (await api.call("DELETE", permissions)).json == made
    assert await api.items(permissions) == []


async def test_the_queue_counts_sessions_that_wait(api, org, clock):
    for _ in range(10):
        await api.post(f"/v3/organizations/{org}/sessions", {"prompt": "x"})
    assert (await api.get("/v3/enterprise/queue")).json == {"queue_size": 10, "status": "elevated"}
    clock.advance(2)
    assert (await api.get("/v3/enterprise/queue")).json == {"queue_size": 0, "status": "normal"}


async def test_available_hypervisors_are_listed_unless_told_otherwise(api):
    path = "/v3/enterprise/hypervisors"
    assert {item["status"] for item in await api.items(path)} == {"available"}
    assert [item["status"] for item in await api.items(path, status="draining")] == ["draining"]
    assert len(await api.items(path, status="all")) == 6


@pytest.fixture
def violations():
    return "/v3beta1/enterprise/guardrail-violations"


async def test_violations_come_newest_first_or_oldest_first(api, violations):
    newest = await api.items(violations, first=30)
    assert [item["violation_id"] for item in newest] == list(range(100, 0, -1))
    assert await api.items(violations, first=40, order="asc") == newest[::-1]


async def test_violations_are_filtered(api, org, violations):
    everything = await api.items(violations)
    place = f"/v3beta1/enterprise/organizations/{org}/guardrail-violations"
    assert await api.items(place) == [item for item in everything if item["org_id"] == org]
    for name in ("guardrail_id", "session_id"):
        wanted = everything[3][name]
        selected = await api.items(violations, **{name: wanted})
        assert selected == [item for item in everything if item[name] == wanted]


async def test_violations_keep_the_time_rules_of_audit_logs(api, clock, violations):
    now, day = int(clock.now()), 86_400
    query = {"time_after": now - 30 * day, "time_before": now - 20 * day}
    selected = await api.items(violations, **query)
    assert selected
    assert all(now - 30 * day <= item["created_at"] < now - 20 * day for item in selected)
    assert (await api.get(f"{violations}?time_before={now}")).status == 422
    span = f"time_after={now - 101 * day}&time_before={now}"
    assert (await api.get(f"{violations}?{span}")).status == 422
