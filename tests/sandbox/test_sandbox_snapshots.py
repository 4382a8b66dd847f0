import aiohttp
import pytest

BUILD_SECONDS = 120


@pytest.fixture
def setup(org):
    return f"/v3beta1/organizations/{org}/snapshot-setup"


@pytest.fixture
def account():
    return "/v3beta1/enterprise/snapshot-setup/blueprints"


@pytest.fixture
def create(api, setup):
    async def make(**body):
        return (await api.post(setup + "/blueprints", body)).json["blueprint_id"]

    return make


@pytest.fixture
def attach(api):
    async def send(path, name, data=b"A=1"):
        form = aiohttp.FormData()
        form.add_field("file", data, filename="x")
        return await api.call("POST", f"{path}/files", params={"name": name}, data=form)

    return send


async def test_a_blueprint_is_listed_changed_and_deleted(api, setup, create):
    blueprint_id = await create(repo_name="acme/app", contents="a: 1")
    path = f"{setup}/blueprints/{blueprint_id}"
    read = (await api.get(path)).json
    assert (read["type"], read["repo_name"]) == ("repo", "acme/app")
    assert (await api.get(setup + "/blueprints")).json == {"data": [read]}
    assert (await api.get(setup + "/blueprints?repo_name=acme/api")).json == {"data": []}
    assert (await api.call("PATCH", path, json={"contents": "a: 2"})).status == 200
    gone = await api.call("DELETE", path)
    assert (gone.status, gone.body) == (204, b"")
    assert (await api.get(path)).status == 404


async def test_an_empty_patch_answers_400(api, setup, create):
    path = f"{setup}/blueprints/{await create(repo_name='acme/app')}"
    assert (await api.call("PATCH", path, json={})).status == 400


async def test_the_text_of_a_blueprint_is_behind_a_link_that_ends(
    api, client, setup, create, clock
):
    path = f"{setup}/blueprints/{await create(contents='a: ü')}"
    link = (await api.get(path + "/contents")).json
    assert link["expires_at"] == int(clock.now()) + 600
    async with client.get(link["url"]) as response:
        assert await response.text() == "a: ü"
    clock.advance(600)
    async with client.get(link["url"]) as response:
        assert response.status == 403


async def test_blueprints_run_by_tier_then_position(api, setup, create):
    last = await create(repo_name="acme/api")
    first = await create(repo_name="acme/app")
    top = await create()
    await api.call("PATCH", f"{setup}/blueprints/{first}", json={"position": 0})
    listed = (await api.get(setup + "/blueprints")).json["data"]
    assert [item["blueprint_id"] for item in listed] == [top, first, last]
    reply = await api.call("PATCH", f"{setup}/blueprints/{top}", json={"position": 0})
    assert reply.status == 400


async def test_the_tier_of_the_organization_needs_another_permission(api, sandbox, setup, create):
    token = sandbox.add_token(("ManageRepoBlueprints",))
    path = setup + "/blueprints"
    assert (await api.post(path, {"repo_name": "acme/app"}, token=token)).status == 201
    assert (await api.post(path, {}, token=token)).status == 403
    top = f"{path}/{await create()}"
    assert (await api.get(top, token=token)).status == 200
    assert (await api.call("DELETE", top, token=token)).status == 403


async def test_the_enterprise_has_one_blueprint(api, client, account):
    made = (await api.post(account, {"contents": "a: 1"})).json
    assert (made["type"], (await api.post(account, {})).status) == ("enterprise", 409)
    path = f"{account}/{made['blueprint_id']}"
    await api.call("PUT", path, json={"contents": "a: 2"})
    async with client.get((await api.get(path + "/contents")).json["url"]) as response:
        assert await response.text() == "a: 2"
    await api.call("DELETE", path)
    assert (await api.post(account, {})).status == 201


async def test_files_of_a_blueprint_have_variables_of_their_own(api, setup, create, attach):
    path = f"{setup}/blueprints/{await create(repo_name='acme/app')}"
    made = await attach(path, "my-key.pem", b"secret")
    assert (made.json["env_var_name"], made.json["size_bytes"]) == ("FILE_MY_KEY_PEM", 6)
    assert (await attach(path, "my_key.pem")).status == 409
    assert (await api.get(path + "/files")).json == {"data": [made.json]}
    gone = await api.call("DELETE", f"{path}/files/{made.json['file_id']}")
    assert (gone.status, (await api.get(path + "/files")).json) == (204, {"data": []})


async def test_a_build_runs_by_the_clock(api, setup, clock):
    made = (await api.post(setup + "/builds", {})).json
    assert (made["status"], made["trigger"], made["started_at"]) == ("pending", "manual", None)
    path = f"{setup}/builds/{made['build_id']}"
    clock.advance(10)
    assert (await api.get(path)).json["status"] == "running"
    clock.advance(BUILD_SECONDS)
    done = (await api.get(path)).json
    assert (done["status"], done["completed_at"]) == (
        "succeeded",
        made["created_at"] + BUILD_SECONDS,
    )


async def test_a_build_fails_with_its_blueprint(api, setup, create, clock):
    await create(contents="run: exit 1")
    made = (await api.post(setup + "/builds", {})).json
    clock.advance(BUILD_SECONDS)
    assert (await api.get(f"{setup}/builds/{made['build_id']}")).json["status"] == "failed"


async def test_only_a_build_that_succeeded_is_pinned(api, setup, clock):
    builds = [(await api.post(setup + "/builds", {})).json["build_id"] for _ in range(2)]
    path = f"{setup}/builds/{builds[0]}"
    assert (await api.post(path + "/pin", {})).status == 409
    clock.advance(BUILD_SECONDS)
    active = await api.items(setup + "/builds", active="true")
    assert [item["build_id"] for item in active] == builds[1:]
    assert (await api.post(path + "/pin", {})).json["pinned"] is True
    active = await api.items(setup + "/builds", active="true")
    assert [item["build_id"] for item in active] == builds[:1]
    assert (await api.call("DELETE", path + "/pin")).status == 204
    assert (await api.get(path)).json["pinned"] is False


@pytest.mark.parametrize(("late", "status"), [(0, 200), (1, 409)])
async def test_a_build_is_pinned_within_seven_days(api, setup, clock, late, status):
    build_id = (await api.post(setup + "/builds", {})).json["build_id"]
    clock.advance(BUILD_SECONDS + 7 * 86_400 + late)
    assert (await api.post(f"{setup}/builds/{build_id}/pin", {})).status == status


async def test_a_build_is_cancelled_while_it_runs(api, setup, clock):
    made = (await api.post(setup + "/builds", {})).json
    path = f"{setup}/builds/{made['build_id']}"
    clock.advance(10)
    assert (await api.post(path + "/cancel")).json["status"] == "cancelled"
    clock.advance(BUILD_SECONDS)
    assert (await api.get(path)).json["completed_at"] == made["created_at"] + 10
    cancelled = await api.items(setup + "/builds", status="cancelled")
    assert [item["build_id"] for item in cancelled] == [made["build_id"]]


async def test_the_log_of_a_build_is_behind_a_link(api, client, setup):
    made = (await api.post(setup + "/builds", {})).json
    link = (await api.get(f"{setup}/builds/{made['build_id']}/logs")).json
    async with client.get(link["url"]) as response:
        assert "pending" in await response.text()
