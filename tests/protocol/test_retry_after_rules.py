from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async.protocol.answers import request_id, retry_after

NOW = 1_790_000_000.0
DATE = "Mon, 21 Sep 2026 14:13:20 GMT"  # NOW
LATER = "Mon, 21 Sep 2026 14:13:50 GMT"  # 30 seconds after it


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 7 "}, 7.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "1000000000000"}, 1e12),
        ({"Retry-After-Ms": "250"}, 0.25),
        ({"Retry-After-Ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After-Ms": "soon", "Retry-After": "9"}, 9.0),
        ({"Retry-After-Ms": "-1", "Retry-After": "9"}, 9.0),
    ],
)
def test_seconds_and_milliseconds_are_read(headers, seconds):
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "-1", "nan", "inf", "-inf", "1e999", "0x10", "7 seconds", "Mon", "ü"]
)
def test_garbage_asks_for_nothing(text):
    assert retry_after({"Retry-After": text}, NOW) is None


def test_a_date_is_compared_with_the_servers_own_date():
    assert retry_after({"Retry-After": LATER, "Date": DATE}, NOW + 5000) == 30.0


@pytest.mark.parametrize("date", [None, "garbage", ""])
def test_a_date_is_compared_with_our_clock_when_the_server_has_none(date):
    headers = {"Retry-After": LATER} | ({} if date is None else {"Date": date})
    assert retry_after(headers, NOW) == 30.0


def test_a_date_that_has_passed_asks_for_no_wait():
    assert retry_after({"Retry-After": DATE, "Date": LATER}, NOW) == 0.0


def test_a_date_without_a_zone_is_utc():
    assert retry_after({"Retry-After": LATER.removesuffix(" GMT"), "Date": DATE}, 0.0) == 30.0


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 32 Sep 2026 14:13:50 GMT",
        "Mon, 21 Sep 99999 1:1:1 GMT",
        "Mon, 21 Sep 2026 14:13:50 +99999999999999999999",
    ],
)
def test_a_date_that_there_is_not_asks_for_nothing(text):
    assert retry_after({"Retry-After": text}, NOW) is None
    assert retry_after({"Retry-After": "Mon, 21 Sep 2026 14:13:50 GMT", "Date": text}, NOW) == 30.0


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_header_at_all_can_break_the_reading(seconds, milliseconds, date):
    headers = {"Retry-After": seconds, "Retry-After-Ms": milliseconds, "Date": date}
    wait = retry_after(headers, NOW)
    assert wait is None or 0 <= wait < float("inf")


@given(st.datetimes().filter(lambda moment: moment.year >= 1970), st.integers(0, 10_000))
def test_every_http_date_is_read_to_the_second(moment, wait):
    text = format_datetime(moment.replace(microsecond=0))
    assert retry_after({"Retry-After": text, "Date": text}, float(wait)) == 0.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"X-Request-Id": "a"}, "a"),
        ({"Request-Id": "b"}, "b"),
        ({"X-Request-Id": "a", "Request-Id": "b"}, "a"),
        ({"X-Request-Id": "", "Request-Id": "b"}, "b"),
        ({"X-Request-Id": "x" * 200}, "x" * 200),
        ({"X-Request-Id": "x" * 201}, None),
        ({"X-Request-Id": "a\x1b[2J"}, None),
        ({"X-Request-Id": "a\u202eb"}, None),
    ],
)
def test_the_request_id_is_found(headers, expected):
    assert request_id(headers) == expected
