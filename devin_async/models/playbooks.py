"""Playbooks."""

from datetime import datetime
from typing import Any, Literal

from attrs import frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model


@frozen(kw_only=True)
class Playbook(Model):
    """Instructions that sessions can follow.

    Attributes:
        macro: Shortcut that calls it in a prompt, such as "!deploy".
        access_type: Whether it belongs to one organization or to the whole enterprise.
        org_id: Its organization; None when it belongs to the enterprise.
        structured_output_schema: JSON Schema of the result that its sessions give.
        created_by: Id of who made it.
        updated_by: Id of who changed it last.
    """

    playbook_id: str
    title: str
    body: str
    access_type: Open[Literal["enterprise", "org"]]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    macro: str | None = None
    org_id: str | None = None
    structured_output_schema: dict[str, Any] | None = None
