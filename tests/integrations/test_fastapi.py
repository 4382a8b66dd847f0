"""`devin_async.fastapi` behind a real server: one client, honest answers, no secrets."""

import logging
import sys
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from integration_programs import environment, run, served

from devin_async import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    DevinClient,
    ExportError,
    FanOutError,
    FileError,
    InvalidArgumentError,
    LedgerError,
    NotFoundError,
    OutcomeUnknownError,
    PaginationError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    ResponseDecodeError,
    ServerError,
    ServerOutcomeUnknownError,
    ValidationFailedError,
    WaitTimeoutError,
)
from devin_async.fastapi import Devin, add_devin_error_handler, devin_lifespan, get_devin
from devin_async.sandbox import Fault, Sandbox


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=2, audit_logs=10) as running:
        yield running


def make_app(sandbox, made=None, lifespan=None):
    """Make an app whose clients are noted in *made*."""

    def make_client():
        client = DevinClient(sandbox.token, base_url=sandbox.url, max_attempts=1, deadline=2)
        if made is not None:
            made.append(client)
        return client

    app = FastAPI(lifespan=lifespan or devin_lifespan(make_client))
    add_devin_error_handler(app)

    @app.get("/whoami")
    async def whoami(devin: Devin):
        return {"name": (await devin.whoami()).name, "client": id(devin)}

    @app.post("/sessions/{org_id}")
    async def start(devin: Devin, org_id: str, tags: int = 0):
        session = await devin.organization(org_id).sessions.create("Hello", tags=["x"] * tags)
        return session.session_id

    @app.post("/raw/{org_id}")
    async def start_without_prompt(devin: Devin, org_id: str):
        path = f"/v3/organizations/{org_id}/sessions"
        return (await devin.request("POST", path, json={})).json()

    @app.get("/organizations/{org_id}")
    async def organization(devin: Devin, org_id: str):
        return (await devin.enterprise.organizations.get(org_id)).name

    return app


async def test_all_requests_share_one_client_that_closes_with_the_app(sandbox):
    made = []
    async with served(make_app(sandbox, made)) as http:
        answers = [(await http.get("/whoami")).json() for _ in range(3)]
    assert answers == [{"name": "Sandbox", "client": id(made[0])}] * 3
    assert len(made) == 1
    with pytest.raises(ConfigurationError, match="closed"):
        await made[0].whoami()


async def test_a_lifespan_of_the_app_s_own_uses_the_client_and_adds_to_the_state(sandbox):
    steps = []

    @asynccontextmanager
    async def lifespan(app):
        inner = devin_lifespan(lambda: DevinClient(sandbox.token, base_url=sandbox.url))
        async with inner(app) as state:
            steps.append((await state["devin"].whoami()).name)
            yield {**state, "more": 1}
            steps.append((await state["devin"].whoami()).principal_type)

    async with served(make_app(sandbox, lifespan=lifespan)) as http:
        assert (await http.get("/whoami")).status_code == 200
    assert steps == ["Sandbox", "service_user"]


async def test_a_router_and_a_mounted_app_find_the_client_of_the_outer_app(sandbox):
    app, mounted, router = make_app(sandbox), FastAPI(), APIRouter()

    async def name(devin: Devin):
        return (await devin.whoami()).name

    router.get("/routed")(name)
    mounted.get("/name")(name)
    app.include_router(router)
    app.mount("/mounted", mounted)
    async with served(app) as http:
        answers = [(await http.get(path)).json() for path in ("/routed", "/mounted/name")]
    assert answers == ["Sandbox", "Sandbox"]


async def over_a_web_socket(app):
    """Connect to *app* by the ASGI protocol itself, and give what it sends."""
    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b""}
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    async with app.router.lifespan_context(app) as state:
        await app({**scope, "subprotocols": [], "state": dict(state or {})}, receive, send)
    return sent


async def test_a_web_socket_finds_the_client_too():
    app = FastAPI(lifespan=devin_lifespan(lambda: DevinClient("cog_x", org_id="org-1")))

    @app.websocket("/")
    async def greet(socket: WebSocket, devin: Devin):
        await socket.accept()
        await socket.send_text(devin.organization().org_id)

    sent = await over_a_web_socket(app)
    assert [message.get("text") for message in sent] == [None, "org-1"]


async def test_a_test_puts_its_own_client_in_place(sandbox):
    app = make_app(sandbox)
    async with DevinClient(sandbox.add_token(name="Double"), base_url=sandbox.url) as double:
        app.dependency_overrides[get_devin] = lambda: double
        async with served(app) as http:
            assert (await http.get("/whoami")).json()["name"] == "Double"


async def test_an_app_without_the_lifespan_shows_the_two_lines_to_add():
    app = FastAPI()

    @app.get("/")
    async def root(devin: Devin):
        return repr(devin)

    with pytest.raises(ConfigurationError) as caught:
        await get_root(app)
    assert (
        "add these two lines:\n"
        "    from devin_async.fastapi import devin_lifespan\n"
        "    app = FastAPI(lifespan=devin_lifespan())\n"
    ) in str(caught.value)


async def test_a_missing_key_stops_the_app_at_its_start(monkeypatch):
    for name in ("DEVIN_API_KEY", "DEVIN_SERVICE_USER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    app = FastAPI(lifespan=devin_lifespan())
    with pytest.raises(ConfigurationError, match="there is no API key"):
        await app.router.lifespan_context(app).__aenter__()


async def test_a_rate_limit_becomes_503_with_the_api_s_own_retry_after(sandbox):
    sandbox.inject(Fault(route="GET *", status=429, headers={"Retry-After": "17"}))
    async with served(make_app(sandbox)) as http:
        answer = await http.get("/whoami")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "17")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "rate_limited"


async def test_a_lost_answer_to_a_write_becomes_502_that_says_it_may_have_been_done(sandbox):
    sandbox.inject(Fault(route="POST *", status=502, committed=True))
    async with served(make_app(sandbox)) as http:
        answer = await http.post(f"/sessions/{sandbox.organization_ids[0]}")
    body = answer.json()
    assert (answer.status_code, body["code"], body["outcome"]) == (
        502,
        "outcome_unknown",
        "unknown",
    )
    assert "may or may not have been done" in body["detail"]
    assert sandbox.count("POST *") == 1


async def test_a_failure_of_the_api_becomes_502_and_its_words_go_to_the_log_only(sandbox, caplog):
    words = f"db.internal:5432 refused admin:hunter2, {sandbox.token}"
    sandbox.inject(Fault(route="GET *", status=500, body={"detail": words}))
    with caplog.at_level(logging.WARNING, logger="devin_async"):
        async with served(make_app(sandbox)) as http:
            answer = await http.get("/whoami")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (502, "upstream_failure")
    assert not any(secret in answer.text for secret in ("hunter2", "db.internal", sandbox.token))
    assert body["request_id"] in caplog.text
    assert "GET /whoami answers 502 upstream_failure: " in caplog.text
    assert "db.internal" in caplog.text
    assert sandbox.token not in caplog.text


async def test_what_the_caller_did_wrong_is_told_as_what_it_is(sandbox):
    async with served(make_app(sandbox)) as http:
        org_id = sandbox.organization_ids[0]
        refused_here = await http.post(f"/sessions/{org_id}", params={"tags": 51})
        refused_there = await http.post(f"/raw/{org_id}")
        unknown = await http.get("/organizations/org-nowhere")
    assert [one.status_code for one in (refused_here, refused_there)] == [422, 422]
    assert refused_here.json()["detail"] == "tags has 51 entries; allowed: at most 50"
    assert refused_there.json()["errors"][0]["loc"] == "body.prompt"
    assert (unknown.status_code, unknown.json()["code"]) in {
        (403, "permission_denied"),
        (404, "not_found"),
    }


async def test_a_key_that_the_api_refuses_is_the_app_s_fault_and_not_the_caller_s(sandbox):
    app = FastAPI(lifespan=devin_lifespan(lambda: DevinClient("cog_bad", base_url=sandbox.url)))
    add_devin_error_handler(app)

    @app.get("/")
    async def root(devin: Devin):
        return (await devin.whoami()).name

    async with served(app) as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.json()["code"]) == (502, "credentials_refused")
    assert "www-authenticate" not in answer.headers
    assert "cog_bad" not in answer.text


async def get_root(app):
    """Ask *app* without a server and without its lifespan; what it raises is raised here."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://app"
    ) as http:
        return await http.get("/")


async def answer_to(error):
    """Give the answer of an app whose endpoint raises *error*."""
    app = FastAPI()
    add_devin_error_handler(app)

    @app.get("/")
    async def root():
        raise error

    return await get_root(app)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RateLimitedError("secret words"), 503, "rate_limited"),
        (ServerError("secret words"), 502, "upstream_failure"),
        (ServerOutcomeUnknownError("secret words"), 502, "outcome_unknown"),
        (OutcomeUnknownError("secret words"), 502, "outcome_unknown"),
        (ConnectionFailedError("secret words"), 502, "upstream_failure"),
        (RequestTimeoutError("secret words"), 502, "upstream_timeout"),
        (WaitTimeoutError("secret words"), 502, "upstream_timeout"),
        (ResponseDecodeError("secret words"), 502, "upstream_failure"),
        (PaginationError("secret words"), 502, "upstream_failure"),
        (AuthenticationError("secret words"), 502, "credentials_refused"),
        (PermissionDeniedError("secret words"), 403, "permission_denied"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_error_s_words_stay_inside_where_they_are_not_about_the_request(
    error, status, code
):
    answer = await answer_to(error)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "secret words" not in answer.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFoundError("no such session"), 404, "not_found"),
        (ConflictError("it is archived"), 409, "conflict"),
        (BadRequestError("bad cursor"), 400, "bad_request"),
        (InvalidArgumentError("page_size is 0"), 422, "invalid"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_error_about_the_request_keeps_its_status_and_words(error, status, code):
    answer = await answer_to(error)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"] == error.message


async def test_a_visitor_writes_no_line_of_the_log(sandbox, caplog):
    sandbox.inject(Fault(route="GET *", status=500))
    app = make_app(sandbox)

    @app.get("/files/{name}")
    async def read(devin: Devin, name: str):
        return (await devin.whoami()).name

    path = "/files/a%0AERROR%20forged%1B%5B2J%0d%E2%80%AE"
    with caplog.at_level(logging.WARNING, logger="devin_async"):
        async with served(app) as http:
            await http.get(path)
            await http.get("/files/" + "x" * 5000)
    lines = [record.getMessage() for record in caplog.records if record.name == "devin_async"]
    assert lines[0].startswith(r"GET /files/a\nERROR forged\x1b[2J\r\u202e answers 502 upstream")
    assert all(line.isprintable() for line in lines)
    assert len(lines[1]) < 600


@pytest.mark.parametrize(
    "message",
    [
        "file is '/srv/app/secrets/report.pdf'; allowed: a file that exists",
        "destination is 'C:\\\\app', but there is no directory 'C:\\\\'",
        "DEVIN_ORG_ID is ' '; allowed: the id of a thing, not empty",
    ],
)
async def test_nothing_of_this_machine_is_told_to_a_visitor(caplog, message):
    with caplog.at_level(logging.WARNING, logger="devin_async"):
        answer = await answer_to(InvalidArgumentError(message))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["detail"] == "The request cannot be passed on to the Devin API as it is."
    assert "GET / answers 422 invalid: " in caplog.text


@pytest.mark.parametrize(
    "error", [FileError("'/srv/a' cannot be used"), ExportError("x"), LedgerError("x")]
)
async def test_a_file_of_the_app_is_the_app_s_own_fault(error):
    with pytest.raises(type(error)):
        await answer_to(error)


async def test_a_validation_error_names_the_places():
    error = ValidationFailedError("body.prompt: too long", errors=[("body.prompt", "too long")])
    assert (await answer_to(error)).json()["errors"] == [{"loc": "body.prompt", "msg": "too long"}]


async def test_a_rate_limit_without_a_retry_after_gets_one():
    assert (await answer_to(RateLimitedError(""))).headers["retry-after"] == "30"


async def test_a_fan_out_answers_as_its_first_unknown_outcome_else_as_its_first_error():
    missing, unknown = NotFoundError("no such session"), OutcomeUnknownError("")
    assert (await answer_to(FanOutError("", [missing, unknown]))).json()[
        "code"
    ] == "outcome_unknown"
    assert (await answer_to(FanOutError("", [missing, missing]))).status_code == 404


@pytest.mark.parametrize("error", [ConfigurationError("x"), FanOutError("", [KeyError("x")])])
async def test_a_fault_of_the_app_itself_is_not_dressed_up(error):
    with pytest.raises((ConfigurationError, KeyError)):
        await answer_to(error)


async def test_an_error_on_a_web_socket_is_raised():
    app = FastAPI()
    add_devin_error_handler(app)

    @app.websocket("/")
    async def fail(socket: WebSocket):
        await socket.accept()
        raise NotFoundError("no such session")

    with pytest.raises(NotFoundError):
        await over_a_web_socket(app)


async def test_without_the_extra_the_import_says_in_one_line_what_to_install():
    program = "import sys; sys.modules['fastapi'] = None; import devin_async.fastapi"
    code, _, errors = await run(sys.executable, "-c", program, **environment())
    assert code == 1
    assert errors.splitlines()[-1] == (
        "ImportError: devin_async.fastapi needs its extra: in a clone, pip install '.[fastapi]'"
    )
    assert "During handling" not in errors
