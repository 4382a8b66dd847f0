"""Sessions in a sandbox whose time moves when the client waits, so that nothing is slept."""

import json
from contextlib import asynccontextmanager

from attrs import frozen
from clocks import FakeClock
from inside import live_in

from devin_async import DevinClient
from devin_async.sandbox import Fault, ManualClock, Sandbox

SESSIONS = "/v3/organizations/{org_id}/sessions"
CREATE, LIST = f"POST {SESSIONS}", f"GET {SESSIONS}"
GET = f"GET {SESSIONS}/{{devin_id}}"
MESSAGES = f"{GET}/messages"


@frozen
class World:
    """A sandbox, a client that lives in its time, and shortcuts."""

    sandbox: Sandbox
    devin: DevinClient
    clock: FakeClock

    @property
    def org_id(self):
        return self.sandbox.organization_ids[0]

    @asynccontextmanager
    async def another_client(self, **options):
        """A client that knows nothing of what the first one did."""
        settings = {"api_version": "v3", "strict": True} | options
        async with DevinClient(self.sandbox.token, base_url=self.sandbox.url, **settings) as devin:
            yield live_in(devin, self.clock)

    @property
    def sessions(self):
        return self.devin.organization(self.org_id).sessions

    def sessions_with(self, **options):
        return self.devin.with_options(**options).organization(self.org_id).sessions

    @property
    def hasty(self):
        """The sessions of a client that tries each call once."""
        return self.sessions_with(max_attempts=1)

    def spoil(self, route, **effects):
        return self.sandbox.inject(Fault(route=route, **effects))

    def fill(self, number, *, organization=0, **request):
        """Start sessions behind the client's back; gives their ids."""
        state, org_id = self.sandbox._state, self.sandbox.organization_ids[organization]
        _, principal = state.access.add(permissions="all", organization=None)
        bodies = [{"prompt": f"Work {one}", **request} for one in range(number)]
        return [state.sessions.create(org_id, body, principal).session_id for body in bodies]

    @property
    def started(self):
        """How many sessions there are."""
        return len(self.sandbox._state.sessions._all)


@asynccontextmanager
async def open_world(**options):
    settings = {"organizations": 2, "audit_logs": 10, "clock": ManualClock()} | options
    async with (
        Sandbox(**{"sessions": 0, **settings}) as sandbox,
        DevinClient(sandbox.token, base_url=sandbox.url, api_version="v3", strict=True) as devin,
    ):
        clock = FakeClock(sandbox.clock)
        yield World(sandbox, live_in(devin, clock), clock)


def edited(**fields):
    """Give an edit that replaces fields of an answer."""
    return lambda body, _: json.dumps(json.loads(body) | fields).encode()
