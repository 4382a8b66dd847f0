"""What the server sends beyond the models: as it is, and reported."""

import logging
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from devin_async import DevinClient
from devin_async.codec.drift import find_drift
from devin_async.models.identity import Identity
from devin_async.models.sessions import Session

ORGANIZATION = {"org_id": "org-1", "name": "One", "region": "eu", "created_at": 1}


@asynccontextmanager
async def answering(document, **options):
    async def answer(request):
        return web.Response() if document is None else web.json_response(document)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with DevinClient("cog_1", base_url=url, **options) as devin:
            yield devin
    finally:
        await runner.cleanup()


async def test_raw_gives_each_item_as_the_server_sent_it():
    async with answering({"items": [ORGANIZATION]}) as devin:
        assert await devin.enterprise.organizations.list().raw().collect() == [ORGANIZATION]


async def test_raw_keeps_the_limit_of_its_list():
    async with answering({"items": [ORGANIZATION, ORGANIZATION]}) as devin:
        assert len(await devin.enterprise.organizations.list(limit=1).raw().collect()) == 1


async def test_a_new_field_is_reported_once_when_asked_for(caplog):
    async with answering({"items": [ORGANIZATION] * 2}, report_drift=True) as devin:
        with caplog.at_level(logging.WARNING, "devin_async"):
            await devin.enterprise.organizations.list().collect()
            await devin.enterprise.organizations.list().collect()
    assert caplog.messages == ["schema drift: Organization: the field 'region' is new"]


async def test_nothing_is_reported_unless_asked_for(caplog):
    async with answering({"items": [ORGANIZATION]}) as devin:
        await devin.enterprise.organizations.list().collect()
        assert caplog.messages == []
        reporting = devin.with_options(report_drift=True)
        await reporting.enterprise.organizations.list().collect()
    assert caplog.messages == ["schema drift: Organization: the field 'region' is new"]


SESSION = {
    "session_id": "devin-1",
    "org_id": "org-1",
    "url": "https://app.devin.ai/sessions/1",
    "status": "running",
    "tags": [],
    "created_at": 1,
    "updated_at": 1,
    "acus_consumed": 0.0,
    "pull_requests": [{"pr_url": "u", "pr_state": "open"}],
    "structured_output": {"free": "form"},
}


@pytest.mark.parametrize(
    ("change", "warned"),
    [
        ({}, []),
        ({"status": "paused"}, ["Session.status: the value 'paused' is new"]),
        ({"origin": "fax"}, ["Session.origin: the value 'fax' is new"]),
        ({"mood": 1}, ["Session: the field 'mood' is new"]),
        (
            {"pull_requests": [{"pr_url": "u", "draft": True}]},
            ["Session.pull_requests[]: the field 'draft' is new"],
        ),
    ],
)
def test_drift_of_fields_and_words_is_found_with_its_place(change, warned):
    assert list(find_drift(Session, SESSION | change)) == warned


def test_drift_of_a_tag_is_found():
    assert list(find_drift(Identity, {"principal_type": "robot"})) == [
        "Identity: the principal_type 'robot' is new"
    ]
    fields = {"principal_type": "service_user", "service_user_id": "s", "service_user_name": "n"}
    assert list(find_drift(Identity, fields)) == []
    assert list(find_drift(Identity, fields | {"age": 1})) == [
        "ServiceUserSelf: the field 'age' is new"
    ]


def test_a_value_that_is_no_object_is_no_drift():
    assert list(find_drift(list[Session], [1, None])) == []


async def test_an_unconfirmed_call_that_answers_nothing_has_no_drift_to_report(caplog):
    async with answering(None, report_drift=True) as devin:
        scans = devin.organization("org-1").code_scans
        assert await scans.delete_auto_scan("scan-1") == {}
    assert caplog.messages == []
