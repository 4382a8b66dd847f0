import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async.protocol.answers import Answer, Failure, Verdict, classify, is_success
from devin_async.protocol.endpoints import Endpoint
from devin_async.protocol.requests import Request

READS = ("GET", "HEAD", "PUT", "DELETE")
WRITES = ("POST", "PATCH")
METHODS = (*READS, *WRITES)
PASSING = (408, 500, 502, 503, 504)
FINAL = (300, 301, 304, 307, 400, 401, 402, 403, 404, 405, 409, 410, 413, 418, 422, 451, 501, 505)

NOT_SENT = Failure(kind="connection", sent=False, detail="refused")
NOT_SENT_TIMEOUT = Failure(kind="timeout", sent=False, detail="no connection in time")
SENT = Failure(kind="connection", sent=True, detail="reset")
SENT_TIMEOUT = Failure(kind="timeout", sent=True, detail="no answer in time")


def request(method, kind="model"):
    return Request(
        endpoint=Endpoint(method, "/v3/a", kind=kind), url="https://x/v3/a", path="/v3/a"
    )


def answer(status):
    return Answer(status=status, headers={}, body=b"")


def verdict(method, result, *, kind="model", may_repeat=True, may_refresh_key=False):
    return classify(
        request(method, kind), result, may_repeat=may_repeat, may_refresh_key=may_refresh_key
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
def test_every_success_is_returned(method, status):
    assert is_success(answer(status), request(method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("failure", [NOT_SENT, NOT_SENT_TIMEOUT])
def test_what_was_not_sent_is_repeated(method, failure):
    assert verdict(method, failure) is Verdict.REPEAT


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("failure", [SENT, SENT_TIMEOUT])
def test_a_read_without_an_answer_is_repeated(method, failure):
    assert verdict(method, failure) is Verdict.REPEAT


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("failure", [SENT, SENT_TIMEOUT])
def test_a_write_without_an_answer_is_never_repeated(method, failure):
    assert verdict(method, failure) is Verdict.RAISE


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("status", PASSING)
def test_a_read_is_repeated_on_a_passing_status(method, status):
    assert verdict(method, answer(status)) is Verdict.REPEAT


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("status", PASSING)
def test_a_write_is_never_repeated_on_a_passing_status(method, status):
    assert verdict(method, answer(status)) is Verdict.RAISE


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", FINAL)
def test_every_other_status_is_raised(method, status):
    assert verdict(method, answer(status)) is Verdict.RAISE


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("may_repeat", [True, False])
def test_a_429_waits_for_the_rate_limit_whatever_the_attempts(method, may_repeat):
    assert verdict(method, answer(429), may_repeat=may_repeat) is Verdict.REPEAT_LIMITED


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("may_repeat", [True, False])
def test_a_401_asks_for_a_new_key_when_there_is_one_to_ask_for(method, may_repeat):
    found = verdict(method, answer(401), may_repeat=may_repeat, may_refresh_key=True)
    assert found is Verdict.REFRESH_KEY


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("result", [NOT_SENT, SENT, *map(answer, PASSING)])
def test_nothing_is_repeated_when_no_attempt_is_left(method, result):
    assert verdict(method, result, may_repeat=False) is Verdict.RAISE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_downloads_redirect_is_its_answer(status):
    assert is_success(answer(status), request("GET", "download"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("result", [NOT_SENT, SENT, *map(answer, FINAL), *map(answer, PASSING)])
def test_nothing_else_is_a_success(method, result):
    assert not is_success(result, request(method))


@given(
    st.sampled_from(WRITES),
    st.integers(300, 599).filter(lambda status: status != 429),
    st.booleans(),
)
def test_no_answer_at_all_makes_a_write_repeat(method, status, may_repeat):
    assert verdict(method, answer(status), may_repeat=may_repeat) is Verdict.RAISE


@pytest.mark.parametrize(("method", "is_write"), [(m, m in WRITES) for m in METHODS])
def test_post_and_patch_are_the_writes(method, is_write):
    assert request(method).is_write is is_write
