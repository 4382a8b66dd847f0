"""Answers to models, as a client's options ask; faults say whose answer it was and what it says."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from devin_async import protocol
from devin_async.base.plain_json import as_object
from devin_async.base.secret import Redactor
from devin_async.codec import decoding
from devin_async.codec.differences import Difference, ForeignAnswerError, Tell, refuse
from devin_async.codec.drift import DriftLog
from devin_async.config import Options
from devin_async.errors import ResponseDecodeError, ResponseTooLargeError
from devin_async.protocol.answers import Answer, request_id
from devin_async.protocol.endpoints import Endpoint, Fields
from devin_async.protocol.requests import Request

__all__ = ["AnswerReader"]

T = TypeVar("T")


class AnswerReader(Struct):
    """Makes models of the answers that a client gets.

    Attributes:
        options: Whether it is strict, how deep JSON may be, and who is told of drift.
        drift_log: What was told already.
        redactor: Gives what strikes the secrets of a request out of what its server says.
    """

    options: Options
    drift_log: DriftLog
    redactor: Callable[[Request | None], Redactor]

    def read(
        self,
        request: Request,
        endpoint: Endpoint[T],
        answer: Answer,
        ids: Mapping[str, str],
        sent: Fields | None,
    ) -> T:
        """Read one thing.

        Args:
            request: What was sent.
            endpoint: What was called.
            answer: What came.
            ids: The values of the path's parameters.
            sent: The body that was sent, as plain values in today's form.

        Raises:
            ResponseDecodeError: It is not JSON, or not that model.
        """
        model, tell, options = endpoint.answer, self._tell(endpoint), self.options
        assert model is not None  # noqa: S101 - nothing is read of an empty answer
        try:
            if options.max_json_depth is not None:
                decoding.check_depth(answer.body, options.max_json_depth)
            if endpoint.dialect is not None:
                from devin_async.codec import v3beta1  # noqa: PLC0415 - few speak it, and it is slow

                return v3beta1.read(endpoint, answer, tell, ids=ids, sent=sent)
            # What an unconfirmed call answers is not known; nothing at all may be it. No name here
            # holds what came: it may be a new key, and the error is raised out of this frame.
            nothing = b"{}" if endpoint.unconfirmed else b""
            thing = decoding.decode(model, answer.body or nothing, tell)
            if options.report_drift:
                raw = decoding.load(answer.body or nothing, tell)
                self.drift_log.add_unknown(model, raw, self.redactor(request))
        except ResponseDecodeError as error:
            fault = error
        else:
            return thing
        raise self._placed(fault, request, answer)  # out here: a context may hold the whole answer

    def check_empty(self, request: Request, answer: Answer) -> None:
        """Check an answer that nothing is read of: a login page says nothing of what was asked.

        Raises:
            ResponseDecodeError: It is not JSON, or tells of a fault.
        """
        host = urlsplit(request.url).netloc
        redactor = self.redactor(request)
        if answer.body.strip() and protocol.problems.describe_content(
            host, answer.headers, answer.body, redactor
        ):
            raise self._placed(ForeignAnswerError("expected nothing"), request, answer)

    def read_page(
        self, request: Request, endpoint: Endpoint[T], answer: Answer
    ) -> decoding.WirePage[T]:
        """Read a page of a list.

        Raises:
            ResponseDecodeError: It is not JSON, or not a page of that model.
        """
        model, tell = endpoint.answer, self._tell(endpoint)
        assert model is not None  # noqa: S101 - each list names its item
        try:
            decoding.check_depth(answer.body, self.options.max_json_depth)
            if endpoint.dialect is not None:
                from devin_async.codec import v3beta1  # noqa: PLC0415

                return v3beta1.read_page(endpoint, answer, tell)
            is_paged = endpoint.paging != "none"
            page = decoding.decode_page(
                model, endpoint.envelope, answer.body, tell, is_paged=is_paged
            )
            if self.options.report_drift:
                raw = decoding.load(answer.body, tell)
                rows = (as_object(raw) or {}).get(endpoint.envelope, raw)
                self.drift_log.add_unknown(list[model], rows, self.redactor(request))  # type: ignore[valid-type]
        except ResponseDecodeError as error:
            fault = error
        else:
            return page
        raise self._placed(fault, request, answer)  # out here, for the same reason

    def _tell(self, endpoint: Endpoint[Any]) -> Tell:
        return refuse if self.options.strict else functools.partial(self._note, endpoint.route)

    def _note(self, route: str, difference: Difference) -> None:
        self.drift_log.add_difference(difference, route, self.options.on_event)

    def _placed(
        self, error: ResponseDecodeError, request: Request, answer: Answer
    ) -> ResponseDecodeError:
        """Add to *error* which answer it was; what it repeats of it has no secret then."""
        redactor = self.redactor(request)
        message = redactor.line(error.message)
        if isinstance(error, ForeignAnswerError):
            host = urlsplit(request.url).netloc
            message = (
                protocol.problems.describe_content(host, answer.headers, answer.body, redactor)
                or message
            )
        too_large = isinstance(error, ResponseTooLargeError)
        is_change = request.endpoint.is_change  # which a 2xx says was done, whatever its body says
        return (ResponseTooLargeError if too_large else ResponseDecodeError)(
            message,
            json_path=redactor.line(error.json_path),
            status=answer.status,
            method=request.method,
            path=request.path,
            request_id=redactor.line(request_id(answer.headers) or "") or None,
            outcome="unknown" if is_change else "rejected",
            hint="It may have been done: look before repeating it." if is_change else "",
        )
