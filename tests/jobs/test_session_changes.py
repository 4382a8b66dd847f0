"""Sessions that changed: the oldest change first, each once, from a file's checkpoint on."""

import json
import stat
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest
from session_world import LIST, open_world

from devin_async import FileError, InvalidArgumentError, ResponseDecodeError, ServerError


@pytest.fixture
async def world():
    async with open_world() as running:
        yield running


@pytest.fixture
def path(tmp_path):
    return tmp_path / "changes.json"


async def rest(world, *, seconds=200):
    """Let all sessions come to rest, and lists show it."""
    world.sandbox.clock.advance(seconds)


async def all_of(changes):
    return [one async for one in changes]


def names(sessions):
    return [one.session_id.removeprefix("devin-") for one in sessions]


def bare(session_ids):
    return [one.removeprefix("devin-") for one in session_ids]


async def grown(world, count):
    """Start sessions one after the other, and give their ids."""
    ids = []
    for _ in range(count):
        ids += world.fill(1)
        world.sandbox.clock.advance(100)
    await rest(world)
    return ids


async def test_changes_come_oldest_first_whatever_order_the_list_has(world):
    ids = await grown(world, 4)
    world.sandbox.clock.advance(100)
    await world.sessions.send_message(ids[0], "Once more")
    await rest(world)
    changed = await all_of(world.sessions.changes())
    assert names(changed) == bare([*ids[1:], ids[0]])
    assert [one.updated_at for one in changed] == sorted(one.updated_at for one in changed)


async def test_since_leaves_out_what_changed_before(world):
    ids = await grown(world, 4)
    changed = await all_of(world.sessions.changes())
    since = changed[2].updated_at
    assert names(await all_of(world.sessions.changes(since=since))) == bare(ids[2:])
    assert await all_of(world.sessions.changes(since=since + timedelta(hours=1))) == []


async def test_a_checkpoint_gives_each_change_once_over_many_calls(world, path):
    ids = await grown(world, 3)
    assert len(await all_of(world.sessions.changes(checkpoint=path))) == 3
    assert await all_of(world.sessions.changes(checkpoint=path)) == []
    await world.sessions.send_message(ids[1], "Once more")
    await rest(world)
    assert names(await all_of(world.sessions.changes(checkpoint=path))) == bare([ids[1]])
    assert await all_of(world.sessions.changes(checkpoint=path)) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["changes.json"]


async def test_a_change_of_just_now_comes_at_once_and_not_again(world, path):
    ids = await grown(world, 2)
    await all_of(world.sessions.changes(checkpoint=path))
    await world.sessions.send_message(ids[0], "Once more")
    assert names(await all_of(world.sessions.changes(checkpoint=path))) == bare([ids[0]])
    assert await all_of(world.sessions.changes(checkpoint=path)) == []


async def test_two_readers_never_go_on_by_one_checkpoint(world, path):
    await grown(world, 3)
    async with aclosing(world.sessions.changes(checkpoint=path)) as first:
        await anext(first)
        with pytest.raises(FileError, match=r"changes\.json' is in use: another one goes on"):
            await all_of(world.sessions.changes(checkpoint=path))
        taken = [session async for session in first]
    assert len(taken) == 2
    assert await all_of(world.sessions.changes(checkpoint=path)) == []
    assert [one.name for one in path.parent.iterdir()] == ["changes.json"]


async def test_what_lists_show_late_comes_within_settle(world, path):
    ids = await grown(world, 3)
    await all_of(world.sessions.changes(checkpoint=path))
    await world.sessions.send_message(ids[0], "early, and shown late")
    world.sandbox.clock.advance(5)
    await world.sessions.send_message(ids[1], "later, and shown at once")

    def hide(body, _):
        answer = json.loads(body)
        answer["items"] = [one for one in answer["items"] if one["session_id"] != ids[0]]
        return json.dumps(answer).encode()

    world.spoil(LIST, edit=hide, at=1)
    assert names(await all_of(world.sessions.changes(checkpoint=path))) == bare([ids[1]])
    assert names(await all_of(world.sessions.changes(checkpoint=path))) == bare([ids[0]])
    assert await all_of(world.sessions.changes(checkpoint=path)) == []


async def test_what_was_not_taken_comes_again(world, path):
    ids = await grown(world, 4)
    taken = []
    async with aclosing(world.sessions.changes(checkpoint=path)) as changes:
        async for session in changes:
            taken.append(session)
            if len(taken) == 3:
                break
    more = await all_of(world.sessions.changes(checkpoint=path))
    assert names(taken) == bare(ids[:3])
    assert names(more) == bare(ids[2:])  # the third was in hand, and nobody says it was handled


async def test_a_list_that_fails_leaves_the_checkpoint_where_it_was(world, path):
    await grown(world, 2)
    await all_of(world.sessions.changes(checkpoint=path))
    before = path.read_bytes()
    world.spoil(LIST, status=503)
    with pytest.raises(ServerError):
        await all_of(world.hasty.changes(checkpoint=path))
    assert path.read_bytes() == before


async def test_changes_are_followed_through_an_outage(world, path):
    ids = await grown(world, 2)
    world.spoil(LIST, at=(2, 3), status=503)
    taken = []
    async with aclosing(world.hasty.changes(checkpoint=path, interval=60)) as changes:
        async for session in changes:
            taken.append(session)
            if len(taken) == 2:
                await world.sessions.send_message(ids[0], "Once more")
            if len(taken) == 3:
                break
    assert names(taken)[:3] == bare([*ids, ids[0]])
    assert json.loads(path.read_text())["work"].startswith("/v3/organizations/")


async def test_the_sessions_of_all_organizations_can_be_asked_for(world, path):
    (here,) = world.fill(1)
    world.sandbox.clock.advance(100)
    (there,) = world.fill(1, organization=1)
    await rest(world)
    changed = await all_of(world.devin.enterprise.sessions.changes(checkpoint=path))
    assert names(changed) == bare([here, there])
    with pytest.raises(
        InvalidArgumentError, match="is the checkpoint of '/v3/enterprise/sessions'"
    ):
        world.sessions.changes(checkpoint=path)


async def test_files_that_cannot_be_meant_are_refused_at_once(world, tmp_path):
    (other := tmp_path / "other.json").write_text('{"a": 1}')
    (notes := tmp_path / "notes.txt").write_bytes(b"\xff no JSON")
    for path, message in (
        (tmp_path, "a directory; allowed: a file's name"),
        (tmp_path / "no" / "file", "there is no directory"),
        (other, "is no checkpoint; allowed"),
        (notes, "is no checkpoint; allowed"),
    ):
        with pytest.raises(InvalidArgumentError, match=message):
            world.sessions.changes(checkpoint=path)
    assert not world.sandbox.requests
    assert other.read_text() == '{"a": 1}'


async def test_a_checkpoint_that_cannot_be_written_is_told(world, tmp_path):
    (folder := tmp_path / "below").mkdir()
    changes = world.sessions.changes(checkpoint=folder / "changes.json")
    folder.rmdir()
    with pytest.raises(FileError, match=r"changes\.json.* cannot be written: No such file"):
        await all_of(changes)


@pytest.mark.parametrize("options", [{"settle": -1}, {"interval": 0}])
async def test_times_that_mean_nothing_are_refused_at_once(world, options):
    with pytest.raises(InvalidArgumentError, match="allowed: a number of seconds"):
        world.sessions.changes(**options)


async def test_a_moment_without_a_zone_is_refused_at_once(world):
    naive = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(InvalidArgumentError, match="without a time zone"):
        world.sessions.changes(since=naive)


def changed(**fields):
    """Give an edit that replaces fields of the sessions of a list."""

    def edit(body, _):
        page = json.loads(body)
        return json.dumps(page | {"items": [one | fields for one in page["items"]]}).encode()

    return edit


def tolerant(world):
    """Give the sessions of a client that reads what does not fit its models."""
    client = world.devin.with_options(strict=False)
    return client.organization(world.sandbox.organization_ids[0]).sessions


async def test_a_session_that_never_changed_came_when_it_was_created(world, path):
    (one,) = world.fill(1)
    world.spoil(LIST, edit=changed(updated_at=None))
    for expected in ([one], []):
        sessions = await all_of(tolerant(world).changes(checkpoint=path, settle=0))
        assert names(sessions) == bare(expected)


async def test_a_row_without_an_id_is_an_error_of_the_answer(world):
    world.fill(1)
    world.spoil(LIST, edit=changed(session_id=None))
    with pytest.raises(ResponseDecodeError, match="a session of the list has no id"):
        await all_of(tolerant(world).changes())


@pytest.mark.parametrize(
    "fields", [{"updated_at": "odd"}, {"updated_at": None, "created_at": None}, {"updated_at": []}]
)
async def test_a_session_that_does_not_tell_when_it_changed_is_an_error_that_names_it(
    world, fields
):
    (one,) = world.fill(1)
    world.spoil(LIST, edit=changed(**fields))
    with pytest.raises(ResponseDecodeError, match=f"session {one} does not tell when it changed"):
        await all_of(tolerant(world).changes())
