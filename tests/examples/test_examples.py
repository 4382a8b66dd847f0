"""Each example as a user would run it, in both dialects, against a sandbox."""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import warning_filters
from forked import run_python

from devin_async.sandbox import RecordedRequest, Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
# Those that take arguments, need a server of their own, or run on: other tests run these.
ELSEWHERE = {
    "hourly_sessions",
    "audit_log_sink",
    "acu_report",
    "async_service",
    "ci_job",
    "dask_fan_out",
    "fastapi_app",
    "folder_sync",
}
NAMES = sorted({path.stem for path in EXAMPLES.glob("*.py")} - ELSEWHERE)
VERSIONS = ("v3", "v3beta1")
_CLOCKS = "this machine's clock is"


async def run(
    name: str,
    sandbox: Sandbox,
    *,
    version: str = "v3",
    key: str | None = None,
    folder: Path | None = None,
    arguments: Sequence[str] = (),
    **more: str,
) -> tuple[int, str, str]:
    """Run an example in *folder*, else in one of its own; *more* is for its environment."""
    if folder is None:
        with TemporaryDirectory() as own:
            where = {"version": version, "key": key, "folder": Path(own)}
            return await run(name, sandbox, arguments=arguments, **where, **more)
    environment = os.environ | {
        "DEVIN_API_KEY": sandbox.token if key is None else key,
        "DEVIN_BASE_URL": sandbox.url,
        "DEVIN_API_VERSION": version,
        "PYTHONPATH": str(EXAMPLES.parent),
        "PYTHONWARNINGS": warning_filters.PYTHONWARNINGS,
    }
    environment.pop("DEVIN_ORG_ID", None)
    environment |= more
    program = str(EXAMPLES / f"{name}.py")
    code, output, errors = await run_python(
        program, *arguments, folder=folder, environment=environment
    )
    # A sandbox whose time flies has a clock of its own, and the client says so.
    lines = [line for line in errors.splitlines(keepends=True) if _CLOCKS not in line]
    return code, output, "".join(lines)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
async def test_an_example_succeeds_in_either_dialect(name, version):
    async with Sandbox(organizations=4, audit_logs=500, seed=7, speed=100) as sandbox:
        code, output, errors = await run(name, sandbox, version=version)
    assert (code, errors) == (0, "")
    assert output


def test_an_example_has_at_most_fifty_lines_and_whole_jobs_seventy():
    most = dict.fromkeys(NAMES, 50) | {"folder_sync": 70}
    lines = {name: len((EXAMPLES / f"{name}.py").read_text().splitlines()) for name in most}
    assert {name: count for name, count in lines.items() if count > most[name]} == {}


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_multi_organization_job_reports_each_organization_and_its_own_audit_logs(version):
    async with Sandbox(
        organizations=50, audit_logs=500, seed=7, failing_organizations=2
    ) as sandbox:
        code, output, _ = await run("multi_org_health_check", sandbox, version=version)
    lines = output.splitlines()
    assert code == 0
    assert sum(": started devin-" in line for line in lines) == 48
    assert sum("FAILED" in line and "usage limit" in line for line in lines) == 2
    assert [line.rpartition(", ")[2] for line in lines[50:]] == [
        "page 1: 20 entries",
        "page 2: 20 entries",
        "page 3: 8 entries",
    ]


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_durable_job_starts_no_session_twice_and_reports_each_organization(
    version, tmp_path
):
    async with Sandbox(organizations=4, seed=7) as sandbox:
        first = await run("durable_fan_out", sandbox, version=version, folder=tmp_path)
        second = await run("durable_fan_out", sandbox, version=version, folder=tmp_path)
        posts = [request for request in sandbox.requests if request.method == "POST"]
    assert len(posts) == 4
    assert first == second
    assert first[1].count("done") == 5
    assert first[1].splitlines()[-1] == "4 items: 4 done"


@pytest.mark.parametrize("version", VERSIONS)
async def test_error_handling_tells_a_wrong_key_from_a_missing_permission(version):
    async with Sandbox(organizations=2) as sandbox:
        wrong = await run("error_handling", sandbox, version=version, key="cog_wrong")
        denied_key = sandbox.add_token(permissions=("ViewOrgSessions",))
        denied = await run("error_handling", sandbox, version=version, key=denied_key)
    assert wrong[:2] == (0, "The service user's key is not valid, or has expired\n")
    assert denied[1].startswith("The service user lacks the role or the permission: ")
    assert "ManageOrganizations" in denied[1]


async def test_an_organization_s_own_key_starts_a_session_where_the_organization_is_set():
    async with Sandbox(organizations=2) as sandbox:
        org_id = sandbox.organization_ids[1]
        key = sandbox.add_token(organization=org_id)
        code, output, errors = await run(
            "create_session", sandbox, version="v3", key=key, DEVIN_ORG_ID=org_id
        )
        assert (code, errors) == (0, "")
        assert output.startswith("Created session: devin-")
        assert [request.method for request in sandbox.requests] == ["POST"]


def sent(sandbox: Sandbox) -> list[tuple[str, str, dict[str, str], object]]:
    def plain(request: RecordedRequest) -> tuple[str, str, dict[str, str], object]:
        body = request.json if request.body else None
        return request.method, request.path, dict(request.query), body

    return [plain(request) for request in sandbox.requests]


BETA = "/v3beta1/enterprise"
ORGANIZATION = "/v3beta1/organizations/org-1"
# What the published example programs send, call by call.
PUBLISHED = {
    "whoami": [("GET", f"{BETA}/self", {}, None)],
    "list_organizations": [("GET", f"{BETA}/organizations", {}, None)],
    "create_organization": [
        ("POST", f"{BETA}/organizations", {}, {"name": "Data science", "acu_limit": 500})
    ],
    "create_session": [
        ("GET", f"{BETA}/organizations", {}, None),
        (
            "POST",
            f"{ORGANIZATION}/sessions",
            {},
            {"prompt": "Write a Python script that analyses CSV data"},
        ),
    ],
    "consumption_by_organization": [
        (
            "GET",
            f"{BETA}/consumption/daily/organizations",
            {"start_date": "2024-01-01", "end_date": "2024-01-31"},
            None,
        )
    ],
    "create_service_user": [
        ("GET", f"{BETA}/organizations", {}, None),
        (
            "POST",
            f"{ORGANIZATION}/members/service-users",
            {},
            {"name": "CI/CD Bot", "role": "developer"},
        ),
    ],
    "error_handling": [("GET", f"{BETA}/organizations", {}, None)],
}


@pytest.mark.parametrize("name", PUBLISHED)
async def test_the_v3beta1_dialect_sends_what_the_published_program_sends(name):
    async with Sandbox(organizations=1, audit_logs=10) as sandbox:
        await run(name, sandbox, version="v3beta1")
        real = sandbox.organization_ids[0]
        requests = [
            (method, path.replace(real, "org-1"), *rest) for method, path, *rest in sent(sandbox)
        ]
    assert requests == PUBLISHED[name]


async def test_the_v3beta1_dialect_asks_for_seven_days_of_audit_logs_by_a_hundred():
    async with Sandbox(organizations=1, audit_logs=10) as sandbox:
        await run("audit_logs", sandbox, version="v3beta1")
        method, path, query, body = sent(sandbox)[0]
    assert (method, path, body) == ("GET", f"{BETA}/audit-logs", None)
    assert query.keys() == {"time_after", "time_before", "first"}
    assert int(query["time_before"]) - int(query["time_after"]) == 7 * 86_400
    assert query["first"] == "100"


async def test_the_v3beta1_dialect_starts_a_session_in_each_organization_as_the_program_does():
    async with Sandbox(organizations=2, audit_logs=10) as sandbox:
        await run("multi_org_health_check", sandbox, version="v3beta1")
        posts = [one for one in sent(sandbox) if one[0] == "POST"]
        ids = sandbox.organization_ids
    assert sorted(path for _, path, _, _ in posts) == sorted(
        f"/v3beta1/organizations/{org_id}/sessions" for org_id in ids
    )
    assert all(
        str(body["prompt"]).startswith("Run daily health check for ") and len(body) == 1
        for _, _, _, body in posts
    )
