"""Snapshot setup: blueprints, the files they use, and the builds made of them."""

from datetime import datetime
from typing import Literal

from attrs import field, frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model

BuildStatus = Literal["pending", "running", "succeeded", "failed", "cancelled"]


@frozen(kw_only=True)
class Blueprint(Model):
    """What a snapshot is set up by; `repo_name` is told where it belongs to a repository."""

    blueprint_id: str
    type: Open[Literal["enterprise", "org", "repo"]]
    repo_name: str | None
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class BlueprintFile(Model):
    """A file of a blueprint, which its steps know by the variable `env_var_name`."""

    file_id: str
    blueprint_id: str
    name: str
    env_var_name: str
    size_bytes: int
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class Build(Model):
    """A snapshot that is, or was, built.

    Attributes:
        status: "succeeded", "failed" and "cancelled" are final.
        trigger: Whether a person or a change started it.
        pinned: Whether somebody chose it as the active snapshot.
        triggered_by_user_id: Who started it, when it was a person.
    """

    build_id: str
    status: Open[BuildStatus]
    pinned: bool
    created_at: datetime
    updated_at: datetime
    trigger: Open[Literal["manual", "auto"]] | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    triggered_by_user_id: str | None = None


@frozen(kw_only=True)
class PresignedDownload(Model):
    """A link that lets whoever has it download something, for about ten minutes.

    Attributes:
        url: On another host; ask it without the key. Left out of the repr.
        expires_at: When it stops working, UTC.
    """

    url: str = field(repr=False)
    expires_at: datetime
