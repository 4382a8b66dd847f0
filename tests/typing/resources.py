"""One call of every resource, as type checkers see it; never run, only checked."""

from typing import Any, assert_type

from devin_async import DevinClient, Pager
from devin_async.models.acu_limits import AcuLimit, OrganizationAcuLimits, UsageTier, UserAcuLimits
from devin_async.models.audit_logs import AuditLog
from devin_async.models.automations import Automation
from devin_async.models.code_scans import CodeScan, CodeScanProfileDetail
from devin_async.models.consumption import Consumption, ConsumptionCycle
from devin_async.models.enterprise import GuardrailViolation, Hypervisor, IpAccess, QueueStatus
from devin_async.models.git import GitConnection, GitPermission
from devin_async.models.knowledge import KnowledgeNote
from devin_async.models.members import (
    ApiKey,
    CreatedServiceUser,
    IdpGroup,
    IdpUser,
    Role,
    ServiceUser,
    User,
    UserDetail,
)
from devin_async.models.metrics import ActiveUsers, UsageMetrics
from devin_async.models.organizations import Organization, OrganizationGroups
from devin_async.models.playbooks import Playbook
from devin_async.models.pr_reviews import PullRequestReview
from devin_async.models.repositories import IndexingStatus, Repository
from devin_async.models.schedules import Schedule
from devin_async.models.secrets import StoredSecret
from devin_async.models.security_profiles import SecurityProfile, SecurityProfileSettings
from devin_async.models.session_content import Attachment
from devin_async.models.sessions import Session
from devin_async.models.snapshot_setup import Blueprint, Build


async def organization_resources(devin: DevinClient) -> None:
    organization = devin.organization("org-1")
    assert_type(await organization.sessions.get("x"), Session)
    assert_type(await organization.attachments.upload("x"), Attachment)
    assert_type(await organization.consumption.daily(), Consumption)
    assert_type(await organization.service_users.create("x"), CreatedServiceUser)
    assert_type(await organization.metrics.usage(), UsageMetrics)
    assert_type(organization.repositories.list(), Pager[Repository])
    assert_type(await organization.indexing.get("x"), IndexingStatus)
    assert_type(await organization.blueprints.get("x"), Blueprint)
    assert_type(await organization.builds.get("x"), Build)
    assert_type(await organization.users.get("x"), UserDetail)
    assert_type(organization.idp_users.list(), Pager[IdpUser])
    assert_type(await organization.knowledge.get("x"), KnowledgeNote)
    assert_type(await organization.playbooks.get("x"), Playbook)
    assert_type(organization.secrets.list(), Pager[StoredSecret])
    assert_type(await organization.automations.get("x"), Automation)
    assert_type(await organization.schedules.get("x"), Schedule)
    assert_type(organization.code_scans.list(), Pager[CodeScan])
    assert_type(await organization.code_scan_profiles.get("x"), CodeScanProfileDetail)
    assert_type(organization.security_profiles.list(), Pager[SecurityProfile])
    assert_type(await organization.security_profiles.settings(), SecurityProfileSettings)
    assert_type(await organization.pr_reviews.get("x"), PullRequestReview)


async def enterprise_resources(devin: DevinClient) -> None:
    enterprise = devin.enterprise
    assert_type(await enterprise.organizations.get("x"), Organization)
    assert_type(await enterprise.sessions.get("x"), Session)
    assert_type(enterprise.audit_logs.list(), Pager[AuditLog])
    assert_type(enterprise.consumption.cycles(), Pager[ConsumptionCycle])
    assert_type(enterprise.roles.list(), Pager[Role])
    assert_type(await enterprise.service_users.get("x"), ServiceUser)
    assert_type(await enterprise.metrics.usage(), UsageMetrics)
    assert_type(enterprise.acu_limits.list(), Pager[AcuLimit])
    assert_type(await enterprise.user_acu_limits.get("x"), UserAcuLimits)
    assert_type(enterprise.usage_policies.list(), Pager[UsageTier])
    assert_type(await enterprise.blueprints.get("x"), Blueprint)
    assert_type(await enterprise.users.get("x"), UserDetail)
    assert_type(enterprise.idp_users.list(), Pager[IdpUser])
    assert_type(await enterprise.idp_groups.get("x"), IdpGroup)
    assert_type(enterprise.service_user_api_keys.list("x"), Pager[ApiKey])
    assert_type(enterprise.git_connections.list(), Pager[GitConnection])
    assert_type(await enterprise.ip_access_list.get(), IpAccess)
    assert_type(await enterprise.org_group_limits.get(), OrganizationGroups)
    assert_type(await enterprise.queue.get(), QueueStatus)
    assert_type(enterprise.hypervisors.list(), Pager[Hypervisor])
    assert_type(enterprise.guardrail_violations.list(), Pager[GuardrailViolation])
    assert_type(await enterprise.knowledge.get("x"), KnowledgeNote)
    assert_type(await enterprise.playbooks.get("x"), Playbook)
    assert_type(enterprise.code_scans.list(), Pager[CodeScan])
    assert_type(await enterprise.code_scan_profiles.get("x"), CodeScanProfileDetail)
    assert_type(await enterprise.security_profiles.create("x"), SecurityProfile)
    assert_type(await enterprise.pr_reviews.get("x"), PullRequestReview)


async def enterprise_organization_resources(devin: DevinClient) -> None:
    seen = devin.enterprise.organization("org-1")
    assert_type(seen.audit_logs.list(), Pager[AuditLog])
    assert_type(await seen.metrics.usage(), UsageMetrics)
    assert_type(await seen.acu_limits.get(), OrganizationAcuLimits)
    assert_type(seen.guardrail_violations.list(), Pager[GuardrailViolation])
    assert_type(seen.users.list(), Pager[User])
    assert_type(seen.idp_users.list(), Pager[IdpUser])
    assert_type(await seen.idp_groups.get("x"), IdpGroup)
    assert_type(seen.service_users.list(), Pager[ServiceUser])
    assert_type(seen.git_permissions.list(), Pager[GitPermission])
    assert_type(seen.tags.list(), Pager[str])
    assert_type(await seen.code_scans.create_auto_scan("x", "x"), dict[str, Any])


async def keywords_that_resources_declare_once(devin: DevinClient) -> None:
    organization, enterprise = devin.organization("org-1"), devin.enterprise
    logs = enterprise.audit_logs.list(time_after=1, order="asc", action="a", parallel=2, limit=1)
    assert_type(logs, Pager[AuditLog])
    actives = organization.metrics.dau(time_after=1, time_before=2, min_sessions=1, limit=7)
    assert_type(actives, Pager[ActiveUsers])
    metrics = await enterprise.metrics.usage(time_after=1)
    assert_type(metrics, UsageMetrics)
    note = await organization.knowledge.create("n", body="b", trigger="t", pinned_repo="o/n")
    assert_type(note, KnowledgeNote)
    automation = await organization.automations.update("a", limits={"max_acu_limit": 1}, tools=None)
    assert_type(automation, Automation)
    schedule = await organization.schedules.update("s", interval_count=2, platform=None)
    assert_type(schedule, Schedule)
    profile = await organization.code_scan_profiles.update("p", triage_guidance=None)
    assert_type(profile, CodeScanProfileDetail)


async def keywords_that_no_endpoint_of_the_scope_has(devin: DevinClient) -> None:
    organization = devin.organization("org-1")
    organization.metrics.dau(time_after=1, time_before=2, org_ids=["o"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    organization.metrics.dau(time_after=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    organization.code_scans.list(org_ids=["o"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
