"""A web service that checks the health of all organizations and shows what they use.

    uvicorn examples.fastapi_app:app             # or: python examples/fastapi_app.py
    curl -X POST localhost:8000/health-check     # starts one, in the background
    curl -N localhost:8000/health-check/events   # its outcomes, as they come
    curl 'localhost:8000/consumption?days=7'

The key comes from DEVIN_API_KEY, the port of the second form from PORT.
"""

import asyncio
import json
import os
import signal
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import StreamingResponse

from devin_async import DevinClient, DevinError
from devin_async.fastapi import Devin, add_devin_error_handler, devin_lifespan
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session


class HealthCheck:
    """One run over all organizations; its events can be read while it runs, and afterwards."""

    def __init__(self, devin: DevinClient, stopping: asyncio.Event) -> None:
        self._devin = devin
        self._stopping = stopping
        self._events: list[str] = []
        self._ended = False
        self._news = asyncio.Condition()
        self.task = asyncio.create_task(self._run())

    async def events(self, start: int) -> AsyncGenerator[str, None]:
        """Give the events from number *start* on, until the run has ended."""
        while self._has(start) or not self._ended:
            async with self._news:
                await self._news.wait_for(partial(self._has, start))
            for event in self._events[start:]:
                start += 1
                yield event

    async def _run(self) -> None:
        ended: dict[str, Any] = {"started": 0, "failed": 0}
        fan_out = self._devin.fan_out(self._organizations(), self._start, concurrency=16)
        try:
            async with fan_out as outcomes:
                async for outcome in outcomes:
                    ended["started" if outcome.ok else "failed"] += 1
                    status = (
                        {"session": outcome.value.url} if outcome.ok else described(outcome.error)
                    )
                    await self._tell("outcome", {"organization": outcome.item.name, **status})
        except DevinError as error:  # of the list of organizations
            ended |= described(error)
        finally:
            await self._tell("end", {**ended, "stopped": self._stopping.is_set()})

    async def _organizations(self) -> AsyncGenerator[Organization, None]:
        """List them until the app stops: what has begun then ends, and nothing else begins."""
        async with aclosing(aiter(self._devin.enterprise.organizations.list())) as organizations:
            async for organization in organizations:
                if self._stopping.is_set():
                    break
                yield organization

    async def _start(self, organization: Organization) -> Session:
        sessions = self._devin.organization(organization.org_id).sessions
        return await sessions.create(f"Run daily health check for {organization.name}")

    async def _tell(self, kind: str, data: dict[str, Any]) -> None:
        number = len(self._events)
        async with self._news:
            self._events.append(f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n")
            self._ended = kind == "end"
            self._news.notify_all()

    def _has(self, number: int) -> bool:
        return number < len(self._events)


def described(error: Exception | None) -> dict[str, Any]:
    """Tell which error it is, without the words of the API, which are for us."""
    outcome = error.outcome if isinstance(error, DevinError) else None
    return {"error": type(error).__name__, "outcome": outcome}


class HealthChecks:
    """The health checks of the app: one at a time, because each starts, and bills, sessions."""

    def __init__(self, devin: DevinClient) -> None:
        self._devin = devin
        self._stopping = asyncio.Event()
        self.latest: HealthCheck | None = None

    def start(self) -> bool:
        """Start one, unless one is running or the app stops."""
        if self._stopping.is_set() or (self.latest is not None and not self.latest.task.done()):
            return False
        self.latest = HealthCheck(self._devin, self._stopping)
        return True

    async def stop(self) -> None:
        """Begin nothing more and wait for what has begun."""
        self._stopping.set()
        if self.latest is not None:
            await self.latest.task

    @contextmanager
    def stopped_by_signals(self) -> Generator[None, None, None]:
        """Stop at a signal: uvicorn waits for open streams before it tells the app to end."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread gets signals
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def stop(number: int, frame: Any) -> None:
            loop.call_soon_threadsafe(self._stopping.set)
            following = before[signal.Signals(number)]
            if callable(following):
                following(number, frame)

        for number in before:
            signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Any], None]:
    async with devin_lifespan()(app) as state:
        checks = HealthChecks(state["devin"])
        with checks.stopped_by_signals():
            yield {**state, "checks": checks}
        await checks.stop()


def get_checks(request: Request) -> HealthChecks:
    checks: HealthChecks = request.state.checks
    return checks


Checks = Annotated[HealthChecks, Depends(get_checks)]

app = FastAPI(title="Health of all organizations", lifespan=lifespan)
add_devin_error_handler(app)


@app.get("/whoami")
async def whoami(devin: Devin) -> dict[str, str | None]:
    me = await devin.whoami()
    return {"name": me.name, "principal_type": me.principal_type}


@app.post("/health-check", status_code=202)
async def start_health_check(checks: Checks) -> dict[str, str]:
    if not checks.start():
        raise HTTPException(409, "a health check is running")
    return {"events": "/health-check/events"}


@app.get("/health-check/events")
async def stream_events(
    checks: Checks, last_event_id: Annotated[int, Header()] = -1
) -> StreamingResponse:
    if checks.latest is None:
        raise HTTPException(404, "no health check was started")
    events = checks.latest.events(last_event_id + 1)
    return StreamingResponse(events, media_type="text/event-stream")


@app.get("/consumption")
async def show_consumption(
    devin: Devin, days: Annotated[int, Query(ge=1, le=90)] = 7
) -> dict[str, float]:
    today = datetime.now(UTC).date()
    consumption = await devin.enterprise.consumption.by_organization(
        start=today - timedelta(days=days), end=today - timedelta(days=1)
    )
    return {used.organization_name: used.total_acus for used in consumption}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
