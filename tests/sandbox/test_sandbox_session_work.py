import aiohttp
import pytest

SESSION_SECONDS = 61


@pytest.fixture
def sessions(org):
    return f"/v3/organizations/{org}/sessions"


@pytest.fixture
async def session(api, sessions):
    """Give the path of a new session."""
    made = await api.post(sessions, {"prompt": "Find the slow test", "tags": ["one"]})
    return f"{sessions}/{made.json['session_id']}"


@pytest.fixture
def upload(api, org):
    """Give a function that uploads a file and returns the answer."""

    async def send(data=b"\x00one\r\n--two", name="notes (1).txt"):
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", data, filename=name, content_type="text/plain")
        return (await api.call("POST", f"/v3/organizations/{org}/attachments", data=form)).json

    return send


async def test_tags_are_added_once_and_replaced(api, session):
    added = await api.post(session + "/tags", {"tags": ["one", "two", "two"]})
    assert added.json == {"tags": ["one", "two"]}
    await api.call("PUT", session + "/tags", json={"tags": ["three"]})
    assert (await api.get(session + "/tags")).json == {"tags": ["three"]}
    assert (await api.get(session)).json["tags"] == ["three"]


async def test_no_session_has_more_than_fifty_tags(api, session):
    tags = [f"tag-{number}" for number in range(50)]
    reply = await api.post(session + "/tags", {"tags": tags})
    assert (reply.status, reply.json["errors"][0]["type"]) == (422, "too_long")


async def test_the_enterprise_reaches_tags_too(api, session):
    path = f"/v3/enterprise/sessions/{session.rpartition('/')[2]}/tags"
    assert (await api.get(path)).json == {"tags": ["one"]}


async def test_archiving_puts_a_session_to_sleep(api, session, clock):
    clock.advance(5)
    assert (await api.post(session + "/archive")).json["is_archived"] is True
    clock.advance(SESSION_SECONDS)
    read = (await api.get(session)).json
    assert (read["status"], read["status_detail"]) == ("suspended", "user_request")


async def test_archiving_reaches_children_and_unarchiving_does_not(api, sessions, session):
    parent_id = session.rpartition("/")[2]
    made = await api.post(f"{sessions}?devin_id={parent_id}", {"prompt": "Child"})
    child = f"{sessions}/{made.json['session_id']}"
    await api.post(session + "/archive")
    assert (await api.get(child)).json["is_archived"] is True
    await api.post(session + "/unarchive")
    assert (await api.get(session)).json["is_archived"] is False
    assert (await api.get(child)).json["is_archived"] is True


async def test_an_archived_session_takes_no_message(api, session):
    await api.post(session + "/archive")
    assert (await api.post(session + "/messages", {"message": "More"})).status == 409


async def test_a_message_wakes_a_session_that_was_taken_out_of_the_archive(api, session, clock):
    clock.advance(5)
    await api.post(session + "/archive")
    await api.post(session + "/unarchive")
    await api.post(session + "/messages", {"message": "More"})
    assert (await api.get(session)).json["status"] == "running"


async def test_archiving_writes_an_audit_log(api, session):
    await api.post(session + "/archive")
    logs = (await api.get("/v3/enterprise/audit-logs?action=sleep_session&first=1")).json
    assert logs["items"][0]["data"] == {"session_id": session.rpartition("/")[2]}


async def test_insights_count_messages_and_gain_an_analysis(api, session, clock):
    clock.advance(SESSION_SECONDS)
    before = (await api.get(session + "/insights")).json
    assert (before["num_user_messages"], before["num_devin_messages"]) == (1, 1)
    assert before["analysis"] is None
    answers = [(await api.post(session + "/insights/generate")).json["status"] for _ in range(2)]
    assert answers == ["started", "already_exists"]
    clock.advance(SESSION_SECONDS)
    analysis = (await api.get(session + "/insights")).json["analysis"]
    assert analysis["suggested_prompt"]["original_prompt"] == "Find the slow test"
    assert all(issue["id"] for issue in analysis["issues"])


async def test_insights_are_listed_with_the_filters_of_sessions(api, sessions, session):
    await api.post(sessions, {"prompt": "Other"})
    listed = await api.items(sessions + "/insights", tags="one")
    assert [item["session_id"] for item in listed] == [session.rpartition("/")[2]]


async def test_an_upload_can_be_downloaded_by_a_signed_link(api, client, upload):
    made = await upload()
    assert made["name"] == "notes (1).txt"
    redirect = await api.get(made["url"].removeprefix(api.url), allow_redirects=False)
    assert redirect.status == 307
    async with client.get(redirect.headers["Location"]) as response:  # without a token
        assert await response.read() == b"\x00one\r\n--two"
        assert response.content_type == "text/plain"
        assert response.content_disposition.filename == "notes (1).txt"


async def test_a_link_ends_and_cannot_be_changed(api, client, clock, upload):
    made = await upload()
    redirect = await api.get(made["url"].removeprefix(api.url), allow_redirects=False)
    location = redirect.headers["Location"]
    async with client.get(location.replace("expires=1", "expires=2")) as response:
        assert response.status == 403
    clock.advance(600)
    async with client.get(location) as response:
        assert response.status == 403


async def test_an_upload_without_a_file_is_invalid(api, org):
    form = aiohttp.FormData({"other": "x"}, default_to_multipart=True)
    reply = await api.call("POST", f"/v3/organizations/{org}/attachments", data=form)
    assert reply.json["errors"][0]["loc"] == ["body", "file"]
    reply = await api.post(f"/v3/organizations/{org}/attachments", {"file": "x"})
    assert reply.status == 415


async def test_an_unknown_attachment_answers_404(api, org, upload):
    made = await upload()
    path = f"/v3/organizations/{org}/attachments"
    assert (await api.get(f"{path}/{made['attachment_id']}/other.txt")).status == 404
    assert (await api.get(f"{path}/none/notes.txt")).status == 404


async def test_a_session_lists_what_it_was_given_and_what_it_delivered(
    api, sessions, upload, clock
):
    file = await upload()
    body = {"prompt": "x", "attachment_urls": [file["url"]]}
    path = f"{sessions}/{(await api.post(sessions, body)).json['session_id']}/attachments"
    uploaded = {**file, "source": "user", "content_type": "text/plain"}
    assert (await api.get(path)).json == [uploaded]
    clock.advance(SESSION_SECONDS)
    delivered = (await api.get(path)).json[1]
    assert (delivered["source"], delivered["name"]) == ("devin", "report-1.md")
    assert b"Report" in (await api.get(delivered["url"].removeprefix(api.url))).body


async def test_attachments_of_another_organization_are_refused(api, sandbox, upload):
    file = await upload()
    path = f"/v3/organizations/{sandbox.organization_ids[1]}/sessions"
    reply = await api.post(path, {"prompt": "x", "attachment_urls": [file["url"]]})
    assert reply.json["errors"][0]["loc"] == ["body", "attachment_urls", 0]


async def test_events_tell_a_session_in_order(api, session, clock):
    clock.advance(SESSION_SECONDS)
    events = await api.items(session + "/events", first=2)
    kinds = [event["event_type"] for event in events]
    assert kinds == [
        "session_created",
        "user_message",
        "shell_command",
        "file_edit",
        "devin_message",
    ]
    messages = await api.items(session + "/messages")
    assert [event["event_id"] for event in events if event["category"] == "message"] == [
        message["event_id"] for message in messages
    ]


async def test_events_are_filtered(api, session, clock):
    clock.advance(SESSION_SECONDS)
    listed = await api.items(session + "/events", categories="shell")
    assert [event["event_type"] for event in listed] == ["shell_command"]
    listed = await api.items(session + "/events", direction="incoming")
    assert [event["event_type"] for event in listed] == ["user_message"]
    both = {"categories": "shell", "event_types": "file_edit"}
    assert (await api.get(session + "/events", params=both)).status == 422


async def test_events_are_searched_and_show_where(api, session, clock):
    matches = await api.items(session + "/events/search", query="SLOW")
    assert [event["match_context"] for event in matches] == ["Find the slow test"]


async def test_event_details_come_by_id_or_offset_and_are_cut(api, session, clock):
    clock.advance(SESSION_SECONDS)
    event_id = (await api.get(session + "/messages")).json["items"][0]["event_id"]
    query = {"event_ids": event_id, "max_content_length": 4}
    detail = (await api.get(session + "/events/details", params=query)).json["items"][0]
    assert (detail["contents"], detail["truncated_fields"]) == ({"message": "Find"}, ["message"])
    rest = await api.get(session + "/events/details?offset=3")
    assert len(rest.json["items"]) == 2
    query["offset"] = 0
    assert (await api.get(session + "/events/details", params=query)).status == 422
