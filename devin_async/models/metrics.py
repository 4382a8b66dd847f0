"""Metrics: what was counted in a range of time."""

from datetime import datetime

from attrs import frozen

from devin_async.models.model import Model


@frozen(kw_only=True)
class ActiveUsers(Model):
    """How many people were active from `start_time` to `end_time`."""

    active_users: int
    start_time: datetime
    end_time: datetime


@frozen(kw_only=True)
class PullRequestMetrics(Model):
    """Pull requests of the range's sessions.

    Attributes:
        prs_opened_count: Those that are open now.
        prs_taken_over_count: Like the three fields after it None where the server is older.
    """

    prs_created_count: int
    prs_opened_count: int
    prs_merged_count: int
    prs_closed_count: int
    prs_taken_over_count: int | None = None
    prs_taken_over_opened_count: int | None = None
    prs_taken_over_merged_count: int | None = None
    prs_taken_over_closed_count: int | None = None


@frozen(kw_only=True)
class SearchMetrics(Model):
    """Searches of the range."""

    searches_created_count: int


@frozen(kw_only=True)
class SessionsBySize(Model):
    """How many sessions there were of each size."""

    xs: int = 0
    s: int = 0
    m: int = 0
    l: int = 0  # noqa: E741 - the API's name
    xl: int = 0


@frozen(kw_only=True)
class SessionMetrics(Model):
    """Sessions of the range.

    Attributes:
        sessions_created_by_origin: By webapp, slack, api, automation and so on; others may come,
            and those without a session may be missing.
    """

    sessions_created_count: int
    sessions_created_by_origin: dict[str, int]
    sessions_created_by_size: SessionsBySize
    sessions_created_with_playbook_count: int
    sessions_created_with_search_count: int
    sessions_with_merged_prs_count: int
    sessions_with_merged_prs_by_size: SessionsBySize
    avg_acus_per_session: float


@frozen(kw_only=True)
class SubcategoryMetrics(Model):
    """Sessions and ACUs of a part of a category."""

    subcategory_id: str | None
    display_name: str
    sessions_count: int
    acus: float


@frozen(kw_only=True)
class CategoryMetrics(Model):
    """Sessions and ACUs of one kind of work."""

    category: str
    sessions_count: int
    acus: float
    subcategories: list[SubcategoryMetrics]


@frozen(kw_only=True)
class SessionMetricsByCategory(Model):
    """Sessions and ACUs of each kind of work."""

    categories: list[CategoryMetrics]


@frozen(kw_only=True)
class UsageMetrics(Model):
    """The four main counts of a range."""

    sessions_count: int
    searches_count: int
    prs_created_count: int
    prs_merged_count: int
