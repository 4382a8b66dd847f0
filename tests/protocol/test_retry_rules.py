import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async.protocol.answers import (
    Answer,
    Failure,
    Verdict,
    classify,
    is_success,
    wait_before_repeat,
)
from devin_async.protocol.endpoints import Endpoint
from devin_async.protocol.requests import Request

READS = ("GET", "HEAD", "PUT", "DELETE")
WRITES = ("POST", "PATCH")
METHODS = (*READS, *WRITES)
PASSING = (408, *sorted({*range(500, 600)} - {501, 505}))
FINAL = (
    *range(300, 308),
    400,
    *range(401, 408),
    *range(409, 429),
    431,
    451,
    501,
    505,
    600,
    601,
    999,
)

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


def verdict(method, result, *, kind="model", may_repeat=True, **may):
    may = {"may_refresh_key": False, **may}
    return classify(request(method, kind), result, may_repeat=may_repeat, **may)


def verdicts(methods, results, **options):
    """Give the verdicts on all combinations: one, when there is one rule for them."""
    return {verdict(*pair, **options) for pair in itertools.product(methods, results)}


def successes(methods, results, kind="model"):
    """Tell of all combinations whether they are successes."""
    pairs = itertools.product(methods, results)
    return {is_success(result, request(method, kind)) for method, result in pairs}


def test_every_success_is_returned():
    assert successes(METHODS, map(answer, (200, 201, 202, 203, 205, 299))) == {True}


def test_a_part_of_an_answer_or_none_is_no_success_of_a_read_and_it_is_repeated():
    partial = tuple(map(answer, (204, 206)))
    assert successes(["GET"], partial) == {False}
    assert verdicts(["GET"], partial) == {Verdict.REPEAT}
    assert successes(set(METHODS) - {"GET"}, partial) == {True}
    assert successes(METHODS, partial, "empty") == {True}


def test_what_was_not_sent_is_repeated():
    assert verdicts(METHODS, (NOT_SENT, NOT_SENT_TIMEOUT)) == {Verdict.REPEAT}


def test_a_read_without_an_answer_is_repeated():
    assert verdicts(READS, (SENT, SENT_TIMEOUT)) == {Verdict.REPEAT}


def test_a_write_without_an_answer_is_never_repeated():
    assert verdicts(WRITES, (SENT, SENT_TIMEOUT)) == {Verdict.RAISE}


def test_a_read_is_repeated_on_a_passing_status_and_a_write_is_not():
    passing = [answer(status) for status in PASSING]
    assert verdicts(READS, passing) == {Verdict.REPEAT}
    assert verdicts(WRITES, passing) == {Verdict.RAISE}


def test_every_other_status_is_raised():
    assert verdicts(METHODS, map(answer, FINAL)) == {Verdict.RAISE}


@pytest.mark.parametrize("may_repeat", [True, False])
def test_a_429_waits_for_the_rate_limit_whatever_the_attempts(may_repeat):
    assert verdicts(METHODS, [answer(429)], may_repeat=may_repeat) == {Verdict.REPEAT_LIMITED}


def test_a_429_is_raised_when_there_is_one_attempt_only():
    once = {"may_repeat": False, "may_wait": False}
    assert verdicts(METHODS, [answer(429)], **once) == {Verdict.RAISE}


def test_what_cannot_get_better_is_not_repeated():
    untrusted = [
        Failure(kind="connection", sent=sent, detail="not trusted", is_final=True)
        for sent in (True, False)
    ]
    assert verdicts(METHODS, untrusted) == {Verdict.RAISE}


seconds = st.floats(0, 1e4)


@given(st.none() | seconds, seconds, seconds)
def test_a_wait_is_never_shorter_than_what_was_asked_nor_longer_than_is_left(asked, own, left):
    wait = wait_before_repeat(asked, own, left)
    if wait is None:
        assert (asked or 0.0) >= left or (not asked and own > left)
    else:
        assert (asked or 0.0) <= wait <= left
        assert wait >= min(own, left) or asked


def test_our_own_backoff_comes_on_top_of_what_was_asked():
    assert wait_before_repeat(None, 2.0, 100.0) == 2.0
    assert wait_before_repeat(0.0, 2.0, 100.0) == 2.0
    assert wait_before_repeat(7.0, 2.0, 100.0) == 9.0
    assert wait_before_repeat(7.0, 2.0, 8.0) == 7.5
    assert wait_before_repeat(7.0, 2.0, 6.9) is None
    assert wait_before_repeat(None, 2.0, 1.9) is None


@pytest.mark.parametrize("may_repeat", [True, False])
def test_a_401_asks_for_a_new_key_when_there_is_one_to_ask_for(may_repeat):
    decided = verdicts(METHODS, [answer(401)], may_repeat=may_repeat, may_refresh_key=True)
    assert decided == {Verdict.REFRESH_KEY}


def test_nothing_is_repeated_when_no_attempt_is_left():
    results = (NOT_SENT, SENT, *map(answer, PASSING))
    assert verdicts(METHODS, results, may_repeat=False) == {Verdict.RAISE}


def test_a_downloads_redirect_is_its_answer():
    assert successes(["GET"], map(answer, (301, 302, 303, 307, 308)), "download") == {True}


def test_nothing_else_is_a_success():
    results = (NOT_SENT, SENT, *map(answer, FINAL), *map(answer, PASSING))
    assert successes(METHODS, results) == {False}


@given(
    st.sampled_from(WRITES),
    st.integers(300, 599).filter(lambda status: status != 429),
    st.booleans(),
)
def test_no_answer_at_all_makes_a_write_repeat(method, status, may_repeat):
    assert verdict(method, answer(status), may_repeat=may_repeat) is Verdict.RAISE


def test_post_and_patch_are_the_writes():
    assert tuple(method for method in METHODS if request(method).is_write) == WRITES
