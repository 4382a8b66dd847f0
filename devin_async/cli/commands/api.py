"""`api`: any call, also those that have no method yet."""

import json as json_module
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

from cyclopts import Parameter
from rich.json import JSON

from devin_async.base.plain_json import as_array
from devin_async.cli.connection import connect
from devin_async.cli.errors import UsageError
from devin_async.cli.options import DataOptions, Flag, Texts, WithData
from devin_async.cli.output import Output
from devin_async.cli.prompts import read_bytes
from devin_async.cli.text import escaped_json
from devin_async.errors import PaginationError

if TYPE_CHECKING:
    from devin_async.client import DevinClient, Response

__all__ = ["api", "read_body", "read_params"]

_DEFAULTS = DataOptions()

Body = Mapping[str, Any] | Sequence[Any]


async def api(
    method: str,
    path: str,
    /,
    *,
    param: Texts = None,
    input_: Annotated[str | None, Parameter(name="--input", allow_leading_hyphen=True)] = None,
    paginate: Flag = False,
    options: WithData = _DEFAULTS,
) -> None:
    """Send one request, and print the answer's body.

    Args:
        method: HTTP method, such as GET.
        path: Path from its version on, such as /v3/self.
        param: One parameter of the query, as name=value; may be given again, also the same name.
        input_: Body, a JSON object or array; @FILE is read from a file, - from stdin.
        paginate: Follow the cursors of a list, and print each item in a line.
        options: What every command takes that prints data.
    """
    params = read_params(param or ())
    body = None if input_ is None else read_body(read_bytes("--input", input_))
    if paginate and method.upper() != "GET":
        raise UsageError(f"--paginate is for GET, and METHOD is {method!r}")
    output = Output(as_json=options.json, raw=options.raw)
    async with connect(options) as devin:
        if paginate:
            async for item in _items(devin, path, params):
                _print_item(output, item)
            return
        response = await devin.request(method.upper(), path, params=params, json=body)
    _print(output, response)


def _print(output: Output, response: "Response") -> None:
    is_json = "json" in response.headers.get("Content-Type", "")
    if output.as_json:
        content = response.bytes.decode("utf-8", "backslashreplace")
        output.record(
            "response",
            status=response.status,
            request_id=response.request_id,
            body=response.json() if is_json and response.bytes else content or None,
        )
    elif not response.bytes:
        return
    elif is_json and output.is_rich and not output.raw:
        text = escaped_json(response.bytes.decode("utf-8", "backslashreplace"))
        output.show(JSON(text, ensure_ascii=True))
    else:
        body = response.bytes
        output.body(body.rstrip(b"\n") + b"\n" if is_json else body, is_json=is_json)


def _print_item(output: Output, item: Any) -> None:
    if output.as_json:
        output.record("item", item=item)
    else:
        text = json_module.dumps(item, ensure_ascii=False)
        output.body(f"{text}\n".encode("utf-8", "surrogatepass"), is_json=True)


async def _items(
    devin: "DevinClient", path: str, params: Mapping[str, Sequence[str]]
) -> AsyncGenerator[Any, None]:
    """Yield the items of all pages of a list, or the answer itself if it is none."""
    query: dict[str, Any] = dict(params)
    seen: set[str] = set()
    while True:
        answer: Any = (await devin.request("GET", path, params=query)).json()
        page = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {"items": answer}
        items = as_array(page.get("items"))
        if items is None:
            yield answer
            return
        for item in items:
            yield item
        cursor: Any = page.get("end_cursor")
        # The cursor alone tells of another page where a server leaves the flag out.
        if not page.get("has_next_page", cursor is not None) or not cursor:
            return
        if cursor in seen:
            raise PaginationError(f"{path}: the server gave the cursor {cursor!r} again")
        seen.add(cursor)
        query["after"] = cursor


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


def read_body(content: bytes) -> Body:
    """Read the body of a request; what is refused is not repeated, it may hold secrets.

    Raises:
        UsageError: It is not JSON, which tells where, or neither an object nor an array.
    """
    try:
        body: Any = json_module.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except json_module.JSONDecodeError as error:
        raise UsageError(
            f"--input is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"--input is not UTF-8, at byte {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--input is not JSON that can be sent: {error}") from None
    if not isinstance(body, dict | list):
        kind = type(body).__name__
        raise UsageError(f"--input is a single {kind}; allowed: an object or an array")
    return cast("Body", body)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which JSON has no form for")
