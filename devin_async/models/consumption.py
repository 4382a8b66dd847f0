"""What was used, in ACUs."""

from datetime import datetime

from attrs import frozen

from devin_async.models.model import Model


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


@frozen(kw_only=True)
class Consumption(Model):
    """What was used in a range, day by day."""

    total_acus: float
    consumption_by_date: list[ConsumptionDay]

    @property
    def acus_used(self) -> float:
        """The older name of `total_acus`."""
        return self.total_acus


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
