"""Metrics: active people, sessions, pull requests and searches in a range of time."""

from collections.abc import Sequence
from typing import Any, ClassVar

from devin_async.calling import Resource
from devin_async.models.metrics import (
    ActiveUsers,
    PullRequestMetrics,
    SearchMetrics,
    SessionMetrics,
    SessionMetricsByCategory,
    UsageMetrics,
)
from devin_async.pagination import Pager
from devin_async.protocol import Endpoint
from devin_async.values import When, check_count, check_time_range

__all__ = ["EnterpriseMetrics", "EnterpriseOrganizationMetrics", "OrganizationMetrics"]


class Metrics(Resource):
    """What the metrics of all scopes share.

    A range is given in moments: aware datetimes or unix seconds (UTC).
    A person is active with *min_sessions* sessions or *min_searches* searches; the enterprise
    counts from 1 unless told otherwise.
    """

    USAGE: ClassVar[Endpoint[UsageMetrics]]
    MOST_DAYS: ClassVar[int | None] = None

    async def usage(
        self, *, time_after: When | None = None, time_before: When | None = None
    ) -> UsageMetrics:
        """Count sessions, searches and pull requests, in all unless a range is given.

        `GET /v3/enterprise/metrics/usage`, of one organization
        `GET /v3/enterprise/organizations/{org_id}/metrics/usage`, permission ViewAccountMetrics;
        of an organization by itself `GET /v3/organizations/{org_id}/metrics/usage`, permission
        ViewOrgMetrics.
        """
        since, until = check_time_range(time_after, time_before, most_days=None)
        return await self._call(self.USAGE, query={"time_after": since, "time_before": until})

    def _range(
        self, time_after: When, time_before: When, org_ids: Sequence[str] | None = None
    ) -> dict[str, Any]:
        since, until = check_time_range(time_after, time_before, most_days=self.MOST_DAYS)
        return {"time_after": since, "time_before": until, "org_ids": org_ids}

    def _active(
        self,
        time_after: When,
        time_before: When,
        min_sessions: int | None,
        min_searches: int | None,
        org_ids: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        return self._range(time_after, time_before, org_ids) | {
            "min_sessions": check_count("min_sessions", min_sessions),
            "min_searches": check_count("min_searches", min_searches),
        }


class EnterpriseOrganizationMetrics(Metrics):
    """Reached as `devin.enterprise.organization(id).metrics`."""

    USAGE = Endpoint(
        "GET",
        "/v3/enterprise/organizations/{org_id}/metrics/usage",
        UsageMetrics,
        "ViewAccountMetrics",
    )


class OrganizationMetrics(Metrics):
    """Reached as `devin.organization(id).metrics`; ranges of at most 100 days."""

    PATH = "/v3/organizations/{org_id}/metrics"

    MOST_DAYS = 100
    USAGE = Endpoint("GET", PATH + "/usage", UsageMetrics, "ViewOrgMetrics")

    DAU = Endpoint("GET", PATH + "/dau", ActiveUsers, "ViewOrgMetrics", paging="none")

    def dau(
        self,
        *,
        time_after: When,
        time_before: When,
        min_sessions: int | None = None,
        min_searches: int | None = None,
        limit: int | None = None,
    ) -> Pager[ActiveUsers]:
        """Count the active people of each day (UTC), in order; not paged by the API.

        `GET /v3/organizations/{org_id}/metrics/dau`, permission ViewOrgMetrics.
        """
        query = self._active(time_after, time_before, min_sessions, min_searches)
        return self._pager(self.DAU, query=query, limit=limit)

    WAU = Endpoint("GET", PATH + "/wau", ActiveUsers, "ViewOrgMetrics", paging="none")

    def wau(
        self,
        *,
        time_after: When,
        time_before: When,
        min_sessions: int | None = None,
        min_searches: int | None = None,
        limit: int | None = None,
    ) -> Pager[ActiveUsers]:
        """Count the active people of each week (from Monday, UTC), in order; not paged by the API.

        `GET /v3/organizations/{org_id}/metrics/wau`, permission ViewOrgMetrics.
        """
        query = self._active(time_after, time_before, min_sessions, min_searches)
        return self._pager(self.WAU, query=query, limit=limit)

    MAU = Endpoint("GET", PATH + "/mau", ActiveUsers, "ViewOrgMetrics", paging="none")

    def mau(
        self,
        *,
        time_after: When,
        time_before: When,
        min_sessions: int | None = None,
        min_searches: int | None = None,
        limit: int | None = None,
    ) -> Pager[ActiveUsers]:
        """Count the active people of each month (UTC), in order; not paged by the API.

        `GET /v3/organizations/{org_id}/metrics/mau`, permission ViewOrgMetrics.
        """
        query = self._active(time_after, time_before, min_sessions, min_searches)
        return self._pager(self.MAU, query=query, limit=limit)

    ACTIVE_USERS = Endpoint("GET", PATH + "/active-users", ActiveUsers, "ViewOrgMetrics")

    async def active_users(
        self,
        *,
        time_after: When,
        time_before: When,
        min_sessions: int | None = None,
        min_searches: int | None = None,
    ) -> ActiveUsers:
        """Count the people who were active in the range, each once.

        `GET /v3/organizations/{org_id}/metrics/active-users`, permission ViewOrgMetrics.
        """
        query = self._active(time_after, time_before, min_sessions, min_searches)
        return await self._call(self.ACTIVE_USERS, query=query)

    SESSIONS = Endpoint("GET", PATH + "/sessions", SessionMetrics, "ViewOrgMetrics")

    async def sessions(
        self,
        *,
        time_after: When,
        time_before: When,
        user_ids: Sequence[str] | None = None,
        service_user_ids: Sequence[str] | None = None,
        playbook_id: str | None = None,
    ) -> SessionMetrics:
        """Count the sessions, by size, by origin and by what came of them.

        `GET /v3/organizations/{org_id}/metrics/sessions`, permission ViewOrgMetrics.
        """
        query = self._range(time_after, time_before) | {
            "user_ids": user_ids,
            "service_user_ids": service_user_ids,
            "playbook_id": playbook_id,
        }
        return await self._call(self.SESSIONS, query=query)

    PRS = Endpoint("GET", PATH + "/prs", PullRequestMetrics, "ViewOrgMetrics")

    async def prs(
        self,
        *,
        time_after: When,
        time_before: When,
        user_ids: Sequence[str] | None = None,
        service_user_ids: Sequence[str] | None = None,
        playbook_id: str | None = None,
    ) -> PullRequestMetrics:
        """Count the pull requests, by what became of them.

        `GET /v3/organizations/{org_id}/metrics/prs`, permission ViewOrgMetrics.
        """
        query = self._range(time_after, time_before) | {
            "user_ids": user_ids,
            "service_user_ids": service_user_ids,
            "playbook_id": playbook_id,
        }
        return await self._call(self.PRS, query=query)

    SEARCHES = Endpoint("GET", PATH + "/searches", SearchMetrics, "ViewOrgMetrics")

    async def searches(self, *, time_after: When, time_before: When) -> SearchMetrics:
        """Count the searches.

        `GET /v3/organizations/{org_id}/metrics/searches`, permission ViewOrgMetrics.
        """
        return await self._call(self.SEARCHES, query=self._range(time_after, time_before))


class EnterpriseMetrics(Metrics):
    """Reached as `devin.enterprise.metrics`."""

    PATH = "/v3/enterprise/metrics"

    USAGE = Endpoint("GET", PATH + "/usage", UsageMetrics, "ViewAccountMetrics")

    DAU = Endpoint("GET", PATH + "/dau", ActiveUsers, "ViewAccountMetrics", paging="none")

    def dau(
        self,
        *,
        time_after: When,
        time_before: When,
        org_ids: Sequence[str] | None = None,
        min_sessions: int | None = None,
        min_searches: int | None = None,
        limit: int | None = None,
    ) -> Pager[ActiveUsers]:
        """Count the active people of each day (UTC), in order; not paged by the API.

        `GET /v3/enterprise/metrics/dau`, permission ViewAccountMetrics.
        """
        query = self._active(time_after, time_before, min_sessions, min_searches, org_ids)
        return self._pager(self.DAU, query=query, limit=limit)

    WAU = Endpoint("GET", PATH + "/wau", ActiveUsers, "ViewAccountMetrics", paging="none")

    def wau(
        self,
        *,
        time_after: When,
        time_before: When,
        org_ids: Sequence[str] | None = None,
        min_sessions: int | None = None,
        min_searches: int | None = None,
        limit: int | None = None,
    ) -> Pager[ActiveUsers]:
        """Count the active people of each week (from Monday, UTC), in order; not paged by the API.

        `GET /v3/enterprise/metrics/wau`, permission ViewAccountMetrics.
        """
        query = self._active(time_after, time_before, min_sessions, min_searches, org_ids)
        return self._pager(self.WAU, query=query, limit=limit)

    MAU = Endpoint("GET", PATH + "/mau", ActiveUsers, "ViewAccountMetrics", paging="none")

    def mau(
        self,
        *,
        time_after: When,
        time_before: When,
        org_ids: Sequence[str] | None = None,
        min_sessions: int | None = None,
        min_searches: int | None = None,
        limit: int | None = None,
    ) -> Pager[ActiveUsers]:
        """Count the active people of each month (UTC), in order; not paged by the API.

        `GET /v3/enterprise/metrics/mau`, permission ViewAccountMetrics.
        """
        query = self._active(time_after, time_before, min_sessions, min_searches, org_ids)
        return self._pager(self.MAU, query=query, limit=limit)

    ACTIVE_USERS = Endpoint("GET", PATH + "/active-users", ActiveUsers, "ViewAccountMetrics")

    async def active_users(
        self,
        *,
        time_after: When,
        time_before: When,
        org_ids: Sequence[str] | None = None,
        min_sessions: int | None = None,
        min_searches: int | None = None,
    ) -> ActiveUsers:
        """Count the people who were active in the range, each once.

        `GET /v3/enterprise/metrics/active-users`, permission ViewAccountMetrics.
        """
        query = self._active(time_after, time_before, min_sessions, min_searches, org_ids)
        return await self._call(self.ACTIVE_USERS, query=query)

    SESSIONS = Endpoint("GET", PATH + "/sessions", SessionMetrics, "ViewAccountMetrics")

    async def sessions(
        self,
        *,
        time_after: When,
        time_before: When,
        org_ids: Sequence[str] | None = None,
        user_ids: Sequence[str] | None = None,
        service_user_ids: Sequence[str] | None = None,
        playbook_id: str | None = None,
    ) -> SessionMetrics:
        """Count the sessions, by size, by origin and by what came of them.

        `GET /v3/enterprise/metrics/sessions`, permission ViewAccountMetrics.
        """
        query = self._range(time_after, time_before, org_ids) | {
            "user_ids": user_ids,
            "service_user_ids": service_user_ids,
            "playbook_id": playbook_id,
        }
        return await self._call(self.SESSIONS, query=query)

    PRS = Endpoint("GET", PATH + "/prs", PullRequestMetrics, "ViewAccountMetrics")

    async def prs(
        self,
        *,
        time_after: When,
        time_before: When,
        org_ids: Sequence[str] | None = None,
        user_ids: Sequence[str] | None = None,
        service_user_ids: Sequence[str] | None = None,
        playbook_id: str | None = None,
    ) -> PullRequestMetrics:
        """Count the pull requests, by what became of them.

        `GET /v3/enterprise/metrics/prs`, permission ViewAccountMetrics.
        """
        query = self._range(time_after, time_before, org_ids) | {
            "user_ids": user_ids,
            "service_user_ids": service_user_ids,
            "playbook_id": playbook_id,
        }
        return await self._call(self.PRS, query=query)

    SEARCHES = Endpoint("GET", PATH + "/searches", SearchMetrics, "ViewAccountMetrics")

    async def searches(
        self, *, time_after: When, time_before: When, org_ids: Sequence[str] | None = None
    ) -> SearchMetrics:
        """Count the searches.

        `GET /v3/enterprise/metrics/searches`, permission ViewAccountMetrics.
        """
        query = self._range(time_after, time_before, org_ids)
        return await self._call(self.SEARCHES, query=query)

    SESSIONS_BY_CATEGORY = Endpoint(
        "GET", PATH + "/sessions-by-category", SessionMetricsByCategory, "ViewAccountMetrics"
    )

    async def sessions_by_category(
        self, *, time_after: When, time_before: When, org_ids: Sequence[str] | None = None
    ) -> SessionMetricsByCategory:
        """Read the sessions and ACUs of each kind of work.

        `GET /v3/enterprise/metrics/sessions-by-category`, permission ViewAccountMetrics.
        """
        query = self._range(time_after, time_before, org_ids)
        return await self._call(self.SESSIONS_BY_CATEGORY, query=query)
