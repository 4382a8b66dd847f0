"""Git connections and permissions through the client, against the sandbox."""

import pytest

from devin_async import ConflictError, InvalidArgumentError, NotFoundError
from devin_async.models.git import NewGitPermission


@pytest.fixture
async def connection(devin):
    connection = await devin.enterprise.git_connections.list().first()
    assert connection is not None
    return connection


@pytest.fixture
def permissions(organization):
    return organization.git_permissions


@pytest.fixture
def allow(connection):
    """Give a function that makes a permission on the connection."""

    def make(**place):
        return NewGitPermission(git_connection_id=connection.git_connection_id, **place)

    return make


async def test_the_repositories_of_a_connection_are_listed_in_pages(devin, connection):
    connections = devin.enterprise.git_connections
    every = await connections.repositories(connection.git_connection_id).collect()
    assert {one.git_connection_id for one in every} == {connection.git_connection_id}
    pages = connections.repositories(connection.git_connection_id, page_size=2).pages()
    assert [one async for page in pages for one in page.items] == every


async def test_repositories_are_found_by_their_name(devin, connection):
    connections = devin.enterprise.git_connections
    first = await connections.repositories(connection.git_connection_id).first()
    assert first is not None
    repositories = connections.repositories(
        connection.git_connection_id, filter_name=first.repo_name
    )
    assert first in await repositories.collect()


async def test_each_kind_of_permission_is_made_and_listed(permissions, allow, sandbox):
    made = await permissions.create(
        [
            allow(repo_path="acme/web", read_only=True),
            allow(group_prefix="tools"),
            allow(prefix_path="labs/ml"),
        ]
    )
    sent = sandbox.requests[-1].json["permissions"]
    assert [{*one} - {"git_connection_id"} for one in sent] == [
        {"repo_path", "read_only"},
        {"group_prefix"},
        {"prefix_path"},
    ]
    assert [(one.repo_path, one.group_prefix, one.prefix_path) for one in made] == [
        ("acme/web", None, None),
        (None, "tools", None),
        (None, None, "labs/ml"),
    ]
    assert [one.read_only for one in made] == [True, False, False]
    assert sorted(await permissions.list(page_size=2).collect(), key=str) == sorted(made, key=str)


async def test_a_permission_is_changed_and_taken_away(permissions, allow):
    made = (await permissions.create([allow(repo_path="acme/web")]))[0]
    changed = await permissions.update(made.git_permission_id, read_only=True)
    assert (changed.git_permission_id, changed.read_only) == (made.git_permission_id, True)
    assert (await permissions.update(made.git_permission_id, read_only=False)).read_only is False
    removed = await permissions.delete(made.git_permission_id)
    assert removed.repo_path == "acme/web"
    with pytest.raises(NotFoundError):
        await permissions.delete(made.git_permission_id)


async def test_permissions_are_replaced_as_a_whole_and_cleared(permissions, allow):
    await permissions.create([allow(repo_path="acme/web")])
    replaced = await permissions.replace([allow(repo_path="acme/app")])
    assert [one.repo_path for one in replaced] == ["acme/app"]
    assert [one.repo_path async for one in permissions.list()] == ["acme/app"]
    assert [one.repo_path for one in await permissions.clear()] == ["acme/app"]
    assert await permissions.list().collect() == []


async def test_the_same_permission_twice_is_a_conflict(permissions, allow):
    await permissions.create([allow(repo_path="acme/web")])
    with pytest.raises(ConflictError):
        await permissions.create([allow(repo_path="acme/web")])


@pytest.mark.parametrize(
    "places", [{}, {"repo_path": "a/b", "group_prefix": "a"}, {"group_prefix": "", "repo_path": ""}]
)
async def test_a_permission_names_exactly_one_place(devin, sandbox, places):
    wrong = NewGitPermission(git_connection_id="c", **places)
    right = NewGitPermission(git_connection_id="c", repo_path="a/b")
    permissions = devin.enterprise.organization("org-1").git_permissions
    message = r"permissions\[1\] is .*; allowed: exactly one of repo_path, group_prefix, prefix"
    for call in (permissions.create, permissions.replace):
        with pytest.raises(InvalidArgumentError, match=message):
            await call([right, wrong])
    assert not sandbox.requests


async def test_more_than_200_permissions_are_refused_before_a_request(devin, sandbox):
    many = [NewGitPermission(git_connection_id="c", repo_path="a/b")] * 201
    permissions = devin.enterprise.organization("org-1").git_permissions
    with pytest.raises(InvalidArgumentError, match="permissions has 201 entries; allowed: at most"):
        await permissions.create(many)
    assert not sandbox.requests


async def test_a_page_of_repositories_has_100_at_most(devin, sandbox):
    connections = devin.enterprise.git_connections
    with pytest.raises(InvalidArgumentError, match="page_size is 101; allowed: a whole number, 1 "):
        connections.repositories("c", page_size=101)
    assert not sandbox.requests
