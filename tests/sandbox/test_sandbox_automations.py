import pytest

from devin_async.sandbox import Sandbox

BODY = {
    "name": "Nightly",
    "run_as": {"type": "organization"},
    "triggers": [{"event_type": "github:push"}],
    "actions": [{"type": "start_session", "prompt": "Check"}],
}
DAILY = {
    "event_type": "schedule:recurring",
    "conditions": {
        "any": [{"all": [{"field": "rrule", "operator": "recurrence", "value": "FREQ=DAILY"}]}]
    },
}
WEBHOOK = {"event_type": "webhook:incoming"}


@pytest.fixture
def automations(org):
    return f"/v3/organizations/{org}/automations"


@pytest.fixture
def create(api, automations):
    """Give a function that creates an automation and returns its path and the answer."""

    async def make(**changes):
        reply = await api.post(automations, {**BODY, **changes})
        assert reply.status == 201, reply.body
        return f"{automations}/{reply.json['automation_id']}", reply.json

    return make


@pytest.fixture
def patch(api):
    async def send(path, **changes):
        return await api.call("PATCH", path, json=changes)

    return send


async def test_an_automation_lives_until_it_is_deleted(api, automations, create):
    path, made = await create()
    assert (await api.get(path)).json == made
    assert await api.items(automations) == [made]
    assert (await api.call("DELETE", path)).json == made
    assert (await api.get(path)).status == 404


async def test_automations_are_listed_newest_first_and_filtered(api, automations, create):
    _, old = await create(metadata={"team": "web", "tier": "1"}, enabled=False)
    _, new = await create(name="Other", triggers=[DAILY])
    assert await api.items(automations, first=1) == [new, old]
    for query, names in (
        ({"search": "NIGHT"}, old),
        ({"enabled": "false"}, old),
        ({"event_type": "schedule:recurring"}, new),
        ({"metadata.team": "web", "metadata.tier": "1"}, old),
    ):
        assert await api.items(automations, **query) == [names]
    assert await api.items(automations, **{"metadata.team": "web", "metadata.tier": "2"}) == []
    assert len(await api.items(automations, creator_id=old["created_by"]["id"])) == 2
    assert len(await api.items(automations, agent_types="new_session")) == 2


async def test_null_clears_and_what_is_absent_stays(create, patch):
    limits = {"max_acu_limit": 5, "invocations": {"max_per_window": 1, "window_seconds": 60}}
    path, made = await create(limits=limits, metadata={"a": "1", "b": "2"})
    changed = (await patch(path, limits={"invocations": None}, metadata={"a": None})).json
    assert changed["limits"] == {"max_acu_limit": 5, "invocations": None}
    assert changed["metadata"] == {"b": "2"}
    assert (changed["name"], changed["triggers"]) == (made["name"], made["triggers"])
    assert (await patch(path, limits=None)).json["limits"] is None


async def test_what_cannot_be_empty_refuses_null(create, patch):
    path, _ = await create()
    assert (await patch(path, name=None)).status == 422
    assert (await patch(path, actions=None)).status == 422
    assert (await patch(path, triggers=None)).json["triggers"] == []


async def test_an_action_may_leave_out_what_the_stored_one_says(create, patch):
    path, _ = await create()
    action = {"type": "start_session", "session": {"tags": ["one"]}}
    changed = (await patch(path, actions=[action])).json["actions"][0]
    assert (changed["prompt"], changed["session"]["tags"]) == ("Check", ["one"])
    missing = {"type": "message_session", "auto_create": True}
    assert (await patch(path, actions=[missing])).status == 422


async def test_replaced_triggers_have_new_ids(create, patch):
    path, made = await create()
    kept = (await patch(path, name="Other")).json
    assert kept["triggers"] == made["triggers"]
    replaced = (await patch(path, triggers=BODY["triggers"])).json
    assert replaced["triggers"][0]["trigger_id"] != made["triggers"][0]["trigger_id"]


async def test_a_webhook_shows_its_secret_once(api, create, patch):
    path, made = await create(triggers=[WEBHOOK])
    webhook = made["triggers"][0]["webhook"]
    assert webhook["secret"]
    assert (await api.get(path)).json["triggers"][0]["webhook"] == {**webhook, "secret": None}
    assert (await patch(path, triggers=[WEBHOOK])).json["triggers"][0]["webhook"]["secret"] is None


async def test_a_webhook_starts_a_session(api, org, client, create, clock):
    path, made = await create(triggers=[WEBHOOK])
    webhook = made["triggers"][0]["webhook"]
    for secret, status in (("wrong", 401), (webhook["secret"], 202)):
        headers = {"X-Webhook-Secret": secret}
        async with client.post(webhook["url"], headers=headers) as response:
            assert response.status == status
    query = {"automation_ids": made["automation_id"]}
    sessions = await api.items(f"/v3/organizations/{org}/sessions", **query)
    assert [session["origin"] for session in sessions] == ["automation"]
    invocation = (await api.get(path)).json["last_invocation"]
    assert invocation == {"fired_at": int(clock.now()), "status": "succeeded"}


@pytest.fixture
def fire(client, api, create):
    """Give a function that makes an automation, fires it so many times and reads it."""

    async def run(action, times=1):
        path, made = await create(triggers=[WEBHOOK], actions=[action])
        webhook = made["triggers"][0]["webhook"]
        for _ in range(times):
            headers = {"X-Webhook-Secret": webhook["secret"]}
            async with client.post(webhook["url"], headers=headers) as response:
                assert response.status == 202
        return (await api.get(path)).json

    return run


async def test_an_automation_writes_to_the_session_that_it_made(api, org, fire):
    action = {"type": "message_session", "prompt": "Go on", "auto_create": True}
    automation = await fire(action, times=2)
    path = f"/v3/organizations/{org}/sessions"
    sessions = await api.items(path, automation_ids=automation["automation_id"])
    session_id = automation["actions"][0]["target_devin_id"]
    assert [session["session_id"] for session in sessions] == [session_id]
    messages = await api.items(f"{path}/{session_id}/messages")
    assert [message["message"] for message in messages] == ["Go on", "Go on"]


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ({"prompt": "Check"}, "succeeded"),
        ({"type": "message_session", "prompt": "Go", "target_devin_id": "devin-none"}, "failed"),
        ({"type": "scan_new_commits", "scan_id": "scan-1"}, "skipped"),
    ],
)
async def test_an_automation_tells_how_it_went(fire, action, status):
    assert (await fire(action))["last_invocation"]["status"] == status


async def test_an_inbox_ends_with_its_trigger(client, create, patch):
    path, made = await create(triggers=[WEBHOOK])
    webhook = made["triggers"][0]["webhook"]
    await patch(path, triggers=BODY["triggers"])
    headers = {"X-Webhook-Secret": webhook["secret"]}
    async with client.post(webhook["url"], headers=headers) as response:
        assert response.status == 404


async def test_a_recurring_trigger_tells_the_next_run(create, patch, clock):
    path, made = await create(triggers=[DAILY])
    assert made["next_run_at"] == int(clock.now()) + 86_400
    assert (await patch(path, enabled=False)).json["next_run_at"] is None


async def test_a_trigger_for_one_time_runs_at_that_time_and_no_more(api, create, clock):
    rule = "DTSTART:20260301T090000Z\nRRULE:FREQ=DAILY;COUNT=1"
    once = {"field": "rrule", "operator": "recurrence", "value": rule}
    path, made = await create(triggers=[{**DAILY, "conditions": {"any": [{"all": [once]}]}}])
    assert made["next_run_at"] == 1_772_355_600
    clock.advance(made["next_run_at"] - clock.now())
    assert (await api.get(path)).json["next_run_at"] is None


async def test_a_rule_of_endless_digits_breaks_nothing(create):
    rule = {"field": "rrule", "operator": "recurrence", "value": f"INTERVAL={'9' * 5000}"}
    _, made = await create(triggers=[{**DAILY, "conditions": {"any": [{"all": [rule]}]}}])
    assert made["next_run_at"] > made["created_at"]


@pytest.mark.parametrize(
    "changes",
    [
        {"triggers": [WEBHOOK, WEBHOOK]},
        {"triggers": [{"event_type": "schedule:recurring"}]},
        {"actions": [BODY["actions"][0]] * 2},
        {"actions": [{"type": "message_session", "prompt": "x"}]},
        {"metadata": {str(number): "x" for number in range(17)}},
        {"metadata": {"x" * 33: "x"}},
    ],
    ids=["webhooks", "rule", "starts", "target", "pairs", "key"],
)
async def test_what_makes_no_sense_is_refused(api, automations, changes):
    assert (await api.post(automations, {**BODY, **changes})).status == 422


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"enable": False}, ["enable"]),
        ({"limits": {"max_acus": 5}}, ["limits", "max_acus"]),
        ({"actions": [{**BODY["actions"][0], "tags": ["a"]}]}, ["actions", 0, "tags"]),
    ],
    ids=["field", "group", "part"],
)
async def test_a_field_that_automations_do_not_have_is_refused(api, automations, changes, place):
    made = (await api.post(automations, BODY)).json
    path = f"{automations}/{made['automation_id']}"
    for method, target, body in (
        ("POST", automations, {**BODY, **changes}),
        ("PATCH", path, changes),
    ):
        reply = await api.call(method, target, json=body)
        assert reply.status == 422
        assert [error["loc"] for error in reply.json["errors"]] == [["body", *place]]


async def test_a_service_user_cannot_run_as_creator(api, sandbox, automations):
    body = {**BODY, "run_as": {"type": "creator"}}
    assert (await api.post(automations, body)).status == 403
    person = sandbox.add_token(principal_type="pat_user")
    assert (await api.post(automations, body, token=person)).status == 201


async def test_a_security_profile_is_inherited_chosen_or_none(api, org, create, patch):
    place = f"/v3beta1/organizations/{org}/security-profiles"
    profile_id = (await api.post(place, {"name": "Closed"})).json["profile_id"]
    path, made = await create()
    assert made["security_profile"]["selection"] == "inherit"
    for chosen, selection in (
        ({"profile_id": profile_id}, "profile"),
        ({"profile_id": None}, "none"),
        (None, "inherit"),
    ):
        changed = (await patch(path, security_profile=chosen)).json
        assert changed["security_profile"]["selection"] == selection


async def test_schemas_name_every_event(api, automations):
    schemas = (await api.get(automations + "/schemas")).json
    assert schemas["update_semantics"] == "merge_patch"
    assert schemas["sources"]["schedule"]["recurring"]["fields"]["rrule"]["type"] == "rrule"


SCHEDULE = {"name": "Nightly", "prompt": "Check", "frequency": "0 3 * * *"}


@pytest.fixture
def schedules(org):
    return f"/v3/organizations/{org}/schedules"


async def test_schedules_are_listed_by_offset(api, schedules):
    for number in range(3):
        await api.post(schedules, {**SCHEDULE, "name": str(number)})
    page = (await api.get(schedules + "?limit=2")).json
    assert (page["has_next_page"], page["end_cursor"], page["total"]) == (True, None, 3)
    rest = (await api.get(schedules + "?limit=2&offset=2")).json
    assert ([item["name"] for item in rest["items"]], rest["has_next_page"]) == (["2"], False)


async def test_a_schedule_has_its_own_defaults_and_times(api, schedules):
    made = (await api.post(schedules, SCHEDULE)).json
    assert (made["notify_on"], made["agent"], made["enabled"]) == ("failure", "devin", True)
    assert made["created_at"] == "2026-01-01T00:00:00Z"


async def test_a_schedule_is_changed_and_deleted(api, schedules):
    made = (await api.post(schedules, {**SCHEDULE, "tags": ["one"]})).json
    path = f"{schedules}/{made['scheduled_session_id']}"
    changed = (await api.call("PATCH", path, json={"enabled": False, "tags": None})).json
    assert (changed["enabled"], changed["tags"], changed["name"]) == (False, None, "Nightly")
    assert (await api.call("DELETE", path)).json == changed
    assert (await api.get(path)).status == 404


async def test_a_schedule_names_its_playbook(api, org, schedules):
    body = {"title": "Release", "body": "x"}
    playbook = (await api.post(f"/v3/organizations/{org}/playbooks", body)).json
    made = await api.post(schedules, {**SCHEDULE, "playbook_id": playbook["playbook_id"]})
    assert made.json["playbook"]["title"] == "Release"
    assert (await api.post(schedules, {**SCHEDULE, "playbook_id": "none"})).status == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"frequency": None}, 422),
        ({"schedule_type": "one_time"}, 422),
        ({"schedule_type": "one_time", "scheduled_at": "2026-02-01T00:00:00"}, 422),
        ({"schedule_type": "one_time", "scheduled_at": "2026-02-01T00:00:00Z"}, 200),
        ({"target_devin_id": "devin-1"}, 422),
        ({"platform": "amiga"}, 400),
    ],
)
async def test_the_rules_of_schedules(api, schedules, changes, status):
    assert (await api.post(schedules, {**SCHEDULE, **changes})).status == status


async def test_a_feature_that_is_missing_answers_403(connect):
    sandbox = Sandbox(without=("schedules", "usage_policies"))
    api = await connect(sandbox)
    path = f"/v3/organizations/{sandbox.organization_ids[0]}/schedules"
    reply = await api.post(path, SCHEDULE)
    assert (reply.status, reply.json["error_code"]) == (403, "feature_not_available")
    assert (await api.get(path)).status == 200
    assert (await api.get("/v3beta1/enterprise/usage-policies/tiers")).status == 403


def test_a_feature_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="without"):
        Sandbox(without=("coffee",))
