import pytest

from devin_async.sandbox import ManualClock, Sandbox
from devin_async.sandbox.world.structured_output import example_of

SCHEMA = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "minimum": 3},
        "kind": {"enum": ["a", "b"]},
        "items": {"type": "array", "items": {"$ref": "#/definitions/item"}},
    },
    "definitions": {"item": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


@pytest.fixture
def path(org):
    return f"/v3/organizations/{org}/sessions"


@pytest.fixture
def create(api, path):
    async def make(**fields):
        return (await api.post(path, {"prompt": "Do it", **fields})).json

    return make


async def status(api, path, session_id):
    session = (await api.get(f"{path}/{session_id}")).json
    return session["status"], session["status_detail"]


async def test_a_new_session_has_an_id_and_a_url(create):
    session = await create()
    digits = session["session_id"].removeprefix("devin-")
    assert len(digits) == 32
    assert session["url"] == f"https://app.devin.ai/sessions/{digits}"


async def test_create_leaves_four_fields_empty_that_get_fills(api, path, create, clock):
    session = await create(structured_output_schema=SCHEMA)
    names = ("status_detail", "structured_output", "category", "subcategory")
    assert [session[name] for name in names] == [None] * 4
    clock.advance(60)
    later = (await api.get(f"{path}/{session['session_id']}")).json
    assert None not in [later[name] for name in names]


async def test_a_session_lives_from_new_to_finished_to_asleep(api, path, create, clock):
    session_id = (await create())["session_id"]
    seen = [await status(api, path, session_id)]
    for seconds in (1, 1, 58, 30 * 60):
        clock.advance(seconds)
        seen.append(await status(api, path, session_id))
    assert seen == [
        ("new", None),
        ("claimed", None),
        ("running", "working"),
        ("running", "finished"),
        ("suspended", "inactivity"),
    ]


async def test_every_fourth_session_waits_for_the_user(api, path, create, clock):
    for _ in range(8):
        await create()
    clock.advance(60)
    details = [item["status_detail"] for item in await api.items(path)]
    assert details.count("waiting_for_user") == 2


async def test_work_takes_20_to_60_seconds(api, path, create, clock):
    session_id = (await create())["session_id"]
    clock.advance(19)
    assert await status(api, path, session_id) == ("running", "working")
    clock.advance(41)
    assert await status(api, path, session_id) == ("running", "finished")


async def test_acus_grow_while_it_works_and_then_rest(api, path, create, clock):
    session_id = (await create())["session_id"]
    seen = []
    for seconds in (0, 10, 50, 100):
        clock.advance(seconds)
        seen.append((await api.get(f"{path}/{session_id}")).json["acus_consumed"])
    assert seen[0] == 0 < seen[1] < seen[2] == seen[3]


async def test_structured_output_fits_the_schema_once_finished(api, path, create, clock):
    session_id = (await create(structured_output_schema=SCHEMA))["session_id"]
    clock.advance(10)
    assert (await api.get(f"{path}/{session_id}")).json["structured_output"] is None
    clock.advance(50)
    assert (await api.get(f"{path}/{session_id}")).json["structured_output"] == {
        "count": 3,
        "kind": "a",
        "items": [{"name": "example"}],
    }


def test_a_recursive_schema_has_a_small_example():
    node = {"type": "object", "properties": {"next": {"$ref": "#"}, "left": {"$ref": "#"}}}
    assert len(str(example_of(node))) < 500


async def test_a_message_wakes_a_sleeping_session(api, path, create, clock):
    session_id = (await create())["session_id"]
    clock.advance(3600)
    reply = await api.post(f"{path}/{session_id}/messages", {"message": "Go on"})
    assert (reply.json["session_id"], reply.json["status"]) == (session_id, "running")
    assert await status(api, path, session_id) == ("running", "working")


async def test_messages_tell_what_was_said_in_order(api, path, create, clock):
    session_id = (await create())["session_id"]
    clock.advance(60)
    await api.post(f"{path}/{session_id}/messages", {"message": "More"})
    clock.advance(60)
    messages = await api.items(f"{path}/{session_id}/messages", first=1)
    assert [item["source"] for item in messages] == ["user", "devin", "user", "devin"]
    assert [item["message"] for item in messages][::2] == ["Do it", "More"]


async def test_an_answer_stands_before_a_message_of_the_same_moment(api, path, create, clock):
    session_id = (await create())["session_id"]
    while await status(api, path, session_id) != ("running", "finished"):
        clock.advance(1)
    await api.post(f"{path}/{session_id}/messages", {"message": "More"})
    messages = await api.items(f"{path}/{session_id}/messages")
    assert [item["source"] for item in messages] == ["user", "devin", "user"]


async def test_a_message_during_work_replaces_the_answer(api, path, create, clock):
    session_id = (await create())["session_id"]
    clock.advance(10)
    await api.post(f"{path}/{session_id}/messages", {"message": "Wait"})
    clock.advance(60)
    messages = await api.items(f"{path}/{session_id}/messages")
    assert [item["source"] for item in messages] == ["user", "user", "devin"]


async def test_terminate_ends_a_session_for_good(api, path, create, clock):
    session_id = (await create())["session_id"]
    ended = (await api.call("DELETE", f"{path}/{session_id}?archive=true")).json
    assert (ended["status"], ended["is_archived"]) == ("exit", True)
    clock.advance(3600)
    assert await status(api, path, session_id) == ("exit", None)
    assert (await api.call("DELETE", f"{path}/{session_id}")).status == 409
    assert (await api.post(f"{path}/{session_id}/messages", {"message": "x"})).status == 409


async def test_ids_work_with_and_without_prefix(api, path, create):
    session_id = (await create())["session_id"]
    for spelled in (session_id, session_id.removeprefix("devin-")):
        assert (await api.get(f"{path}/{spelled}")).json["session_id"] == session_id
        selected = await api.items(path, session_ids=spelled)
        assert [item["session_id"] for item in selected] == [session_id]


async def test_a_session_of_another_organization_is_not_found(api, sandbox, create):
    session_id = (await create())["session_id"]
    other = sandbox.organization_ids[1]
    assert (await api.get(f"/v3/organizations/{other}/sessions/{session_id}")).status == 404
    query = {"org_id": other}
    path = f"/v3/enterprise/sessions/{session_id}"
    assert (await api.get(path, params=query)).status == 404
    assert (await api.get(path)).status == 200


async def test_sessions_are_listed_newest_first_across_pages(api, path, create):
    made = [(await create())["session_id"] for _ in range(5)]
    listed = [item["session_id"] for item in await api.items(path, first=2)]
    assert listed == made[::-1]


async def test_a_page_stays_put_while_sessions_are_added(api, path, create):
    made = [(await create())["session_id"] for _ in range(4)]
    first = (await api.get(f"{path}?first=2")).json
    await create()
    second = (await api.get(f"{path}?first=2", params={"after": first["end_cursor"]})).json
    assert [item["session_id"] for item in first["items"] + second["items"]] == made[::-1]


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({"tags": ["red"]}, [("tags", "red"), ("tags", "none")]),
        ({"repos": ["owner/name"]}, [("repo_names", "owner/name")]),
        ({"playbook_id": "playbook-1"}, [("playbook_id", "playbook-1")]),
    ],
)
async def test_filters_select_by_what_was_asked(api, path, create, fields, query):
    await create()
    wanted = (await create(**fields))["session_id"]
    selected = (await api.get(path, params=query)).json["items"]
    assert [item["session_id"] for item in selected] == [wanted]


async def test_filters_select_by_the_user_it_counts_for(api, path, create, sandbox):
    user = sandbox.user_ids[0]
    await create()
    wanted = (await create(create_as_user_id=user))["session_id"]
    selected = await api.items(path, user_ids=user)
    assert [(item["session_id"], item["user_id"]) for item in selected] == [(wanted, user)]


async def test_filters_select_by_who_created_it(api, path, create, sandbox):
    await create()
    token = sandbox.add_token()
    service_user = (await api.get("/v3/self", token=token)).json["service_user_id"]
    wanted = (await api.post(path, {"prompt": "x"}, token=token)).json["session_id"]
    selected = await api.items(path, service_user_ids=service_user)
    assert [item["session_id"] for item in selected] == [wanted]


async def test_filters_select_by_parent(api, path, create):
    parent = (await create())["session_id"]
    child = (await api.post(f"{path}?devin_id={parent}", {"prompt": "x"})).json["session_id"]
    selected = await api.items(path, parent_session_id=parent)
    assert [item["session_id"] for item in selected] == [child]
    assert (await api.get(f"{path}/{parent}")).json["child_session_ids"] == [child]


async def test_filters_select_by_archive(api, path, create):
    kept, archived = [(await create())["session_id"] for _ in range(2)]
    await api.call("DELETE", f"{path}/{archived}?archive=true")
    assert [i["session_id"] for i in await api.items(path, is_archived="true")] == [archived]
    assert [i["session_id"] for i in await api.items(path, is_archived="false")] == [kept]


async def test_filters_select_by_category_and_origin(api, path, create):
    session_id = (await create())["session_id"]
    category = (await api.get(f"{path}/{session_id}")).json["category"]
    assert len(await api.items(path, category=category, origins="api")) == 1
    assert await api.items(path, category="unheard_of") == []
    assert await api.items(path, origins="slack") == []


async def test_filters_for_automations_and_schedules_find_nothing(api, path, create):
    await create()
    assert await api.items(path, automation_ids="automation-1") == []
    assert await api.items(path, schedule_id="sched-1") == []


async def test_filters_select_by_time_of_creation(api, path, create, clock):
    times = []
    for _ in range(3):
        times.append((await create())["created_at"])
        clock.advance(10)
    selected = await api.items(path, created_after=times[0], created_before=times[2])
    assert [item["created_at"] for item in selected] == [times[1], times[0]]


async def test_filters_select_by_time_of_change(api, path, create, clock):
    first = (await create())["session_id"]
    await create()
    clock.advance(100)
    now = int(clock.now())
    await api.post(f"{path}/{first}/messages", {"message": "x"})
    assert [item["session_id"] for item in await api.items(path, updated_after=now)] == [first]
    assert len(await api.items(path, updated_before=now)) == 1


async def test_the_enterprise_lists_sessions_of_all_organizations(api, sandbox):
    for org_id in sandbox.organization_ids:
        await api.post(f"/v3/organizations/{org_id}/sessions", {"prompt": "x"})
    selected = await api.items("/v3/enterprise/sessions", first=2)
    assert [item["org_id"] for item in selected] == sandbox.organization_ids[::-1]
    wanted = sandbox.organization_ids[1:3]
    query = [("org_ids", org_id) for org_id in wanted]
    page = (await api.get("/v3/enterprise/sessions", params=query)).json
    assert [item["org_id"] for item in page["items"]] == wanted[::-1]


async def test_sessions_of_deleted_organizations_show_on_request(api, create, org):
    await create()
    await api.call("DELETE", f"/v3/enterprise/organizations/{org}")
    assert await api.items("/v3/enterprise/sessions") == []
    assert len(await api.items("/v3/enterprise/sessions", include_deleted_orgs="true")) == 1


async def test_acting_as_a_user_needs_its_own_permission(api, path, sandbox, org):
    token = sandbox.add_token(("UseDevinSessions",), organization=org)
    body = {"prompt": "x", "create_as_user_id": sandbox.user_ids[0]}
    assert (await api.post(path, body, token=token)).status == 403
    assert (await api.post(path, {**body, "create_as_user_id": "email|no"})).status == 404


async def test_failing_organizations_refuse_with_an_error_code(connect):
    sandbox = Sandbox(organizations=6, failing_organizations=2, seed=3)
    api = await connect(sandbox)
    assert len(sandbox.failing_organization_ids) == 2
    for org_id in sandbox.organization_ids:
        reply = await api.post(f"/v3/organizations/{org_id}/sessions", {"prompt": "x"})
        failing = org_id in sandbox.failing_organization_ids
        assert reply.status == (403 if failing else 200)
        assert not failing or reply.json["error_code"] == "org_usage_limit_exceeded"


async def test_lists_lag_behind_writes(connect):
    clock = ManualClock()
    sandbox = Sandbox(clock=clock, visibility_lag=2, audit_logs=0, sessions=0)
    api = await connect(sandbox)
    path = f"/v3/organizations/{sandbox.organization_ids[0]}/sessions"
    session_id = (await api.post(path, {"prompt": "x"})).json["session_id"]
    await api.post("/v3/enterprise/organizations", {"name": "New"})
    lists = [path, "/v3/enterprise/sessions", f"{path}/{session_id}/messages"]
    lists += ["/v3/enterprise/audit-logs", "/v3/enterprise/organizations"]
    clock.advance(1.5)
    assert [len(await api.items(item)) for item in lists] == [0, 0, 0, 0, 3]
    assert (await api.get(f"{path}/{session_id}")).status == 200
    clock.advance(0.5)
    assert [len(await api.items(item)) for item in lists] == [1, 1, 1, 2, 4]


async def test_a_fast_clock_finishes_work_early(connect):
    sandbox = Sandbox(speed=100_000)
    api = await connect(sandbox)
    path = f"/v3/organizations/{sandbox.organization_ids[0]}/sessions"
    session_id = (await api.post(path, {"prompt": "x"})).json["session_id"]
    for _ in range(200):
        if await status(api, path, session_id) == ("suspended", "inactivity"):
            return
    pytest.fail("the session never came to rest")
