"""A server that puts the headers and the body it gets into every place of its answer."""

import contextlib
import html
import json
import logging

import pytest
from aiohttp import web
from inside import live_in
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from showing import worded

from benchmarks.chaos.running import QuickClock
from devin_async import DevinClient, DevinError
from devin_async.models.sessions import SessionSecret
from devin_async.otel import Tracing

KEYS = ("cog_FIRSTkey0123456789abcdef", "cog_SECONDkey9876543210fedcba")
HEADER_TOKEN = "header-token-0a1b2c3d4e5f"
SECRETS = {
    "PEM": "-----BEGIN KEY-----\n" + "\n".join(f"MIIEowIBAAKC{n:04}" for n in range(60)),
    "LONG": "S3CRET" + "".join(f"x{n}" for n in range(400)),
    "SPACES": "two  spaces\tand \u00fcber <b>&amp;\\n",
    "BEGINNING": "hunter2-PROD",
    "WHOLE": "hunter2-PROD-TAIL-of-it",
    "SHORT": "s3cr3t!",
}
STATUSES = (200, 302, 400, 401, 403, 404, 409, 422, 429, 503)


def pieces(secret, size=10):
    """Give what may not be shown: each piece so long, or the whole of a shorter one."""
    whole = secret.lower()
    return {whole[at : at + size] for at in range(max(1, len(whole) - size + 1))}


FORBIDDEN = {
    piece for secret in (*KEYS, HEADER_TOKEN, *SECRETS.values()) for piece in pieces(secret)
}
LENGTHS = {len(piece) for piece in FORBIDDEN}
# Wherever a text is cut in parts of this length, each piece holds a whole part of it.
PART = (min(LENGTHS) + 1) // 2
PIECES_OF: dict[str, set[str]] = {}
for _piece in FORBIDDEN:
    for _at in range(len(_piece) - PART + 1):
        PIECES_OF.setdefault(_piece[_at : _at + PART], set()).add(_piece)


def forbidden_in(text):
    """Give what *text* shows; it is cut, as searching for thousands of pieces takes longer."""
    text = text.lower()
    shown = set()
    for at in range(0, len(text), PART):
        if pieces_here := PIECES_OF.get(text[at : at + PART]):
            around = text[max(0, at - max(LENGTHS)) : at + PART + max(LENGTHS)]
            shown |= {piece for piece in pieces_here if piece in around}
    return shown


def test_a_piece_is_seen_wherever_it_stands():
    assert {7, 10} == LENGTHS
    for piece in FORBIDDEN:
        for shift in range(PART):
            assert piece in forbidden_in(f"{'-' * shift}before {piece.upper()} and after")
    assert forbidden_in("none of it") == set()


def as_problem(heard):
    return {"detail": heard, "title": heard, "error_code": heard, "type": heard}


def as_list(heard):
    return {"detail": [{"loc": ["body", heard], "msg": heard, "input": heard}, heard]}


def as_nested(heard):
    return {"error": {"message": heard, "code": heard, "details": [{"field": heard}, heard]}}


def as_names(heard):
    return {heard: heard, "errors": {heard: [heard]}}


def as_page(heard):
    key = heard.partition("Bearer ")[2].partition("\n")[0]
    row = {"audit_log_id": heard, "action": heard, "created_at": heard, heard: heard}
    return {"items": [row], "end_cursor": key, "has_next_page": True, "total": 1, heard: heard}


def as_session(heard):
    names = ("session_id", "status", "status_detail", "title", "url", "org_id")
    moments = {"created_at": 1_760_000_000, "updated_at": heard, "acus_consumed": heard}
    return dict.fromkeys(names, heard) | moments | {"tags": [heard], "pull_requests": [heard]}


def as_settled(heard):
    moments = {"created_at": 1_760_000_000, "updated_at": 1_760_000_000, "acus_consumed": 0.0}
    status = {"status": "running", "status_detail": heard}
    return as_session(heard) | moments | status | {"tags": [], "pull_requests": []}


def as_html(heard):
    return f"<html><title>{html.escape(heard)}</title>{heard}</html>"


def as_text(heard):
    return heard


def as_beginnings(heard):
    return {"detail": " | ".join(f"{line[:60]}..." for line in heard.splitlines())}


WAYS = (
    as_problem,
    as_list,
    as_nested,
    as_names,
    as_page,
    as_session,
    as_settled,
    as_html,
    as_text,
    as_beginnings,
)


class Echo:
    """Answers with all that it hears, and with the keys that it heard before."""

    def __init__(self):
        self.way, self.status = as_text, 200
        self.lines = []
        self.keys = {}

    async def answer(self, request):
        body = (await request.read()).decode()
        echoed = [f"{name}: {text}" for name, text in request.headers.items()]
        sent = json.loads(body or "{}")
        values = [
            one["value"] for one in (*sent.get("session_secrets", ()), sent) if "value" in one
        ]
        self.keys |= {request.headers.get("Authorization", ""): None}
        self.lines = [*self.keys, *echoed, request.path_qs, body, *values]
        value = self.way("\n".join(self.lines))
        text = value if isinstance(value, str) else json.dumps(value)
        return web.Response(status=self.status, body=text.encode(), headers=self._headers(request))

    def _headers(self, request):
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        line = " ".join(" ".join(self.lines).split())[:4000].encode("ascii", "replace").decode()
        return {
            "Content-Type": "text/html" if self.way is as_html else f"application/json; x={key}",
            "Location": f"https://{key}.example/{key}?{key}",
            "Retry-After": key or "1",
            "Server": line,
            "X-Request-Id": f"{key}-{HEADER_TOKEN}"[:190],
            "X-Echo": line,
            f"X-{key}": key,
        }


@pytest.fixture
async def echo():
    echo = Echo()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{path:.*}", echo.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    echo.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield echo
    await runner.cleanup()


async def work(devin, folder):
    """Call in each of the ways that fail by themselves; give what failed."""
    org = devin.organization("org-1")
    secrets = [SessionSecret(key=key, value=value) for key, value in SECRETS.items()]
    calls = (
        devin.whoami,
        lambda: devin.enterprise.organizations.list().collect(limit=300),
        lambda: devin.enterprise.audit_logs.list(order="asc").collect(limit=300),
        lambda: devin.enterprise.audit_logs.list(
            time_after=1_760_000_000, time_before=1_760_100_000, parallel=2
        ).collect(limit=300),
        lambda: org.sessions.create("do it", session_secrets=secrets),
        lambda: org.sessions.wait("devin-1", timeout=20),
        lambda: org.secrets.create("NAME", SECRETS["WHOLE"]),
        lambda: devin.request("POST", "/v3/x", json={"a": 1}),
        lambda: org.attachments.download("uuid", "a.bin", folder),
    )
    failed = []
    for call in calls:
        try:
            await call()
        except DevinError as error:
            failed.append(error)
    return failed


def logged(caplog):
    ours = (record for record in caplog.records if record.name.startswith("devin_async"))
    return "\n".join(f"{record.getMessage()} {vars(record)!r}" for record in ours)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_no_secret_that_a_server_echoes_is_shown(echo, caplog, tmp_path, way):
    caplog.set_level(logging.DEBUG)
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    events = []
    for status in STATUSES:
        keys = iter(KEYS)
        devin = DevinClient(
            lambda keys=keys: next(keys, KEYS[-1]),
            base_url=echo.url,
            max_attempts=2,
            deadline=60,
            report_drift=True,
            on_event=Tracing(provider, on_event=events.append),
        ).with_options(headers={"X-Api-Token": HEADER_TOKEN})
        live_in(devin, QuickClock())
        echo.keys.clear()
        with contextlib.suppress(DevinError):  # the first key is refused, and heard
            echo.way, echo.status = as_text, 401
            await devin.whoami()
        echo.way, echo.status = way, status
        failed = await work(devin, tmp_path)
        await devin._owner.close()
        places = {
            "errors": "\n".join(map(worded, failed)),
            "events": "\n".join(repr(event) for event in events),
            "log": logged(caplog),
            "spans": "\n".join(span.to_json() for span in exporter.get_finished_spans()),
        }
        for place, text in places.items():
            assert (status, place, forbidden_in(text)) == (status, place, set())
        assert failed
        assert events
        events.clear()
        caplog.clear()
        exporter.clear()
