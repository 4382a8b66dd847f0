"""Errors as RFC 9457 problems: what a step of the pipeline raises, and how it reads on the wire."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import attrs
import msgspec

PROBLEM_JSON = "application/problem+json"
JSON = "application/json"


@attrs.frozen
class Answer:
    """Hold one HTTP answer, ready to be written.

    Attributes:
        status: The HTTP status.
        body: The bytes of the body, empty for none.
        content_type: The media type of the body; empty when there is none.
        headers: Further header fields.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = attrs.Factory(dict[str, str])


def json_answer(value: Any, status: int = 200) -> Answer:
    """Encode a value as a JSON answer."""
    return Answer(status=status, body=msgspec.json.encode(value))


class Problem(Exception):  # noqa: N818 - the RFC calls it a problem, and so do the answers
    """Stop the pipeline with an error answer.

    Args:
        status: The HTTP status.
        detail: One sentence for the caller; it never holds a value the caller sent.
        errors: The list of invalid fields, only for 422.
        error_code: A machine-readable name, where the API has one.
        headers: Further header fields, such as *Retry-After*.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] | None = None,
        error_code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.error_code = error_code
        self.headers = dict(headers or {})

    def answer(self, instance: str) -> Answer:
        """Render the problem for the request path *instance*."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.errors is not None:
            body["errors"] = list(self.errors)
        if self.error_code is not None:
            body["error_code"] = self.error_code
        return Answer(
            status=self.status,
            body=msgspec.json.encode(body),
            content_type=PROBLEM_JSON,
            headers=self.headers,
        )


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Build the 422 that lists every invalid parameter or field."""
    return Problem(422, "The request has invalid parameters or fields", errors=errors)


def field_error(loc: Sequence[str | int], message: str, kind: str) -> dict[str, Any]:
    """Describe one invalid field the way the API does: where, why, and which rule."""
    return {"loc": list(loc), "msg": message, "type": kind}
