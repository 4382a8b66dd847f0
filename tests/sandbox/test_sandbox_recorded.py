"""What was recorded of the API, and what its documents do not say: the sandbox does the same."""

import pytest


@pytest.fixture
def sessions(org):
    return f"/v3/organizations/{org}/sessions"


async def test_a_session_of_a_service_user_counts_as_nobodys(api, sandbox, sessions):
    session = (await api.post(sessions, {"prompt": "x"})).json
    assert session["user_id"] == "bot_apk"
    assert session["service_user_id"].startswith("service-user-")
    person = sandbox.user_ids[1]
    body = {"prompt": "x", "create_as_user_id": person}
    assert (await api.post(sessions, body)).json["user_id"] == person
    assert len(await api.items(sessions, user_ids="bot_apk")) == 1


async def test_a_message_says_who_wrote_it_and_where(api, sandbox, clock, sessions):
    session_id = (await api.post(sessions, {"prompt": "x"})).json["session_id"]
    clock.advance(61)
    messages = await api.items(f"{sessions}/{session_id}/messages")
    fields = [(one["source"], one["user_id"], one["username"], one["origin"]) for one in messages]
    assert fields == [
        ("user", "bot_apk", "Sandbox (service account)", "api"),
        ("devin", None, None, None),
    ]


async def test_a_persons_message_has_the_persons_name(api, sandbox, sessions):
    person = sandbox.add_token(principal_type="pat_user", name="Ada", user_id="email|ada")
    session_id = (await api.post(sessions, {"prompt": "x"}, token=person)).json["session_id"]
    messages = (await api.items(f"{sessions}/{session_id}/messages"))[0]
    assert (messages["user_id"], messages["username"]) == ("email|ada", "Ada")


async def test_what_is_not_asked_for_has_its_recorded_value(api, sessions):
    created = (await api.post(sessions, {"prompt": "x"})).json
    read = (await api.get(f"{sessions}/{created['session_id']}")).json
    fields = ("devin_mode", "child_session_ids", "structured_output")
    assert [created[name] for name in fields] == ["normal", None, None]
    assert [read[name] for name in fields] == ["normal", [], "null"]


async def test_a_list_of_sessions_tells_its_total_on_each_page(api, sessions):
    for tag in ("a", "b", "a"):
        await api.post(sessions, {"prompt": "x", "tags": [tag]})
    first = (await api.get(sessions, params={"first": 2})).json
    after = {"first": 2, "after": first["end_cursor"]}
    last = (await api.get(sessions, params=after)).json
    assert (first["total"], len(first["items"])) == (last["total"], 2)
    assert (last["total"], len(last["items"])) == (3, 1)
    assert (await api.get(f"{sessions}/insights", params={"tags": "a"})).json["total"] == 2


async def test_the_last_page_of_repositories_names_its_end(api, org):
    place = f"/v3beta1/organizations/{org}/repositories"
    page = (await api.get(place)).json
    assert (page["has_next_page"], page["end_cursor"] is None) == (False, False)
    beyond = (await api.get(place, params={"after": page["end_cursor"]})).json
    assert (beyond["items"], beyond["end_cursor"]) == ([], None)


async def test_jobs_of_the_indexer_have_recorded_ids_and_a_short_commit_for_wikis(api, org, clock):
    place = f"/v3beta1/organizations/{org}/repositories/acme/app/indexing"
    await api.call("PUT", place, json={})
    clock.advance(600)
    status = (await api.get(place)).json
    search = status["latest_completed_search_index_job"]
    wiki = status["latest_completed_wiki_index_job"]
    assert search["job_id"].startswith("repo-idx-job-")
    assert (len(search["commit"]), len(wiki["commit"])) == (40, 8)
