"""Blueprints and their files through the client, in both scopes, against the sandbox."""

import re

import aiohttp
import pytest

from devin_async import ConflictError, InvalidArgumentError, NotFoundError

YAML = "initialize: |\n  npm ci  # ü\n"


@pytest.fixture
def blueprints(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0]).blueprints


@pytest.fixture(params=["organization", "enterprise"])
def either(request, devin, blueprints):
    return blueprints if request.param == "organization" else devin.enterprise.blueprints


async def follow(link):
    """Read what is behind a link, as anybody would."""
    async with aiohttp.ClientSession() as session, session.get(link.url) as response:
        return await response.text()


async def ids(blueprints, **arguments):
    return [one.blueprint_id async for one in blueprints.list(**arguments)]


async def test_a_blueprint_is_created_read_listed_and_deleted(either):
    made = await either.create(YAML)
    assert await either.get(made.blueprint_id) == made
    assert await ids(either) == [made.blueprint_id]
    await either.delete(made.blueprint_id)
    assert await ids(either) == []
    with pytest.raises(NotFoundError):
        await either.get(made.blueprint_id)


async def test_a_link_leads_to_a_blueprints_text(either):
    made = await either.create(YAML)
    link = await either.contents(made.blueprint_id)
    assert await follow(link) == YAML
    assert link.url not in repr(link)


async def test_the_kind_of_a_blueprint_follows_from_where_it_is_made(devin, blueprints):
    made = [
        await blueprints.create(YAML),
        await blueprints.create(YAML, repo_name="owner/name"),
        await devin.enterprise.blueprints.create(YAML),
    ]
    kinds = [(one.type, one.repo_name) for one in made]
    assert kinds == [("org", None), ("repo", "owner/name"), ("enterprise", None)]


async def test_blueprints_of_one_repository_are_listed(blueprints):
    await blueprints.create(YAML)
    made = await blueprints.create(YAML, repo_name="owner/name")
    assert await ids(blueprints, repo_name="owner/name") == [made.blueprint_id]


async def test_an_organizations_blueprint_changes_its_text(blueprints, sandbox):
    made = await blueprints.create(YAML)
    await blueprints.update(made.blueprint_id, contents="maintenance: make")
    assert sandbox.requests[-1].json == {"contents": "maintenance: make"}
    assert await follow(await blueprints.contents(made.blueprint_id)) == "maintenance: make"


async def test_a_repositorys_blueprint_changes_its_place(blueprints):
    first = await blueprints.create(YAML, repo_name="owner/first")
    second = await blueprints.create(YAML, repo_name="owner/second")
    await blueprints.update(second.blueprint_id, position=0)
    assert await ids(blueprints) == [second.blueprint_id, first.blueprint_id]


async def test_the_enterprises_blueprint_is_replaced_and_has_no_second(devin):
    blueprints = devin.enterprise.blueprints
    made = await blueprints.create()
    assert (await blueprints.replace(made.blueprint_id, YAML)).blueprint_id == made.blueprint_id
    assert await follow(await blueprints.contents(made.blueprint_id)) == YAML
    with pytest.raises(ConflictError):
        await blueprints.create(YAML)


async def test_a_blank_blueprint_is_made_of_an_empty_body(either, sandbox):
    await either.create()
    assert sandbox.requests[-1].json == {}


async def test_a_file_is_uploaded_listed_and_deleted(either, tmp_path):
    made = await either.create(YAML)
    source = tmp_path / "npm rc"
    source.write_bytes(b"registry=x")
    file = await either.upload_file(made.blueprint_id, source)
    assert (file.name, file.size_bytes, file.blueprint_id) == ("npm rc", 10, made.blueprint_id)
    assert await either.files(made.blueprint_id).collect() == [file]
    await either.delete_file(made.blueprint_id, file.file_id)
    assert await either.files(made.blueprint_id).collect() == []


async def test_a_files_name_is_told_in_the_query_and_in_the_form(blueprints, sandbox):
    made = await blueprints.create(YAML)
    await blueprints.upload_file(made.blueprint_id, b"x", name="a.txt", content_type="text/plain")
    sent = sandbox.requests[-1]
    assert sent.query == [("name", "a.txt")]
    assert re.search(b'name="file"; filename="a.txt"', sent.body)
    assert b"Content-Type: text/plain" in sent.body


async def test_a_second_file_of_the_same_variable_is_a_conflict(blueprints):
    made = await blueprints.create(YAML)
    await blueprints.upload_file(made.blueprint_id, b"x", name="a.txt")
    with pytest.raises(ConflictError):
        await blueprints.upload_file(made.blueprint_id, b"y", name="a.txt")


async def test_a_change_of_nothing_is_refused(blueprints, sandbox):
    with pytest.raises(InvalidArgumentError, match="nothing to change; give contents or position"):
        await blueprints.update("blueprint-1")
    with pytest.raises(InvalidArgumentError, match=r"position is -1; allowed: .* 0 or more"):
        await blueprints.update("blueprint-1", position=-1)
    assert list(sandbox.requests) == []


async def test_a_file_without_a_name_or_that_is_not_there_is_refused(either, sandbox, tmp_path):
    with pytest.raises(InvalidArgumentError, match="name is missing"):
        await either.upload_file("blueprint-1", b"x")
    with pytest.raises(InvalidArgumentError, match="allowed: a file that exists"):
        await either.upload_file("blueprint-1", tmp_path / "none")
    assert list(sandbox.requests) == []


async def test_an_empty_id_is_refused(blueprints, devin, sandbox):
    enterprise = devin.enterprise.blueprints
    for call in (
        blueprints.get(""),
        blueprints.delete(""),
        blueprints.contents(""),
        blueprints.update("", contents=YAML),
        blueprints.upload_file("", b"x", name="a"),
        blueprints.delete_file("", "file-1"),
        enterprise.replace("", YAML),
    ):
        with pytest.raises(InvalidArgumentError, match="blueprint_id is ''"):
            await call
    with pytest.raises(InvalidArgumentError, match="blueprint_id is ''"):
        blueprints.files("")
    with pytest.raises(InvalidArgumentError, match="file_id is ''"):
        await blueprints.delete_file("blueprint-1", "")
    assert list(sandbox.requests) == []
