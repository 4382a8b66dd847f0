"""What was used, in ACUs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import field, frozen

from devin_async.base.plain_json import as_array, as_object
from devin_async.models.model import Model

if TYPE_CHECKING:
    Failure: TypeAlias = Exception
else:
    Failure = Any  # what pydantic and the decoder make of it


@frozen(kw_only=True)
class ConsumptionDay(Model):
    """One billing day.

    Attributes:
        date: Its start, 08:00 UTC.
        acus: ACUs in all.
        acus_by_product: ACUs of each product: devin, cascade, terminal, review; others may come.
    """

    date: datetime
    acus: float
    acus_by_product: dict[str, float | None]


def _by_product(days: Sequence[ConsumptionDay]) -> dict[str, float]:
    sums = Counter[str]()
    for day in as_array(days) or ():
        # What is no number is told as drift, and has no sum.
        for product, acus in (as_object(getattr(day, "acus_by_product", None)) or {}).items():
            sums[product] += acus if isinstance(acus, int | float) else 0  # type: ignore[assignment]  # a Counter counts floats, too
    return dict(sums)


@frozen(kw_only=True)
class Consumption(Model):
    """What was used in a range, day by day."""

    total_acus: float
    consumption_by_date: list[ConsumptionDay]

    @property
    def acus_used(self) -> float:
        """The older name of `total_acus`."""
        return self.total_acus

    @property
    def acus_by_product(self) -> dict[str, float]:
        """ACUs of each product, of all days."""
        return _by_product(self.consumption_by_date)


@frozen(kw_only=True)
class ConsumptionCycle(Model):
    """A billing cycle: `after` is its start and `before` its end, UTC."""

    after: datetime
    before: datetime


@frozen(kw_only=True)
class OrganizationConsumption(Model):
    """What one organization used in a range of billing days.

    Attributes:
        organization_id: Id; None in the v3beta1 dialect, which does not tell.
        total_acus: ACUs in all; also as `acus_used`.
        consumption_by_date: Day by day; empty in the v3beta1 dialect, which does not tell.
    """

    organization_id: str | None
    organization_name: str
    total_acus: float
    consumption_by_date: list[ConsumptionDay]

    @property
    def acus_used(self) -> float:
        """The older name of `total_acus`."""
        return self.total_acus

    @property
    def acus_by_product(self) -> dict[str, float]:
        """ACUs of each product, of all days; empty in the v3beta1 dialect."""
        return _by_product(self.consumption_by_date)


@frozen(kw_only=True)
class UserConsumption(Model):
    """What one person or service user used in a range of billing days.

    Attributes:
        user_id: Id of the person, or of the service user.
        name: Name, else the address of the person, else the id.
        is_service_user: Which of the two it is.
        total_acus: ACUs in all.
        consumption_by_date: Day by day.
    """

    user_id: str
    name: str
    is_service_user: bool
    total_acus: float
    consumption_by_date: list[ConsumptionDay]

    @property
    def acus_by_product(self) -> dict[str, float]:
        """ACUs of each product, of all days."""
        return _by_product(self.consumption_by_date)


@frozen(kw_only=True)
class ConsumptionFailure(Model):
    """What could not be read of a report.

    Attributes:
        kind: What it is of: "enterprise" is the sum of all.
        id: Id of the organization, person or service user; "" where their list could not be read.
        name: Its name.
        error: Why; in plain values its message.
    """

    kind: Literal["enterprise", "organization", "user", "service_user"]
    id: str
    name: str
    error: Failure


class OrganizationConsumptions(list[OrganizationConsumption]):
    """What each organization used, as far as it could be read.

    Attributes:
        failures: The organizations that could not be read, each with its error.
    """

    __slots__ = ("failures",)

    def __init__(
        self,
        items: Iterable[OrganizationConsumption] = (),
        failures: Iterable[ConsumptionFailure] = (),
    ) -> None:
        super().__init__(items)
        self.failures = list(failures)


@frozen(kw_only=True)
class ConsumptionReport(Model):
    """What the enterprise used in a range of billing days, by organization, user and product.

    Attributes:
        start: First billing day; it starts at 08:00 UTC.
        end: Last billing day, included.
        total_acus: ACUs of the enterprise in all; None where they could not be read.
        acus_by_product: These by product.
        organizations: What each organization used, in the order of their list.
        users: What each person and service user used.
        failures: What could not be read; the rest is there all the same.
    """

    start: date
    end: date
    total_acus: float | None
    acus_by_product: dict[str, float]
    organizations: list[OrganizationConsumption]
    users: list[UserConsumption]
    failures: list[ConsumptionFailure] = field(factory=list[ConsumptionFailure])

    @property
    def is_complete(self) -> bool:
        """Tell whether all of it could be read."""
        return not self.failures
