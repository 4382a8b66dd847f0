"""Consumption in ACUs, of the enterprise or of one organization."""

from datetime import date
from typing import ClassVar, TypedDict, Unpack

from devin_async.base.arguments import check_ids, devin_id
from devin_async.base.times import When, billing_days, to_billing_seconds
from devin_async.codec import v3beta1
from devin_async.jobs.fan_out import FanOut
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.consumption import Consumption, ConsumptionCycle, OrganizationConsumption
from devin_async.models.organizations import Organization
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource
from devin_async.resources.organizations import Organizations

_AT_ONCE = 16


class ConsumptionRange(TypedDict, total=False):
    """The range of a report; without one the server chooses.

    Attributes:
        time_after: Its start: an aware datetime, unix seconds (UTC), or a date, which stands for
            the start of its billing day, 08:00 UTC.
        time_before: Its end, which is not part of it, in the same forms.
    """

    time_after: When | date | None
    time_before: When | date | None


class ConsumptionReports(Resource):
    """What the consumption reports of both scopes share."""

    DAILY: ClassVar[Endpoint[Consumption]]
    USER_DAILY: ClassVar[Endpoint[Consumption]]
    SERVICE_USER_DAILY: ClassVar[Endpoint[Consumption]]
    SESSION_DAILY: ClassVar[Endpoint[Consumption]]

    async def daily(self, **times: Unpack[ConsumptionRange]) -> Consumption:
        """Read what the scope used, day by day.

        `GET .../consumption/daily`, permission ViewAccountConsumption (organization:
        ViewOrgConsumption).
        """
        return await self._report(self.DAILY, {}, times)

    async def user_daily(self, user_id: str, **times: Unpack[ConsumptionRange]) -> Consumption:
        """Read what one person used, day by day.

        `GET .../consumption/daily/users/{user_id}`, permission as for `daily`.
        """
        return await self._report(self.USER_DAILY, check_ids(user_id=user_id), times)

    async def service_user_daily(
        self, service_user_id: str, **times: Unpack[ConsumptionRange]
    ) -> Consumption:
        """Read what one service user used, day by day.

        `GET .../consumption/daily/service-users/{service_user_id}`, permission as for `daily`.
        """
        path = check_ids(service_user_id=service_user_id)
        return await self._report(self.SERVICE_USER_DAILY, path, times)

    async def session_daily(
        self, session_id: str, **times: Unpack[ConsumptionRange]
    ) -> Consumption:
        """Read what one session used, day by day; steadier than its `acus_consumed`.

        `GET .../consumption/daily/sessions/{session_id}`, permission as for `daily`.
        """
        path = {"session_id": devin_id("session_id", session_id)}
        return await self._report(self.SESSION_DAILY, path, times)

    async def _report(
        self, endpoint: Endpoint[Consumption], path: dict[str, str], times: ConsumptionRange
    ) -> Consumption:
        query = {
            "time_after": to_billing_seconds("time_after", times.get("time_after")),
            "time_before": to_billing_seconds("time_before", times.get("time_before")),
        }
        return await self._call(endpoint, path=path, query=query)


class OrganizationConsumptionReports(ConsumptionReports):
    """Reached as `devin.organization(id).consumption`."""

    PATH = "/v3/organizations/{org_id}/consumption/daily"
    OF_SERVICE_USER = PATH + "/service-users/{service_user_id}"

    DAILY = Endpoint("GET", PATH, Consumption, "ViewOrgConsumption")
    USER_DAILY = Endpoint("GET", PATH + "/users/{user_id}", Consumption, "ViewOrgConsumption")
    SERVICE_USER_DAILY = Endpoint("GET", OF_SERVICE_USER, Consumption, "ViewOrgConsumption")
    SESSION_DAILY = Endpoint(
        "GET", PATH + "/sessions/{session_id}", Consumption, "ViewOrgConsumption"
    )


class EnterpriseConsumption(ConsumptionReports):
    """Reached as `devin.enterprise.consumption`."""

    PATH = "/v3/enterprise/consumption/daily"
    OF_SERVICE_USER = PATH + "/service-users/{service_user_id}"

    DAILY = Endpoint("GET", PATH, Consumption, "ViewAccountConsumption")
    USER_DAILY = Endpoint("GET", PATH + "/users/{user_id}", Consumption, "ViewAccountConsumption")
    SERVICE_USER_DAILY = Endpoint("GET", OF_SERVICE_USER, Consumption, "ViewAccountConsumption")
    SESSION_DAILY = Endpoint(
        "GET", PATH + "/sessions/{session_id}", Consumption, "ViewAccountConsumption"
    )
    ORGANIZATION_DAILY = Endpoint(
        "GET", PATH + "/organizations/{org_id}", Consumption, "ViewAccountConsumption"
    )

    async def organization_daily(
        self, org_id: str, **times: Unpack[ConsumptionRange]
    ) -> Consumption:
        """Read what one organization used, day by day.

        `GET .../consumption/daily/organizations/{org_id}`, permission as for `daily`.
        """
        return await self._report(self.ORGANIZATION_DAILY, check_ids(org_id=org_id), times)

    ALL_CYCLES = "/v3/enterprise/consumption/cycles"
    CYCLES = Endpoint(
        "GET", ALL_CYCLES, ConsumptionCycle, "ViewAccountConsumption", paging="cursor"
    )

    def cycles(self, **options: Unpack[ListOptions]) -> Pager[ConsumptionCycle]:
        """List the billing cycles; the current one holds now.

        `GET /v3/enterprise/consumption/cycles`, permission ViewAccountConsumption.
        """
        return self._pager(self.CYCLES, options)

    async def by_organization(self, *, start: date, end: date) -> list[OrganizationConsumption]:
        """Read what each organization used, in the order of the organizations' list.

        One call for each organization, 16 at a time; in the v3beta1 dialect one call in all.

        Args:
            start: First billing day; it starts at 08:00 UTC.
            end: Last billing day, included.

        Raises:
            FanOutError: An organization's call failed; the rest is cancelled.

        `GET .../organizations`, permission ManageOrganizations, and that of `organization_daily`.
        """
        since, until = billing_days(start, end)
        if self._caller.speaks_v3beta1:
            query = {"start_date": start, "end_date": end}
            return await self._pager(v3beta1.CONSUMPTION_BY_ORGANIZATION, query=query).collect()

        async def read(organization: Organization) -> OrganizationConsumption:
            org_id = organization.org_id
            used = await self.organization_daily(org_id, time_after=since, time_before=until)
            # Whether the API includes a range's end is not documented, so it is cut here.
            days = [day for day in used.consumption_by_date if since <= day.date < until]
            return OrganizationConsumption(
                organization_id=org_id,
                organization_name=organization.name,
                total_acus=sum(day.acus for day in days),
                consumption_by_date=days,
            )

        organizations = Organizations(self._caller).list()
        on_event = self._caller.options.on_event
        reports = FanOut(
            organizations, read, concurrency=_AT_ONCE, errors="raise", on_event=on_event
        )
        return [outcome.value for outcome in await reports.collect()]
