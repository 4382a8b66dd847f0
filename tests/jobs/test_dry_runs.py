"""Dry runs: reads pass, the first write is described instead of sent."""

import pickle

import pytest
from session_world import open_world

from devin_async import DryRun
from devin_async.models.sessions import SessionSecret

HIDDEN = 'very-"secret"-value\n'


@pytest.fixture
async def world():
    async with open_world() as running:
        yield running


@pytest.fixture
def rehearsal(world):
    return world.devin.with_options(dry_run=True)


@pytest.fixture
def organization(world, rehearsal):
    return rehearsal.organization(world.org_id)


async def planned(call):
    with pytest.raises(DryRun) as caught:
        await call
    return caught.value


async def test_a_write_is_described_and_not_sent(world, organization):
    dry = await planned(organization.sessions.create("Check", tags=["a"], max_acu_limit=5))
    assert dry.request.method == "POST"
    assert dry.request.path == f"/v3/organizations/{world.org_id}/sessions"
    assert dry.request.query == {}
    assert dry.request.json == {"prompt": "Check", "tags": ["a"], "max_acu_limit": 5}
    assert dry.outcome == "not_sent"
    assert str(dry).startswith(f"POST {dry.request.path} was not sent")
    assert not world.sandbox.requests


async def test_reads_pass(world, rehearsal, organization):
    (one,) = world.fill(1)
    assert (await organization.sessions.get(one)).session_id == one
    assert len(await rehearsal.enterprise.organizations.list().collect()) == 2
    assert (await rehearsal.request("GET", "/v3/self")).status == 200


@pytest.mark.parametrize(
    ("call", "method"),
    [
        (lambda it: it.sessions.terminate("devin-1", archive=True), "DELETE"),
        (lambda it: it.sessions.replace_tags("devin-1", ["a"]), "PUT"),
        (lambda it: it.sessions.archive("devin-1"), "POST"),
        (lambda it: it.sessions.send_message("devin-1", "Go on"), "POST"),
    ],
    ids=["terminate", "replace", "archive", "message"],
)
async def test_every_kind_of_write_is_stopped(world, organization, call, method):
    dry = await planned(call(organization))
    assert dry.request.method == method
    assert not world.sandbox.requests


async def test_a_query_and_the_lack_of_a_body_are_shown(organization):
    dry = await planned(organization.sessions.terminate("devin-1", archive=True))
    assert dry.request.query == {"archive": ["true"]}
    assert (dry.request.json, dry.request.file) == (None, None)


async def test_a_raw_write_is_stopped_too(world, rehearsal):
    dry = await planned(rehearsal.request("POST", "/v3/enterprise/queue", json={"a": [1, None]}))
    assert dry.request.json == {"a": [1, None]}
    assert not world.sandbox.requests


async def test_an_upload_is_named(world, organization):
    dry = await planned(organization.attachments.upload(b"bytes", name="report.csv"))
    assert (dry.request.file, dry.request.json) == ("report.csv", None)
    assert "bytes" not in repr(dry.request)


async def test_secrets_of_a_session_are_masked(organization):
    secrets = [SessionSecret(key="TOKEN", value=HIDDEN)]
    prompt = f"Use {HIDDEN}, which should not be here"
    dry = await planned(organization.sessions.create(prompt, session_secrets=secrets))
    assert dry.request.json["session_secrets"] == [{"key": "TOKEN", "value": "***"}]
    assert dry.request.json["prompt"] == "Use ***, which should not be here"


async def test_the_value_of_a_stored_secret_is_masked(organization):
    dry = await planned(organization.secrets.create("TOKEN", HIDDEN, note="for CI"))
    assert dry.request.json["value"] == "***"
    assert dry.request.json["note"] == "for CI"


async def test_neither_pickle_nor_repr_holds_a_secret_or_the_key(world, organization):
    dry = await planned(organization.secrets.create("TOKEN", HIDDEN))
    again = pickle.loads(pickle.dumps(dry))
    assert again.request == dry.request
    for shown in (repr(dry), str(dry), repr(dry.request), pickle.dumps(dry).decode("latin-1")):
        assert "very-" not in shown
        assert world.sandbox.token not in shown


async def test_a_create_with_a_key_looks_and_then_is_described(world, organization):
    dry = await planned(organization.sessions.create("Check", once="k"))
    assert dry.request.json["tags"] == ["once:k"]
    assert [request.method for request in world.sandbox.requests] == ["GET"]


async def test_a_rehearsal_in_the_older_dialect_names_its_path(world):
    async with world.another_client(api_version="v3beta1") as devin:
        organization = devin.with_options(dry_run=True).organization("org-1")
        dry = await planned(organization.sessions.create("Check"))
    assert dry.request.path == "/v3beta1/organizations/org-1/sessions"


async def test_the_client_itself_still_writes(world, rehearsal):
    await world.sessions.create("Check")
    assert world.started == 1


async def test_a_plan_sends_no_write_of_a_worker_that_uses_the_client_itself(world, rehearsal):
    sessions = world.devin.organization(world.org_id).sessions
    inner = [1, 2]

    async def start(number):
        return await sessions.create(f"Check {number}")

    async def start_both(_):
        return await world.devin.fan_out(inner, start, concurrency=1, errors="raise").collect()

    plan = await rehearsal.fan_out([1, 2], start, concurrency=2).plan()
    plan += await rehearsal.fan_out([1], start_both, concurrency=1).plan()
    assert [one.request.json["prompt"] for one in plan] == ["Check 1", "Check 2", "Check 1"]
    assert world.started == 0
    await start(3)
    assert world.started == 1


async def test_a_plan_of_a_fan_out_lists_what_each_item_would_send(world, rehearsal):
    async def start(organization):
        return await rehearsal.organization(organization.org_id).sessions.create(
            f"Check {organization.name}", max_acu_limit=2
        )

    organizations = await world.devin.enterprise.organizations.list().collect()
    plan = await rehearsal.fan_out(
        rehearsal.enterprise.organizations.list(), start, concurrency=4
    ).plan()
    assert [one.item for one in plan] == organizations
    assert [one.request.json for one in plan] == [
        {"prompt": f"Check {one.name}", "max_acu_limit": 2} for one in organizations
    ]
    assert world.started == 0
