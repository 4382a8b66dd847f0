"""Code scans and their profiles through the client, against the sandbox."""

from datetime import UTC, datetime, timedelta

import pytest

from devin_async import ConflictError, InvalidArgumentError, NotFoundError
from devin_async.models.automation_parts import ScanNewCommitsAction

REPO = "owner/name"


@pytest.fixture
def organization(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0])


@pytest.fixture
def scans(organization):
    return organization.code_scans


@pytest.fixture
def profiles(organization):
    return organization.code_scan_profiles


@pytest.fixture
def seen_by_enterprise(devin, sandbox):
    """Give the scans of the organization as its enterprise starts them."""
    return devin.enterprise.organization(sandbox.organization_ids[0]).code_scans


@pytest.fixture(params=["organization", "enterprise"])
def either(request, scans, seen_by_enterprise):
    return scans if request.param == "organization" else seen_by_enterprise


async def ids(pager):
    return [scan.scan_id async for scan in pager]


async def finding_of(scans, sandbox):
    """Start a scan and give its first finding, once it has found it."""
    scan = await scans.start(REPO)
    sandbox.clock.advance(7200)
    finding = await scans.findings(scan_id=scan.scan_id).first()
    assert finding is not None
    return finding


async def test_a_scan_is_started_and_listed_newest_first(either, scans, sandbox):
    first = await either.start(REPO)
    sandbox.clock.advance(1)
    second = await either.start("owner/other")
    assert (first.repo_name, first.scan_type, first.profile) == (REPO, "security", None)
    assert await ids(scans.list()) == [second.scan_id, first.scan_id]
    assert await ids(scans.list(repo_name=REPO)) == [first.scan_id]


async def test_scans_are_found_by_their_time(scans):
    scan = await scans.start(REPO)
    later = scan.created_at + timedelta(hours=1)
    assert await ids(scans.list(time_before=later)) == [scan.scan_id]
    assert await ids(scans.list(time_after=later)) == []


async def test_a_profile_is_created_read_listed_and_changed(profiles):
    made = await profiles.create(
        "slow queries",
        mode="discover",
        scan_type="db-queries",
        include_globs=["src/**"],
        triage_guidance="Only hot paths.",
    )
    assert await profiles.get(made.profile_id) == made
    assert made.profile_id in {one.profile_id async for one in profiles.list()}
    changed = await profiles.update(made.profile_id, name="n", triage_guidance=None)
    assert (changed.name, changed.triage_guidance) == ("n", None)
    assert changed.include_globs == ["src/**"]


async def test_a_change_of_a_profile_sends_null_where_it_clears(profiles, sandbox):
    made = await profiles.create("a", mode="discover", scan_type="security")
    await profiles.update(made.profile_id, description=None, exclude_globs=[])
    assert sandbox.requests[-1].json == {"description": None, "exclude_globs": []}


async def test_a_scan_of_another_type_follows_its_profile(either, profiles):
    made = await profiles.create("a", mode="discover", scan_type="performance")
    scan = await either.start(REPO, scan_type="performance", profile_id=made.profile_id)
    assert scan.profile.profile_id == made.profile_id


async def test_a_scan_takes_in_the_findings_of_another_tool(either, profiles, sandbox):
    made = await profiles.create("a", mode="ingest", scan_type="security")
    scan = await either.start_ingestion(REPO, profile_id=made.profile_id, attachment_urls=[])
    assert scan.repo_name == REPO
    assert sandbox.requests[-1].json["attachment_urls"] == []


async def test_a_scan_changes_its_profile(scans, profiles):
    made = await profiles.create("a", mode="discover", scan_type="security")
    scan = await scans.start(REPO)
    assert (await scans.set_profile(scan.scan_id, made.profile_id)).profile.name == "a"
    assert (await scans.set_profile(scan.scan_id, None)).profile is None


async def test_no_profile_is_sent_as_null_in_the_enterprises_scope_too(
    scans, seen_by_enterprise, sandbox
):
    scan = await scans.start(REPO)
    assert isinstance(await seen_by_enterprise.set_profile(scan.scan_id, None), dict)
    assert sandbox.requests[-1].json == {"profile_id": None}


async def test_findings_are_listed_by_scan_severity_and_status(scans, sandbox):
    finding = await finding_of(scans, sandbox)
    findings = scans.findings(
        scan_id=finding.scan_id, severity=[finding.severity], status=[finding.status]
    )
    assert finding.finding_id in {one.finding_id async for one in findings}
    query = sandbox.requests[-1].query
    assert ("severity", finding.severity) in query
    assert ("status", finding.status) in query


async def test_a_finding_is_repaired_by_one_session(organization, scans, sandbox):
    finding = await finding_of(scans, sandbox)
    repair = await scans.remediate(finding.scan_id, finding.finding_id)
    assert repair.finding_id == finding.finding_id
    assert (await organization.sessions.get(repair.session_id)).origin == "code_scan"
    with pytest.raises(ConflictError):
        await scans.remediate(finding.scan_id, finding.finding_id)


async def test_the_enterprise_has_a_finding_repaired(scans, seen_by_enterprise, sandbox):
    finding = await finding_of(scans, sandbox)
    repair = await seen_by_enterprise.remediate(finding.scan_id, finding.finding_id)
    assert repair.session_id


async def test_a_scan_repeats_by_an_automation_until_it_is_stopped(organization, scans):
    scan = await scans.start(REPO)
    auto = await scans.create_auto_scan(scan.scan_id, "FREQ=WEEKLY", enabled=True)
    assert (auto.scan_id, auto.rrule, auto.enabled) == (scan.scan_id, "FREQ=WEEKLY", True)
    automation = await organization.automations.get(auto.automation_id)
    assert automation.actions == [ScanNewCommitsAction(scan_id=scan.scan_id)]
    assert isinstance(await scans.delete_auto_scan(scan.scan_id), dict)
    assert not (await organization.automations.get(auto.automation_id)).enabled


async def test_the_enterprise_repeats_a_scan(scans, seen_by_enterprise, sandbox):
    scan = await scans.start(REPO)
    answer = await seen_by_enterprise.create_auto_scan(scan.scan_id, "FREQ=WEEKLY")
    assert isinstance(answer, dict)
    assert sandbox.requests[-1].json == {"rrule": "FREQ=WEEKLY"}


async def test_metrics_count_the_scans_of_their_range(devin, scans, sandbox):
    scan = await scans.start(REPO)
    since, until = scan.created_at - timedelta(days=1), scan.created_at + timedelta(days=1)
    metrics = await scans.metrics(time_after=since, time_before=until)
    assert (metrics.scans_count, metrics.repos_scanned_count) == (1, 1)
    others = sandbox.organization_ids[1:]
    elsewhere = await devin.enterprise.code_scans.metrics(
        time_after=since, time_before=until, org_ids=others
    )
    assert elsewhere.scans_count == 0


async def test_the_enterprise_sees_the_scans_of_the_organizations_it_names(devin, scans, sandbox):
    scan = await scans.start(REPO)
    everywhere = devin.enterprise.code_scans
    here, *others = sandbox.organization_ids
    assert await ids(everywhere.list()) == [scan.scan_id]
    assert await ids(everywhere.list(org_ids=[here], repo_name=REPO)) == [scan.scan_id]
    assert await ids(everywhere.list(org_ids=others)) == []
    assert await everywhere.findings(org_ids=others).collect() == []


async def test_the_enterprise_reads_profiles(devin, profiles):
    made = await profiles.create("a", mode="discover", scan_type="security")
    scope_calls = devin.enterprise.code_scan_profiles
    assert (await scope_calls.get(made.profile_id)).name == "a"
    assert made.profile_id in {one.profile_id async for one in scope_calls.list()}


async def test_a_scan_that_is_none_is_not_found(scans):
    with pytest.raises(NotFoundError):
        await scans.set_profile("scan-none", None)


async def test_what_the_api_would_refuse_is_refused_before_a_request(either, sandbox):
    many = ["https://files.example/a"] * 11
    refused = {
        "repo_name is empty": either.start(""),
        "profile_id is missing; scan_type 'cleanup'": either.start(REPO, scan_type="cleanup"),
        "profile_id is empty": either.start_ingestion(REPO, profile_id=""),
        "attachment_urls has 11 entries": either.start_ingestion(
            REPO, profile_id="p", attachment_urls=many
        ),
        "attachment_urls has 2084 characters": either.start_ingestion(
            REPO, profile_id="p", attachment_urls=["u" * 2084]
        ),
        "rrule is empty": either.create_auto_scan("scan-1", ""),
        "scan_id is ''": either.set_profile("", None),
        "scan_id is ' '": either.create_auto_scan(" ", "FREQ=DAILY"),
        "finding_id is ''": either.remediate("scan-1", ""),
    }
    for message, call in refused.items():
        with pytest.raises(InvalidArgumentError, match=message):
            await call
    assert list(sandbox.requests) == []


async def test_what_reads_would_refuse_is_refused_before_a_request(devin, scans, profiles, sandbox):
    now = datetime(2026, 1, 31, tzinfo=UTC)
    everywhere = devin.enterprise.code_scans
    long_ago = now - timedelta(days=101)
    for scope_calls in (scans, everywhere):
        with pytest.raises(InvalidArgumentError, match=r"101\.0 days apart; allowed: at most 100"):
            await scope_calls.metrics(time_after=long_ago, time_before=now)
        with pytest.raises(InvalidArgumentError, match="ends after it starts"):
            scope_calls.list(time_after=now, time_before=now)
        with pytest.raises(InvalidArgumentError, match="severity is 'high', a str"):
            scope_calls.findings(severity="high")
    for refused in (everywhere.list, everywhere.findings, devin.enterprise.code_scan_profiles.list):
        with pytest.raises(InvalidArgumentError, match="org_ids is 'org-1', a str"):
            refused(org_ids="org-1")
    with pytest.raises(InvalidArgumentError, match="name is empty"):
        await profiles.update("csprof-1", name="")
    with pytest.raises(InvalidArgumentError, match="include_globs is '\\*', a str"):
        await profiles.create("a", mode="discover", scan_type="security", include_globs="*")
    with pytest.raises(InvalidArgumentError, match="profile_id is ''"):
        await profiles.get("")
    assert list(sandbox.requests) == []
