"""Builds of snapshots through the client, against the sandbox."""

import pytest

from devin_async import ConflictError, InvalidArgumentError


@pytest.fixture
def builds(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0]).builds


async def test_a_build_is_started_listed_and_read_until_it_succeeds(builds, sandbox):
    started = await builds.start()
    assert (started.status, started.trigger, started.pinned) == ("pending", "manual", False)
    assert sandbox.requests[-1].json == {}
    assert [one.build_id async for one in builds.list()] == [started.build_id]
    sandbox.clock.advance(3600)
    assert (await builds.get(started.build_id)).status == "succeeded"


async def test_builds_are_listed_by_status(builds, sandbox):
    first = await builds.start()
    sandbox.clock.advance(3600)
    second = await builds.start()
    done = await builds.list(status="succeeded").collect()
    waiting = await builds.list(status="pending").collect()
    assert [[one.build_id for one in listed] for listed in (done, waiting)] == [
        [first.build_id],
        [second.build_id],
    ]


async def test_the_build_in_use_is_listed(builds, sandbox):
    started = await builds.start()
    sandbox.clock.advance(3600)
    assert [one.build_id async for one in builds.list(active=True)] == [started.build_id]
    assert await builds.list(active=False).collect() == []


async def test_a_build_is_cancelled_and_stays_so(builds, sandbox):
    started = await builds.start()
    assert (await builds.cancel(started.build_id)).status == "cancelled"
    sandbox.clock.advance(3600)
    assert (await builds.cancel(started.build_id)).status == "cancelled"


async def test_a_build_that_succeeded_is_pinned_and_unpinned(builds, sandbox):
    started = await builds.start()
    sandbox.clock.advance(3600)
    assert (await builds.pin(started.build_id)).pinned
    assert sandbox.requests[-1].json == {}
    await builds.unpin(started.build_id)
    await builds.unpin(started.build_id)
    assert not (await builds.get(started.build_id)).pinned


async def test_a_build_that_did_not_succeed_cannot_be_pinned(builds):
    started = await builds.start()
    with pytest.raises(ConflictError):
        await builds.pin(started.build_id)


async def test_the_link_to_a_log_does_not_show_itself(builds):
    started = await builds.start()
    link = await builds.logs(started.build_id)
    assert link.url.startswith("http")
    assert link.url not in repr(link)


async def test_a_status_that_there_is_not_is_refused(builds, sandbox):
    with pytest.raises(InvalidArgumentError, match="status is 'done', a str; allowed: 'pending', "):
        builds.list(status="done")
    assert list(sandbox.requests) == []


@pytest.mark.parametrize("method", ["get", "logs", "cancel", "pin", "unpin"])
async def test_an_empty_id_is_refused(builds, sandbox, method):
    with pytest.raises(InvalidArgumentError, match="build_id is ''"):
        await getattr(builds, method)("")
    assert list(sandbox.requests) == []
