import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async import errors
from devin_async.protocol.answers import Answer, Failure
from devin_async.protocol.endpoints import Endpoint
from devin_async.protocol.problems import error_for, outcome_unknown_after_repeat, read_problem
from devin_async.protocol.requests import Request

FASTAPI = {
    "detail": [
        {"loc": ["body", "prompt"], "msg": "Field required", "type": "missing", "input": "s3cret"},
        {"loc": ["query", "first"], "msg": "Input should be 200 or less", "input": "s3cret"},
    ]
}
RFC9457 = {
    "type": "about:blank",
    "title": "Unprocessable",
    "status": 422,
    "detail": "The body is not valid",
    "error_code": "invalid_body",
    "errors": [{"location": "body.tags", "message": "too many", "value": "s3cret"}],
}


def request(method="GET", permission=None, path="/v3/a"):
    endpoint = Endpoint(method, path, permission=permission)
    return Request(endpoint=endpoint, url=f"https://x{path}?secret=1", path=path)


def answer(status, body=b"", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers=headers, body=content)


def read(body):
    return read_problem(body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_problem_of_rfc_9457_is_read():
    problem = read(RFC9457)
    assert problem.message == "The body is not valid: body.tags: too many"
    assert problem.error_code == "invalid_body"
    assert problem.errors == [("body.tags", "too many")]


def test_a_problem_with_a_title_only_says_its_title():
    assert read({"type": "about:blank", "title": "Forbidden", "status": 403}).message == "Forbidden"


def test_fastapis_detail_as_a_text_is_read():
    assert read({"detail": "Not found"}).message == "Not found"


def test_fastapis_detail_as_a_list_is_read_without_what_was_put_in():
    problem = read(FASTAPI)
    assert problem.message == (
        "body.prompt: Field required; query.first: Input should be 200 or less"
    )
    assert problem.errors == [
        ("body.prompt", "Field required"),
        ("query.first", "Input should be 200 or less"),
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"   ", ""),
        (b"upstream connect error", "upstream connect error"),
        (b'"a JSON text"', "a JSON text"),
        (b"5", ""),
        (b"[]", ""),
        (b"null", ""),
        (b"{}", ""),
        (b'{"message": "said so"}', "said so"),
        (b'{"detail": 5}', ""),
        (b'{"detail": [1, "two"]}', ""),
        (b"two\r\n  lines\tand more", "two lines and more"),
        (b"<style>p {}</style><h1>502 Bad Gateway</h1><script>x()</script><hr>", "502 Bad Gateway"),
        (b"<h1>502 Bad Gateway</h1><script>x(); <script>y()", "502 Bad Gateway"),
        (b"<p<b>limit < 5</b>", "<p limit < 5"),
        (b"\xff\xfe\x00binary", "\ufffd\ufffd binary"),
        (b"\x1b[31mred\x1b[0m", "[31mred [0m"),
    ],
)
def test_every_other_body_is_one_line_of_text(body, message):
    assert read(body).message == message


def test_a_long_message_is_cut():
    assert read(b"x" * 100_000).message == "x" * 500 + "..."


def test_a_body_that_is_nested_too_deeply_does_no_harm():
    assert read(b"[" * 100_000).message == "[" * 500 + "..."


@given(st.binary(max_size=300))
def test_no_body_at_all_can_break_the_reading(body):
    message = read_problem(body).message
    assert len(message.splitlines()) <= 1
    assert len(message) <= 503


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
problem_names = st.sampled_from(
    ["detail", "title", "errors", "message", "error_code", "loc", "msg"]
)


@given(st.dictionaries(problem_names, json_values))
def test_no_json_at_all_can_break_the_reading(body):
    message = read(body).message
    assert len(message.splitlines()) <= 1
    assert len(message) <= 503


@given(st.dictionaries(st.sampled_from(["loc", "msg", "type", "ctx"]), json_values))
def test_what_was_put_in_is_never_told(entry):
    problem = read({"detail": [entry | {"input": "hunter2-hunter2"}]})
    assert "hunter2" not in repr(problem)


@pytest.mark.parametrize(
    ("status", "error_type"),
    [
        (300, errors.APIStatusError),
        (400, errors.BadRequestError),
        (401, errors.AuthenticationError),
        (402, errors.APIStatusError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (418, errors.APIStatusError),
        (422, errors.ValidationFailedError),
        (429, errors.RateLimitedError),
        (500, errors.ServerError),
        (503, errors.ServerError),
    ],
)
def test_a_status_has_its_class(status, error_type):
    error = error_for(request(), answer(status))
    assert (type(error), error.outcome, error.status) == (error_type, "rejected", status)


@pytest.mark.parametrize(
    ("status", "error_type"),
    [(408, errors.OutcomeUnknownError), (500, errors.ServerOutcomeUnknownError)],
)
def test_a_writes_passing_status_leaves_its_outcome_unknown(status, error_type):
    error = error_for(request("POST"), answer(status))
    assert (type(error), error.outcome) == (error_type, "unknown")
    assert error.hint == "It may have been done: look before repeating it."


@pytest.mark.parametrize(
    ("method", "kind", "sent", "error_type", "outcome"),
    [
        ("GET", "connection", False, errors.ConnectionFailedError, "not_sent"),
        ("GET", "connection", True, errors.ConnectionFailedError, "unknown"),
        ("GET", "timeout", False, errors.RequestTimeoutError, "not_sent"),
        ("GET", "timeout", True, errors.RequestTimeoutError, "unknown"),
        ("POST", "connection", False, errors.ConnectionFailedError, "not_sent"),
        ("POST", "connection", True, errors.OutcomeUnknownError, "unknown"),
        ("POST", "timeout", True, errors.OutcomeUnknownError, "unknown"),
    ],
)
def test_a_failure_has_its_class(method, kind, sent, error_type, outcome):
    error = error_for(request(method), Failure(kind=kind, sent=sent, detail="it broke"))
    assert (type(error), error.outcome, error.status) == (error_type, outcome, None)


def test_a_403_names_the_permission_and_says_what_else_answers_403():
    error = error_for(request(permission="ViewOrgSessions"), answer(403, {"detail": "Forbidden"}))
    assert str(error) == (
        "GET /v3/a answered 403: Forbidden. It needs the permission ViewOrgSessions "
        "(organization level); a wrong key and an organization that does not exist or is not "
        "yours answer 403 too."
    )


def test_a_403_without_a_permission_and_a_401_hint_at_the_key():
    hints = {error_for(request(), answer(status)).hint for status in (401, 403)}
    assert hints == {"Check that the key is a current cog_ key of this deployment."}


def test_a_redirect_tells_its_host_and_no_more():
    error = error_for(request(), answer(302, Location="https://login.example/x?token=s3cret"))
    assert error.hint == "Check the base URL; it redirects to https://login.example."


def test_an_answer_without_a_reason_says_so():
    error = error_for(request(), answer(500))
    assert str(error) == "GET /v3/a answered 500: the server gave no reason"


def test_an_error_has_what_the_answer_told():
    headers = {"X-Request-Id": "req-1", "Retry-After": "3"}
    error = error_for(
        request(), Answer(status=422, headers=headers, body=json.dumps(RFC9457).encode())
    )
    assert (error.method, error.path, error.request_id) == ("GET", "/v3/a", "req-1")
    assert (error.error_code, error.retry_after) == ("invalid_body", 3.0)
    assert error.errors == [("body.tags", "too many")]
    assert str(error).endswith("too many (request id req-1)")


def test_secrets_that_the_server_repeats_are_struck_out():
    body = {"detail": [{"loc": ["body"], "msg": "bad value s3cret"}]}
    error = error_for(request(), answer(422, body), secrets=("s3cret", ""))
    assert "s3cret" not in f"{error} {error!r} {error.errors}"
    assert error.errors == [("body", "bad value ***")]


def test_a_delete_that_was_repeated_and_found_nothing_is_an_unknown_outcome():
    first = error_for(request("DELETE"), answer(404, {"detail": "Not found"}))
    error = outcome_unknown_after_repeat(first)
    assert (error.status, error.outcome, error.__cause__) == (404, "unknown", first)
    assert "(this answered a repeat; the first try got no answer)" in str(error)
