"""The client in a FastAPI app (extra `fastapi`): opened and closed with it, one for all requests.

    from devin_async.fastapi import Devin, add_devin_error_handler, devin_lifespan

    app = FastAPI(lifespan=devin_lifespan())
    add_devin_error_handler(app)

    @app.get("/whoami")
    async def whoami(devin: Devin) -> str | None:
        return (await devin.whoami()).name

A test puts its own client in place: `app.dependency_overrides[get_devin] = lambda: client`.
"""

import logging
import math
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any, TypeAlias, TypedDict

from attrs import frozen

from devin_async._version import needs_extra
from devin_async.base.text import printable
from devin_async.client import DevinClient
from devin_async.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    DevinError,
    FanOutError,
    FileError,
    InvalidArgumentError,
    LedgerError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    ValidationFailedError,
    WaitTimeoutError,
)

try:
    from fastapi import Depends, FastAPI, Request
    from fastapi.requests import HTTPConnection
    from fastapi.responses import JSONResponse
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"fastapi", "starlette"}:
        raise
    raise ImportError(needs_extra("devin_async.fastapi", "fastapi")) from None

__all__ = [
    "Devin",
    "DevinState",
    "add_devin_error_handler",
    "devin_lifespan",
    "get_devin",
    "handle_devin_error",
]

logger = logging.getLogger("devin_async")

_RETRY_AFTER_UNKNOWN = 30  # seconds; as long as our own longest wait between two attempts
_FIRST_SERVER_STATUS = 500
_LONGEST_PATH = 200
# A path, or the name of a variable of the environment: neither is for those who use the app.
_OF_THIS_MACHINE = re.compile(r"[/\\]|\b[A-Z]+_[A-Z_]+\b")
_REFUSED_HERE = "The request cannot be passed on to the Devin API as it is."
_LIFESPAN_HINT = """\
this app has no Devin client, because it runs without its lifespan; add these two lines:
    from devin_async.fastapi import devin_lifespan
    app = FastAPI(lifespan=devin_lifespan())
or, in a lifespan of your own, `async with devin_lifespan()(app) as state: yield state`.
In a test, `with TestClient(app)` runs the lifespan; or override get_devin"""


class DevinState(TypedDict):
    """What the lifespan adds to the state of the app's requests."""

    devin: DevinClient


def devin_lifespan(
    make_client: Callable[[], DevinClient] = DevinClient,
) -> Callable[[FastAPI], AbstractAsyncContextManager[DevinState]]:
    """Return a lifespan that opens one client with the app and closes it with the app.

    An app with a lifespan of its own enters this one in it, and passes its state on:

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Any]]:
            async with devin_lifespan()(app) as state:
                yield {**state, "more": ...}  # state["devin"] is the client

    Args:
        make_client: Makes the client when the app starts, by default from the environment.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[DevinState, None]:
        async with make_client() as devin:
            yield {"devin": devin}

    return lifespan


def get_devin(connection: HTTPConnection) -> DevinClient:
    """Return the app's client; the dependency behind `Devin`, also for web sockets.

    Raises:
        ConfigurationError: The app runs without its lifespan; it shows the lines to add.
    """
    # The lifespan's state reaches mounted apps too, which `app.state` would not.
    devin: DevinClient | None = connection.scope.get("state", {}).get("devin")
    if devin is None:
        raise ConfigurationError(_LIFESPAN_HINT)
    return devin


Devin: TypeAlias = Annotated[DevinClient, Depends(get_devin)]
"""The app's client, as the type of an endpoint's parameter."""


def add_devin_error_handler(app: FastAPI) -> None:
    """Have *app* answer each `DevinError` of an endpoint by `handle_devin_error`."""
    app.add_exception_handler(DevinError, handle_devin_error)


@frozen
class _Reply:
    """How an error is answered to those who use the app.

    Attributes:
        status: HTTP status.
        code: Which error it is, for programs.
        detail: For people; None repeats the API's words, which are about the request.
    """

    status: int
    code: str
    detail: str | None = None


# The first class that fits counts. What the API says of a failure of its own or of our key is not
# passed on: it is for whoever runs the app, and may name what outsiders should not learn.
_REPLIES: tuple[tuple[type[DevinError], _Reply], ...] = (
    (
        OutcomeUnknownError,
        _Reply(
            502,
            "outcome_unknown",
            "The Devin API did not confirm the request: it may or may not have been done. Look "
            "before repeating it.",
        ),
    ),
    (RateLimitedError, _Reply(503, "rate_limited", "The Devin API is rate limiting this service.")),
    (NotFoundError, _Reply(404, "not_found")),
    (ConflictError, _Reply(409, "conflict")),
    (ValidationFailedError, _Reply(422, "invalid")),
    (InvalidArgumentError, _Reply(422, "invalid")),
    (BadRequestError, _Reply(400, "bad_request")),
    (
        PermissionDeniedError,
        _Reply(
            403,
            "permission_denied",
            "This service may not do that, or there is no such organization.",
        ),
    ),
    (
        AuthenticationError,
        _Reply(502, "credentials_refused", "The Devin API refused the key of this service."),
    ),
    (RequestTimeoutError, _Reply(502, "upstream_timeout", "The Devin API did not answer in time.")),
    (WaitTimeoutError, _Reply(502, "upstream_timeout", "The Devin API was not done in time.")),
    (DevinError, _Reply(502, "upstream_failure", "The Devin API failed.")),
)


_OWN_FAULTS = (ConfigurationError, FileError, LedgerError)


async def handle_devin_error(request: Request, error: Exception) -> JSONResponse:
    """Answer an error as an honest gateway, in an RFC 9457 problem.

    503 with Retry-After when the API limits the rate; 502 for its failures, timeouts and unknown
    outcomes, which `code` and `outcome` tell apart, and when it refuses our key; 400, 403, 404, 409
    and 422 as themselves. What these leave out is logged. A fan-out answers as its first unknown
    outcome, else as its first error. Faults of the app itself, its files among them, are raised
    again, which makes them a 500, and so is everything on a web socket, which has no such answers.
    """
    if request.scope["type"] != "http":
        raise error
    cause = _cause(error)
    reply = next(reply for kind, reply in _REPLIES if isinstance(cause, kind))
    detail = reply.detail or cause.message
    if isinstance(cause, InvalidArgumentError) and _OF_THIS_MACHINE.search(detail):
        detail = _REFUSED_HERE
    if reply.status >= _FIRST_SERVER_STATUS or detail == _REFUSED_HERE:
        # Decoded, and the visitor's: it may hold line breaks and what moves a terminal's cursor.
        where = printable(f"{request.method} {request.scope['path'][:_LONGEST_PATH]}")
        logger.warning(
            "%s answers %d %s: %s", where, reply.status, reply.code, printable(str(error))
        )
    problem: dict[str, Any] = {
        "title": reply.code.replace("_", " ").capitalize(),
        "status": reply.status,
        "detail": detail,
        "code": reply.code,
        "outcome": cause.outcome,
        "request_id": cause.request_id,
    }
    if isinstance(cause, ValidationFailedError):
        problem["errors"] = [{"loc": place, "msg": text} for place, text in cause.errors]
    return JSONResponse(
        problem, reply.status, _headers(cause), media_type="application/problem+json"
    )


def _cause(error: Exception) -> DevinError:
    """Find the error to answer for; what is no failure of the API is raised."""
    if isinstance(error, FanOutError):
        unknown = (one for one in error.exceptions if isinstance(one, OutcomeUnknownError))
        error = next(unknown, error.exceptions[0])
    if not isinstance(error, DevinError) or isinstance(error, _OWN_FAULTS):
        raise error
    return error


def _headers(error: DevinError) -> dict[str, str]:
    if not isinstance(error, RateLimitedError):
        return {}
    seconds = error.retry_after
    return {"Retry-After": str(_RETRY_AFTER_UNKNOWN if seconds is None else math.ceil(seconds))}
