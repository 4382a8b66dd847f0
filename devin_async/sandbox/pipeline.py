"""What a request goes through between the socket and its handler; no step does I/O."""

from collections.abc import Mapping

import attrs

from . import handlers_enterprise, handlers_reports, handlers_sessions, seed_dialect
from .access import authorize
from .bodies import read_body
from .contract import Operation
from .parameters import read_query
from .problems import Answer, Problem, json_answer
from .rate_limit import RateLimiter
from .routing import Match, router
from .state import Call, Handler, State

HANDLERS: dict[tuple[str, str], Handler] = {
    **handlers_enterprise.HANDLERS,
    **handlers_sessions.HANDLERS,
    **handlers_reports.HANDLERS,
    **seed_dialect.HANDLERS,
}


@attrs.frozen
class Incoming:
    """Hold one request as read from the socket.

    Args:
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
        self._limiter.take()
        operation = _known(incoming.match)
        call = self._checked(operation, incoming)
        handler = HANDLERS.get((operation.method, operation.path))
        if handler is None:
            raise Problem(501, f"The sandbox does not serve {operation.key} yet")
        return json_answer(handler(call, self._state))

    def _checked(self, operation: Operation, incoming: Incoming) -> Call:
        path = incoming.match.values
        principal = self._state.access.authenticate(incoming.headers.get("Authorization", ""))
        authorize(principal, operation, path.get("org_id"), self._state.organizations)
        query = read_query(operation, incoming.query)
        body = read_body(operation, incoming.headers.get("Content-Type", ""), incoming.body)
        given = frozenset(name for name, _ in incoming.query)
        return Call(operation, path, query, given, body, principal)


def _known(match: Match) -> Operation:
    if match.operation is not None:
        return match.operation
    if match.allowed:
        headers = {"Allow": ", ".join(match.allowed)}
        raise Problem(405, "The path does not answer to this method", headers=headers)
    raise Problem(404, "There is no such path")


def read_route(method: str, path: str) -> Match:
    """Find what a method and a still percent-encoded path lead to."""
    return router().match(method, path)
