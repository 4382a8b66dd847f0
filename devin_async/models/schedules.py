"""Schedules, which the API deprecates in favour of automations."""

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

from devin_async.base.markers import TIMES_AS_TEXT, Open
from devin_async.models.model import Model

ScheduleAgent: TypeAlias = Open[Literal["devin", "data_analyst"]]
ScheduleNotifyOn: TypeAlias = Open[Literal["always", "failure", "never"]]
ScheduleType: TypeAlias = Open[Literal["recurring", "one_time"]]


@frozen(kw_only=True)
class SchedulePlaybook(Model):
    """The playbook of a schedule."""

    playbook_id: str
    title: str | None = None


@frozen(kw_only=True)
class Schedule(Model):
    """A prompt that starts sessions at set times.

    Attributes:
        scheduled_session_id: Its id, in spite of the name; also as `schedule_id`.
        frequency: Cron expression of a recurring one.
        interval_count: It runs at each so many-th of those times.
        scheduled_at: When a one-time schedule runs, UTC.
        target_devin_id: Session that a one-time schedule writes to instead of starting one.
        notify_on: Which runs its people are told of.
        consecutive_failures: Runs that failed since the last that worked.
        last_edited_by: Id of who changed it last.
    """

    scheduled_session_id: str
    org_id: str
    name: str
    prompt: str
    agent: ScheduleAgent
    enabled: bool
    notify_on: ScheduleNotifyOn
    consecutive_failures: int
    created_at: datetime
    updated_at: datetime
    created_by: str | None = None
    last_edited_by: str | None = None
    schedule_type: ScheduleType = "recurring"
    frequency: str | None = None
    interval_count: int = 1
    scheduled_at: datetime | None = None
    playbook: SchedulePlaybook | None = None
    platform: str | None = None
    bypass_approval: bool = False
    tags: list[str] | None = None
    target_devin_id: str | None = None
    slack_channel_id: str | None = None
    slack_team_id: str | None = None
    last_executed_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error_message: str | None = None

    @property
    def schedule_id(self) -> str:
        """Its id, under the name that the methods use."""
        return self.scheduled_session_id


TIMES_AS_TEXT.add(Schedule)
