"""Consumption in ACUs, of the enterprise or of one organization."""

import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Literal, TypeAlias, TypedDict, TypeVar, Unpack

from attrs import frozen

from devin_async.base.arguments import check_ids, devin_id
from devin_async.base.plain_json import as_array
from devin_async.base.times import When, billing_day, billing_days, billing_query, billing_range
from devin_async.codec import v3beta1
from devin_async.errors import DevinError, FanOutError, ResponseDecodeError
from devin_async.jobs.fan_out import ErrorMode, FanOut
from devin_async.jobs.outcomes import Outcome
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.consumption import (
    Consumption,
    ConsumptionCycle,
    ConsumptionFailure,
    ConsumptionReport,
    OrganizationConsumption,
    OrganizationConsumptions,
    UserConsumption,
)
from devin_async.models.organizations import Organization
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Caller, Resource
from devin_async.resources.idp_users import EnterpriseIdpUsers
from devin_async.resources.organizations import Organizations
from devin_async.resources.service_users import EnterpriseServiceUsers
from devin_async.resources.users import EnterpriseUsers

T = TypeVar("T")
FailureKind: TypeAlias = Literal["enterprise", "organization", "user", "service_user"]

logger = logging.getLogger("devin_async")

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

    billing_day = staticmethod(billing_day)
    billing_days = staticmethod(billing_days)

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
        query = billing_query(times.get("time_after"), times.get("time_before"))
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


# What `by_organization` asks in the older dialect; today's API has no such call.
BY_ORGANIZATION_V3BETA1 = Endpoint(
    "GET",
    "/v3beta1/enterprise/consumption/daily/organizations",
    OrganizationConsumption,
    "ManageBilling",
    envelope="data",
    paging="none",
    dialect=v3beta1.CONSUMPTION,
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

    async def by_organization(
        self, *, start: date, end: date, errors: ErrorMode = "collect"
    ) -> OrganizationConsumptions:
        """Read what each organization used, in the order of the organizations' list.

        One call for each organization, 16 at a time, each organization once; in the v3beta1
        dialect one call in all. One that fails is left out, told by a WARNING line, and stands in
        `failures` beside the others.

        Args:
            start: First billing day; it starts at 08:00 UTC.
            end: Last billing day, included.
            errors: "collect", or "raise" to end with the first organization that fails.

        Raises:
            FanOutError: No organization could be read or, with "raise", one of them.

        `GET .../organizations`, permission ManageOrganizations, and that of `organization_daily`.
        """
        days = billing_range("start", start, "end", end)
        if self._caller.speaks_v3beta1:
            query = {"start_date": start, "end_date": end}
            listed = self._pager(BY_ORGANIZATION_V3BETA1, query=query)
            return OrganizationConsumptions(await listed.collect())
        organizations, failures = await self._by_organization(days, errors)
        if failures and not organizations:
            raise FanOutError(
                "no organization's consumption could be read", [one.error for one in failures]
            )
        _warn_of(failures)
        return OrganizationConsumptions(organizations, failures)

    async def report(self, *, start: date, end: date) -> ConsumptionReport:
        """Read what was used by organization, by user and by product, in one call of yours.

        It takes one call for each organization, person and service user, 16 at a time, each of
        them once. What fails is left out, told by a WARNING line, and stands in `failures`.

        Args:
            start: First billing day; it starts at 08:00 UTC.
            end: Last billing day, included.

        Raises:
            FanOutError: Nothing at all could be read.

        `GET .../organizations`, `.../members/users`, `.../members/idp-users`,
        `.../members/service-users` and the calls of `daily`; permissions ManageOrganizations,
        ViewAccountMembership and ViewAccountConsumption.
        """
        days = billing_range("start", start, "end", end)
        whole, failures = await self._whole(days)
        organizations, of_organizations = await self._by_organization(days, "collect")
        users, of_users = await self._by_user(days)
        failures += [*of_organizations, *of_users]
        if whole is None and not organizations and not users:
            raise FanOutError("no consumption could be read", [one.error for one in failures])
        _warn_of(failures)
        return ConsumptionReport(
            start=start,
            end=end,
            total_acus=None if whole is None else whole.total_acus,
            acus_by_product={} if whole is None else whole.acus_by_product,
            organizations=organizations,
            users=users,
            failures=failures,
        )

    async def _whole(
        self, days: tuple[datetime, datetime]
    ) -> tuple[Consumption | None, list[ConsumptionFailure]]:
        try:
            return _within(await self.daily(time_after=days[0], time_before=days[1]), days), []
        except DevinError as error:
            return None, [ConsumptionFailure(kind="enterprise", id="", name="", error=error)]

    async def _by_organization(
        self, days: tuple[datetime, datetime], errors: ErrorMode
    ) -> tuple[list[OrganizationConsumption], list[ConsumptionFailure]]:
        async def read(organization: Organization) -> OrganizationConsumption:
            org_id = organization.org_id
            used = await self.organization_daily(org_id, time_after=days[0], time_before=days[1])
            used = _within(used, days)
            return OrganizationConsumption(
                organization_id=org_id,
                organization_name=organization.name,
                total_acus=used.total_acus,
                consumption_by_date=used.consumption_by_date,
            )

        organizations = Organizations(self._caller).list()
        return await self._each(organizations, read, "organization", errors)

    async def _by_user(
        self, days: tuple[datetime, datetime]
    ) -> tuple[list[UserConsumption], list[ConsumptionFailure]]:
        async def read(who: _Who) -> UserConsumption:
            call = self.service_user_daily if who.is_service_user else self.user_daily
            used = _within(await call(who.id, time_after=days[0], time_before=days[1]), days)
            return UserConsumption(
                user_id=who.id,
                name=who.name,
                is_service_user=who.is_service_user,
                total_acus=used.total_acus,
                consumption_by_date=used.consumption_by_date,
            )

        everybody: dict[str, _Who] = {}
        failures: list[ConsumptionFailure] = []
        for listing in (_service_users, _people, _people_of_groups):
            kind: FailureKind = "service_user" if listing is _service_users else "user"
            try:
                async for who in listing(self._caller):
                    if isinstance(who.id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                        everybody[who.id] = who
                    else:
                        failures.append(_nameless(kind, who))
            except DevinError as error:
                failures.append(ConsumptionFailure(kind=kind, id="", name="", error=error))
        users, of_users = await self._each(list(everybody.values()), read, "user", "collect")
        return users, [*failures, *of_users]

    async def _each(
        self,
        source: Pager[Any] | Sequence[Any],
        read: Callable[[Any], Awaitable[T]],
        kind: FailureKind,
        errors: ErrorMode,
    ) -> tuple[list[T], list[ConsumptionFailure]]:
        """Read each of *source*; a list that ends with an error is a failure of its own."""
        on_event = self._caller.options.on_event
        job = FanOut(source, read, concurrency=_AT_ONCE, errors=errors, on_event=on_event)
        outcomes: list[Outcome[Any, T]] = []
        failures: list[ConsumptionFailure] = []
        try:
            async with job:
                async for outcome in job:
                    outcomes.append(outcome)  # noqa: PERF401 - what came before an error stays
        except FanOutError:
            raise
        except DevinError as error:
            if errors == "raise":
                raise
            failures.append(ConsumptionFailure(kind=kind, id="", name="", error=error))
        outcomes.sort(key=lambda outcome: outcome.index)
        failures += [_failure(one, kind) for one in outcomes if not one.ok]
        return [one.value for one in outcomes if one.ok], failures


@frozen
class _Who:
    """A person or a service user."""

    id: str
    name: str
    is_service_user: bool


async def _people(caller: Caller) -> AsyncIterator[_Who]:
    async for one in EnterpriseUsers(caller).list():
        yield _Who(one.user_id, one.name or one.email or one.user_id, is_service_user=False)


async def _people_of_groups(caller: Caller) -> AsyncIterator[_Who]:
    async for one in EnterpriseIdpUsers(caller).list():
        yield _Who(one.user_id, one.name or one.email or one.user_id, is_service_user=False)


async def _service_users(caller: Caller) -> AsyncIterator[_Who]:
    async for one in EnterpriseServiceUsers(caller).list(include_inactive=True):
        yield _Who(one.service_user_id, one.name, is_service_user=True)


def _within(used: Consumption, days: tuple[datetime, datetime]) -> Consumption:
    """Cut a report: whether the API includes a range's end is not documented.

    Raises:
        ResponseDecodeError: A day of it has no date or no ACUs, so that a sum would be wrong.
    """
    every = as_array(used.consumption_by_date)
    if every is None or not all(map(_is_whole, every)):
        raise ResponseDecodeError(
            "the consumption has a day without a date, or without its ACUs", outcome="rejected"
        )
    kept = [day for day in used.consumption_by_date if days[0] <= day.date < days[1]]
    return Consumption(total_acus=math.fsum(day.acus for day in kept), consumption_by_date=kept)


def _is_whole(day: object) -> bool:
    moment, acus = getattr(day, "date", None), getattr(day, "acus", None)
    return isinstance(moment, datetime) and isinstance(acus, int | float)


def _failure(outcome: Outcome[Any, Any], kind: FailureKind) -> ConsumptionFailure:
    item, error = outcome.item, outcome.error or DevinError("it was not read")
    if isinstance(item, Organization):
        return ConsumptionFailure(kind=kind, id=item.org_id, name=item.name, error=error)
    of_whom: FailureKind = "service_user" if item.is_service_user else "user"
    return ConsumptionFailure(kind=of_whom, id=item.id, name=item.name, error=error)


def _nameless(kind: FailureKind, who: _Who) -> ConsumptionFailure:
    error = ResponseDecodeError("the list has somebody without an id", outcome="rejected")
    return ConsumptionFailure(kind=kind, id="", name=who.name, error=error)


def _warn_of(failures: Sequence[ConsumptionFailure]) -> None:
    if failures:
        first = failures[0]
        logger.warning(
            "the consumption of %d could not be read, first of %s %s: %s",
            len(failures),
            first.kind,
            first.id,
            first.error,
        )
