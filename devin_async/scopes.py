"""The three scopes: plain objects whose attributes hold the endpoints."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from devin_async.base.arguments import check_id

if TYPE_CHECKING:
    from devin_async.resource import Caller
    from devin_async.resources.acu_limits import (
        EnterpriseAcuLimits,
        EnterpriseOrganizationAcuLimits,
        EnterpriseUserAcuLimits,
    )
    from devin_async.resources.attachments import Attachments
    from devin_async.resources.audit_logs import EnterpriseAuditLogs, OrganizationAuditLogs
    from devin_async.resources.automations import OrganizationAutomations
    from devin_async.resources.blueprints import EnterpriseBlueprints, OrganizationBlueprints
    from devin_async.resources.builds import Builds
    from devin_async.resources.code_scan_profiles import (
        EnterpriseCodeScanProfiles,
        OrganizationCodeScanProfiles,
    )
    from devin_async.resources.code_scans import (
        EnterpriseCodeScans,
        EnterpriseOrganizationCodeScans,
        OrganizationCodeScans,
    )
    from devin_async.resources.consumption import (
        EnterpriseConsumption,
        OrganizationConsumptionReports,
    )
    from devin_async.resources.enterprise_sessions import (
        EnterpriseOrganizationSessions,
        EnterpriseSessions,
    )
    from devin_async.resources.git import GitConnections, GitPermissions
    from devin_async.resources.group_limits import OrganizationGroupLimits
    from devin_async.resources.guardrails import (
        EnterpriseGuardrailViolations,
        OrganizationGuardrailViolations,
    )
    from devin_async.resources.idp_groups import (
        EnterpriseIdpGroups,
        EnterpriseOrganizationIdpGroups,
    )
    from devin_async.resources.idp_users import (
        EnterpriseIdpUsers,
        EnterpriseOrganizationIdpUsers,
        OrganizationIdpUsers,
    )
    from devin_async.resources.infrastructure import Hypervisors, Queue
    from devin_async.resources.ip_access_list import IpAccessList
    from devin_async.resources.knowledge import EnterpriseKnowledge, OrganizationKnowledge
    from devin_async.resources.metrics import (
        EnterpriseMetrics,
        EnterpriseOrganizationMetrics,
        OrganizationMetrics,
    )
    from devin_async.resources.organizations import Organizations
    from devin_async.resources.playbooks import EnterprisePlaybooks, OrganizationPlaybooks
    from devin_async.resources.pr_reviews import EnterprisePRReviews, OrganizationPRReviews
    from devin_async.resources.repositories import Repositories, RepositoryIndexes
    from devin_async.resources.roles import Roles
    from devin_async.resources.schedules import OrganizationSchedules
    from devin_async.resources.secrets import OrganizationSecrets
    from devin_async.resources.security_profiles import (
        EnterpriseSecurityProfiles,
        OrganizationSecurityProfiles,
    )
    from devin_async.resources.service_user_api_keys import ServiceUserApiKeys
    from devin_async.resources.service_users import (
        EnterpriseOrganizationServiceUsers,
        EnterpriseServiceUsers,
        OrganizationServiceUsers,
    )
    from devin_async.resources.sessions import OrganizationSessions
    from devin_async.resources.tags import Tags
    from devin_async.resources.usage_policies import UsagePolicies
    from devin_async.resources.users import (
        EnterpriseOrganizationUsers,
        EnterpriseUsers,
        OrganizationUsers,
    )

__all__ = ["EnterpriseOrganizationScope", "EnterpriseScope", "OrganizationScope", "Scope"]

R = TypeVar("R")


class LazyResource(Generic[R]):
    """An attribute of a scope that loads its module when it is first used.

    Most programs use a few resources; importing all of them would double the import time.
    """

    def __init__(self, module: str, class_name: str) -> None:
        self._module = module
        self._class_name = class_name
        self._class: Any = None
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, scope: None, owner: type) -> "LazyResource[R]": ...
    @overload
    def __get__(self, scope: "Scope", owner: type) -> R: ...
    def __get__(self, scope: "Scope | None", owner: type) -> "LazyResource[R] | R":
        if scope is None:
            return self
        resource: R = self.load()(scope._caller, **scope._ids)  # noqa: SLF001
        scope.__dict__[self._name] = resource  # found there before this descriptor from now on
        return resource

    def load(self) -> Any:
        """Return the class, importing its module."""
        if self._class is None:
            module = import_module(f"devin_async.resources.{self._module}")
            self._class = getattr(module, self._class_name)
        return self._class


class Scope:
    """What the scopes share: how to call, and the ids that each path of theirs holds."""

    def __init__(self, caller: "Caller", **ids: str) -> None:
        self._caller = caller
        self._ids = ids

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{''.join(f' {value}' for value in self._ids.values())}>"


class OrganizationScope(Scope):
    """One organization, `/organizations/{org_id}/...`: `devin.organization(id)`."""

    sessions: "LazyResource[OrganizationSessions]" = LazyResource(
        "sessions", "OrganizationSessions"
    )
    attachments: "LazyResource[Attachments]" = LazyResource("attachments", "Attachments")
    consumption: "LazyResource[OrganizationConsumptionReports]" = LazyResource(
        "consumption", "OrganizationConsumptionReports"
    )
    service_users: "LazyResource[OrganizationServiceUsers]" = LazyResource(
        "service_users", "OrganizationServiceUsers"
    )
    metrics: "LazyResource[OrganizationMetrics]" = LazyResource("metrics", "OrganizationMetrics")
    repositories: "LazyResource[Repositories]" = LazyResource("repositories", "Repositories")
    indexing: "LazyResource[RepositoryIndexes]" = LazyResource("repositories", "RepositoryIndexes")
    blueprints: "LazyResource[OrganizationBlueprints]" = LazyResource(
        "blueprints", "OrganizationBlueprints"
    )
    builds: "LazyResource[Builds]" = LazyResource("builds", "Builds")
    users: "LazyResource[OrganizationUsers]" = LazyResource("users", "OrganizationUsers")
    idp_users: "LazyResource[OrganizationIdpUsers]" = LazyResource(
        "idp_users", "OrganizationIdpUsers"
    )
    knowledge: "LazyResource[OrganizationKnowledge]" = LazyResource(
        "knowledge", "OrganizationKnowledge"
    )
    playbooks: "LazyResource[OrganizationPlaybooks]" = LazyResource(
        "playbooks", "OrganizationPlaybooks"
    )
    secrets: "LazyResource[OrganizationSecrets]" = LazyResource("secrets", "OrganizationSecrets")
    automations: "LazyResource[OrganizationAutomations]" = LazyResource(
        "automations", "OrganizationAutomations"
    )
    schedules: "LazyResource[OrganizationSchedules]" = LazyResource(
        "schedules", "OrganizationSchedules"
    )
    code_scans: "LazyResource[OrganizationCodeScans]" = LazyResource(
        "code_scans", "OrganizationCodeScans"
    )
    code_scan_profiles: "LazyResource[OrganizationCodeScanProfiles]" = LazyResource(
        "code_scan_profiles", "OrganizationCodeScanProfiles"
    )
    pr_reviews: "LazyResource[OrganizationPRReviews]" = LazyResource(
        "pr_reviews", "OrganizationPRReviews"
    )
    security_profiles: "LazyResource[OrganizationSecurityProfiles]" = LazyResource(
        "security_profiles", "OrganizationSecurityProfiles"
    )

    @property
    def org_id(self) -> str:
        """Id of the organization."""
        return self._ids["org_id"]


class EnterpriseOrganizationScope(Scope):
    """One organization as its enterprise sees it, `/enterprise/organizations/{org_id}/...`.

    `devin.enterprise.organization(id)`; its calls need permissions of the enterprise.
    """

    sessions: "LazyResource[EnterpriseOrganizationSessions]" = LazyResource(
        "enterprise_sessions", "EnterpriseOrganizationSessions"
    )
    audit_logs: "LazyResource[OrganizationAuditLogs]" = LazyResource(
        "audit_logs", "OrganizationAuditLogs"
    )
    metrics: "LazyResource[EnterpriseOrganizationMetrics]" = LazyResource(
        "metrics", "EnterpriseOrganizationMetrics"
    )
    acu_limits: "LazyResource[EnterpriseOrganizationAcuLimits]" = LazyResource(
        "acu_limits", "EnterpriseOrganizationAcuLimits"
    )
    guardrail_violations: "LazyResource[OrganizationGuardrailViolations]" = LazyResource(
        "guardrails", "OrganizationGuardrailViolations"
    )
    users: "LazyResource[EnterpriseOrganizationUsers]" = LazyResource(
        "users", "EnterpriseOrganizationUsers"
    )
    idp_users: "LazyResource[EnterpriseOrganizationIdpUsers]" = LazyResource(
        "idp_users", "EnterpriseOrganizationIdpUsers"
    )
    idp_groups: "LazyResource[EnterpriseOrganizationIdpGroups]" = LazyResource(
        "idp_groups", "EnterpriseOrganizationIdpGroups"
    )
    service_users: "LazyResource[EnterpriseOrganizationServiceUsers]" = LazyResource(
        "service_users", "EnterpriseOrganizationServiceUsers"
    )
    git_permissions: "LazyResource[GitPermissions]" = LazyResource("git", "GitPermissions")
    tags: "LazyResource[Tags]" = LazyResource("tags", "Tags")
    code_scans: "LazyResource[EnterpriseOrganizationCodeScans]" = LazyResource(
        "code_scans", "EnterpriseOrganizationCodeScans"
    )

    @property
    def org_id(self) -> str:
        """Id of the organization."""
        return self._ids["org_id"]


class EnterpriseScope(Scope):
    """The enterprise, `/enterprise/...`: `devin.enterprise`."""

    organizations: "LazyResource[Organizations]" = LazyResource("organizations", "Organizations")
    sessions: "LazyResource[EnterpriseSessions]" = LazyResource(
        "enterprise_sessions", "EnterpriseSessions"
    )
    audit_logs: "LazyResource[EnterpriseAuditLogs]" = LazyResource(
        "audit_logs", "EnterpriseAuditLogs"
    )
    consumption: "LazyResource[EnterpriseConsumption]" = LazyResource(
        "consumption", "EnterpriseConsumption"
    )
    roles: "LazyResource[Roles]" = LazyResource("roles", "Roles")
    service_users: "LazyResource[EnterpriseServiceUsers]" = LazyResource(
        "service_users", "EnterpriseServiceUsers"
    )
    metrics: "LazyResource[EnterpriseMetrics]" = LazyResource("metrics", "EnterpriseMetrics")
    acu_limits: "LazyResource[EnterpriseAcuLimits]" = LazyResource(
        "acu_limits", "EnterpriseAcuLimits"
    )
    user_acu_limits: "LazyResource[EnterpriseUserAcuLimits]" = LazyResource(
        "acu_limits", "EnterpriseUserAcuLimits"
    )
    usage_policies: "LazyResource[UsagePolicies]" = LazyResource("usage_policies", "UsagePolicies")
    blueprints: "LazyResource[EnterpriseBlueprints]" = LazyResource(
        "blueprints", "EnterpriseBlueprints"
    )
    users: "LazyResource[EnterpriseUsers]" = LazyResource("users", "EnterpriseUsers")
    idp_users: "LazyResource[EnterpriseIdpUsers]" = LazyResource("idp_users", "EnterpriseIdpUsers")
    idp_groups: "LazyResource[EnterpriseIdpGroups]" = LazyResource(
        "idp_groups", "EnterpriseIdpGroups"
    )
    service_user_api_keys: "LazyResource[ServiceUserApiKeys]" = LazyResource(
        "service_user_api_keys", "ServiceUserApiKeys"
    )
    git_connections: "LazyResource[GitConnections]" = LazyResource("git", "GitConnections")
    ip_access_list: "LazyResource[IpAccessList]" = LazyResource("ip_access_list", "IpAccessList")
    org_group_limits: "LazyResource[OrganizationGroupLimits]" = LazyResource(
        "group_limits", "OrganizationGroupLimits"
    )
    queue: "LazyResource[Queue]" = LazyResource("infrastructure", "Queue")
    hypervisors: "LazyResource[Hypervisors]" = LazyResource("infrastructure", "Hypervisors")
    guardrail_violations: "LazyResource[EnterpriseGuardrailViolations]" = LazyResource(
        "guardrails", "EnterpriseGuardrailViolations"
    )
    knowledge: "LazyResource[EnterpriseKnowledge]" = LazyResource(
        "knowledge", "EnterpriseKnowledge"
    )
    playbooks: "LazyResource[EnterprisePlaybooks]" = LazyResource(
        "playbooks", "EnterprisePlaybooks"
    )
    code_scans: "LazyResource[EnterpriseCodeScans]" = LazyResource(
        "code_scans", "EnterpriseCodeScans"
    )
    code_scan_profiles: "LazyResource[EnterpriseCodeScanProfiles]" = LazyResource(
        "code_scan_profiles", "EnterpriseCodeScanProfiles"
    )
    pr_reviews: "LazyResource[EnterprisePRReviews]" = LazyResource(
        "pr_reviews", "EnterprisePRReviews"
    )
    security_profiles: "LazyResource[EnterpriseSecurityProfiles]" = LazyResource(
        "security_profiles", "EnterpriseSecurityProfiles"
    )

    def organization(self, org_id: str) -> EnterpriseOrganizationScope:
        """Return the scope of one organization; nothing is sent."""
        return EnterpriseOrganizationScope(self._caller, org_id=check_id("org_id", org_id))
