"""Schedules of an organization, which the API deprecates in favour of automations."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from devin_async.base.arguments import check_count, check_ids, devin_id
from devin_async.base.markers import UNSET
from devin_async.base.times import When, to_iso
from devin_async.errors import InvalidArgumentError
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.schedules import Schedule, ScheduleAgent, ScheduleNotifyOn, ScheduleType
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class ScheduleSettings(TypedDict, total=False):
    """What `create` and `update` take; in an update what is left out stays, None clears.

    Attributes:
        schedule_type: "recurring", the server's default, which needs *frequency*, or "one_time",
            which needs *scheduled_at*.
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
    """

    schedule_type: ScheduleType
    frequency: str | None
    interval_count: int
    scheduled_at: When | None
    target_devin_id: str | None
    playbook_id: str | None
    agent: ScheduleAgent
    platform: str | None
    bypass_approval: bool
    tags: Sequence[str] | None
    notify_on: ScheduleNotifyOn
    slack_channel_id: str | None
    slack_team_id: str | None


class ScheduleChanges(ScheduleSettings, total=False):
    """What `update` takes; *run_as_user_id*, None for the bot, needs ImpersonateOrgSessions too."""

    name: str
    prompt: str
    enabled: bool
    run_as_user_id: str | None


class OrganizationSchedules(Resource):
    """Reached as `devin.organization(id).schedules`.

    Deprecated: use an automation with a trigger of the kind "schedule:recurring". Each method
    warns. Organizations that moved to automations answer 403 to `create`.
    """

    DEPRECATION = (
        "schedules are deprecated by the API; use an automation with a trigger of the kind "
        "'schedule:recurring'"
    )
    PATH = "/v3/organizations/{org_id}/schedules"
    ONE = PATH + "/{schedule_id}"

    LIST = Endpoint("GET", PATH, Schedule, "ViewOrgSchedules", paging="offset", deprecated=True)

    def list(self, **options: Unpack[ListOptions]) -> Pager[Schedule]:
        """List the schedules; 200 a page by default, and *after* may be an offset as text.

        `GET .../schedules`, permission ViewOrgSchedules. Deprecated.
        """
        return self._pager(self.LIST, options)

    CREATE = Endpoint("POST", PATH, Schedule, "ManageOrgSchedules", body="json", deprecated=True)

    async def create(
        self,
        name: str,
        *,
        prompt: str,
        create_as_user_id: str | None = None,
        **settings: Unpack[ScheduleSettings],
    ) -> Schedule:
        """Create a schedule.

        Args:
            prompt: What its sessions are to do.
            create_as_user_id: Act as this person; needs ImpersonateOrgSessions as well.
            **settings: `ScheduleSettings`: schedule_type, frequency, scheduled_at and others.

        `POST .../schedules`, permission ManageOrgSchedules. Deprecated.
        """
        _check_kind(settings)
        json = {"name": name, "prompt": prompt, "create_as_user_id": create_as_user_id}
        return await self._call(self.CREATE, json=json | _checked(settings))

    GET = Endpoint("GET", ONE, Schedule, "ViewOrgSchedules", deprecated=True)

    async def get(self, schedule_id: str) -> Schedule:
        """Read a schedule.

        `GET .../schedules/{schedule_id}`, permission ViewOrgSchedules. Deprecated.
        """
        return await self._call(self.GET, path=check_ids(schedule_id=schedule_id))

    UPDATE = Endpoint(
        "PATCH", ONE, Schedule, "ManageOrgSchedules", body="merge_patch", deprecated=True
    )

    async def update(self, schedule_id: str, **changes: Unpack[ScheduleChanges]) -> Schedule:
        """Change a schedule: what is left out stays, None clears; it takes `ScheduleChanges`.

        `PATCH .../schedules/{schedule_id}`, permission ManageOrgSchedules. Deprecated.
        """
        json = _checked(changes)
        return await self._call(self.UPDATE, path=check_ids(schedule_id=schedule_id), json=json)

    DELETE = Endpoint("DELETE", ONE, Schedule, "ManageOrgSchedules", deprecated=True)

    async def delete(self, schedule_id: str) -> Schedule:
        """Delete a schedule; gives it as it was.

        `DELETE .../schedules/{schedule_id}`, permission ManageOrgSchedules. Deprecated.
        """
        return await self._call(self.DELETE, path=check_ids(schedule_id=schedule_id))


def _check_kind(settings: ScheduleSettings) -> None:
    kind, target = settings.get("schedule_type"), settings.get("target_devin_id")
    if kind == "one_time":
        if settings.get("scheduled_at") is None:
            raise InvalidArgumentError("scheduled_at is missing; a one-time schedule needs it")
    elif kind in {None, "recurring"}:
        if settings.get("frequency") is None:
            raise InvalidArgumentError("frequency is missing; a recurring schedule needs it")
        if target is not None:
            raise InvalidArgumentError(
                f"target_devin_id is {target!r}; allowed: with schedule_type='one_time'"
            )


def _checked(json: Mapping[str, Any]) -> dict[str, Any]:
    """Check and convert what is given of the fields that both writes have."""
    fields = {name: value for name, value in json.items() if value not in (None, UNSET)}
    check_count("interval_count", fields.get("interval_count"), smallest=1)
    if "scheduled_at" in fields:
        fields["scheduled_at"] = to_iso("scheduled_at", fields["scheduled_at"])
    if "target_devin_id" in fields:
        fields["target_devin_id"] = devin_id("target_devin_id", fields["target_devin_id"])
    return {**json, **fields}
