"""The sandbox: an enterprise in memory behind a real socket."""

from collections import deque
from collections.abc import Collection
from types import TracebackType
from typing import Self

from devin_async.sandbox.base.bounds import BoundsName
from devin_async.sandbox.base.clock import Clock, WallClock
from devin_async.sandbox.contract.features import Feature
from devin_async.sandbox.serving.fault_kinds import mixed_faults
from devin_async.sandbox.serving.faults import Fault, FaultScript, check_route
from devin_async.sandbox.serving.pipeline import Pipeline
from devin_async.sandbox.serving.rate_limit import RateLimit, RateLimiter
from devin_async.sandbox.serving.recording import RecordedRequest, Recorder
from devin_async.sandbox.serving.server import Server
from devin_async.sandbox.world.access import PrincipalType
from devin_async.sandbox.world.history import add_history
from devin_async.sandbox.world.roles import Permissions
from devin_async.sandbox.world.state import Settings, State

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Sandbox:
    """Speak the Devin API on a local port, from memory, the same for the same seed.

    Use it as `async with Sandbox() as sandbox`, or call `start` and `close`.

    Neither schedules nor recurring triggers start anything by themselves; a POST to the inbox of an
    automation does what it says.

    Args:
        organizations: How many organizations there are from the start.
        audit_logs: How many audit logs are computed; millions cost nothing.
        guardrail_violations: How many violations of guardrails are computed.
        sessions: How many sessions of the last days each organization starts with; with any, it has
            notes and a playbook, too. 0 starts with none of them.
        seed: Decides every name, id and number.
        clock: Tells the time, the real one when left out.
        speed: Sandbox seconds per real second of the real clock.
        audit_span: The seconds before the start over which logs and violations are spread.
        failing_organizations: How many organizations refuse to create sessions.
        visibility_lag: Seconds of the clock until a list shows what was written.
        rate_limit: How many requests pass, or None for all.
        bounds: Which ends of time filters count: `half_open` (*after* does, *before* does not),
            `inclusive` or `exclusive`. Billing days are always half open.
        without: Features that the account lacks, of `usage_policies`, `group_limits`, `schedules`.
        faults: The share of requests that something passing goes wrong with, from 0 to below 1:
            errors, resets, rate limits and the like, mixed. The same seed strikes the same requests
            when they come in the same order.
        request_limit: How many requests `requests` keeps.
        host: The address to listen on.
        port: The port to listen on; 0 chooses a free one.
        allow_remote: Whether *host* may be other than loopback.

    Attributes:
        url: The base URL, once started.
        token: An enterprise service user's token with every permission.
    """

    def __init__(
        self,
        *,
        organizations: int = 3,
        audit_logs: int = 1000,
        guardrail_violations: int = 100,
        sessions: int = 3,
        seed: int = 0,
        clock: Clock | None = None,
        speed: float = 1.0,
        audit_span: int = 90 * 86_400,
        failing_organizations: int = 0,
        visibility_lag: float = 0.0,
        rate_limit: RateLimit | None = None,
        bounds: BoundsName = "half_open",
        without: Collection[Feature] = (),
        faults: float = 0.0,
        request_limit: int = 10_000,
        host: str = "127.0.0.1",
        port: int = 0,
        allow_remote: bool = False,
    ) -> None:
        if host not in LOOPBACK and not allow_remote:
            raise ValueError(f"{host} can be reached from outside: pass allow_remote=True")
        if clock is not None and speed != 1.0:
            raise ValueError("speed belongs to the real clock: leave out clock or speed")
        settings = Settings(
            organizations=organizations,
            audit_logs=audit_logs,
            guardrail_violations=guardrail_violations,
            sessions=sessions,
            seed=seed,
            audit_span=audit_span,
            failing_organizations=failing_organizations,
            visibility_lag=visibility_lag,
            bounds=bounds,
            without=frozenset(without),
        )
        self._state = State(settings, clock or WallClock(speed))
        add_history(self._state, sessions)
        self._faults = FaultScript(seed)
        for fault in mixed_faults(faults):
            self._faults.add(fault)
        self._recorder = Recorder(request_limit)
        pipeline = Pipeline(self._state, RateLimiter(rate_limit))
        self._server = Server(pipeline, self._faults, self._recorder, self._state.clock)
        self._host, self._port = host, port
        self._url: str | None = None
        self.token: str = self._state.token

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen, and give `url` its value."""
        if self._url is not None:
            raise RuntimeError("the sandbox is already running")
        port = await self._server.start(self._host, self._port)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._url = f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop at once, held answers and open connections included; what it remembers stays."""
        self._url = None
        await self._server.close()

    @property
    def url(self) -> str:
        """Return the base URL, without a version."""
        if self._url is None:
            raise RuntimeError("the sandbox is not running: use it in `async with`")
        return self._url

    @property
    def clock(self) -> Clock:
        """Return the clock that sessions live on."""
        return self._state.clock

    @property
    def organization_ids(self) -> list[str]:
        """Return the ids of all organizations, in the order they were made."""
        return list(self._state.organizations.ids)

    @property
    def failing_organization_ids(self) -> list[str]:
        """Return the ids of the organizations that refuse to create sessions."""
        return list(self._state.organizations.failing_ids)

    @property
    def user_ids(self) -> list[str]:
        """Return the ids of the people; those there from the start work in every organization."""
        return list(self._state.members.user_ids)

    @property
    def repository_paths(self) -> list[str]:
        """Return the paths of the repositories behind the git connections."""
        return list(self._state.catalog.paths)

    @property
    def requests(self) -> deque[RecordedRequest]:
        """Return the last requests, oldest first."""
        return self._recorder.requests

    def count(self, route: str = "*") -> int:
        """Count all requests of a route such as `GET /v3/self`, or of one with `*` as wildcard."""
        return self._recorder.count(check_route(route))

    def add_token(
        self,
        permissions: Permissions = "all",
        *,
        organization: str | None = None,
        principal_type: PrincipalType = "service_user",
        name: str | None = None,
        user_id: str | None = None,
        lifetime: float | None = None,
    ) -> str:
        """Create a principal and return its token.

        Args:
            permissions: Names of permissions, or `all`.
            organization: The id of its only organization, or None for the enterprise.
            principal_type: What `/v3/self` calls it.
            name: Its name, made up when left out.
            user_id: The id of the person, such as one of `user_ids`, made up when left out.
            lifetime: Seconds of the clock until the token ends, or None for never.
        """
        if organization is not None and organization not in self._state.organizations:
            raise ValueError("there is no such organization: see organization_ids")
        token, _ = self._state.access.add(
            permissions=permissions,
            organization=organization,
            principal_type=principal_type,
            name=name,
            user_id=user_id,
            lifetime=lifetime,
        )
        return token

    def inject(self, fault: Fault) -> Fault:
        """Add a fault to the script, after those already there, and return it."""
        self._faults.add(fault)
        return fault

    @property
    def faults(self) -> list[Fault]:
        """Return the faults of the script; each counts its hits."""
        return self._faults.faults

    def clear_faults(self) -> None:
        """Take all faults away; answers already held stay held."""
        self._faults.clear()
