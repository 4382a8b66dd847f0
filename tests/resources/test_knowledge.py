"""Knowledge notes and folders through the client, against the sandbox."""

import pytest

from devin_async import InvalidArgumentError, NotFoundError


@pytest.fixture
def knowledge(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0]).knowledge


@pytest.fixture(params=["organization", "enterprise"])
def either(request, devin, knowledge):
    return knowledge if request.param == "organization" else devin.enterprise.knowledge


async def names(notes):
    return [note.name async for note in notes]


async def test_a_note_is_created_read_listed_and_deleted(either):
    made = await either.create("Tests", body="Run make test.", trigger="when tests are run")
    assert await either.get(made.note_id) == made
    assert await names(either.list()) == ["Tests"]
    assert (await either.delete(made.note_id)).note_id == made.note_id
    assert await names(either.list()) == []
    with pytest.raises(NotFoundError):
        await either.get(made.note_id)


async def test_a_replaced_note_keeps_its_id_and_nothing_that_was_left_out(either):
    made = await either.create("a", body="b", trigger="c", pinned_repo="owner/name")
    changed = await either.replace(made.note_id, name="d", body="e", trigger="f")
    assert (changed.note_id, changed.name, changed.body) == (made.note_id, "d", "e")
    assert changed.trigger == "f"
    assert changed.pinned_repo is None


async def test_all_that_is_given_of_a_note_arrives(knowledge):
    folder = (await knowledge.folders()).folders[0]
    made = await knowledge.create(
        "a",
        body="b",
        trigger="c",
        folder_id=folder.folder_id,
        pinned_repo="owner/name",
        is_enabled=False,
    )
    assert (made.folder_path, made.pinned_repo, made.is_enabled) == (
        folder.path,
        "owner/name",
        False,
    )


async def test_what_is_left_out_is_not_sent(knowledge, sandbox):
    await knowledge.create("a", body="b", trigger="c")
    assert sandbox.requests[-1].json == {"name": "a", "body": "b", "trigger": "c"}


async def test_notes_are_found_by_text_folder_and_repository(knowledge):
    folder = (await knowledge.folders()).folders[0]
    await knowledge.create("plain", body="b", trigger="t")
    await knowledge.create("filed", body="b", trigger="t", folder_id=folder.folder_id)
    await knowledge.create("pinned", body="b", trigger="t", pinned_repo="owner/name")
    assert await names(knowledge.list(search="plain")) == ["plain"]
    assert await names(knowledge.list(folder_path=folder.path)) == ["filed"]
    assert await names(knowledge.list(pinned_repo="owner/name")) == ["pinned"]


async def test_a_list_of_notes_follows_its_pages(knowledge):
    for number in range(3):
        await knowledge.create(f"note {number}", body="b", trigger="t")
    assert await names(knowledge.list(page_size=1)) == ["note 0", "note 1", "note 2"]


async def test_the_enterprise_sees_notes_of_organizations_and_tells_them_apart(devin, knowledge):
    await knowledge.create("local", body="b", trigger="t")
    shared = await devin.enterprise.knowledge.create("shared", body="b", trigger="t")
    assert (shared.access_type, shared.org_id) == ("enterprise", None)
    notes = devin.enterprise.knowledge
    assert await names(notes.list()) == ["local", "shared"]
    assert await names(notes.list(access_type="org")) == ["local"]
    assert await names(notes.list(access_type="enterprise")) == ["shared"]


async def test_the_folders_count_their_notes(either):
    await either.create("a", body="b", trigger="c")
    folders = await either.folders()
    assert folders.root_note_count == 1
    assert {folder.note_count for folder in folders.folders} == {0}


@pytest.mark.parametrize("note_id", ["", " ", ".."])
async def test_an_id_that_is_none_is_refused_before_a_request(either, sandbox, note_id):
    for refused in (
        either.get(note_id),
        either.delete(note_id),
        either.replace(note_id, name="a", body="b", trigger="c"),
    ):
        with pytest.raises(InvalidArgumentError, match="note_id is"):
            await refused
    assert list(sandbox.requests) == []
