"""Organizations of an enterprise."""

from datetime import datetime

from attrs import frozen

__all__ = ["Organization"]


@frozen(kw_only=True)
class Organization:
    """An organization.

    Attributes:
        org_id: Id, `org-...`; also as `id`.
        name: Name.
        max_cycle_acu_limit: ACUs it may use in a billing cycle; None is no limit, 0 blocks.
        max_session_acu_limit: ACUs that one session may use; None is no limit.
        created_at: UTC; None in the v3beta1 dialect, which does not tell.
        updated_at: UTC; None in the v3beta1 dialect, which does not tell.
    """

    org_id: str
    name: str
    max_cycle_acu_limit: int | None = None
    max_session_acu_limit: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def id(self) -> str:
        """The older name of `org_id`."""
        return self.org_id
