"""Repositories and their indexes through the client, against the sandbox."""

import pytest

from devin_async import InvalidArgumentError
from devin_async.models.repositories import RepositoryToIndex


@pytest.fixture
def org(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0])


@pytest.fixture
async def paths(org, sandbox):
    """Give the paths of two repositories, as if nothing had been asked yet."""
    first_paths = [one.repo_path async for one in org.repositories.list(limit=2)]
    sandbox.requests.clear()
    return first_paths


async def indexed(org):
    """Give the indexed branches by repository."""
    return {
        one.repository_path: one.branches
        async for one in org.indexing.list()
        if one.indexing_enabled
    }


async def test_repositories_are_listed_without_their_indexing_when_told_so(org):
    repositories = await org.repositories.list(load_indexing_status=False).collect()
    assert {one.indexing_status for one in repositories} == {None}


async def test_repositories_are_chosen_by_name_and_by_path(org, paths):
    first, second = paths
    named = await org.repositories.list(filter_name=first.upper()).collect()
    assert [one.repo_path for one in named] == [first]
    chosen = await org.repositories.list(only_repo_paths=[second]).collect()
    assert [one.repo_path for one in chosen] == [second]
    others = await org.repositories.list(exclude_repo_paths=paths).collect()
    assert not {one.repo_path for one in others} & set(paths)


async def test_a_repository_is_indexed_read_and_indexed_no_more(org, paths):
    enabled = await org.indexing.enable(paths[0], branch_names=["main", "release/2.0"])
    assert (enabled.repository_path, enabled.branches) == (paths[0], ["main", "release/2.0"])
    assert (await org.indexing.get(paths[0])).indexing_enabled
    without = await org.indexing.disable_branch(paths[0], "release/2.0")
    assert without.branches == ["main"]
    disabled = await org.indexing.disable(paths[0])
    assert not disabled.indexing_enabled
    assert not (await org.indexing.get(paths[0])).indexing_enabled


async def test_many_repositories_are_indexed_and_indexed_no_more(org, paths, sandbox):
    first, second = paths
    wanted = [first, RepositoryToIndex(repository_path=second, branch_names=["dev"])]
    enabled = await org.indexing.bulk_enable(wanted)
    assert [one.repository_path for one in enabled] == paths
    assert sandbox.requests[-1].json == {
        "repositories": [
            {"repository_path": first},
            {"repository_path": second, "branch_names": ["dev"]},
        ]
    }
    assert (await indexed(org))[second] == ["dev"]
    disabled = await org.indexing.bulk_disable(paths)
    assert [one.indexing_enabled for one in disabled] == [False, False]
    assert not (await indexed(org)).keys() & set(paths)


async def test_a_delete_for_many_repositories_carries_a_body(org, paths, sandbox):
    await org.indexing.bulk_disable(paths)
    sent = sandbox.requests[-1]
    assert (sent.method, sent.json) == ("DELETE", {"repository_paths": paths})


async def test_a_repositorys_slash_stays_and_a_branchs_is_encoded(org, paths, sandbox):
    await org.indexing.enable(paths[0], branch_names=["feature/a b"])
    await org.indexing.disable_branch(paths[0], "feature/a b")
    assert sandbox.requests[-1].path.endswith(
        f"/repositories/{paths[0]}/indexing/branches/feature%2Fa%20b"
    )


async def test_no_branch_names_are_not_sent(org, paths, sandbox):
    await org.indexing.enable(paths[0])
    assert sandbox.requests[-1].json == {}


@pytest.mark.parametrize("path", ["a//b", "/a/b", "a/b/", "a/../b", "./a", "https://a/b"])
@pytest.mark.parametrize("method", ["get", "enable", "disable"])
async def test_a_path_with_an_odd_part_is_refused(org, sandbox, method, path):
    with pytest.raises(InvalidArgumentError, match=r"repository_path is .* such as 'owner/name'"):
        await getattr(org.indexing, method)(path)
    assert list(sandbox.requests) == []


@pytest.mark.parametrize(
    ("branch", "message"), [("", "branch_name is ''"), (None, "branch_name is None")]
)
async def test_a_branch_without_a_name_is_refused(org, sandbox, branch, message):
    with pytest.raises(InvalidArgumentError, match=message):
        await org.indexing.disable_branch("owner/name", branch)
    assert list(sandbox.requests) == []


async def test_a_list_that_is_a_str_is_refused(org, sandbox):
    indexing = org.indexing
    for call in (
        indexing.enable("owner/name", branch_names="main"),
        indexing.bulk_enable("owner/name"),
        indexing.bulk_enable([RepositoryToIndex(repository_path="a/b", branch_names="main")]),
        indexing.bulk_disable("owner/name"),
    ):
        with pytest.raises(InvalidArgumentError, match="a str; allowed: a list"):
            await call
    assert list(sandbox.requests) == []


async def test_an_odd_path_among_many_is_refused(org, sandbox):
    for call in (org.indexing.bulk_enable(["a/b", "a/.."]), org.indexing.bulk_disable(["a//b"])):
        with pytest.raises(InvalidArgumentError, match="such as 'owner/name'"):
            await call
    assert list(sandbox.requests) == []
