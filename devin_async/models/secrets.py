"""Secrets of an organization, without their values."""

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model

SecretType: TypeAlias = Open[Literal["cookie", "key-value", "totp"]]


@frozen(kw_only=True)
class StoredSecret(Model):
    """A secret as the API tells of it: everything but its value.

    Attributes:
        key: Name under which sessions find it.
        access_type: "org" for all sessions of the organization, "personal" for one person's.
        is_sensitive: Whether Devin masks it in what it writes.
        created_by: Id of who made it.
        updated_by: Id of who changed it last.
    """

    secret_id: str
    secret_type: SecretType
    access_type: Open[Literal["org", "personal"]]
    is_sensitive: bool
    created_at: datetime
    created_by: str
    key: str | None = None
    note: str | None = None
    updated_at: datetime | None = None
    updated_by: str | None = None
