"""What a request goes through between the socket and its handler; no step does I/O."""

from collections.abc import Mapping
from typing import Any

import attrs

from devin_async.sandbox.base.problems import Answer, Problem, json_answer
from devin_async.sandbox.contract.bodies import read_body
from devin_async.sandbox.contract.features import refuse_missing
from devin_async.sandbox.contract.operations import Operation
from devin_async.sandbox.contract.parameters import read_query
from devin_async.sandbox.handlers import HANDLERS
from devin_async.sandbox.handlers.webhooks import PREFIX as WEBHOOKS
from devin_async.sandbox.handlers.webhooks import receive
from devin_async.sandbox.serving.rate_limit import RateLimiter
from devin_async.sandbox.serving.routing import Match, router
from devin_async.sandbox.world.access import authorize
from devin_async.sandbox.world.downloads import PREFIX as DOWNLOADS
from devin_async.sandbox.world.state import Call, State


@attrs.frozen
class Incoming:
    """Hold one request as read from the socket.

    Attributes:
        method: The HTTP method.
        path: The path, still percent-encoded.
        query: The decoded query parameters.
        headers: The header fields, whatever their case.
        body: The bytes of the body.
        match: What the path leads to.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    match: Match

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names by which a fault may mean this request."""
        template = self.match.operation.key if self.match.operation else None
        real = f"{self.method} {self.path}"
        return (real,) if template is None else (template, real)


class Pipeline:
    """Answer requests from the state.

    Args:
        state: What the sandbox remembers.
        limiter: Refuses what comes too fast.
    """

    def __init__(self, state: State, limiter: RateLimiter) -> None:
        self._state = state
        self._limiter = limiter

    def answer(self, incoming: Incoming) -> Answer:
        """Serve a request, or say as a problem why not."""
        try:
            return self._serve(incoming)
        except Problem as problem:
            return problem.answer(incoming.path)

    def _serve(self, incoming: Incoming) -> Answer:
        if incoming.method == "GET" and incoming.path.startswith(DOWNLOADS):
            return self._state.downloads.follow(incoming.path, dict(incoming.query))
        if incoming.method == "POST" and incoming.path.startswith(WEBHOOKS):
            return receive(incoming.path, incoming.headers, self._state)
        self._limiter.take()
        operation = _operation(incoming.match)
        call = self._checked(operation, incoming)
        handler = HANDLERS[operation.method, operation.path]
        return _answer(operation, handler(call, self._state))

    def _checked(self, operation: Operation, incoming: Incoming) -> Call:
        path = incoming.match.values
        principal = self._state.access.authenticate(incoming.headers.get("Authorization", ""))
        authorize(principal, operation, path.get("org_id"), self._state.organizations)
        refuse_missing(operation, self._state.without)
        query = read_query(operation, incoming.query)
        body = read_body(operation, incoming.headers.get("Content-Type", ""), incoming.body)
        query_names = frozenset(name for name, _ in incoming.query)
        base_url = f"http://{incoming.headers.get('Host', '')}"
        return Call(operation, path, query, query_names, body, principal, base_url)


def _answer(operation: Operation, value: Any) -> Answer:
    """Render what a handler returned with the status that the contract names."""
    if isinstance(value, Answer):
        return value
    if value is None:
        return Answer(operation.status, content_type="")
    return json_answer(value, operation.status)


def _operation(match: Match) -> Operation:
    if match.operation is not None:
        return match.operation
    if match.allowed:
        headers = {"Allow": ", ".join(match.allowed)}
        raise Problem(405, "The path does not answer to this method", headers=headers)
    raise Problem(404, "There is no such path")


def read_route(method: str, path: str) -> Match:
    """Find what a method and a still percent-encoded path lead to."""
    return router().match(method, path)
