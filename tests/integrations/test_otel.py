"""Spans of a client's work, as the SDK's in-memory exporter gets them."""

import asyncio
import json
import logging
from contextlib import aclosing

import aiohttp
import pytest
from clocks import Outlasting
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, get_current_span

from devin_async import (
    DevinClient,
    DryRun,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RequestTimeoutError,
)
from devin_async.models.sessions import SessionSecret
from devin_async.otel import Tracing
from devin_async.sandbox import Fault, Sandbox
from devin_async.testing import virtual_time

SELF = "GET /v3/self"
ORGANIZATIONS = "GET /v3/enterprise/organizations"
LOGS = "GET /v3/enterprise/audit-logs"
CREATE = "POST /v3/organizations/{org_id}/sessions"
MARK = "MARKEDmarkedMARKED"


class Spans:
    """The spans that have ended, by name."""

    def __init__(self):
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.provider.get_tracer("test")

    def named(self, name):
        return [span for span in self.exporter.get_finished_spans() if span.name == name]

    def one(self, name):
        (span,) = self.named(name)
        return span

    def children(self, parent):
        return [
            span
            for span in self.exporter.get_finished_spans()
            if span.parent is not None and span.parent.span_id == parent.context.span_id
        ]

    def text(self):
        return "\n".join(span.to_json() for span in self.exporter.get_finished_spans())


@pytest.fixture
def spans():
    return Spans()


@pytest.fixture
def clock():
    with virtual_time() as clock:
        yield clock


@pytest.fixture
async def sandbox(clock):
    async with Sandbox(organizations=5, audit_logs=1000, seed=7, clock=clock) as running:
        yield running


@pytest.fixture
async def devin(sandbox, spans):
    tracing = Tracing(spans.provider)
    async with DevinClient(sandbox.token, base_url=sandbox.url, on_event=tracing) as client:
        yield client


async def test_a_call_is_a_span_with_one_for_its_attempt_by_the_http_conventions(
    devin, sandbox, spans
):
    await devin.whoami()
    call = spans.one(f"devin.call {SELF}")
    (attempt,) = spans.children(call)
    assert (call.kind, dict(call.attributes)) == (SpanKind.INTERNAL, {"devin.attempts": 1})
    assert (attempt.name, attempt.kind) == (SELF, SpanKind.CLIENT)
    assert dict(attempt.attributes) == {
        "http.request.method": "GET",
        "http.response.header.x-request-id": ("req-000000000001",),
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": int(sandbox.url.rpartition(":")[2]),
        "url.full": f"{sandbox.url}/v3/self",
        "url.scheme": "http",
        "url.template": "/v3/self",
    }
    assert {call.status.status_code, attempt.status.status_code} == {StatusCode.UNSET}


async def test_a_path_with_ids_is_named_by_its_template(devin, sandbox, spans):
    org_id = sandbox.organization_ids[0]
    await devin.organization(org_id).sessions.create("do it")
    attributes = spans.one(CREATE).attributes
    assert attributes["url.template"] == "/v3/organizations/{org_id}/sessions"
    assert attributes["url.full"] == f"{sandbox.url}/v3/organizations/{org_id}/sessions"


async def test_a_request_of_the_callers_own_path_is_named_by_its_method_alone(devin, spans):
    await devin.request("GET", "/v3/self")
    (attempt,) = spans.children(spans.one("devin.call GET"))
    assert (attempt.name, "url.template" in attempt.attributes) == ("GET", False)


async def test_each_repeat_is_a_span_that_tells_how_often_it_was_sent_before(devin, sandbox, spans):
    sandbox.inject(Fault(route=SELF, at=1, status=503))
    sandbox.inject(Fault(route=SELF, at=2, status=429))
    await devin.whoami()
    attempts = [dict(span.attributes) for span in spans.named(SELF)]
    assert [one.get("http.request.resend_count") for one in attempts] == [None, 1, 2]
    assert [one["http.response.status_code"] for one in attempts] == [503, 429, 200]
    assert [one.get("error.type") for one in attempts] == ["503", "429", None]
    call = spans.one(f"devin.call {SELF}")
    assert (call.attributes["devin.attempts"], call.status.status_code) == (3, StatusCode.UNSET)


async def test_a_connection_that_broke_is_an_attempt_that_failed(devin, sandbox, spans):
    sandbox.inject(Fault(route=SELF, at=1, reset="before"))
    await devin.whoami()
    broken, _ = spans.named(SELF)
    assert broken.attributes["error.type"] == "connection"
    assert broken.status.status_code is StatusCode.ERROR
    assert broken.status.description.startswith("the connection broke")


async def test_an_answer_that_did_not_come_in_time_is_a_timeout(devin, sandbox, spans):
    sandbox.inject(Fault(route=SELF, hold=Outlasting(51)))
    with pytest.raises(RequestTimeoutError):
        await devin.with_options(attempt_timeout=50, max_attempts=1).whoami()
    assert spans.one(SELF).attributes["error.type"] == "timeout"


async def test_a_call_that_fails_says_as_what_and_why(devin, sandbox, spans):
    sandbox.inject(Fault(route=SELF, status=404))
    with pytest.raises(NotFoundError) as caught:
        await devin.whoami()
    call = spans.one(f"devin.call {SELF}")
    assert call.attributes["error.type"] == "NotFoundError"
    assert call.status.description == caught.value.message
    assert call.events == ()


async def test_a_dry_run_is_no_failure_and_no_attempt(devin, spans):
    with pytest.raises(DryRun):
        await devin.with_options(dry_run=True).organization("org-1").sessions.create("do it")
    call = spans.one(f"devin.call {CREATE}")
    assert dict(call.attributes) == {"devin.attempts": 0, "devin.dry_run": True}
    assert (call.status.status_code, spans.named(CREATE)) == (StatusCode.UNSET, [])


async def test_a_cancelled_call_leaves_no_span_open(devin, sandbox, spans):
    sandbox.inject(Fault(route=SELF, hold=asyncio.Event()))
    task = asyncio.create_task(devin.whoami())
    while not sandbox.requests:  # noqa: ASYNC110 - the sandbox has no event for it
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    ended = [spans.one(SELF), spans.one(f"devin.call {SELF}")]
    assert {span.attributes["error.type"] for span in ended} == {"CancelledError"}


async def test_a_list_counts_its_pages_and_items_and_holds_their_calls(devin, spans):
    await devin.enterprise.audit_logs.list(page_size=100, limit=250).collect()
    listed = spans.one(f"devin.list {LOGS}")
    assert dict(listed.attributes) == {"devin.pages": 3, "devin.items": 300}
    assert [span.name for span in spans.children(listed)] == [f"devin.call {LOGS}"] * 3


async def test_a_list_that_is_read_in_parallel_holds_all_its_calls(devin, sandbox, spans):
    await devin.enterprise.audit_logs.list(parallel=8).collect()
    listed = spans.one(f"devin.list {LOGS}")
    assert len(spans.children(listed)) == sandbox.count(LOGS) == len(spans.named(LOGS))


async def test_each_iteration_of_a_list_is_a_span(devin, spans):
    pager = devin.enterprise.organizations.list()
    await pager.collect()
    await pager.raw().first()
    assert len(spans.named(f"devin.list {ORGANIZATIONS}")) == 2


async def test_a_list_that_is_left_early_has_not_failed(devin, spans):
    async with aclosing(aiter(devin.enterprise.audit_logs.list())) as logs:
        async for _ in logs:
            break
    listed = spans.one(f"devin.list {LOGS}")
    assert ("error.type" in listed.attributes, listed.status.status_code) == (
        False,
        StatusCode.UNSET,
    )


async def test_a_list_whose_page_fails_has_failed(devin, sandbox, spans):
    sandbox.inject(Fault(route=LOGS, at=2, status=403))
    with pytest.raises(PermissionDeniedError):
        await devin.enterprise.audit_logs.list(page_size=100).collect()
    assert spans.one(f"devin.list {LOGS}").attributes["error.type"] == "PermissionDeniedError"


async def test_what_a_caller_does_between_two_items_is_not_part_of_the_list(devin, spans):
    with spans.tracer.start_as_current_span("mine") as mine:
        async for _ in devin.enterprise.organizations.list():
            assert get_current_span() is mine
            await devin.whoami()
    children = {span.name for span in spans.children(spans.one("mine"))}
    assert children == {f"devin.list {ORGANIZATIONS}", f"devin.call {SELF}"}


async def test_tasks_side_by_side_keep_their_spans_apart(devin, spans):
    async def work(number):
        with spans.tracer.start_as_current_span(f"task {number}"):
            await devin.enterprise.organizations.list(page_size=1).collect()
            await devin.whoami()

    await asyncio.gather(*map(work, range(20)))
    for number in range(20):
        names = {span.name for span in spans.children(spans.one(f"task {number}"))}
        assert names == {f"devin.list {ORGANIZATIONS}", f"devin.call {SELF}"}
    for listed in spans.named(f"devin.list {ORGANIZATIONS}"):
        assert len(spans.children(listed)) == 5


async def test_a_fan_out_holds_its_source_and_its_items_with_all_they_do(devin, sandbox, spans):
    sandbox.inject(Fault(route=CREATE, at=2, status=500))

    async def work(organization):
        with spans.tracer.start_as_current_span("mine"):
            return await devin.organization(organization.org_id).sessions.create("do it")

    await devin.fan_out(devin.enterprise.organizations.list(), work, concurrency=3).collect()
    run = spans.one("devin.fan_out")
    assert dict(run.attributes) == {"devin.items": 5, "devin.items.failed": 1}
    names = sorted(span.name for span in spans.children(run))
    assert names == ["devin.item"] * 5 + [f"devin.list {ORGANIZATIONS}"]
    items = spans.named("devin.item")
    assert sorted(item.attributes["devin.index"] for item in items) == [0, 1, 2, 3, 4]
    for item in items:
        (mine,) = spans.children(item)
        assert [span.name for span in spans.children(mine)] == [f"devin.call {CREATE}"]
    (failed,) = [item for item in items if item.status.status_code is StatusCode.ERROR]
    assert failed.attributes["error.type"] == "ServerOutcomeUnknownError"


async def test_a_callers_own_error_shows_by_its_class_alone(devin, spans):
    async def work(item):
        raise LookupError(f"no {MARK}")

    await devin.fan_out([1], work, concurrency=1).collect()
    item = spans.one("devin.item")
    assert (item.attributes["error.type"], item.status.description) == ("LookupError", None)


async def test_an_export_counts_its_pages_and_items(devin, spans, tmp_path):
    await devin.enterprise.audit_logs.export(tmp_path / "logs.jsonl")
    export = spans.one(f"devin.export {LOGS}")
    calls = [span.name for span in spans.children(export)]
    assert calls == [f"devin.call {LOGS}"] * export.attributes["devin.pages"]
    assert export.attributes["devin.items"] >= 1000


async def test_no_span_holds_a_secret_or_what_was_asked_for(sandbox, spans):
    key = sandbox.add_token(name="marked")
    secret = SessionSecret(key="PASSWORD", value=MARK)
    tracing = Tracing(spans.provider)
    sandbox.inject(Fault(route=CREATE, status=500, body={"detail": f"{key} {MARK}"}))
    async with DevinClient(key, base_url=sandbox.url, on_event=tracing) as devin:
        sessions = devin.organization(sandbox.organization_ids[0]).sessions
        with pytest.raises(OutcomeUnknownError):
            await sessions.create(MARK, session_secrets=[secret])
        await devin.enterprise.audit_logs.list(action=MARK).collect()
    assert len(spans.named(CREATE)) == len(spans.named(LOGS)) == 1
    assert key.encode() not in spans.text().encode()
    assert MARK not in spans.text()


async def test_another_handler_gets_each_event_as_well(sandbox, spans):
    events = []
    tracing = Tracing(spans.provider, on_event=events.append)
    async with DevinClient(sandbox.token, base_url=sandbox.url, on_event=tracing) as devin:
        await devin.whoami()
    assert [event.kind for event in events] == ["request", "response"]


async def test_without_an_sdk_nothing_is_recorded_and_nothing_breaks(sandbox):
    async with DevinClient(sandbox.token, base_url=sandbox.url, on_event=Tracing()) as devin:
        organizations = await devin.enterprise.organizations.list().collect()
    assert len(organizations) == 5


async def test_aiohttps_own_traces_see_each_attempt(sandbox):
    seen = []

    async def note(session, context, parameters):
        seen.append((parameters.method, parameters.url.path))

    config = aiohttp.TraceConfig()
    config.on_request_start.append(note)
    sandbox.inject(Fault(route=SELF, at=1, status=503))
    async with DevinClient(sandbox.token, base_url=sandbox.url, trace_configs=[config]) as devin:
        await devin.whoami()
    assert seen == [("GET", "/v3/self")] * 2


async def test_each_retry_is_one_line_of_the_log(sandbox, caplog):
    caplog.set_level(logging.INFO, "devin_async")
    sandbox.inject(Fault(route=SELF, at=(1, 2), status=503))
    async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
        await devin.whoami()
    assert caplog.messages == [
        f"{SELF}: status 503, attempt 1, again in 0.5 s",
        f"{SELF}: status 503, attempt 2, again in 1.0 s",
    ]


async def test_spans_can_be_exported_as_json(devin, spans):
    await devin.whoami()
    assert json.loads(spans.one(SELF).to_json())["attributes"]["url.template"] == "/v3/self"
