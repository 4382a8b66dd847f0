"""Everything the sandbox remembers, in memory, and the calls that handlers read it with."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from devin_async.sandbox.base.bounds import BOUNDS_NAMES, Bounds, BoundsName
from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.contract.features import FEATURES
from devin_async.sandbox.contract.operations import Operation
from devin_async.sandbox.world.access import Access, Principal
from devin_async.sandbox.world.activity import Activity
from devin_async.sandbox.world.audit_logs import AuditLogs
from devin_async.sandbox.world.catalog import Catalog
from devin_async.sandbox.world.code_scans import add_shared_profiles
from devin_async.sandbox.world.downloads import Downloads
from devin_async.sandbox.world.guardrails import Violations
from devin_async.sandbox.world.members import Members
from devin_async.sandbox.world.organizations import Organizations
from devin_async.sandbox.world.roles import ACCOUNT_ADMIN
from devin_async.sandbox.world.sessions import Sessions
from devin_async.sandbox.world.store import Store
from devin_async.sandbox.world.timeline import Timeline

USERS = 20

_AT_LEAST_0 = attrs.validators.ge(0)
_COUNT = attrs.validators.and_(attrs.validators.instance_of(int), _AT_LEAST_0)


@attrs.frozen
class Call:
    """Hold one request that passed every check.

    Attributes:
        operation: What is called.
        path: The decoded values of the path parameters.
        query: The values of the query parameters, defaults filled in.
        query_names: The names of the query parameters that were sent.
        body: The validated JSON body, the uploaded file, or None.
        principal: Who calls.
        base_url: Where the caller reaches the sandbox.
    """

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, Any]
    query_names: frozenset[str]
    body: Any
    principal: Principal
    base_url: str = ""

    @property
    def org_id(self) -> str:
        """Return the organization that the path names."""
        return self.path["org_id"]

    @property
    def list_name(self) -> str:
        """Return the name to which the cursors of this list are bound."""
        return ":".join((self.operation.key, *self.path.values()))


@attrs.frozen(kw_only=True)
class Settings:
    """Hold what a sandbox is made with; `Sandbox` says what each one means."""

    organizations: int = attrs.field(validator=_COUNT)
    audit_logs: int = attrs.field(validator=_COUNT)
    guardrail_violations: int = attrs.field(validator=_COUNT)
    sessions: int = attrs.field(validator=_COUNT)
    seed: int
    audit_span: int = attrs.field(validator=attrs.validators.ge(1))
    failing_organizations: int = attrs.field(validator=_COUNT)
    visibility_lag: float = attrs.field(validator=_AT_LEAST_0)
    without: frozenset[str] = attrs.field(
        validator=attrs.validators.deep_iterable(attrs.validators.in_(FEATURES))
    )
    bounds: BoundsName = attrs.field(validator=attrs.validators.in_(BOUNDS_NAMES))

    def __attrs_post_init__(self) -> None:
        if self.failing_organizations > self.organizations:
            raise ValueError("failing_organizations must not exceed organizations")


class State:
    """Hold the enterprise that the sandbox plays.

    Args:
        settings: What the sandbox was made with.
        clock: Tells the time.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        seed, bounds = settings.seed, Bounds.named(settings.bounds)
        self.bounds = bounds
        self.without = settings.without
        self.seed = seed
        self.clock = clock
        self.access = Access(seed, clock)
        self.token, owner = self.access.add(role=ACCOUNT_ADMIN, organization=None, name="Sandbox")
        self.organizations = Organizations(
            settings.organizations, seed, clock, settings.failing_organizations
        )
        self.members = Members(USERS, seed, clock, self.organizations)
        self.sessions = Sessions(seed, clock, bounds)
        self.catalog = Catalog(seed)
        self.activity = Activity(seed, clock, self.members.user_ids, owner.principal_id)
        self.started_at = clock.now()
        start = int(self.started_at) - settings.audit_span
        self.violations = Violations(
            Timeline(settings.guardrail_violations, settings.audit_span, start, bounds),
            self.organizations.ids,
            seed,
        )
        self.store = Store(seed, clock)
        add_shared_profiles(self.store)
        self.downloads = Downloads(seed, clock)
        self.audit_logs = AuditLogs(
            count=settings.audit_logs,
            span=settings.audit_span,
            org_ids=self.organizations.ids,
            user_ids=self.members.user_ids,
            service_user=owner,
            seed=seed,
            clock=clock,
            bounds=bounds,
        )
        self._lag = settings.visibility_lag

    @property
    def visible_until(self) -> float:
        """Return the newest time of writing that lists show, in unix seconds."""
        return self.clock.now() - self._lag

    def log(self, call: Call, action: str, org_id: str | None, **data: Any) -> None:
        """Write an audit log of what the caller just did."""
        self.audit_logs.append(action, org_id, call.principal, data)


Handler = Callable[[Call, State], Any]
"""What serves one operation: it returns the JSON of the answer, None for none, or an `Answer`."""
