"""Schedules of an organization, which the API deprecates in favour of automations."""

import warnings
from collections.abc import Sequence
from typing import Any

from devin_async.calling import Resource
from devin_async.errors import InvalidArgumentError
from devin_async.markers import UNSET, Unset
from devin_async.models.schedules import Schedule, ScheduleAgent, ScheduleNotifyOn, ScheduleType
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import When, check_count, check_id, check_length, devin_id, to_iso

__all__ = ["OrganizationSchedules"]

_SCHEDULES = "/v3/organizations/{org_id}/schedules"
_SCHEDULE = "/v3/organizations/{org_id}/schedules/{schedule_id}"


class OrganizationSchedules(Resource):
    """Reached as `devin.organization(id).schedules`.

    Deprecated: use an automation with a trigger of the kind "schedule:recurring". Each method
    warns. Organizations that moved to automations answer 403 to `create`.
    """

    LIST = Endpoint(
        "GET", _SCHEDULES, Schedule, "ViewOrgSchedules", paging="offset", deprecated=True
    )

    def list(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[Schedule]:
        """List the schedules.

        Args:
            page_size: Items a request (the API's `limit`), 1 to 200; the server's default is 200.
            limit: Items in all.
            after: Checkpoint, or offset as text, to go on from.

        `GET /v3/organizations/{org_id}/schedules`, permission ViewOrgSchedules. Deprecated.
        """
        _warn()
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)

    CREATE = Endpoint(
        "POST", _SCHEDULES, Schedule, "ManageOrgSchedules", body="json", deprecated=True
    )

    async def create(
        self,
        name: str,
        *,
        prompt: str,
        schedule_type: ScheduleType | None = None,
        frequency: str | None = None,
        interval_count: int | None = None,
        scheduled_at: When | None = None,
        target_devin_id: str | None = None,
        playbook_id: str | None = None,
        agent: ScheduleAgent | None = None,
        platform: str | None = None,
        bypass_approval: bool | None = None,
        tags: Sequence[str] | None = None,
        notify_on: ScheduleNotifyOn | None = None,
        slack_channel_id: str | None = None,
        slack_team_id: str | None = None,
        create_as_user_id: str | None = None,
    ) -> Schedule:
        """Create a schedule.

        Args:
            name: Its name.
            prompt: What its sessions are to do.
            schedule_type: "recurring", the server's default, which needs *frequency*, or
                "one_time", which needs *scheduled_at*.
            frequency: Cron expression.
            interval_count: Run at each so many-th of those times only.
            scheduled_at: When a one-time schedule runs: an aware datetime or unix seconds (UTC).
            target_devin_id: Write to this session instead of starting one; one-time only.
            playbook_id: Playbook to follow.
            agent: "devin", the server's default, or "data_analyst".
            platform: VM label of the organization.
            bypass_approval: Do not ask for approvals.
            tags: Tags of its sessions.
            notify_on: "always", "failure" or "never"; the server's default is "failure".
            slack_channel_id: Channel to tell.
            slack_team_id: Workspace of that channel.
            create_as_user_id: Act as this person; needs ImpersonateOrgSessions as well.

        `POST /v3/organizations/{org_id}/schedules`, permission ManageOrgSchedules. Deprecated.
        """
        _warn()
        _check_kind(schedule_type, frequency, scheduled_at, target_devin_id)
        json = {
            "name": name,
            "prompt": prompt,
            "schedule_type": schedule_type,
            "frequency": frequency,
            "interval_count": interval_count,
            "scheduled_at": scheduled_at,
            "target_devin_id": target_devin_id,
            "playbook_id": playbook_id,
            "agent": agent,
            "platform": platform,
            "bypass_approval": bypass_approval,
            "tags": tags,
            "notify_on": notify_on,
            "slack_channel_id": slack_channel_id,
            "slack_team_id": slack_team_id,
            "create_as_user_id": create_as_user_id,
        }
        return await self._call(self.CREATE, json=_checked(json))

    GET = Endpoint("GET", _SCHEDULE, Schedule, "ViewOrgSchedules", deprecated=True)

    async def get(self, schedule_id: str) -> Schedule:
        """Read a schedule.

        `GET /v3/organizations/{org_id}/schedules/{schedule_id}`, permission ViewOrgSchedules.
        Deprecated.
        """
        _warn()
        path = {"schedule_id": check_id("schedule_id", schedule_id)}
        return await self._call(self.GET, path=path)

    UPDATE = Endpoint(
        "PATCH", _SCHEDULE, Schedule, "ManageOrgSchedules", body="merge_patch", deprecated=True
    )

    async def update(
        self,
        schedule_id: str,
        *,
        name: str | Unset = UNSET,
        prompt: str | Unset = UNSET,
        enabled: bool | Unset = UNSET,
        schedule_type: ScheduleType | Unset = UNSET,
        frequency: str | Unset | None = UNSET,
        interval_count: int | Unset = UNSET,
        scheduled_at: When | Unset | None = UNSET,
        target_devin_id: str | Unset | None = UNSET,
        playbook_id: str | Unset | None = UNSET,
        agent: ScheduleAgent | Unset = UNSET,
        platform: str | Unset | None = UNSET,
        bypass_approval: bool | Unset = UNSET,
        tags: Sequence[str] | Unset | None = UNSET,
        notify_on: ScheduleNotifyOn | Unset = UNSET,
        slack_channel_id: str | Unset | None = UNSET,
        slack_team_id: str | Unset | None = UNSET,
        run_as_user_id: str | Unset | None = UNSET,
    ) -> Schedule:
        """Change a schedule: what is left out stays, None clears.

        The arguments are those of `create`. *run_as_user_id* makes it act as that person, or with
        None as the bot, and needs ImpersonateOrgSessions as well.

        `PATCH /v3/organizations/{org_id}/schedules/{schedule_id}`, permission ManageOrgSchedules.
        Deprecated.
        """
        _warn()
        json = {
            "name": name,
            "prompt": prompt,
            "enabled": enabled,
            "schedule_type": schedule_type,
            "frequency": frequency,
            "interval_count": interval_count,
            "scheduled_at": scheduled_at,
            "target_devin_id": target_devin_id,
            "playbook_id": playbook_id,
            "agent": agent,
            "platform": platform,
            "bypass_approval": bypass_approval,
            "tags": tags,
            "notify_on": notify_on,
            "slack_channel_id": slack_channel_id,
            "slack_team_id": slack_team_id,
            "run_as_user_id": run_as_user_id,
        }
        path = {"schedule_id": check_id("schedule_id", schedule_id)}
        return await self._call(self.UPDATE, path=path, json=_checked(json))

    DELETE = Endpoint("DELETE", _SCHEDULE, Schedule, "ManageOrgSchedules", deprecated=True)

    async def delete(self, schedule_id: str) -> Schedule:
        """Delete a schedule; gives it as it was.

        `DELETE /v3/organizations/{org_id}/schedules/{schedule_id}`, permission ManageOrgSchedules.
        Deprecated.
        """
        _warn()
        path = {"schedule_id": check_id("schedule_id", schedule_id)}
        return await self._call(self.DELETE, path=path)


def _warn() -> None:
    warnings.warn(
        "schedules are deprecated by the API; use an automation with a trigger of the kind "
        "'schedule:recurring'",
        DeprecationWarning,
        stacklevel=3,  # the line that calls the method
    )


def _check_kind(
    schedule_type: str | None,
    frequency: str | None,
    scheduled_at: When | None,
    target_devin_id: str | None,
) -> None:
    if schedule_type == "one_time":
        if scheduled_at is None:
            raise InvalidArgumentError("scheduled_at is missing; a one-time schedule needs it")
    elif schedule_type in {None, "recurring"}:
        if frequency is None:
            raise InvalidArgumentError("frequency is missing; a recurring schedule needs it")
        if target_devin_id is not None:
            raise InvalidArgumentError(
                f"target_devin_id is {target_devin_id!r}; allowed: with schedule_type='one_time'"
            )


def _checked(json: dict[str, Any]) -> dict[str, Any]:
    """Check and convert what is given of the fields that both writes have."""
    given = {name: value for name, value in json.items() if value not in (None, UNSET)}
    check_count("interval_count", given.get("interval_count"), smallest=1)
    check_length("tags", given.get("tags"))
    if "scheduled_at" in given:
        given["scheduled_at"] = to_iso("scheduled_at", given["scheduled_at"])
    if "target_devin_id" in given:
        given["target_devin_id"] = devin_id("target_devin_id", given["target_devin_id"])
    return {**json, **given}
