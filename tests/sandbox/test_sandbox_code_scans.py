import pytest

SCAN_SECONDS = 60


@pytest.fixture
def scans(org):
    return f"/v3/organizations/{org}/code-scans"


@pytest.fixture
def profiles(org):
    return f"/v3beta1/organizations/{org}/code-scans/profiles"


@pytest.fixture
def start(api, scans):
    async def send(**changes):
        return (await api.post(scans, {"repo_name": "acme/app", **changes})).json

    return send


async def test_a_scan_finishes_by_the_clock(api, scans, start, clock):
    made = await start()
    statuses = [made["status"]]
    for _ in range(2):
        clock.advance(SCAN_SECONDS / 2)
        statuses.append((await api.items(scans + "/scans"))[0]["status"])
    assert statuses == ["waiting", "running", "completed"]


async def test_findings_show_once_the_scan_is_done(api, scans, start, clock):
    made = await start()
    assert await api.items(scans + "/findings") == []
    clock.advance(SCAN_SECONDS)
    findings = await api.items(scans + "/findings", scan_id=made["scan_id"])
    assert {item["scan_id"] for item in findings} == {made["scan_id"]}
    high = await api.items(scans + "/findings", severity="high", status="open")
    assert high == [item for item in findings if item["severity"] == "high"]


async def test_scans_of_the_enterprise_are_filtered(api, sandbox, start, clock):
    made = await start()
    first, second = sandbox.organization_ids[:2]
    path = "/v3/enterprise/code-scans/scans"
    assert [item["scan_id"] for item in await api.items(path, org_ids=first)] == [made["scan_id"]]
    assert await api.items(path, org_ids=second) == []
    assert await api.items(path, repo_name="acme/other") == []
    assert await api.items(path, time_after=int(clock.now()) + 1) == []


async def test_metrics_count_scans_and_findings(api, scans, start, clock):
    await start()
    await start(repo_name="acme/api")
    clock.advance(SCAN_SECONDS)
    findings = await api.items(scans + "/findings")
    query = {"time_after": int(clock.now()) - 3600, "time_before": int(clock.now()) + 1}
    counted = (await api.get(scans + "/metrics", params=query)).json
    assert (counted["scans_count"], counted["repos_scanned_count"]) == (2, 2)
    severities = ("critical", "high", "medium", "low")
    assert sum(counted[f"open_{name}_findings_count"] for name in severities) == len(findings)


async def test_a_full_backlog_refuses_further_scans(api, scans, start, clock):
    for _ in range(10):
        await start()
    assert (await api.post(scans, {"repo_name": "acme/app"})).status == 409
    clock.advance(SCAN_SECONDS)
    assert (await api.post(scans, {"repo_name": "acme/app"})).status == 201


async def test_the_type_of_a_scan_is_that_of_its_profile(api, scans, profiles):
    body = {"name": "Fast", "mode": "discover", "scan_type": "performance"}
    profile_id = (await api.post(profiles, body)).json["profile_id"]
    repo = {"repo_name": "acme/app"}
    made = (await api.post(scans, {**repo, "profile_id": profile_id})).json
    assert (made["scan_type"], made["profile"]["name"]) == ("performance", "Fast")
    for wrong in (
        {"scan_type": "performance"},
        {"scan_type": "security", "profile_id": profile_id},
    ):
        assert (await api.post(scans, {**repo, **wrong})).status == 400
    assert (await api.post(scans, {**repo, "profile_id": "none"})).status == 404


async def test_an_ingestion_needs_a_profile_of_its_mode(api, scans):
    profile_ids = {
        item["mode"]: item["profile_id"] for item in await api.items(scans + "/profiles")
    }
    for mode, status in (("discover", 400), ("ingest", 201)):
        body = {"repo_name": "acme/app", "profile_id": profile_ids[mode]}
        assert (await api.post(scans + "/ingestion", body)).status == status


async def test_a_profile_is_changed_where_it_was_made(api, scans, profiles):
    body = {"name": "Fast", "mode": "discover", "scan_type": "security"}
    made = (await api.post(profiles, {**body, "include_globs": ["*.py"]})).json
    path = f"{profiles}/{made['profile_id']}"
    changed = await api.call("PATCH", path, json={"name": "Slow", "include_globs": None})
    assert (changed.json["name"], changed.json["include_globs"]) == ("Slow", None)
    assert (await api.get(f"{scans}/profiles/{made['profile_id']}")).json == changed.json


async def test_the_mode_of_a_profile_cannot_change_later(api, profiles):
    body = {"name": "Speed", "mode": "discover", "scan_type": "performance"}
    made = (await api.post(profiles, body)).json
    path = f"{profiles}/{made['profile_id']}"
    assert (await api.call("PATCH", path, json={"mode": "ingest"})).json["mode"] == "discover"


async def test_a_shared_profile_is_not_changed_by_an_organization(api, scans, profiles):
    shared = (await api.items(scans + "/profiles"))[0]
    assert (shared["visibility"], shared["org_id"]) == ("account", None)
    path = f"{profiles}/{shared['profile_id']}"
    assert (await api.call("PATCH", path, json={"name": "Mine"})).status == 403


async def test_the_profile_of_a_scan_is_changed(api, scans, start):
    made = await start()
    profile = next(
        item for item in await api.items(scans + "/profiles") if item["mode"] == "discover"
    )
    path = f"{scans}/{made['scan_id']}/profile"
    changed = await api.call("PUT", path, json={"profile_id": profile["profile_id"]})
    assert changed.json["profile"]["profile_id"] == profile["profile_id"]
    assert (await api.call("PUT", path, json={"profile_id": None})).json["profile"] is None


async def test_a_finding_is_remediated_once(api, org, scans, start, clock):
    made = await start()
    clock.advance(SCAN_SECONDS)
    finding = (await api.items(scans + "/findings"))[0]
    path = f"{scans}/{made['scan_id']}/findings/{finding['finding_id']}/remediate"
    session_id = (await api.post(path)).json["session_id"]
    session = (await api.get(f"/v3/organizations/{org}/sessions/{session_id}")).json
    assert session["origin"] == "code_scan"
    assert (await api.items(scans + "/findings"))[0]["session_id"] == session_id
    assert (await api.post(path)).status == 409
    other = f"{scans}/{made['scan_id']}/findings/none/remediate"
    assert (await api.post(other)).status == 404


async def test_an_auto_scan_is_an_automation(api, org, scans, start):
    made = await start()
    path = f"{scans}/{made['scan_id']}/auto-scan"
    assert (await api.call("DELETE", path)).status == 404
    auto = (await api.post(path, {"rrule": "FREQ=WEEKLY"})).json
    automation = f"/v3/organizations/{org}/automations/{auto['automation_id']}"
    assert (await api.get(automation)).json["actions"][0]["scan_id"] == made["scan_id"]
    assert (await api.post(path, {"rrule": "FREQ=WEEKLY"})).status == 409
    assert (await api.call("DELETE", path)).json["enabled"] is False
    assert (await api.get(automation)).json["enabled"] is False


async def test_an_unknown_scan_answers_404(api, scans):
    assert (await api.post(f"{scans}/none/auto-scan", {"rrule": "FREQ=DAILY"})).status == 404
    path = "/v3/enterprise/code-scans/profiles/none"
    assert (await api.get(path)).status == 404


REVIEW = {"pr_url": "https://gitlab.com/acme/tools/cli/-/merge_requests/7"}


@pytest.fixture
def reviews(org):
    return f"/v3/organizations/{org}/pr-reviews"


async def test_a_review_finishes_by_the_clock(api, reviews, clock):
    made = (await api.post(reviews, REVIEW)).json
    assert (made["repo_path"], made["pr_number"]) == ("gitlab.com/acme/tools/cli", 7)
    statuses = [made["status"]]
    for _ in range(2):
        clock.advance(30)
        statuses.append((await api.get(reviews, params=REVIEW)).json["status"])
    assert statuses == ["pending", "running", "completed"]


async def test_a_review_is_found_by_a_short_commit(api, reviews):
    commit = (await api.post(reviews, REVIEW)).json["commit_sha"]
    for wanted, status in ((commit[:7], 200), ("0" * 40, 404)):
        query = {**REVIEW, "commit_sha": wanted}
        assert (await api.get(reviews, params=query)).status == status


async def test_a_pull_request_without_a_review_answers_404(api, sandbox, reviews):
    assert (await api.get(reviews, params=REVIEW)).status == 404
    await api.post(reviews, REVIEW)
    other = f"/v3/organizations/{sandbox.organization_ids[1]}/pr-reviews"
    assert (await api.get(other, params=REVIEW)).status == 404
    assert (await api.get("/v3/enterprise/pr-reviews", params=REVIEW)).status == 200


async def test_what_is_no_pull_request_is_refused(api, reviews):
    assert (await api.post(reviews, {"pr_url": "https://github.com/acme/app"})).status == 422
