from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async import InvalidArgumentError
from devin_async.base.arguments import (
    check_choice,
    check_count,
    check_length,
    check_page_size,
    check_text,
)
from devin_async.base.times import (
    billing_days,
    check_time_range,
    to_billing_seconds,
    to_seconds,
    utc_time,
)

MOMENT = datetime(2026, 1, 31, 8, tzinfo=UTC)
SECONDS = 1_769_846_400
TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        (0, 0),
        (SECONDS, SECONDS),
        (99_999_999_999, 99_999_999_999),
        (MOMENT, SECONDS),
        (MOMENT.astimezone(TOKYO), SECONDS),
        (MOMENT + timedelta(milliseconds=999), SECONDS),
    ],
)
def test_a_moment_becomes_unix_seconds(value, seconds):
    assert to_seconds("time_after", value) == seconds


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (datetime(2026, 1, 31), "without a time zone"),  # noqa: DTZ001 - the point of it
        (datetime(1969, 12, 31, tzinfo=UTC), "allowed: a moment from 1970 on"),
        (-1, "time_after is -1; allowed: unix seconds from 0$"),
        (100_000_000_000, "this looks like milliseconds"),
        (SECONDS * 1000, "this looks like milliseconds"),
        (True, "allowed: an aware datetime or int unix seconds"),
        (1.5, "allowed: an aware datetime or int unix seconds"),
        ("2026-01-31", "allowed: an aware datetime or int unix seconds"),
        (date(2026, 1, 31), "allowed: an aware datetime or int unix seconds"),
    ],
)
def test_what_cannot_be_a_moment_is_refused(value, message):
    with pytest.raises(InvalidArgumentError, match=message):
        to_seconds("time_after", value)


def test_a_refusal_is_a_value_error_that_names_the_parameter():
    with pytest.raises(ValueError, match=r"^created_after is -5"):
        to_seconds("created_after", -5)


@pytest.mark.parametrize("value", [None, 1, 100, 200])
def test_page_sizes_from_1_to_200_are_allowed(value):
    assert check_page_size(value) == value


@pytest.mark.parametrize("value", [0, -1, 201, True, False])
def test_other_page_sizes_are_refused(value):
    with pytest.raises(InvalidArgumentError, match="allowed: a whole number, 1 to 200"):
        check_page_size(value)


@pytest.mark.parametrize("value", [1.5, "5", [5]])
def test_a_count_that_is_no_whole_number_is_refused(value):
    with pytest.raises(InvalidArgumentError, match=r"limit is .*; allowed: a whole number"):
        check_count("limit", value)


@given(st.integers())
def test_a_count_without_bounds_starts_at_0(value):
    if value >= 0:
        assert check_count("limit", value) == value
    else:
        with pytest.raises(InvalidArgumentError, match="0 or more"):
            check_count("limit", value)


def test_a_word_of_a_closed_kind_is_checked():
    assert check_choice("order", "asc", ("asc", "desc")) == "asc"
    with pytest.raises(InvalidArgumentError, match="order is 'up'; allowed: 'asc', 'desc'"):
        check_choice("order", "up", ("asc", "desc"))


def test_a_str_is_no_list_of_str():
    with pytest.raises(InvalidArgumentError, match="tags is 'csv', a str; allowed: a list of str"):
        check_length("tags", "csv", 50)


def test_a_list_may_be_as_long_as_allowed_and_no_longer():
    check_length("tags", ["t"] * 50, 50)
    with pytest.raises(InvalidArgumentError, match="tags has 51 entries; allowed: at most 50"):
        check_length("tags", ["t"] * 51, 50)


def test_a_text_has_a_smallest_and_a_largest_length():
    check_text("name", "a" * 256, smallest=1, largest=256)
    for text in ("", "a" * 257):
        with pytest.raises(InvalidArgumentError, match="allowed: 1 to 256"):
            check_text("name", text, smallest=1, largest=256)


def test_a_range_becomes_seconds():
    week_ago = MOMENT - timedelta(days=7)
    bounds = check_time_range(week_ago, MOMENT, most_days=100)
    assert bounds == (SECONDS - 7 * 86_400, SECONDS)


@pytest.mark.parametrize("after", [None, SECONDS])
def test_a_range_may_be_open_at_its_end(after):
    assert check_time_range(after, None, most_days=100) == (after, None)


@pytest.mark.parametrize(
    ("after", "before", "message"),
    [
        (None, 5, "time_before needs time_after as well"),
        (5, 5, "a range that ends after it starts"),
        (6, 5, "a range that ends after it starts"),
        (0, 100 * 86_400 + 1, "100.0 days apart; allowed: at most 100"),
    ],
)
def test_a_range_that_the_api_would_refuse_is_refused(after, before, message):
    with pytest.raises(InvalidArgumentError, match=message):
        check_time_range(after, before, most_days=100)


def test_a_billing_day_starts_at_8_utc():
    assert to_billing_seconds("time_after", date(2026, 1, 31)) == SECONDS


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 7, 1), date(2026, 11, 1)])
def test_a_billing_day_knows_no_daylight_saving(day):
    assert to_billing_seconds("time_after", day) % 86_400 == 8 * 3600


def test_a_billing_moment_is_taken_as_it_is():
    assert to_billing_seconds("time_after", MOMENT) == SECONDS
    assert to_billing_seconds("time_after", None) is None


def test_billing_days_include_both_ends():
    first, last = billing_days(date(2026, 1, 31), date(2026, 2, 1))
    assert (first, last) == (MOMENT, MOMENT + timedelta(days=2))


@pytest.mark.parametrize("value", [MOMENT, SECONDS, "2026-01-31", None])
def test_billing_days_are_dates(value):
    with pytest.raises(InvalidArgumentError, match=r"first is .*; allowed: a date"):
        billing_days(value, date(2026, 1, 31))


def test_billing_days_do_not_run_backwards():
    with pytest.raises(InvalidArgumentError, match="which lies before first"):
        billing_days(date(2026, 2, 1), date(2026, 1, 31))


@pytest.mark.parametrize(
    "value",
    [
        SECONDS,
        float(SECONDS),
        SECONDS * 1000,
        "2026-01-31T08:00:00Z",
        "2026-01-31T08:00:00",
        "2026-01-31T17:00:00+09:00",
        datetime(2026, 1, 31, 8),  # noqa: DTZ001 - servers send such ones
        MOMENT.astimezone(TOKYO),
    ],
)
def test_every_form_of_a_servers_time_is_the_same_moment_in_utc(value):
    moment = utc_time(value)
    assert (moment, moment.tzinfo) == (MOMENT, UTC)


def test_milliseconds_begin_exactly_at_1e11():
    assert utc_time(99_999_999_999).year == 5138
    assert utc_time(100_000_000_000) == datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)


@given(st.datetimes(datetime(1975, 1, 1), datetime(5000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_seconds_milliseconds_and_text_agree(moment):
    moment = moment.replace(microsecond=0)
    seconds = int(moment.timestamp())
    assert utc_time(seconds) == utc_time(seconds * 1000) == utc_time(moment.isoformat()) == moment
