from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async.protocol.server_time import ServerTime

UNIX = 1_790_000_000.0  # the server's time at the monotonic clock's 0

gaps = st.floats(0.001, 3000)
delays = st.floats(0, 20)


def date(moment):
    return formatdate(int(moment), usegmt=True)


def observe(time, made_at, *, sent_at=None, received_at=None, wall=0.0, **headers):
    """Note an answer that a server at *UNIX* makes at *made_at* of the monotonic clock."""
    sent_at = made_at if sent_at is None else sent_at
    received_at = made_at if received_at is None else received_at
    time.observe({"Date": date(UNIX + made_at), **headers}, sent_at, received_at, wall)


@pytest.mark.parametrize("moment", [-2e9, 0, 1.7e9, 4.2e9, 253402300799])
def test_the_date_of_a_clock_that_was_never_set_tells_nothing(moment):
    time = ServerTime()
    time.observe({"Date": date(moment)}, 1.0, 2.0, UNIX)
    assert time.offset is None
    observe(time, 10.5, wall=UNIX + 10.5)
    time.observe({"Date": date(moment)}, 11.0, 12.0, UNIX + 12.0)
    assert time.offset == UNIX


def test_nothing_is_known_before_an_answer():
    assert ServerTime().offset is None


@given(st.lists(st.tuples(gaps, delays, delays), min_size=1, max_size=40), st.floats(-1e6, 1e6))
def test_the_offset_is_right_to_a_second_and_the_shortest_way(answers, skew):
    time, now, shortest = ServerTime(), 100.0, 1e9
    for gap, there, back in answers:
        sent_at, made_at, now = now + gap, now + gap + there, now + gap + there + back
        observe(time, made_at, sent_at=sent_at, received_at=now, wall=UNIX + now + skew)
        shortest = min(shortest, there + back)
        drift = 500e-6 * (now - 100.0)
        assert abs(time.offset - UNIX) <= 1.0 + shortest + drift + 1e-6


@given(st.lists(st.tuples(gaps, delays), min_size=1, max_size=40))
def test_a_machine_whose_clock_is_right_keeps_its_own(answers):
    time, now = ServerTime(), 0.0
    for gap, delay in answers:
        made_at, now = now + gap, now + gap + delay  # answers are noted in the order they come in
        observe(time, made_at, received_at=now, wall=UNIX + now)
        assert time.offset == pytest.approx(UNIX, abs=1e-3)


def test_a_step_of_the_wall_clock_does_not_move_it():
    time = ServerTime()
    observe(time, 10.5, wall=UNIX + 10.5)
    before = time.offset
    for step in range(1, 50):
        observe(time, 10.5 + step, wall=UNIX + 10.5 + step + 3600)
    assert time.offset == before


def test_many_answers_bound_it_closer_than_a_second():
    time = ServerTime()
    for step in range(40):
        observe(time, 10 + step * 1.025, wall=UNIX + 900)
    assert time.offset == pytest.approx(UNIX, abs=0.1)


def test_a_server_whose_clock_was_set_is_followed_at_once():
    time = ServerTime()
    observe(time, 10.0, wall=UNIX + 10)
    observe(time, 1010.0, sent_at=20.0, received_at=20.0, wall=UNIX + 20)
    assert time.offset == pytest.approx(UNIX + 990, abs=1.0)


@pytest.mark.parametrize("text", ["", "yesterday", "Mon, 99 Sep 2026 14:13:20 GMT", "1790000000"])
def test_what_is_no_date_says_nothing(text):
    time = ServerTime()
    time.observe({"Date": text}, 0.0, 1.0, UNIX)
    time.observe({}, 0.0, 1.0, UNIX)
    assert time.offset is None


def test_an_answer_out_of_a_cache_says_nothing():
    time = ServerTime()
    observe(time, 10.0, wall=UNIX, Age="3600")
    assert time.offset is None


def test_an_answer_is_news_when_it_narrows_the_bounds_by_more_than_it_costs():
    time = ServerTime()
    observe(time, 10.0, wall=UNIX + 10)
    headers = {"Date": date(UNIX + 10)}
    cases = {10.0: False, 10.009: False, 10.011: True, 10.9: True}
    assert {sent_at: time.is_news(headers, sent_at) for sent_at in cases} == cases
    assert time.is_news({"Date": date(UNIX + 11)}, 10.0)
    assert not time.is_news({}, 10.9)
