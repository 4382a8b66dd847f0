"""Organizations of an enterprise, their tags, and the groups that share a limit."""

from datetime import datetime

from attrs import frozen

from devin_async.models.model import Model


@frozen(kw_only=True)
class Organization(Model):
    """An organization.

    Attributes:
        org_id: Id, `org-...`; also as `id`.
        max_cycle_acu_limit: ACUs it may use in a billing cycle; None is no limit, 0 blocks.
        max_session_acu_limit: ACUs that one session may use; None is no limit.
        created_at: UTC; None, as is `updated_at`, in the v3beta1 dialect, which does not tell.
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


@frozen(kw_only=True)
class OrganizationTags(Model):
    """The allowed tags of an organization after a change."""

    tags: list[str]


@frozen(kw_only=True)
class DefaultTag(Model):
    """The tag of sessions that were given none; None when there is none."""

    default_tag: str | None = None


@frozen(kw_only=True)
class OrganizationGroup(Model):
    """Organizations that share a limit.

    Attributes:
        org_ids: Its organizations; each may be in one group only.
        max_cycle_acus: ACUs that they may use together in a billing cycle; None is no limit.
    """

    org_ids: list[str]
    max_cycle_acus: int | None = None


@frozen(kw_only=True)
class OrganizationGroups(Model):
    """All groups, by their names."""

    groups: dict[str, OrganizationGroup]
