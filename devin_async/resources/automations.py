"""Automations of an organization."""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from devin_async.base.arguments import check_ids
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.automation_parts import AutomationAction, AutomationRunAs
from devin_async.models.automations import (
    Automation,
    AutomationAgentType,
    AutomationChanges,
    AutomationSchemas,
    AutomationSettings,
    AutomationTemplates,
    AutomationTrigger,
)
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource
from devin_async.resources.automation_bodies import checked_body


class OrganizationAutomations(Resource):
    """Reached as `devin.organization(id).automations`.

    Groups and parts are given as the classes of `devin_async.models.automations` and
    `automation_parts`, or as plain mappings, which are sent as they are: for kinds that are newer
    than this package.
    """

    PATH = "/v3/organizations/{org_id}/automations"
    ONE = PATH + "/{automation_id}"

    LIST = Endpoint("GET", PATH, Automation, "ViewOrgAutomations", paging="cursor")

    def list(
        self,
        *,
        search: str | None = None,
        creator_id: str | None = None,
        enabled: bool | None = None,
        event_type: str | None = None,
        agent_types: Sequence[AutomationAgentType] | None = None,
        metadata: Mapping[str, str] | None = None,
        **options: Unpack[ListOptions],
    ) -> Pager[Automation]:
        """List automations; right after a write it may still show what was before.

        Args:
            search: Only those that hold this text.
            creator_id: Only of this person or service user.
            enabled: Only those that are on, or only those that are off.
            event_type: Only those that wait for this, such as "schedule:recurring".
            agent_types: Only with an action of any of these kinds, such as "new_session".
            metadata: Only with all of these pairs, exactly as written.

        `GET /v3/organizations/{org_id}/automations`, permission ViewOrgAutomations.
        """
        query = {
            "search": search,
            "creator_id": creator_id,
            "enabled": enabled,
            "event_type": event_type,
            "agent_types": agent_types,
            **{f"metadata.{key}": value for key, value in (metadata or {}).items()},
        }
        return self._pager(self.LIST, options, query=query)

    CREATE = Endpoint("POST", PATH, Automation, "ManageOrgAutomations", body="json")

    async def create(
        self,
        name: str,
        *,
        triggers: Sequence[AutomationTrigger | Mapping[str, Any]],
        actions: Sequence[AutomationAction | Mapping[str, Any]],
        run_as: AutomationRunAs | Mapping[str, Any],
        template_id: str | None = None,
        **settings: Unpack[AutomationSettings],
    ) -> Automation:
        """Create an automation; the answer tells a webhook's secret, this once.

        Args:
            name: 1 to 500 characters.
            triggers: What sets it off; at most one of "webhook:incoming".
            actions: What it does; at most one `StartSessionAction`, and a `MonitorSessionAction`
                only alone.
            run_as: Whom it acts as; a service user chooses `RunAsOrganization`. `RunAsCreator`
                needs UsePersonalAutomations as well.
            template_id: Template that it is made from.
            **settings: `AutomationSettings`: enabled, limits, tools and others.

        `POST .../automations`, permission ManageOrgAutomations.
        """
        json = {
            "name": name,
            "triggers": triggers,
            "actions": actions,
            "run_as": run_as,
            "template_id": template_id,
            **settings,
        }
        return await self._call(self.CREATE, json=checked_body(json, whole=False))

    GET = Endpoint("GET", ONE, Automation, "ViewOrgAutomations")

    async def get(self, automation_id: str) -> Automation:
        """Read an automation.

        `GET .../automations/{automation_id}`, permission ViewOrgAutomations.
        """
        return await self._call(self.GET, path=check_ids(automation_id=automation_id))

    UPDATE = Endpoint("PATCH", ONE, Automation, "ManageOrgAutomations", body="merge_patch")

    async def update(self, automation_id: str, **changes: Unpack[AutomationChanges]) -> Automation:
        """Change an automation: what is left out stays, None clears; it takes `AutomationChanges`.

        `PATCH .../automations/{automation_id}`, permission ManageOrgAutomations.
        """
        json = checked_body(changes, whole=True)
        return await self._call(self.UPDATE, path=check_ids(automation_id=automation_id), json=json)

    DELETE = Endpoint("DELETE", ONE, Automation, "ManageOrgAutomations")

    async def delete(self, automation_id: str) -> Automation:
        """Delete an automation; gives it as it was.

        `DELETE .../automations/{automation_id}`, permission ManageOrgAutomations.
        """
        return await self._call(self.DELETE, path=check_ids(automation_id=automation_id))

    SCHEMAS = Endpoint("GET", PATH + "/schemas", AutomationSchemas, "ViewOrgAutomations")

    async def schemas(self, *, security_profile_id: str | None = None) -> AutomationSchemas:
        """Read which events there are, with their fields, and what a security profile does to them.

        *security_profile_id* needs the permission to manage profiles.

        `GET /v3/organizations/{org_id}/automations/schemas`, permission ViewOrgAutomations.
        """
        return await self._call(self.SCHEMAS, query={"security_profile_id": security_profile_id})

    TEMPLATES = Endpoint(
        "GET", PATH + "/templates", AutomationTemplates, "ViewOrgAutomations", unconfirmed=True
    )

    async def templates(self) -> AutomationTemplates:
        """Read all templates at once.

        `GET .../automations/templates`, permission ViewOrgAutomations. Unconfirmed.
        """
        return await self._call(self.TEMPLATES)
