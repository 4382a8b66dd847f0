import json

import pytest

from devin_async import errors
from devin_async.base.secret import Redactor
from devin_async.protocol.answers import Answer, Failure
from devin_async.protocol.endpoints import Endpoint
from devin_async.protocol.raising import error_for, outcome_unknown_after_repeat
from devin_async.protocol.requests import Request

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


def test_an_answer_that_is_too_large_is_told_with_what_became_of_the_request():
    failure = Failure(kind="too_large", sent=True, is_final=True, detail="it is too large")
    for method, outcome in {"GET": "rejected", "POST": "unknown", "DELETE": "unknown"}.items():
        error = error_for(request(method), failure)
        assert (type(error), error.outcome) == (errors.ResponseTooLargeError, outcome)
        assert (error.message, error.method, error.path) == ("it is too large", method, "/v3/a")


def test_only_a_timeout_after_sending_is_a_reason_to_take_longer():
    longer = "Raise attempt_timeout= or deadline= if it may take longer."
    for kind, sent, hint, hint_kind in (
        ("timeout", True, longer, "take_longer"),
        ("timeout", False, "", ""),
        ("connection", True, "", ""),
    ):
        error = error_for(request(), Failure(kind=kind, sent=sent, detail="it broke"))
        assert (error.hint, error.hint_kind) == (hint, hint_kind)
        assert (error.method, error.path) == ("GET", "/v3/a")


def test_a_write_that_was_sent_says_so_and_to_look():
    error = error_for(request("POST"), Failure(kind="connection", sent=True, detail="it broke"))
    assert error.message == "it broke, after the request was sent"
    assert error.hint == "It may have been done: look before repeating it."
    assert (error.method, error.path) == ("POST", "/v3/a")


def test_an_earlier_try_that_may_have_arrived_leaves_a_write_unknown_and_no_read():
    for result in (answer(400), Failure(kind="connection", sent=False, detail="x")):
        outcomes = {
            method: error_for(request(method), result, maybe_done=True).outcome
            for method in ("GET", "HEAD", "PUT", "POST")
        }
        usual = error_for(request(), result).outcome
        assert outcomes == {"GET": usual, "HEAD": usual, "PUT": "unknown", "POST": "unknown"}


def test_a_delete_is_gone_by_an_earlier_try_only_if_there_was_one():
    for status, is_gone in ((404, True), (409, True), (400, False), (410, False)):
        repeated = error_for(request("DELETE"), answer(status), maybe_done=True)
        assert isinstance(repeated.__cause__, errors.APIStatusError) is is_gone
        assert type(error_for(request("DELETE"), answer(status))) is not errors.OutcomeUnknownError
    put = error_for(request("PUT"), answer(404), maybe_done=True)
    assert (type(put), put.outcome) == (errors.NotFoundError, "unknown")


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


def test_a_page_that_refuses_gets_no_advice_on_permissions():
    page = Answer(status=403, headers={"Server": "cloudflare"}, body=b"<h1>Blocked</h1>")
    error = error_for(request(permission="ViewOrgSessions"), page)
    assert str(error) == (
        "GET /v3/a answered 403: Blocked. This is not an answer of the API: x (cloudflare) is, or "
        "stands behind, a firewall or proxy."
    )
    hint = "This is not an answer of the API: x is, or stands behind, a firewall or proxy."
    assert error_for(request(), answer(401, b"Unauthorized")).hint == hint


def test_a_403_with_a_code_of_its_own_is_not_about_the_permission():
    body = {"detail": {"code": "user_frozen", "message": "The user is frozen"}}
    error = error_for(request(permission="ViewOrgSessions"), answer(403, body))
    assert (error.error_code, error.hint) == ("user_frozen", "")


def test_a_401_is_about_the_key_whatever_code_it_has():
    body = {"error_code": "expired", "detail": "Expired"}
    error = error_for(request(permission="ViewOrgSessions"), answer(401, body))
    assert error.error_code == "expired"
    assert error.hint == "Check that the key is a current cog_ key of this deployment."


def test_an_error_is_at_most_1000_characters_long():
    headers = {"X-Request-Id": "r" * 200, "Location": f"https://{'h' * 5000}/", "Server": "s" * 900}
    for status in (302, 400, 401, 403, 422, 500):
        for body in (b"x" * 9000, json.dumps({"detail": "x" * 9000}).encode()):
            sent = request(permission="ViewOrgSessions")
            error = error_for(sent, Answer(status=status, headers=headers, body=body))
            assert len(str(error)) <= 1000


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
    error = error_for(request(), answer(422, body), redactor=Redactor(("s3cret", "")))
    assert "s3cret" not in f"{error} {error!r} {error.errors}"
    assert error.errors == [("body", "bad value ***")]


def test_a_delete_that_was_repeated_and_found_nothing_is_an_unknown_outcome():
    first = error_for(request("DELETE"), answer(404, {"detail": "Not found"}))
    error = outcome_unknown_after_repeat(first)
    assert (error.status, error.outcome, error.__cause__) == (404, "unknown", first)
    assert "(this answered a repeat; the first try got no answer)" in str(error)
