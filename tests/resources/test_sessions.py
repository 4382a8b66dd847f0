"""Sessions through the client, in both scopes, against the sandbox."""

import pytest

from devin_async import ConflictError, InvalidArgumentError, NotFoundError
from devin_async.models.sessions import SessionSecret


@pytest.fixture
def sessions(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0]).sessions


async def test_a_session_is_created_listed_read_and_terminated(sessions):
    made = await sessions.create("Fix the build", tags=["ci"], title="Build")
    assert [one.session_id for one in await sessions.list(tags=["ci"]).collect()] == [
        made.session_id
    ]
    assert (await sessions.get(made.session_id)).title == "Build"
    assert (await sessions.terminate(made.session_id)).status == "exit"
    with pytest.raises(ConflictError):
        await sessions.terminate(made.session_id)


async def test_a_session_works_and_then_finishes_by_the_clock(sessions, sandbox):
    made = await sessions.create("Fix the build")
    sandbox.clock.advance(10)
    assert (await sessions.get(made.session_id)).status_detail == "working"
    sandbox.clock.advance(60)
    assert (await sessions.get(made.session_id)).status_detail in {"finished", "waiting_for_user"}


async def test_an_id_may_come_without_its_prefix(sessions):
    made = await sessions.create("Fix the build")
    bare = made.session_id.removeprefix("devin-")
    assert (await sessions.get(bare)).session_id == made.session_id
    sessions_read = await sessions.list(session_ids=[bare]).collect()
    assert [one.session_id for one in sessions_read] == [made.session_id]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"session_ids": []}, "session_ids is empty; allowed: one entry or more, or None"),
        ({"tags": ()}, "tags is empty; allowed: one entry or more, or None"),
        ({"session_ids": "devin-1"}, "session_ids is 'devin-1', a str; allowed: a list of str"),
        ({"user_ids": {"u"}}, "user_ids is {'u'}, a set; allowed: a list of str or None"),
    ],
)
async def test_a_filter_that_would_select_something_else_is_refused(
    sessions, sandbox, filters, message
):
    with pytest.raises(InvalidArgumentError, match=message):
        await sessions.list(**filters).collect()
    assert sandbox.count() == 0


async def test_messages_are_sent_and_listed_oldest_first(sessions, sandbox):
    made = await sessions.create("Fix the build")
    sandbox.clock.advance(100)
    answered = await sessions.send_message(made.session_id, "And the tests")
    assert answered.session_id == made.session_id
    texts = [message.message async for message in sessions.messages(made.session_id)]
    assert texts[0] == "Fix the build"
    assert "And the tests" in texts


async def test_tags_are_appended_and_replaced(sessions):
    made = await sessions.create("Fix the build", tags=["a"])
    assert (await sessions.append_tags(made.session_id, ["b", "a"])).tags == ["a", "b"]
    assert (await sessions.replace_tags(made.session_id, ["c"])).tags == ["c"]
    assert await sessions.tags(made.session_id).collect() == ["c"]


async def test_a_session_is_archived_and_taken_back(sessions):
    made = await sessions.create("Fix the build")
    assert (await sessions.archive(made.session_id)).is_archived
    assert await sessions.list(is_archived=False).collect() == []
    assert not (await sessions.unarchive(made.session_id)).is_archived


async def test_insights_are_generated_and_read(sessions, sandbox):
    made = await sessions.create("Fix the build")
    assert (await sessions.generate_insights(made.session_id)).status == "started"
    sandbox.clock.advance(120)
    sessions_read = await sessions.insights(made.session_id)
    assert sessions_read.num_user_messages == 1
    assert sessions_read.analysis is not None
    listed = await sessions.list_insights().collect()
    assert [one.session_id for one in listed] == [made.session_id]


async def test_events_are_listed_searched_and_read_whole(sessions, sandbox):
    made = await sessions.create("Fix the build")
    sandbox.clock.advance(100)
    events = await sessions.events(made.session_id, page_size=2).collect()
    assert events
    whole = await sessions.event_details(made.session_id, event_ids=[events[0].event_id]).collect()
    assert [one.event_id for one in whole] == [events[0].event_id]
    word = events[0].summary.split()[0]
    matches = await sessions.search_events(made.session_id, word).collect()
    assert events[0].event_id in {match.event_id for match in matches}


async def test_the_enterprise_sees_the_sessions_of_all_organizations(devin, sandbox):
    first, second = sandbox.organization_ids
    one = await devin.organization(first).sessions.create("One", tags=["x"])
    two = await devin.organization(second).sessions.create("Two")
    enterprise = devin.enterprise.sessions
    assert {s.session_id for s in await enterprise.list().collect()} == {
        one.session_id,
        two.session_id,
    }
    only = await enterprise.list(org_ids=[second]).collect()
    assert [s.session_id for s in only] == [two.session_id]
    by_organization = devin.enterprise.organization(first).sessions
    assert (await by_organization.get(one.session_id)).org_id == first
    assert [s.session_id for s in await by_organization.list().collect()] == [one.session_id]
    assert await enterprise.tags(one.session_id).collect() == ["x"]
    assert (await enterprise.append_tags(one.session_id, ["y"])).tags == ["x", "y"]
    assert (await enterprise.replace_tags(one.session_id, [])).tags == []
    assert (await enterprise.send_message(one.session_id, "More")).session_id == one.session_id
    first_message = await enterprise.messages(two.session_id).first()
    assert first_message is not None
    assert first_message.message == "Two"
    assert (await enterprise.generate_insights(one.session_id)).status == "started"
    assert (await enterprise.insights(one.session_id)).session_id == one.session_id
    assert len(await enterprise.list_insights().collect()) == 2
    assert await enterprise.attachments(one.session_id).collect() == []


async def test_a_session_that_is_not_there_is_not_found(sessions):
    with pytest.raises(NotFoundError):
        await sessions.get("devin-0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tags": ["t"] * 51}, r"tags has 51 entries; allowed: at most 50"),
        ({"tags": "ci"}, r"tags is 'ci', a str; allowed: a list of str"),
        ({"max_acu_limit": 0}, r"max_acu_limit is 0; allowed: a whole number, 1 or more"),
        ({"attachment_urls": [""]}, r"attachment_urls has 0 characters; allowed: 1 to 2083"),
        (
            {"session_secrets": [SessionSecret(key="", value="x")]},
            r"session_secrets key has 0 characters; allowed: 1 to 256",
        ),
    ],
)
async def test_what_the_api_would_refuse_is_refused_before_a_request(
    sessions, sandbox, arguments, message
):
    with pytest.raises(InvalidArgumentError, match=message):
        await sessions.create("Fix the build", **arguments)
    assert not sandbox.requests


async def test_events_take_categories_or_types_and_details_take_ids_or_a_place(sessions, sandbox):
    with pytest.raises(InvalidArgumentError, match="categories and event_types"):
        sessions.events("devin-1", categories=["git"], event_types=["git_push"])
    with pytest.raises(InvalidArgumentError, match="event_ids and offset"):
        sessions.event_details("devin-1", event_ids=["e"], offset=0)
    with pytest.raises(InvalidArgumentError, match="page_size is 101"):
        sessions.events("devin-1", page_size=101)
    assert not sandbox.requests


@pytest.mark.parametrize("scope", ["organization", "enterprise organization"])
async def test_organizations_are_chosen_by_the_whole_enterprise_only(devin, scope):
    parent = devin.enterprise if scope.startswith("enterprise") else devin
    with pytest.raises(TypeError, match="unexpected keyword argument 'org_ids'"):
        parent.organization("org-1").sessions.list(org_ids=["org-2"])
