"""What a sandbox has from the start, so that the first look shows something."""

import pytest

from devin_async.sandbox import ManualClock, Sandbox


@pytest.fixture
async def full(connect):
    sandbox = Sandbox(organizations=3, sessions=4, audit_logs=0, seed=7, clock=ManualClock())
    return await connect(sandbox), sandbox


async def test_each_organization_starts_with_sessions_notes_and_a_playbook(full):
    api, sandbox = full
    for org in sandbox.organization_ids:
        place = f"/v3/organizations/{org}"
        sessions = await api.items(f"{place}/sessions")
        assert len({one["session_id"] for one in sessions}) == 4
        assert len(await api.items(f"{place}/knowledge/notes")) == 2
        assert len(await api.items(f"{place}/playbooks")) == 1
    assert len(await api.items("/v3/enterprise/sessions")) == 12


async def test_sessions_of_the_past_are_over_dated_and_of_people(full):
    api, sandbox = full
    sessions = await api.items("/v3/enterprise/sessions")
    created = [one["created_at"] for one in sessions]
    assert created == sorted(created, reverse=True)
    assert all(one["updated_at"] < sandbox.clock.now() for one in sessions)
    assert {one["status"] for one in sessions} == {"suspended", "exit"}
    assert {one["user_id"] for one in sessions} <= set(sandbox.user_ids)


async def test_lists_go_from_the_new_to_the_past_by_cursors(full):
    api, sandbox = full
    org = sandbox.organization_ids[0]
    made = await api.post(f"/v3/organizations/{org}/sessions", {"prompt": "x"})
    ids = [one["session_id"] for one in await api.items("/v3/enterprise/sessions", first=5)]
    assert (ids[0], len(set(ids)), len(ids)) == (made.json["session_id"], 13, 13)


async def test_what_is_created_does_not_depend_on_the_past(connect):
    made = []
    for sessions in (0, 5):
        sandbox = Sandbox(sessions=sessions, audit_logs=0, clock=ManualClock())
        api = await connect(sandbox)
        place = f"/v3/organizations/{sandbox.organization_ids[0]}/sessions"
        made.append((await api.post(place, {"prompt": "x"})).json)
    assert made[0] == made[1]


async def test_a_sandbox_may_start_empty_and_starts_with_a_few(connect):
    for arguments, count in (({"sessions": 0}, 0), ({}, 9)):
        api = await connect(Sandbox(audit_logs=0, **arguments))
        assert (await api.get("/v3/enterprise/sessions")).json["total"] == count


@pytest.mark.parametrize("mode", ["turbo", ""])
async def test_a_mode_that_there_is_not_is_refused(api, org, mode):
    body = {"prompt": "x", "devin_mode": mode}
    refused = await api.post(f"/v3/organizations/{org}/sessions", body)
    assert (refused.status, "normal, fast" in refused.json["detail"]) == (400, True)
    automation = {
        "name": "Nightly",
        "run_as": {"type": "organization"},
        "triggers": [],
        "actions": [{"type": "start_session", "prompt": "x"}],
        "session_settings": {"devin_mode": mode},
    }
    assert (await api.post(f"/v3/organizations/{org}/automations", automation)).status == 400
