import pytest


@pytest.fixture
def repositories(org):
    return f"/v3beta1/organizations/{org}/repositories"


@pytest.fixture
def indexing(repositories):
    return f"{repositories}/platform/backend/billing/indexing"


async def test_repositories_are_filtered_by_name_and_path(api, sandbox, repositories):
    listed = await api.items(repositories, first=4)
    assert [item["repo_path"] for item in listed] == sandbox.repository_paths
    named = await api.items(repositories, filter_name="BACKEND")
    assert [item["repo_name"] for item in named] == ["billing", "search"]
    only = await api.items(repositories, only_repo_paths="acme/app")
    assert [item["repo_path"] for item in only] == ["acme/app"]
    rest = await api.items(repositories, exclude_repo_paths="acme/app")
    assert len(rest) == len(listed) - 1


async def test_the_state_of_indexing_may_be_left_out(api, repositories):
    listed = await api.items(repositories, load_indexing_status="false")
    assert {item["indexing_status"] for item in listed} == {None}


async def test_an_organization_reaches_what_its_git_permissions_open(api, org, repositories):
    connection = (await api.items("/v3/enterprise/git-providers/connections"))[1]
    permission = {
        "git_connection_id": connection["git_connection_id"],
        "group_prefix": "platform/backend",
    }
    path = f"/v3/enterprise/organizations/{org}/git-providers/permissions"
    await api.post(path, {"permissions": [permission]})
    reached = [item["repo_name"] for item in await api.items(repositories)]
    assert reached == ["billing", "search"]
    assert (await api.get(f"{repositories}/acme/app/indexing")).status == 404


async def test_the_default_branch_is_indexed_by_the_clock(api, indexing, clock):
    made = (await api.call("PUT", indexing, json={})).json
    assert (made["branches"], made["indexing_enabled"]) == (["main"], True)
    status = (await api.get(indexing)).json
    assert status["latest_completed_search_index_job"] is None
    assert status["latest_indexes"][0]["status"] == "in_progress"
    clock.advance(30)
    status = (await api.get(indexing)).json
    assert status["latest_completed_search_index_job"]["branch_name"] == "main"
    assert status["latest_completed_wiki_index_job"] is None


@pytest.mark.parametrize("branch", ["feature/x", "feature%2Fx"])
async def test_a_branch_may_hold_slashes(api, indexing, branch):
    await api.call("PUT", indexing, json={"branch_names": ["main", "feature/x"]})
    left = (await api.call("DELETE", f"{indexing}/branches/{branch}")).json
    assert left["branches"] == ["main"]
    assert (await api.call("DELETE", f"{indexing}/branches/{branch}")).status == 404


async def test_a_repository_may_be_encoded(api, repositories, indexing):
    await api.call("PUT", indexing, json={})
    encoded = f"{repositories}/platform%2Fbackend%2Fbilling/indexing"
    assert (await api.get(encoded)).json == (await api.get(indexing)).json


async def test_many_repositories_are_indexed_and_unindexed(api, repositories):
    wanted = [{"repository_path": "acme/app"}, {"repository_path": "acme/api"}]
    path = repositories + "/indexing"
    made = await api.call("PUT", path, json={"repositories": wanted})
    assert [item["indexing_enabled"] for item in made.json] == [True, True]
    gone = await api.call("DELETE", path, json={"repository_paths": ["acme/app"]})
    assert gone.json[0]["branches"] == []
    enabled = [item for item in await api.items(path) if item["indexing_enabled"]]
    assert [item["repository_path"] for item in enabled] == ["acme/api"]


async def test_one_unknown_repository_stops_all_of_them(api, repositories):
    wanted = [{"repository_path": "acme/app"}, {"repository_path": "acme/none"}]
    path = repositories + "/indexing"
    reply = await api.call("PUT", path, json={"repositories": wanted})
    assert reply.status == 404
    assert not any(item["indexing_enabled"] for item in await api.items(path))
