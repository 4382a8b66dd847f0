"""`devin-async audit-logs`, run as a user does."""

import json
import signal
from datetime import UTC, datetime

import pytest
from forked import ROOT, start_python
from waiting import until

from devin_async import DevinClient
from devin_async.cli.commands.audit_logs import read_time
from devin_async.cli.errors import UsageError
from devin_async.sandbox import Fault, Sandbox


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=2, audit_logs=300, audit_span=30_000) as running:
        yield running


def environment_of(sandbox):
    return {"DEVIN_API_KEY": sandbox.token, "DEVIN_BASE_URL": sandbox.url}


async def start(sandbox, *words):
    program = ("-m", "devin_async.cli", "audit-logs", *map(str, words))
    return await start_python(*program, folder=ROOT, environment=environment_of(sandbox))


async def command(sandbox, *words):
    process = await start(sandbox, *words)
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


async def test_export_writes_the_file_and_verify_agrees(sandbox, tmp_path):
    path = tmp_path / "logs.jsonl.gz"
    code, out, errors = await command(sandbox, "export", path)
    assert (code, errors) == (0, "")
    assert out.startswith("logs.jsonl.gz: 300 rows, ")
    code, printed, _ = await command(sandbox, "verify", path, "--json")
    assert code == 0
    assert json.loads(printed)["sha256"] in out
    path.write_bytes(b"other")
    code, _, errors = await command(sandbox, "verify", path)
    assert code == 1
    assert "has 5 bytes, but its manifest says" in errors


async def test_export_writes_a_file_for_each_organization(sandbox, tmp_path):
    code, out, _ = await command(sandbox, "export", tmp_path, "--each-organization", "--json")
    assert code == 0
    printed = [json.loads(line) for line in out.splitlines()]
    assert {one["file"] for one in printed} == {f"{one}.jsonl" for one in sandbox.organization_ids}
    assert [one["count"] for one in printed] == [100, 100]


@pytest.mark.slow  # it waits between its attempts
async def test_export_lives_through_an_outage_longer_than_one_calls_repeats(sandbox, tmp_path):
    logs = "GET /v3/enterprise/audit-logs"
    sandbox.inject(Fault(route=logs, status=503, headers={"Retry-After": "0"}))
    process = await start(sandbox, "export", tmp_path / "logs.jsonl")
    told = await process.stderr.readline()  # after all repeats of a first call
    assert b"is interrupted; next try in" in told
    sandbox.clear_faults()
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert out.startswith(b"logs.jsonl: 300 rows, ")


async def test_what_the_server_ends_says_where_to_go_on(sandbox, tmp_path):
    logs = "GET /v3/enterprise/audit-logs"
    sandbox.inject(Fault(route=logs, status=403))
    code, _, errors = await command(sandbox, "export", tmp_path / "logs.jsonl")
    assert code == 3
    assert "the same command goes on where it was stopped; what is written stays" in errors
    code, _, errors = await command(sandbox, "tail", "--since", "1790000000")
    assert code == 3
    assert "--since 1790000000 goes on where it was stopped" in errors
    code, _, errors = await command(sandbox, "tail", "--checkpoint", tmp_path / "checkpoint")
    assert code == 3
    assert "the same command goes on where it was stopped" in errors


async def test_export_of_one_organization_within_a_range(sandbox, tmp_path):
    until = int(sandbox.clock.now()) - 15_000
    org_id = sandbox.organization_ids[0]
    code, out, _ = await command(
        sandbox, "export", tmp_path / "logs.jsonl", "--org", org_id, "--until", until, "--json"
    )
    assert code == 0
    assert json.loads(out)["list"].endswith(f"/{org_id}/audit-logs")
    assert 45 <= json.loads(out)["count"] <= 51


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--since", "soon"], "--since is 'soon'; allowed: 2026-01-31"),
        (["--each-organization", "--org", "o"], "exclude each other"),
        (["--compressed"], "--compressed is for --each-organization"),
        (["--parallel", "0"], "--parallel"),
        (
            ["--since", "1000000020", "--until", "1000000010"],
            "allowed: a range that ends after it starts",
        ),
    ],
)
async def test_what_cannot_be_meant_is_told_before_any_request(sandbox, tmp_path, words, message):
    code, _, errors = await command(sandbox, "export", tmp_path / "logs.jsonl", *words)
    assert code == 2
    assert message in " ".join(errors.split())
    assert not sandbox.requests


async def test_tail_prints_rows_until_it_is_interrupted(sandbox):
    process = await start(sandbox, "tail", "--since", "1000000005", "--interval", "0.1")
    rows = [json.loads(await process.stdout.readline()) for _ in range(300)]
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 130
    assert len({row["audit_log_id"] for row in rows}) == 300


async def test_tail_with_a_checkpoint_goes_on_where_it_was_interrupted(sandbox, tmp_path):
    path = tmp_path / "checkpoint.json"
    words = ["tail", "--since", "1000000005", "--interval", "0.1", "--checkpoint", path]
    process = await start(sandbox, *words)
    rows = [json.loads(await process.stdout.readline()) for _ in range(300)]
    await until(lambda: path.exists() and _seen(path))  # another process writes it
    process.send_signal(signal.SIGINT)
    await process.communicate()
    async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
        await devin.organization(sandbox.organization_ids[0]).sessions.create("One more")
    again = await start(sandbox, *words)
    new = json.loads(await again.stdout.readline())
    again.send_signal(signal.SIGINT)
    await again.communicate()
    assert new["action"] == "create_session"
    assert new["audit_log_id"] not in {row["audit_log_id"] for row in rows}


def _seen(path):
    return json.loads(path.read_text())["checkpoint"]["seen"]


async def test_a_checkpoint_of_something_else_is_refused(sandbox, tmp_path):
    path = tmp_path / "checkpoint.json"
    path.write_text("{}")
    code, _, errors = await command(sandbox, "tail", "--checkpoint", path)
    assert code == 2
    assert "is no checkpoint; allowed" in errors
    assert not sandbox.requests


def test_moments_are_read_as_utc():
    assert read_time("--since", None) is None
    assert read_time("--since", "1790000000") == 1790000000
    assert read_time("--since", "2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert read_time("--since", "2026-01-31T08:00:00Z") == datetime(2026, 1, 31, 8, tzinfo=UTC)
    with pytest.raises(UsageError, match="--until is 'x'"):
        read_time("--until", "x")
