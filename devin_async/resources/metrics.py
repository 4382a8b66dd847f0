"""Metrics: active people, sessions, pull requests and searches in a range of time."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypedDict, TypeVar, Unpack

from devin_async.base.arguments import check_count
from devin_async.base.times import When, check_time_range
from devin_async.lists.options import split_options
from devin_async.lists.pager import Pager
from devin_async.models.metrics import (
    ActiveUsers,
    PullRequestMetrics,
    SearchMetrics,
    SessionMetrics,
    SessionMetricsByCategory,
    UsageMetrics,
)
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

T = TypeVar("T")


class MetricsRange(TypedDict):
    """What is counted: what happened in a range of time.

    Attributes:
        time_after: Start of the range, an aware datetime or unix seconds (UTC).
        time_before: End of the range.
    """

    time_after: When
    time_before: When


class ActivityFilters(MetricsRange, total=False):
    """Who is active: who has so many sessions or so many searches.

    Attributes:
        min_sessions: From 0; the enterprise's default is 1.
        min_searches: From 0; the enterprise's default is 1.
    """

    min_sessions: int | None
    min_searches: int | None


class ActivityOptions(ActivityFilters, total=False):
    """Who is active, and how many items of the list are wanted in all."""

    limit: int | None


class WorkFilters(MetricsRange, total=False):
    """Whose sessions count: those of these people, of these service users, of this playbook."""

    user_ids: Sequence[str] | None
    service_user_ids: Sequence[str] | None
    playbook_id: str | None


class EnterpriseMetricsRange(MetricsRange, total=False):
    """What is counted, and in which organizations; in all of them when left out."""

    org_ids: Sequence[str] | None


class EnterpriseActivityFilters(ActivityFilters, EnterpriseMetricsRange):
    """Who is active, and in which organizations."""


class EnterpriseActivityOptions(ActivityOptions, EnterpriseMetricsRange):
    """Who is active, in which organizations, and how many items are wanted."""


class EnterpriseWorkFilters(WorkFilters, EnterpriseMetricsRange):
    """Whose sessions count, and in which organizations."""


class Metrics(Resource):
    """What the metrics of all scopes share."""

    USAGE: ClassVar[Endpoint[UsageMetrics]]
    MOST_DAYS: ClassVar[int | None] = None

    async def usage(
        self, *, time_after: When | None = None, time_before: When | None = None
    ) -> UsageMetrics:
        """Count sessions, searches and pull requests, in all unless a range is given.

        `GET .../metrics/usage`, permission ViewAccountMetrics (organization: ViewOrgMetrics).
        """
        since, until = check_time_range(time_after, time_before, most_days=None)
        return await self._call(self.USAGE, query={"time_after": since, "time_before": until})

    async def _counted(
        self, endpoint: Endpoint[T], arguments: Mapping[str, Any], declared: type
    ) -> T:
        query, _ = split_options(arguments, declared)
        return await self._call(endpoint, query=self._checked(query))

    def _listed(
        self, endpoint: Endpoint[T], arguments: Mapping[str, Any], declared: type
    ) -> Pager[T]:
        query, options = split_options(arguments, declared)
        return self._pager(endpoint, options, query=self._checked(query))

    def _checked(self, query: dict[str, Any]) -> dict[str, Any]:
        times = query["time_after"], query["time_before"]
        since, until = check_time_range(*times, most_days=self.MOST_DAYS)
        for name in ("min_sessions", "min_searches"):
            check_count(name, query.get(name))
        return query | {"time_after": since, "time_before": until}


class EnterpriseOrganizationMetrics(Metrics):
    """Reached as `devin.enterprise.organization(id).metrics`."""

    PATH = "/v3/enterprise/organizations/{org_id}/metrics"

    USAGE = Endpoint("GET", PATH + "/usage", UsageMetrics, "ViewAccountMetrics")


class OrganizationMetrics(Metrics):
    """Reached as `devin.organization(id).metrics`; ranges of at most 100 days."""

    PATH = "/v3/organizations/{org_id}/metrics"
    MOST_DAYS = 100

    USAGE = Endpoint("GET", PATH + "/usage", UsageMetrics, "ViewOrgMetrics")

    DAU = Endpoint("GET", PATH + "/dau", ActiveUsers, "ViewOrgMetrics", paging="none")

    def dau(self, **options: Unpack[ActivityOptions]) -> Pager[ActiveUsers]:
        """Count the active people of each day (UTC), in order; not paged by the API.

        `GET .../metrics/dau`, permission ViewOrgMetrics.
        """
        return self._listed(self.DAU, options, ActivityOptions)

    WAU = Endpoint("GET", PATH + "/wau", ActiveUsers, "ViewOrgMetrics", paging="none")

    def wau(self, **options: Unpack[ActivityOptions]) -> Pager[ActiveUsers]:
        """Count the active people of each week (from Monday, UTC), in order; not paged by the API.

        `GET .../metrics/wau`, permission ViewOrgMetrics.
        """
        return self._listed(self.WAU, options, ActivityOptions)

    MAU = Endpoint("GET", PATH + "/mau", ActiveUsers, "ViewOrgMetrics", paging="none")

    def mau(self, **options: Unpack[ActivityOptions]) -> Pager[ActiveUsers]:
        """Count the active people of each month (UTC), in order; not paged by the API.

        `GET .../metrics/mau`, permission ViewOrgMetrics.
        """
        return self._listed(self.MAU, options, ActivityOptions)

    ACTIVE_USERS = Endpoint("GET", PATH + "/active-users", ActiveUsers, "ViewOrgMetrics")

    async def active_users(self, **filters: Unpack[ActivityFilters]) -> ActiveUsers:
        """Count the people who were active in the range, each once.

        `GET .../metrics/active-users`, permission ViewOrgMetrics.
        """
        return await self._counted(self.ACTIVE_USERS, filters, ActivityFilters)

    SESSIONS = Endpoint("GET", PATH + "/sessions", SessionMetrics, "ViewOrgMetrics")

    async def sessions(self, **filters: Unpack[WorkFilters]) -> SessionMetrics:
        """Count the sessions, by size, by origin and by what came of them.

        `GET .../metrics/sessions`, permission ViewOrgMetrics.
        """
        return await self._counted(self.SESSIONS, filters, WorkFilters)

    PRS = Endpoint("GET", PATH + "/prs", PullRequestMetrics, "ViewOrgMetrics")

    async def prs(self, **filters: Unpack[WorkFilters]) -> PullRequestMetrics:
        """Count the pull requests, by what became of them.

        `GET .../metrics/prs`, permission ViewOrgMetrics.
        """
        return await self._counted(self.PRS, filters, WorkFilters)

    SEARCHES = Endpoint("GET", PATH + "/searches", SearchMetrics, "ViewOrgMetrics")

    async def searches(self, **filters: Unpack[MetricsRange]) -> SearchMetrics:
        """Count the searches.

        `GET .../metrics/searches`, permission ViewOrgMetrics.
        """
        return await self._counted(self.SEARCHES, filters, MetricsRange)


class EnterpriseMetrics(Metrics):
    """Reached as `devin.enterprise.metrics`."""

    PATH = "/v3/enterprise/metrics"

    USAGE = Endpoint("GET", PATH + "/usage", UsageMetrics, "ViewAccountMetrics")

    DAU = Endpoint("GET", PATH + "/dau", ActiveUsers, "ViewAccountMetrics", paging="none")

    def dau(self, **options: Unpack[EnterpriseActivityOptions]) -> Pager[ActiveUsers]:
        """Count the active people of each day (UTC), in order; not paged by the API.

        `GET .../metrics/dau`, permission ViewAccountMetrics.
        """
        return self._listed(self.DAU, options, EnterpriseActivityOptions)

    WAU = Endpoint("GET", PATH + "/wau", ActiveUsers, "ViewAccountMetrics", paging="none")

    def wau(self, **options: Unpack[EnterpriseActivityOptions]) -> Pager[ActiveUsers]:
        """Count the active people of each week (from Monday, UTC), in order; not paged by the API.

        `GET .../metrics/wau`, permission ViewAccountMetrics.
        """
        return self._listed(self.WAU, options, EnterpriseActivityOptions)

    MAU = Endpoint("GET", PATH + "/mau", ActiveUsers, "ViewAccountMetrics", paging="none")

    def mau(self, **options: Unpack[EnterpriseActivityOptions]) -> Pager[ActiveUsers]:
        """Count the active people of each month (UTC), in order; not paged by the API.

        `GET .../metrics/mau`, permission ViewAccountMetrics.
        """
        return self._listed(self.MAU, options, EnterpriseActivityOptions)

    ACTIVE_USERS = Endpoint("GET", PATH + "/active-users", ActiveUsers, "ViewAccountMetrics")

    async def active_users(self, **filters: Unpack[EnterpriseActivityFilters]) -> ActiveUsers:
        """Count the people who were active in the range, each once.

        `GET .../metrics/active-users`, permission ViewAccountMetrics.
        """
        return await self._counted(self.ACTIVE_USERS, filters, EnterpriseActivityFilters)

    SESSIONS = Endpoint("GET", PATH + "/sessions", SessionMetrics, "ViewAccountMetrics")

    async def sessions(self, **filters: Unpack[EnterpriseWorkFilters]) -> SessionMetrics:
        """Count the sessions, by size, by origin and by what came of them.

        `GET .../metrics/sessions`, permission ViewAccountMetrics.
        """
        return await self._counted(self.SESSIONS, filters, EnterpriseWorkFilters)

    PRS = Endpoint("GET", PATH + "/prs", PullRequestMetrics, "ViewAccountMetrics")

    async def prs(self, **filters: Unpack[EnterpriseWorkFilters]) -> PullRequestMetrics:
        """Count the pull requests, by what became of them.

        `GET .../metrics/prs`, permission ViewAccountMetrics.
        """
        return await self._counted(self.PRS, filters, EnterpriseWorkFilters)

    SEARCHES = Endpoint("GET", PATH + "/searches", SearchMetrics, "ViewAccountMetrics")

    async def searches(self, **filters: Unpack[EnterpriseMetricsRange]) -> SearchMetrics:
        """Count the searches.

        `GET .../metrics/searches`, permission ViewAccountMetrics.
        """
        return await self._counted(self.SEARCHES, filters, EnterpriseMetricsRange)

    SESSIONS_BY_CATEGORY = Endpoint(
        "GET", PATH + "/sessions-by-category", SessionMetricsByCategory, "ViewAccountMetrics"
    )

    async def sessions_by_category(
        self, **filters: Unpack[EnterpriseMetricsRange]
    ) -> SessionMetricsByCategory:
        """Read the sessions and ACUs of each kind of work.

        `GET .../metrics/sessions-by-category`, permission ViewAccountMetrics.
        """
        return await self._counted(self.SESSIONS_BY_CATEGORY, filters, EnterpriseMetricsRange)
