"""The doctor: clean where all is well, and a name for each fault where it is not."""

import json
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
from integration_commands import command, rows
from scripted_server import ScriptedServer

from devin_async import DevinClient
from devin_async.doctor import examine
from devin_async.doctor.network import check_clock, check_key, check_names, check_proxy, check_tls
from devin_async.doctor.operations import read_operations
from devin_async.sandbox import Fault, Sandbox
from devin_async.transport.environment import Trust

CERTIFICATES = Path(__file__).parents[1] / "transport" / "certificates"
NOW = 1_790_000_000.0  # Mon, 21 Sep 2026 14:13:20 GMT


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=2, audit_logs=20) as running:
        yield running


@pytest.fixture
async def devin(sandbox):
    async with DevinClient(sandbox.token, base_url=sandbox.url) as client:
        yield client


def status_of(examination, name):
    (check,) = [one for one in examination.checks if one.name == name]
    return check.status


async def test_a_sandbox_is_clean_and_each_read_is_looked_at_once(devin, sandbox):
    examination = await examine(devin)
    assert examination.is_clean
    assert {check.status for check in examination.checks} == {"ok"}
    routes = [one.endpoint.route for one in read_operations()]
    names = [check.name for check in examination.checks]
    assert len(names) == len(set(names))
    assert set(routes) <= set(names)
    assert {one.method for one in sandbox.requests} == {"GET"}
    assert sandbox.count() == len(set(routes)) + 1  # and GET /v3/self


async def test_a_list_is_asked_for_one_item(devin, sandbox):
    await examine(devin)
    asked = next(one for one in sandbox.requests if one.path == "/v3/enterprise/audit-logs")
    assert dict(asked.query)["first"] == "1"


async def test_each_fault_is_named_by_what_it_is(devin, sandbox):
    for fault in (
        Fault(route="GET /v3/enterprise/roles", status=500),
        Fault(route="GET /v3/enterprise/queue", status=503, times=1),
        Fault(route="GET /v3/enterprise/playbooks", status=404),
        Fault(route="GET /v3/enterprise/ip-access-list", status=200, body={"error": "x"}),
        Fault(route="GET /v3/enterprise/hypervisors", status=403),
    ):
        sandbox.inject(fault)
    examination = await examine(devin)
    assert {check.name: check.status for check in examination.faults} == {
        "GET /v3/enterprise/roles": "failed",
        "GET /v3/enterprise/queue": "unsteady",
        "GET /v3/enterprise/ip-access-list": "differs",
    }
    assert status_of(examination, "GET /v3/enterprise/playbooks") == "absent"
    assert status_of(examination, "GET /v3/enterprise/hypervisors") == "forbidden"


async def test_each_field_that_does_not_fit_is_told_where_it_is_met(devin, sandbox):
    row = {"role_id": None, "role_name": 3, "role_type": "enterprise"}
    body = {"items": [row], "has_next_page": False, "end_cursor": None}
    sandbox.inject(Fault(route="GET /v3/enterprise/roles", status=200, body=body))
    for _ in range(2):  # though a client tells of each once
        examination = await examine(devin)
        (check,) = examination.faults
        assert (check.name, check.status) == ("GET /v3/enterprise/roles", "differs")
        assert list(map(str, check.mismatches)) == [
            "$.items[0].role_id: expected str, got null",
            "$.items[0].role_name: expected str, got int",
        ]


async def test_what_a_key_may_not_do_names_the_permission_and_is_no_fault(sandbox):
    weak = sandbox.add_token(permissions=("ManageOrganizations",))
    async with DevinClient(weak, base_url=sandbox.url) as devin:
        examination = await examine(devin)
    assert examination.is_clean
    (check,) = [one for one in examination.checks if one.name == "GET /v3/enterprise/audit-logs"]
    assert (check.status, check.permission) == ("forbidden", "ManageEnterpriseSettings")


async def test_a_key_that_is_refused_ends_it(sandbox):
    async with DevinClient("cog_" + "w" * 40, base_url=sandbox.url) as devin:
        examination = await examine(devin)
    assert [one.name for one in examination.faults] == ["GET /v3/self"]
    assert sandbox.count() == 1


async def test_a_host_without_an_address_ends_it():
    async with DevinClient("cog_" + "w" * 40, base_url="https://nowhere.invalid") as devin:
        examination = await examine(devin)
    assert [one.name for one in examination.faults] == ["name resolution"]
    assert examination.checks[-1].error == "gaierror"


async def test_a_server_that_speaks_no_tls_is_told():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        listening.close()
        async with DevinClient("cog_" + "w" * 40, base_url=f"https://127.0.0.1:{port}") as devin:
            examination = await examine(devin.with_options(max_attempts=1))
    assert next(one.name for one in examination.faults) == "TLS"


async def test_it_waits_between_two_requests(devin, devin_clock):
    began = devin_clock.now()
    examination = await examine(devin, pause=1)
    calls = [check for check in examination.checks if check.name.startswith("GET ")]
    assert devin_clock.now() - began == pytest.approx(len(calls), abs=0.5)


async def test_a_report_for_others_holds_no_value(devin, sandbox):
    sandbox.inject(Fault(route="GET /v3/enterprise/roles", status=500, body={"detail": "hunter2"}))
    text = json.dumps((await examine(devin)).without_values())
    values = (sandbox.token, *sandbox.organization_ids, "Amber Platform", "hunter2", sandbox.url)
    assert [value for value in values if value in text] == []
    assert "GET /v3/organizations/{org_id}/sessions" in text


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("cog_" + "a" * 40, "ok"),
        (lambda: "cog_x", "ok"),
        ("apk_" + "a" * 40, "failed"),
        ("a" * 40, "failed"),
        ("cog_a", "failed"),
    ],
)
def test_the_form_of_a_key_is_judged_without_showing_it(key, status):
    check = check_key(key)
    assert check.status == status
    assert "aaaa" not in check.detail


@pytest.mark.parametrize(
    ("date", "status", "detail"),
    [
        ("Mon, 21 Sep 2026 14:13:20 GMT", "ok", "as the server's"),
        ("Mon, 21 Sep 2026 14:13:16 GMT", "ok", "as the server's"),
        ("Mon, 21 Sep 2026 14:14:20 GMT", "failed", "60 s behind the server's"),
        ("Mon, 21 Sep 2026 14:12:20 GMT", "failed", "58 s ahead of the server's"),
        ("Mon, 21 Sep 2026 14:13:20", "ok", "as the server's"),
        ("soon", "differs", "the Date of the answer is no date"),
        ("Mon, 21 Sep 2026 14:13:20 +9999999999", "differs", "the Date of the answer is no date"),
    ],
)
def test_the_clock_is_compared_with_the_date_of_an_answer(date, status, detail):
    check = check_clock({"Date": date}, NOW, 1.0)
    assert (check.status, check.detail) == (status, detail)


def test_an_answer_without_a_date_tells_nothing_of_the_clock():
    assert check_clock({}, NOW, 0.1).status == "skipped"


async def test_a_proxy_is_named_without_its_password():
    proxy = "http://me:hunter2@127.0.0.1:8080"
    async with DevinClient("cog_" + "a" * 40, proxy=proxy) as devin:
        check = check_proxy(devin._config)
        names = await check_names(devin._config)
    assert check.detail == "http://127.0.0.1:8080, proxy="
    assert names.detail.startswith("127.0.0.1 has 1 address")


@pytest.mark.parametrize(
    ("environment", "detail"),
    [
        ({"ALL_PROXY": "127.0.0.1:8080"}, "http://127.0.0.1:8080, ALL_PROXY"),
        ({"ALL_PROXY": "127.0.0.1:8080", "NO_PROXY": "devin.example:443"}, "none"),
        ({"https_proxy": ""}, "none"),
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1"}, "the proxy of HTTPS_PROXY cannot be used"),
    ],
)
def test_the_proxy_is_the_one_that_calls_go_through(monkeypatch, environment, detail):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    check = check_proxy(DevinClient("cog_" + "a" * 40, base_url="https://devin.example")._config)
    assert check.detail.startswith(detail)
    assert check.is_fault == ("socks5" in str(environment))


async def test_tls_trusts_what_the_client_does(monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "valid.pem")
    server = ScriptedServer()
    await server.start(context)
    trust = Trust(None, None, trust_env=True)
    async with DevinClient("cog_" + "a" * 40, base_url=server.url) as devin:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "ca.pem"))
        assert (await check_tls(devin._config, trust)).status == "ok"
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "expired.pem"))
        refused = await check_tls(devin._config, trust)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
        unreadable = await check_tls(devin._config, trust)
    await server.close()
    assert (refused.status, refused.error) == ("failed", "SSLCertVerificationError")
    assert "trusted is what REQUESTS_CA_BUNDLE" in refused.detail
    assert (unreadable.status, unreadable.error) == ("failed", "ConfigurationError")


async def test_tls_is_left_to_the_calls_where_a_borrowed_session_decides_whom_it_trusts():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "valid.pem")
    trusting = ssl.create_default_context(cafile=CERTIFICATES / "ca.pem")
    server = ScriptedServer()
    await server.start(context)
    connector = aiohttp.TCPConnector(ssl=trusting)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        DevinClient("cog_" + "a" * 40, base_url=server.url, session=session) as devin,
    ):
        tls = (await examine(devin)).checks[3]
    await server.close()
    assert (tls.name, tls.status) == ("TLS", "skipped")


async def test_the_command_prints_a_line_for_each_check_and_exits_with_0(sandbox):
    end = await command("doctor", sandbox=sandbox)
    assert (end.code, end.errors) == (0, "")
    assert {row[0] for row in rows(end)} == {"ok"}


async def test_the_command_exits_with_1_for_a_fault_and_with_3_for_a_refused_key(sandbox):
    sandbox.inject(Fault(route="GET /v3/enterprise/roles", status=500))
    broken = await command("doctor", "--json", sandbox=sandbox)
    refused = await command("doctor", sandbox=sandbox, DEVIN_API_KEY="cog_" + "w" * 40)
    assert (broken.code, refused.code) == (1, 3)
    checks = [json.loads(line) for line in broken.output.splitlines()]
    assert [one["name"] for one in checks if one["status"] == "failed"] == [
        "GET /v3/enterprise/roles"
    ]


async def test_the_command_writes_a_report_that_can_be_shown(sandbox, tmp_path):
    path = tmp_path / "report.json"
    end = await command("doctor", "--report", path, sandbox=sandbox)
    checks = json.loads(path.read_text())["checks"]
    assert (end.code, len(checks)) == (0, len(rows(end)))
    assert set(checks[0]) == {"name", "status", "permission", "http_status", "error", "mismatches"}


async def test_a_report_that_has_no_place_is_refused_before_any_request(sandbox):
    end = await command("doctor", "--report", "/nowhere/at/all.json", sandbox=sandbox)
    assert (end.code, sandbox.count()) == (2, 0)
