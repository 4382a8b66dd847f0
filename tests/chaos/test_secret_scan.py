"""Marked secrets run through every failure, and are found only where they belong."""

import logging
from pathlib import Path

import pytest
from showing import shown

from devin_async import DevinError, Ledger
from devin_async.models.sessions import SessionSecret
from devin_async.sandbox import Fault
from devin_async.sandbox.serving.fault_kinds import KINDS

HIDDEN = "MARKEDmarkedMARKED"
# Long, of many lines, and one the beginning of the other: a renderer cuts, a server reshapes them.
VALUES = (
    HIDDEN,
    f"{HIDDEN}-and-more-of-it",
    f"-----BEGIN {HIDDEN}-----\n" + "\n".join([HIDDEN] * 60),
    HIDDEN * 60,
)
LOGS = "GET /v3/enterprise/audit-logs"
HARMLESS = {"hang_up", "latency", "small_pages", "duplicated_items", "rate_limited"}
# Those whose bodies are large say nothing more, and the unit tests have them.
SCANNED = [kind for kind in KINDS if kind not in {"oversized_body", "gzip_bomb", "slow_bytes"}]


@pytest.fixture
def marks(sandbox):
    """What is looked for: the key, a secret of a session, and the signature of a redirect."""
    return sandbox.token, HIDDEN, "made-up"


@pytest.fixture
def reported(caplog):
    caplog.set_level(logging.DEBUG)
    return caplog


async def work(devin, sandbox, folder) -> list[BaseException]:
    """Do a little of everything; give what failed."""
    org = devin.organization(sandbox.organization_ids[0])
    now = int(sandbox.clock.now())
    secrets = [SessionSecret(key=f"K{at}", value=value) for at, value in enumerate(VALUES)]
    calls = (
        devin.whoami,
        lambda: devin.enterprise.audit_logs.list(page_size=100).collect(),
        lambda: devin.enterprise.audit_logs.export(
            folder / "logs.jsonl", time_after=now - 10**6, time_before=now, page_size=100
        ),
        lambda: org.sessions.create("do it", session_secrets=secrets),
        lambda: org.secrets.create("NAME", VALUES[-1]),
        lambda: org.sessions.create("do it", session_secrets=secrets, tags=[object()]),
        lambda: org.attachments.upload(b"x", name="a.bin"),
        lambda: org.attachments.download("uuid", "a.bin", folder),
    )
    failed: list[BaseException] = []
    for call in calls:
        try:
            await call()
        except DevinError as error:
            failed.append(error)
    outcomes = await devin.fan_out(
        ["one", "two"],
        lambda _: org.sessions.create("do it", session_secrets=secrets),
        concurrency=2,
        ledger=Ledger(folder / "job.ledger", run="scan"),
    ).collect()
    return [*failed, *(one.error for one in outcomes if one.error is not None)]


@pytest.mark.parametrize("kind", SCANNED)
async def test_no_failure_shows_a_secret(  # noqa: PLR0917 - fixtures
    connect, sandbox, strike, reported, marks, tmp_path, kind
):
    events: list = []
    devin = connect(on_event=events.append, attempt_timeout=2, max_response_bytes=1 << 20)
    devin = devin.with_options(headers={"X-Api-Token": HIDDEN})
    strike(kind)
    failed = await work(devin, sandbox, tmp_path)
    texts = {
        "errors": "\n".join(map(shown, failed)),
        "events": repr(events),
        "log": "\n".join(repr(vars(record)) for record in reported.records if _is_ours(record)),
        "files": "\n".join(_content(path) for path in tmp_path.iterdir()),
        "client": repr((devin, vars(devin), devin._config, devin._options)),
    }
    leaks = {where for where, text in texts.items() for mark in marks if mark in text}
    assert leaks == set()
    assert len(failed) > 1 or kind in HARMLESS


def _is_ours(record: logging.LogRecord) -> bool:
    return not record.name.startswith("aiohttp.server")


def _content(path: Path) -> str:
    return f"{path.name} {path.read_bytes()!r}"


async def test_secrets_travel_in_the_header_and_the_body_that_need_them(devin, sandbox, tmp_path):
    arrived = []
    sandbox.inject(Fault(route=LOGS, at=1, status=503))
    serve = sandbox._server._pipeline.answer
    sandbox._server._pipeline.answer = lambda asked: (arrived.append(asked), serve(asked))[1]
    await work(devin, sandbox, tmp_path)
    for request in arrived:
        authorization = dict(request.headers).pop("Authorization", None)
        others = {name: text for name, text in request.headers.items() if name != "Authorization"}
        text_of_answer = f"{request.path} {request.query} {others}"
        assert sandbox.token not in text_of_answer + repr(request.body)
        assert HIDDEN not in text_of_answer
        assert (HIDDEN.encode() in request.body) is request.path.endswith(("/sessions", "/secrets"))
        is_of_storage = request.path.startswith("/_downloads/")
        assert authorization == (None if is_of_storage else f"Bearer {sandbox.token}")
    assert any(HIDDEN.encode() in request.body for request in arrived)


@pytest.mark.parametrize(
    "kind", ["unavailable", "cut_off", "reset", "html_error", "endless_body", "redirect_elsewhere"]
)
async def test_a_download_that_fails_does_not_show_its_signature(  # noqa: PLR0917 - fixtures
    connect, sandbox, strike, reported, tmp_path, kind
):
    devin = connect(max_download_bytes=1 << 20)
    attachments = devin.organization(sandbox.organization_ids[0]).attachments
    made = await attachments.upload(b"x" * 1000, name="a.bin")
    strike(kind, route="GET /_downloads/*")
    with pytest.raises(DevinError) as caught:
        await attachments.download(made.attachment_id, made.name, tmp_path)
    signature = dict(sandbox.requests[-1].query)["signature"]
    assert signature not in shown(caught.value)
    assert signature not in reported.text


@pytest.mark.parametrize("echo", ["text", "detail", "request id"])
async def test_a_server_that_echoes_secrets_does_not_get_them_shown(devin, sandbox, marks, echo):
    text_of_answer = f"Bearer {sandbox.token} and {HIDDEN} are wrong, {sandbox.token} too"
    ways = {
        "text": {"body": text_of_answer},
        "detail": {
            "body": {
                "detail": [
                    {"loc": [text_of_answer], "msg": text_of_answer, "input": text_of_answer}
                ]
            }
        },
        "request id": {"headers": {"X-Request-Id": f"{HIDDEN}-{sandbox.token}"}},
    }
    sandbox.inject(Fault(status=400, **ways[echo]))
    org = devin.organization(sandbox.organization_ids[0])
    secret = SessionSecret(key="PASSWORD", value=HIDDEN)
    with pytest.raises(DevinError) as caught:
        await org.sessions.create("do it", session_secrets=[secret])
    assert [mark for mark in marks if mark in shown(caught.value)] == []
