import pytest

from devin_async.sandbox import Sandbox

NOTE = {"name": "Style", "body": "Use tabs", "trigger": "formatting"}
PLAYBOOK = {"title": "Release", "body": "Tag it", "macro": "!release"}


@pytest.fixture
def notes(org):
    return f"/v3/organizations/{org}/knowledge/notes"


@pytest.fixture
def playbooks(org):
    return f"/v3/organizations/{org}/playbooks"


@pytest.fixture
def secrets(org):
    return f"/v3/organizations/{org}/secrets"


async def last_action(api, org):
    path = f"/v3/enterprise/organizations/{org}/audit-logs?first=1"
    return (await api.get(path)).json["items"][0]["action"]


async def test_a_playbook_lives_until_it_is_deleted(api, playbooks, clock):
    made = (await api.post(playbooks, PLAYBOOK)).json
    path = f"{playbooks}/{made['playbook_id']}"
    assert (await api.get(path)).json == made
    assert await api.items(playbooks) == [made]
    clock.advance(9)
    body = {"title": "Release 2", "body": "Tag it"}
    replaced = (await api.call("PUT", path, json=body)).json
    assert (replaced["title"], replaced["macro"]) == ("Release 2", None)
    assert replaced["updated_at"] == replaced["created_at"] + 9
    assert (await api.call("DELETE", path)).json == replaced
    assert (await api.get(path)).status == 404
    assert (await api.call("DELETE", path)).status == 404
    assert await api.items(playbooks) == []


async def test_a_body_cannot_set_what_the_server_says(api, notes):
    forged = {"note_id": "mine", "org_id": "mine", "created_at": 5, "access_type": "enterprise"}
    made = (await api.post(notes, {**NOTE, **forged})).json
    assert [name for name, value in forged.items() if made[name] == value] == []
    assert (await api.get(f"{notes}/{made['note_id']}")).json == made


async def test_two_playbooks_cannot_share_a_macro(api, playbooks):
    made = (await api.post(playbooks, PLAYBOOK)).json
    assert (await api.post(playbooks, PLAYBOOK)).status == 409
    path = f"{playbooks}/{made['playbook_id']}"
    assert (await api.call("PUT", path, json=PLAYBOOK)).status == 200


async def test_a_playbook_of_one_organization_is_unknown_to_another(api, sandbox, playbooks):
    made = (await api.post(playbooks, PLAYBOOK)).json
    other = f"/v3/organizations/{sandbox.organization_ids[1]}/playbooks"
    assert (await api.get(f"{other}/{made['playbook_id']}")).status == 404
    assert await api.items(other) == []
    assert await api.items("/v3/enterprise/playbooks") == []


async def test_a_playbook_of_the_enterprise_belongs_to_no_organization(api):
    made = (await api.post("/v3/enterprise/playbooks", PLAYBOOK)).json
    assert (made["access_type"], made["org_id"]) == ("enterprise", None)


async def test_a_schema_of_a_playbook_may_not_refer_outside(api, playbooks):
    body = {**PLAYBOOK, "structured_output_schema": {"$ref": "https://example.com/"}}
    assert (await api.post(playbooks, body)).status == 422


async def test_lists_follow_cursors_while_they_grow(api, playbooks):
    for number in range(5):
        await api.post(playbooks, {"title": str(number), "body": "x"})
    page = (await api.get(playbooks + "?first=2")).json
    assert (page["total"], [item["title"] for item in page["items"]]) == (5, ["0", "1"])
    await api.call("DELETE", f"{playbooks}/{page['items'][0]['playbook_id']}")
    await api.post(playbooks, {"title": "5", "body": "x"})
    rest = await api.items(playbooks, after=page["end_cursor"])
    assert [item["title"] for item in rest] == ["2", "3", "4", "5"]


async def test_writes_of_knowledge_are_logged(api, org, notes):
    made = (await api.post(notes, NOTE)).json
    assert await last_action(api, org) == "create_knowledge"
    await api.call("PUT", f"{notes}/{made['note_id']}", json=NOTE)
    assert await last_action(api, org) == "edit_knowledge"
    await api.call("DELETE", f"{notes}/{made['note_id']}")
    assert await last_action(api, org) == "delete_knowledge"


async def test_a_note_lies_in_its_folder(api, org, notes):
    tree = (await api.get(f"/v3/organizations/{org}/knowledge/folders")).json
    assert tree["root_note_count"] == 0
    folder = tree["folders"][1]
    assert folder["parent_folder_id"] == tree["folders"][0]["folder_id"]
    made = (await api.post(notes, {**NOTE, "folder_id": folder["folder_id"]})).json
    assert made["folder_path"] == folder["path"]
    await api.post(notes, NOTE)
    tree = (await api.get(f"/v3/organizations/{org}/knowledge/folders")).json
    assert (tree["root_note_count"], tree["folders"][1]["note_count"]) == (1, 1)
    assert await api.items(notes, folder_path=folder["path"]) == [made]


async def test_a_note_needs_a_folder_that_exists(api, notes):
    assert (await api.post(notes, {**NOTE, "folder_id": "folder-none"})).status == 422


async def test_notes_are_searched(api, notes):
    made = (await api.post(notes, {**NOTE, "pinned_repo": "acme/app"})).json
    await api.post(notes, {"name": "Other", "body": "x", "trigger": "y"})
    assert await api.items(notes, search="TABS") == [made]
    assert await api.items(notes, pinned_repo="acme/app") == [made]


async def test_the_enterprise_sees_the_notes_of_organizations(api, notes):
    mine = (await api.post(notes, NOTE)).json
    shared = (await api.post("/v3/enterprise/knowledge/notes", NOTE)).json
    everything = await api.items("/v3/enterprise/knowledge/notes")
    assert everything == [mine, shared]
    assert await api.items("/v3/enterprise/knowledge/notes", access_type="org") == [mine]
    assert await api.items(notes) == [mine]


async def test_a_secret_never_gives_its_value_back(api, secrets):
    body = {"type": "key-value", "key": "TOKEN", "value": "hunter2", "note": "for tests"}
    made = await api.post(secrets, body)
    assert (made.json["key"], made.json["secret_type"]) == ("TOKEN", "key-value")
    listed = await api.get(secrets)
    gone = await api.call("DELETE", f"{secrets}/{made.json['secret_id']}")
    assert listed.json["items"] == [made.json] == [gone.json]
    assert not any(b"hunter2" in reply.body for reply in (made, listed, gone))
    assert await api.items(secrets) == []


async def test_a_key_of_a_secret_exists_once(api, secrets):
    body = {"type": "totp", "key": "TOKEN", "value": "x"}
    assert (await api.post(secrets, body)).status == 200
    assert (await api.post(secrets, body)).status == 409


async def test_a_list_may_lag_behind_what_was_written(connect, clock):
    sandbox = Sandbox(clock=clock, visibility_lag=3, sessions=0)
    api = await connect(sandbox)
    path = f"/v3/organizations/{sandbox.organization_ids[0]}/playbooks"
    made = (await api.post(path, PLAYBOOK)).json
    assert await api.items(path) == []
    assert (await api.get(f"{path}/{made['playbook_id']}")).json == made
    clock.advance(3)
    assert await api.items(path) == [made]
