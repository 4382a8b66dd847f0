"""The three scopes: plain objects with one attribute for each family."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from devin_async.values import check_id

if TYPE_CHECKING:
    from devin_async.resources.audit_logs import EnterpriseAuditLogs, OrganizationAuditLogs
    from devin_async.resources.base import Caller
    from devin_async.resources.consumption import (
        EnterpriseConsumption,
        OrganizationConsumptionReports,
    )
    from devin_async.resources.organizations import Organizations
    from devin_async.resources.roles import Roles
    from devin_async.resources.service_users import (
        EnterpriseServiceUsers,
        OrganizationServiceUsers,
    )
    from devin_async.resources.sessions import OrganizationSessions

__all__ = ["EnterpriseOrganizationScope", "EnterpriseScope", "OrganizationScope", "Scope"]

R = TypeVar("R")


class Family(Generic[R]):
    """An attribute of a scope that loads its module when it is first used.

    Most programs use a few families; importing all of them would double the import time.
    """

    def __init__(self, module: str, class_name: str) -> None:
        self._module = module
        self._class_name = class_name
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
        return getattr(import_module(f"devin_async.resources.{self._module}"), self._class_name)


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
    consumption: "Family[OrganizationConsumptionReports]" = Family(
        "consumption", "OrganizationConsumptionReports"
    )
    service_users: "Family[OrganizationServiceUsers]" = Family(
        "service_users", "OrganizationServiceUsers"
    )

    @property
    def org_id(self) -> str:
        """Id of the organization."""
        return self._ids["org_id"]


class EnterpriseOrganizationScope(Scope):
    """One organization as its enterprise sees it, `/enterprise/organizations/{org_id}/...`.

    `devin.enterprise.organization(id)`; its calls need permissions of the enterprise.
    """

    audit_logs: "Family[OrganizationAuditLogs]" = Family("audit_logs", "OrganizationAuditLogs")

    @property
    def org_id(self) -> str:
        """Id of the organization."""
        return self._ids["org_id"]


class EnterpriseScope(Scope):
    """The enterprise, `/enterprise/...`: `devin.enterprise`."""

    organizations: "Family[Organizations]" = Family("organizations", "Organizations")
    audit_logs: "Family[EnterpriseAuditLogs]" = Family("audit_logs", "EnterpriseAuditLogs")
    consumption: "Family[EnterpriseConsumption]" = Family("consumption", "EnterpriseConsumption")
    roles: "Family[Roles]" = Family("roles", "Roles")
    service_users: "Family[EnterpriseServiceUsers]" = Family(
        "service_users", "EnterpriseServiceUsers"
    )

    def organization(self, org_id: str) -> EnterpriseOrganizationScope:
        """Give the scope of one organization; nothing is sent."""
        return EnterpriseOrganizationScope(self._caller, org_id=check_id("org_id", org_id))
