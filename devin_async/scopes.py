"""The three scopes: plain objects with one attribute for each family."""

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


class Family(Generic[R]):
    """An attribute of a scope that loads its module when it is first used.

    Most programs use a few families; importing all of them would double the import time.
    """

    def __init__(self, module: str, class_name: str) -> None:
        self._module = module
        self._class_name = class_name
        self._class: Any = None
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, scope: None, owner: type) -> "Family[R]": ...
    @overload
    def __get__(self, scope: "Scope", owner: type) -> R: ...
    def __get__(self, scope: "Scope | None", owner: type) -> "Family[R] | R":
        if scope is None:
            return self
        family: R = self.load()(scope._caller, **scope._ids)  # noqa: SLF001
        scope.__dict__[self._name] = family  # found there before this descriptor from now on
        return family

    def load(self) -> Any:
        """Give the class, importing its module."""
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

    sessions: "Family[OrganizationSessions]" = Family("sessions", "OrganizationSessions")
    attachments: "Family[Attachments]" = Family("attachments", "Attachments")
    consumption: "Family[OrganizationConsumptionReports]" = Family(
        "consumption", "OrganizationConsumptionReports"
    )
    service_users: "Family[OrganizationServiceUsers]" = Family(
        "service_users", "OrganizationServiceUsers"
    )
    metrics: "Family[OrganizationMetrics]" = Family("metrics", "OrganizationMetrics")
    repositories: "Family[Repositories]" = Family("repositories", "Repositories")
    indexing: "Family[RepositoryIndexes]" = Family("repositories", "RepositoryIndexes")
    blueprints: "Family[OrganizationBlueprints]" = Family("blueprints", "OrganizationBlueprints")
    builds: "Family[Builds]" = Family("builds", "Builds")
    users: "Family[OrganizationUsers]" = Family("users", "OrganizationUsers")
    idp_users: "Family[OrganizationIdpUsers]" = Family("idp_users", "OrganizationIdpUsers")
    knowledge: "Family[OrganizationKnowledge]" = Family("knowledge", "OrganizationKnowledge")
    playbooks: "Family[OrganizationPlaybooks]" = Family("playbooks", "OrganizationPlaybooks")
    secrets: "Family[OrganizationSecrets]" = Family("secrets", "OrganizationSecrets")
    automations: "Family[OrganizationAutomations]" = Family(
        "automations", "OrganizationAutomations"
    )
    schedules: "Family[OrganizationSchedules]" = Family("schedules", "OrganizationSchedules")
    code_scans: "Family[OrganizationCodeScans]" = Family("code_scans", "OrganizationCodeScans")
    code_scan_profiles: "Family[OrganizationCodeScanProfiles]" = Family(
        "code_scan_profiles", "OrganizationCodeScanProfiles"
    )
    pr_reviews: "Family[OrganizationPRReviews]" = Family("pr_reviews", "OrganizationPRReviews")

    @property
    def org_id(self) -> str:
        """Id of the organization."""
        return self._ids["org_id"]


class EnterpriseOrganizationScope(Scope):
    """One organization as its enterprise sees it, `/enterprise/organizations/{org_id}/...`.

    `devin.enterprise.organization(id)`; its calls need permissions of the enterprise.
    """

    sessions: "Family[EnterpriseOrganizationSessions]" = Family(
        "enterprise_sessions", "EnterpriseOrganizationSessions"
    )
    audit_logs: "Family[OrganizationAuditLogs]" = Family("audit_logs", "OrganizationAuditLogs")
    metrics: "Family[EnterpriseOrganizationMetrics]" = Family(
        "metrics", "EnterpriseOrganizationMetrics"
    )
    acu_limits: "Family[EnterpriseOrganizationAcuLimits]" = Family(
        "acu_limits", "EnterpriseOrganizationAcuLimits"
    )
    guardrail_violations: "Family[OrganizationGuardrailViolations]" = Family(
        "guardrails", "OrganizationGuardrailViolations"
    )
    users: "Family[EnterpriseOrganizationUsers]" = Family("users", "EnterpriseOrganizationUsers")
    idp_users: "Family[EnterpriseOrganizationIdpUsers]" = Family(
        "idp_users", "EnterpriseOrganizationIdpUsers"
    )
    idp_groups: "Family[EnterpriseOrganizationIdpGroups]" = Family(
        "idp_groups", "EnterpriseOrganizationIdpGroups"
    )
    service_users: "Family[EnterpriseOrganizationServiceUsers]" = Family(
        "service_users", "EnterpriseOrganizationServiceUsers"
    )
    git_permissions: "Family[GitPermissions]" = Family("git", "GitPermissions")
    tags: "Family[Tags]" = Family("tags", "Tags")
    code_scans: "Family[EnterpriseOrganizationCodeScans]" = Family(
        "code_scans", "EnterpriseOrganizationCodeScans"
    )

    @property
    def org_id(self) -> str:
        """Id of the organization."""
        return self._ids["org_id"]


class EnterpriseScope(Scope):
    """The enterprise, `/enterprise/...`: `devin.enterprise`."""

    organizations: "Family[Organizations]" = Family("organizations", "Organizations")
    sessions: "Family[EnterpriseSessions]" = Family("enterprise_sessions", "EnterpriseSessions")
    audit_logs: "Family[EnterpriseAuditLogs]" = Family("audit_logs", "EnterpriseAuditLogs")
    consumption: "Family[EnterpriseConsumption]" = Family("consumption", "EnterpriseConsumption")
    roles: "Family[Roles]" = Family("roles", "Roles")
    service_users: "Family[EnterpriseServiceUsers]" = Family(
        "service_users", "EnterpriseServiceUsers"
    )
    metrics: "Family[EnterpriseMetrics]" = Family("metrics", "EnterpriseMetrics")
    acu_limits: "Family[EnterpriseAcuLimits]" = Family("acu_limits", "EnterpriseAcuLimits")
    user_acu_limits: "Family[EnterpriseUserAcuLimits]" = Family(
        "acu_limits", "EnterpriseUserAcuLimits"
    )
    usage_policies: "Family[UsagePolicies]" = Family("usage_policies", "UsagePolicies")
    blueprints: "Family[EnterpriseBlueprints]" = Family("blueprints", "EnterpriseBlueprints")
    users: "Family[EnterpriseUsers]" = Family("users", "EnterpriseUsers")
    idp_users: "Family[EnterpriseIdpUsers]" = Family("idp_users", "EnterpriseIdpUsers")
    idp_groups: "Family[EnterpriseIdpGroups]" = Family("idp_groups", "EnterpriseIdpGroups")
    service_user_api_keys: "Family[ServiceUserApiKeys]" = Family(
        "service_user_api_keys", "ServiceUserApiKeys"
    )
    git_connections: "Family[GitConnections]" = Family("git", "GitConnections")
    ip_access_list: "Family[IpAccessList]" = Family("ip_access_list", "IpAccessList")
    org_group_limits: "Family[OrganizationGroupLimits]" = Family(
        "group_limits", "OrganizationGroupLimits"
    )
    queue: "Family[Queue]" = Family("infrastructure", "Queue")
    hypervisors: "Family[Hypervisors]" = Family("infrastructure", "Hypervisors")
    guardrail_violations: "Family[EnterpriseGuardrailViolations]" = Family(
        "guardrails", "EnterpriseGuardrailViolations"
    )
    knowledge: "Family[EnterpriseKnowledge]" = Family("knowledge", "EnterpriseKnowledge")
    playbooks: "Family[EnterprisePlaybooks]" = Family("playbooks", "EnterprisePlaybooks")
    code_scans: "Family[EnterpriseCodeScans]" = Family("code_scans", "EnterpriseCodeScans")
    code_scan_profiles: "Family[EnterpriseCodeScanProfiles]" = Family(
        "code_scan_profiles", "EnterpriseCodeScanProfiles"
    )
    pr_reviews: "Family[EnterprisePRReviews]" = Family("pr_reviews", "EnterprisePRReviews")

    def organization(self, org_id: str) -> EnterpriseOrganizationScope:
        """Give the scope of one organization; nothing is sent."""
        return EnterpriseOrganizationScope(self._caller, org_id=check_id("org_id", org_id))
