"""`api`: any call, also those that have no method yet."""

import json as json_module
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NoReturn, cast

from cyclopts import Parameter
from rich.json import JSON

from devin_async.cli.errors import UsageError
from devin_async.cli.options import Options, WithOptions, connect
from devin_async.cli.output import Output

__all__ = ["api"]

_DEFAULTS = Options()

Body = Mapping[str, Any] | Sequence[Any]


async def api(
    method: str,
    path: str,
    /,
    *,
    param: Annotated[list[str] | None, Parameter(negative="")] = None,
    json: str | None = None,
    options: WithOptions = _DEFAULTS,  # noqa: ARG001 - read where errors are reported
) -> None:
    """Send one request, and print the answer's body as it came.

    Args:
        method: HTTP method, such as GET.
        path: Path from its version on, such as /v3/self.
        param: One parameter of the query, as name=value; may be given again, also the same name.
        json: Body, a JSON object or array.
        options: What every command takes.
    """
    params, body = read_params(param or ()), None if json is None else read_body(json)
    output = Output()
    async with connect() as devin:
        response = await devin.request(method.upper(), path, params=params, json=body)
    content_type = response.headers.get("Content-Type", "")
    if not response.bytes:
        return
    if "json" not in content_type:
        output.write_bytes(response.bytes)
    elif output.is_rich:
        output.show(JSON(response.bytes.decode("utf-8", "replace"), ensure_ascii=False))
    else:
        output.write_bytes(response.bytes.rstrip(b"\n") + b"\n")


def read_params(pairs: Sequence[str]) -> dict[str, list[str]]:
    """Read `name=value` pairs; a name that comes again has several values.

    Raises:
        UsageError: One has no name or no `=`.
    """
    params: dict[str, list[str]] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not name or not sign:
            raise UsageError(f"--param is {pair!r}; allowed: name=value, such as first=20")
        params.setdefault(name, []).append(value)
    return params


def read_body(text: str) -> Body:
    """Read the body of a request; what is refused is not repeated, it may hold secrets.

    Raises:
        UsageError: It is not JSON, which tells where, or neither an object nor an array.
    """
    try:
        body: Any = json_module.loads(text, parse_constant=_refuse_constant)
    except json_module.JSONDecodeError as error:
        raise UsageError(
            f"--json is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--json is not JSON that can be sent: {error}") from None
    if not isinstance(body, dict | list):
        kind = type(body).__name__
        raise UsageError(f"--json is a single {kind}; allowed: an object or an array")
    return cast("Body", body)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which JSON has no form for")
