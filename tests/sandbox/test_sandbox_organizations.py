import pytest

from devin_async.sandbox import ManualClock, Sandbox

PATH = "/v3/enterprise/organizations"
BETA = "/v3beta1/enterprise"


async def answers(api, paths):
    return [(await api.get(path)).body for path in paths]


async def test_organizations_are_listed_in_pages(api, sandbox):
    listed = await api.items(PATH, first=2)
    assert [item["org_id"] for item in listed] == sandbox.organization_ids
    assert len({item["name"] for item in listed}) == 5


async def test_a_created_organization_can_be_read_and_used(api):
    body = {"name": "New", "max_cycle_acu_limit": 5}
    made = (await api.post(PATH, body)).json
    assert (made["name"], made["max_cycle_acu_limit"]) == ("New", 5)
    assert (await api.get(f"{PATH}/{made['org_id']}")).json == made
    path = f"/v3/organizations/{made['org_id']}/sessions"
    assert (await api.post(path, {"prompt": "x"})).status == 200


async def test_a_patch_changes_what_it_holds_and_null_lifts_a_limit(api, org, clock):
    before = (await api.get(f"{PATH}/{org}")).json
    clock.advance(5)
    body = {"max_cycle_acu_limit": None, "max_session_acu_limit": 9}
    after = (await api.call("PATCH", f"{PATH}/{org}", json=body)).json
    assert after == {**before, **body, "updated_at": int(clock.now())}


async def test_a_deleted_organization_answers_itself_then_403(api, org, sandbox):
    before = (await api.get(f"{PATH}/{org}")).json
    assert (await api.call("DELETE", f"{PATH}/{org}")).json == before
    assert (await api.get(f"{PATH}/{org}")).status == 403
    assert org not in sandbox.organization_ids


async def test_names_stay_distinct_among_a_thousand(connect):
    api = await connect(Sandbox(organizations=1000))
    listed = await api.items(PATH, first=200)
    assert len({item["name"] for item in listed}) == 1000


async def test_the_same_seed_gives_the_same_answers(connect):
    runs = []
    for _ in range(2):
        sandbox = Sandbox(organizations=4, seed=11, clock=ManualClock())
        api = await connect(sandbox)
        path = f"/v3/organizations/{sandbox.organization_ids[0]}/sessions"
        session_id = (await api.post(path, {"prompt": "x"})).json["session_id"]
        sandbox.clock.advance(45)
        paths = ["/v3/self", PATH, path, f"{path}/{session_id}/messages"]
        paths += ["/v3/enterprise/audit-logs", "/v3/enterprise/consumption/daily"]
        runs.append([sandbox.token, *await answers(api, paths)])
    assert runs[0] == runs[1]


async def test_another_seed_gives_other_ids():
    assert not set(Sandbox(seed=1).organization_ids) & set(Sandbox(seed=2).organization_ids)


async def test_ids_do_not_depend_on_the_wall_clock(connect):
    first = await connect(Sandbox(seed=4))
    second = await connect(Sandbox(seed=4, clock=ManualClock(1_800_000_000)))
    assert (await first.get(PATH)).json == (await second.get(PATH)).json


async def test_what_an_organization_owned_goes_with_it(api, org):
    note = {"name": "n", "body": "b", "trigger": "t"}
    made = (await api.post(f"/v3/organizations/{org}/knowledge/notes", note)).json
    await api.post(f"/v3/organizations/{org}/code-scans", {"repo_name": "acme/app"})
    notes, scans = "/v3/enterprise/knowledge/notes", "/v3/enterprise/code-scans/scans"
    assert [len(await api.items(path)) for path in (notes, scans)] == [1, 1]
    await api.call("DELETE", f"{PATH}/{org}")
    assert [len(await api.items(path)) for path in (notes, scans)] == [0, 0]
    assert (await api.get(f"{notes}/{made['note_id']}")).status == 404


async def test_v3beta1_tells_name_and_role(api):
    assert (await api.get(BETA + "/self")).json == {"name": "Sandbox", "role": "Account Admin"}


async def test_v3beta1_lists_all_organizations_at_once(connect):
    sandbox = Sandbox(organizations=300)
    api = await connect(sandbox)
    listed = (await api.get(BETA + "/organizations")).json
    assert list(listed) == ["organizations"]
    assert [item["id"] for item in listed["organizations"]] == sandbox.organization_ids
    assert set(listed["organizations"][0]) == {"id", "name"}


async def test_v3beta1_may_page_organizations(api, sandbox):
    page = (await api.get(BETA + "/organizations?first=2")).json
    assert [item["id"] for item in page["organizations"]] == sandbox.organization_ids[:2]
    query = {"first": 3, "after": page["end_cursor"]}
    rest = (await api.get(BETA + "/organizations", params=query)).json
    assert [item["id"] for item in rest["organizations"]] == sandbox.organization_ids[2:]
    assert rest["has_next_page"] is False


async def test_v3beta1_creates_an_organization_with_a_limit(api):
    made = (await api.post(BETA + "/organizations", {"name": "Team", "acu_limit": 500})).json
    assert set(made) == {"id", "name"}
    assert (await api.get(f"{PATH}/{made['id']}")).json["max_cycle_acu_limit"] == 500


async def test_v3beta1_creates_a_session(api, org):
    path = f"/v3beta1/organizations/{org}/sessions"
    made = (await api.post(path, {"prompt": "Erstelle ein Skript"})).json
    assert set(made) == {"session_id", "url"}
    read = (await api.get(f"/v3/organizations/{org}/sessions/{made['session_id']}")).json
    assert read["title"] == "Erstelle ein Skript"


@pytest.mark.parametrize(
    "field", [{"max_acu_limit": "5"}, {"tags": 7}, {"tags": "abc"}, {"create_as_user_id": ["a"]}]
)
async def test_v3beta1_creates_no_session_from_a_field_of_another_type(api, org, field):
    reply = await api.post(f"/v3beta1/organizations/{org}/sessions", {"prompt": "x", **field})
    assert reply.status == 422
    assert reply.json["errors"][0]["loc"] == ["body", *field]


async def test_v3beta1_reads_consumption_by_organization(api, clock):
    query = {"start_date": "2025-12-01", "end_date": "2025-12-30"}
    data = (await api.get(f"{BETA}/consumption/daily/organizations", params=query)).json["data"]
    assert set(data[0]) == {"organization_name", "acus_used"}
    first_day = 1_764_576_000  # 2025-12-01T08:00:00Z
    today = {"time_after": first_day, "time_before": first_day + 30 * 86_400}
    whole = (await api.get("/v3/enterprise/consumption/daily", params=today)).json
    assert len(whole["consumption_by_date"]) == 30
    assert round(sum(item["acus_used"] for item in data), 2) == whole["total_acus"]


async def test_v3beta1_finds_consumption_in_january_2024(api):
    query = {"start_date": "2024-01-01", "end_date": "2024-01-31"}
    data = (await api.get(f"{BETA}/consumption/daily/organizations", params=query)).json["data"]
    assert all(item["acus_used"] > 0 for item in data)


async def test_v3beta1_refuses_dates_in_the_wrong_order(api):
    path = f"{BETA}/consumption/daily/organizations"
    for query in ("start_date=2025-02-01&end_date=2025-01-01", "start_date=gestern"):
        assert (await api.get(f"{path}?{query}")).status == 422


async def test_v3beta1_creates_a_service_user_whose_key_works(api, org):
    path = f"/v3beta1/organizations/{org}/members/service-users"
    made = (await api.post(path, {"name": "CI/CD Bot", "role": "developer"})).json
    assert set(made) == {"id", "api_key"}
    assert (await api.get("/v3/self", token=made["api_key"])).json["service_user_id"] == made["id"]


async def test_v3beta1_reads_audit_logs_with_cursors(api, clock):
    now = int(clock.now())
    query = {"time_after": now - 7 * 86_400, "time_before": now, "first": 100}
    page = (await api.get(BETA + "/audit-logs", params=query)).json
    assert set(page) == {"items", "end_cursor", "has_next_page"}
    assert page["has_next_page"] is True
    rest = await api.items(BETA + "/audit-logs", **query)
    assert rest == await api.items("/v3/enterprise/audit-logs", **query)
