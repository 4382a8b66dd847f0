"""Automations of an organization."""

from collections.abc import Mapping, Sequence
from typing import Any

from devin_async.calling import Resource
from devin_async.markers import UNSET, Unset
from devin_async.models.automation_parts import AutomationAction, AutomationRunAs
from devin_async.models.automations import (
    Automation,
    AutomationAgentType,
    AutomationConcurrency,
    AutomationLimits,
    AutomationNotifications,
    AutomationSchemas,
    AutomationSecurityProfileSelection,
    AutomationSessionSettings,
    AutomationTemplates,
    AutomationTools,
    AutomationTrigger,
    SlackReplyAccess,
    TeamsReplyAccess,
)
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.resources.automation_bodies import create_body, update_body
from devin_async.values import check_id, check_length

__all__ = ["OrganizationAutomations"]

_AUTOMATIONS = "/v3/organizations/{org_id}/automations"
_AUTOMATION = "/v3/organizations/{org_id}/automations/{automation_id}"


class OrganizationAutomations(Resource):
    """Reached as `devin.organization(id).automations`.

    Groups and parts are given as the classes of `devin_async.models.automations` and
    `automation_parts`, or as plain mappings, which are sent as they are: for kinds that are newer
    than this package.
    """

    LIST = Endpoint("GET", _AUTOMATIONS, Automation, "ViewOrgAutomations", paging="cursor")

    def list(
        self,
        *,
        search: str | None = None,
        creator_id: str | None = None,
        enabled: bool | None = None,
        event_type: str | None = None,
        agent_types: Sequence[AutomationAgentType] | None = None,
        metadata: Mapping[str, str] | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
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
        check_length("agent_types", agent_types)
        query = {
            "search": search,
            "creator_id": creator_id,
            "enabled": enabled,
            "event_type": event_type,
            "agent_types": agent_types,
            **{f"metadata.{key}": value for key, value in (metadata or {}).items()},
        }
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)

    CREATE = Endpoint("POST", _AUTOMATIONS, Automation, "ManageOrgAutomations", body="json")

    async def create(
        self,
        name: str,
        *,
        triggers: Sequence[AutomationTrigger | Mapping[str, Any]],
        actions: Sequence[AutomationAction | Mapping[str, Any]],
        run_as: AutomationRunAs | Mapping[str, Any],
        enabled: bool | None = None,
        metadata: Mapping[str, str] | None = None,
        session_settings: AutomationSessionSettings | Mapping[str, Any] | None = None,
        notifications: AutomationNotifications | Mapping[str, Any] | None = None,
        tools: AutomationTools | Mapping[str, Any] | None = None,
        limits: AutomationLimits | Mapping[str, Any] | None = None,
        concurrency: AutomationConcurrency | Mapping[str, Any] | None = None,
        security_profile: AutomationSecurityProfileSelection | Mapping[str, Any] | None = None,
        slack_reply_access: SlackReplyAccess | None = None,
        teams_reply_access: TeamsReplyAccess | None = None,
        template_id: str | None = None,
    ) -> Automation:
        """Create an automation; the answer tells a webhook's secret, this once.

        Args:
            name: 1 to 500 characters.
            triggers: What sets it off; at most one of "webhook:incoming".
            actions: What it does; at most one `StartSessionAction`, and a `MonitorSessionAction`
                only alone.
            run_as: Whom it acts as; a service user chooses `RunAsOrganization`. `RunAsCreator`
                needs UsePersonalAutomations as well.
            enabled: The server's default is True.
            metadata: At most 16 pairs, keys up to 32 and values up to 128 characters.
            session_settings: Mode and network of its sessions; without a policy the network is
                blocked.
            notifications: Who is told of runs.
            tools: What its sessions may use.
            limits: ACUs for a session, and runs in a window of time.
            concurrency: Runs at a time, and events that wait.
            security_profile: None is the inherited one.
            slack_reply_access: Who may answer in Slack; the server's default is "slack_users".
            teams_reply_access: Who may answer in Teams; the server's default is "teams_users".
            template_id: Template that it is made from.

        `POST /v3/organizations/{org_id}/automations`, permission ManageOrgAutomations.
        """
        json = {
            "name": name,
            "triggers": triggers,
            "actions": actions,
            "run_as": run_as,
            "enabled": enabled,
            "metadata": metadata,
            "session_settings": session_settings,
            "notifications": notifications,
            "tools": tools,
            "limits": limits,
            "concurrency": concurrency,
            "security_profile": security_profile,
            "slack_reply_access": slack_reply_access,
            "teams_reply_access": teams_reply_access,
            "template_id": template_id,
        }
        return await self._call(self.CREATE, json=create_body(json))

    GET = Endpoint("GET", _AUTOMATION, Automation, "ViewOrgAutomations")

    async def get(self, automation_id: str) -> Automation:
        """Read an automation.

        `GET /v3/organizations/{org_id}/automations/{automation_id}`, permission
        ViewOrgAutomations.
        """
        return await self._call(self.GET, path=_automation(automation_id))

    UPDATE = Endpoint("PATCH", _AUTOMATION, Automation, "ManageOrgAutomations", body="merge_patch")

    async def update(
        self,
        automation_id: str,
        *,
        name: str | Unset = UNSET,
        enabled: bool | Unset = UNSET,
        triggers: Sequence[AutomationTrigger | Mapping[str, Any]] | Unset = UNSET,
        actions: Sequence[AutomationAction | Mapping[str, Any]] | Unset = UNSET,
        run_as: AutomationRunAs | Mapping[str, Any] | Unset | None = UNSET,
        metadata: Mapping[str, str | None] | Unset | None = UNSET,
        session_settings: AutomationSessionSettings | Mapping[str, Any] | Unset | None = UNSET,
        notifications: AutomationNotifications | Mapping[str, Any] | Unset | None = UNSET,
        tools: AutomationTools | Mapping[str, Any] | Unset | None = UNSET,
        limits: AutomationLimits | Mapping[str, Any] | Unset | None = UNSET,
        concurrency: AutomationConcurrency | Mapping[str, Any] | Unset | None = UNSET,
        security_profile: AutomationSecurityProfileSelection
        | Mapping[str, Any]
        | Unset
        | None = UNSET,
        slack_reply_access: SlackReplyAccess | Unset | None = UNSET,
        teams_reply_access: TeamsReplyAccess | Unset | None = UNSET,
    ) -> Automation:
        """Change an automation: what is left out stays, None clears or gives the default back.

        Lists replace the stored ones. A class is sent whole, so that organizations of either kind
        of update (`schemas().update_semantics`) come to the same; a mapping holds just what it
        says, which changes a part of a group, or of the only action of its kind. In *metadata*
        None deletes a pair. `run_as=None` is the organization, `security_profile=None` the
        inherited one. Limits are those of `create`.

        `PATCH /v3/organizations/{org_id}/automations/{automation_id}`, permission
        ManageOrgAutomations.
        """
        json = {
            "name": name,
            "enabled": enabled,
            "triggers": triggers,
            "actions": actions,
            "run_as": run_as,
            "metadata": metadata,
            "session_settings": session_settings,
            "notifications": notifications,
            "tools": tools,
            "limits": limits,
            "concurrency": concurrency,
            "security_profile": security_profile,
            "slack_reply_access": slack_reply_access,
            "teams_reply_access": teams_reply_access,
        }
        path = _automation(automation_id)
        return await self._call(self.UPDATE, path=path, json=update_body(json))

    DELETE = Endpoint("DELETE", _AUTOMATION, Automation, "ManageOrgAutomations")

    async def delete(self, automation_id: str) -> Automation:
        """Delete an automation; gives it as it was.

        `DELETE /v3/organizations/{org_id}/automations/{automation_id}`, permission
        ManageOrgAutomations.
        """
        return await self._call(self.DELETE, path=_automation(automation_id))

    SCHEMAS = Endpoint("GET", f"{_AUTOMATIONS}/schemas", AutomationSchemas, "ViewOrgAutomations")

    async def schemas(self, *, security_profile_id: str | None = None) -> AutomationSchemas:
        """Read which events there are, with their fields.

        Args:
            security_profile_id: Tell what this profile does as well; needs the permission to
                manage profiles.

        `GET /v3/organizations/{org_id}/automations/schemas`, permission ViewOrgAutomations.
        """
        query = {"security_profile_id": security_profile_id}
        return await self._call(self.SCHEMAS, query=query)

    TEMPLATES = Endpoint(
        "GET",
        f"{_AUTOMATIONS}/templates",
        AutomationTemplates,
        "ViewOrgAutomations",
        unconfirmed=True,
    )

    async def templates(self) -> AutomationTemplates:
        """Read all templates at once.

        `GET /v3/organizations/{org_id}/automations/templates`, permission ViewOrgAutomations.
        Unconfirmed.
        """
        return await self._call(self.TEMPLATES)


def _automation(automation_id: str) -> dict[str, str]:
    return {"automation_id": check_id("automation_id", automation_id)}
