"""Times as they are typed, and tables as they are drawn, on the command line."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from devin_async.cli.errors import ExitCode, UsageError, exit_code_of_all
from devin_async.cli.output import Output
from devin_async.cli.text import escaped_lines
from devin_async.cli.times import read_billing_day, read_seconds, read_time, short_time
from devin_async.cli.views.tables import Column, Listing, card, counted
from devin_async.errors import NotFoundError, PermissionDeniedError, RateLimitedError

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", datetime(2026, 11, 15, 9, 30, tzinfo=UTC)),
        ("2w", datetime(2026, 11, 8, 9, 30, tzinfo=UTC)),
        ("36h", datetime(2026, 11, 20, 21, 30, tzinfo=UTC)),
        ("15m", datetime(2026, 11, 22, 9, 15, tzinfo=UTC)),
        ("30s", datetime(2026, 11, 22, 9, 29, 30, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T08:00", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        ("2026-11-01T08:00:00+01:00", datetime(2026, 11, 1, 7, tzinfo=UTC)),
        ("1790000000", 1_790_000_000),
    ],
)
def test_a_moment_is_utc_unless_it_says_otherwise(text, moment):
    assert read_time("--since", text, now=NOW) == moment


@pytest.mark.parametrize(
    "text",
    ["", "soon", "-7d", "7 d", "7y", "9999999d", "2026-13-01", "20260131", "5", "1969-12-31"],
)
def test_what_is_no_moment_is_refused_with_examples(text):
    with pytest.raises(UsageError, match="; allowed: 2026-01-31, 2026-01-31T08:00:00Z, 7d "):
        read_time("--since", text, now=NOW)


@given(st.integers(1, 3000))
def test_so_many_days_are_so_many_billing_days(days):
    today = date(2026, 11, 22)
    assert (today - read_billing_day("--since", f"{days}d", today=today)).days == days - 1


@pytest.mark.parametrize(
    "text", ["", "d", "2h", "2026-11-01T08:00", "9999999d", "1790000000", "20261101", "1969-12-31"]
)
def test_what_is_no_billing_day_is_refused(text):
    with pytest.raises(UsageError, match="allowed: 2026-01-31, or 7d"):
        read_billing_day("--since", text, today=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("0.5", 0.5), ("90s", 90), ("2h", 7200), ("1d", 86_400)]
)
def test_how_long_is_seconds_or_has_a_unit(text, seconds):
    assert read_seconds("--timeout", text) == seconds


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "0s", "soon", "", "1" + "0" * 400 + "d"])
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(UsageError, match="allowed: seconds above 0"):
        read_seconds("--timeout", text)


def test_a_time_that_is_shown_is_utc():
    there = datetime.fromisoformat("2026-11-22T09:30:59+02:00")
    assert short_time(there) == "2026-11-22 07:30"
    assert short_time(None) == ""


def drawn(renderable, width):
    terminal = Console(file=io.StringIO(), width=width, color_system=None)
    terminal.print(renderable)
    return terminal.file.getvalue().splitlines()


COLUMNS = (Column("id"), Column("wide", from_width=60), Column("title", whole=False))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_listing_has_one_line_a_row_and_fits(width):
    rows = [("x" * 20, "w", "ünïcode 修复 🚀 " * 20), ("y", Text("w", style="red"), "")]
    lines = drawn(Listing(COLUMNS, rows), width)
    assert len(lines) == 3
    assert max(map(cell_len, lines)) <= width
    assert "…" in lines[1]
    assert lines[1].startswith("x" * 20)


def test_a_column_that_a_terminal_has_no_room_for_is_left_out():
    rows = [("x", "w", "t")]
    assert drawn(Listing(COLUMNS, rows), 59)[0].split() == ["id", "title"]
    assert drawn(Listing(COLUMNS, rows), 60)[0].split() == ["id", "wide", "title"]


def test_a_listing_of_nothing_is_nothing():
    assert drawn(Listing(COLUMNS, []), 80) == []


def test_a_column_is_no_wider_than_it_may_be():
    lines = drawn(Listing((Column("name", most=10), Column("b")), [("n" * 30, "b")]), 80)
    assert lines[1].split() == ["n" * 9 + "…", "b"]


def test_what_a_server_sent_moves_no_cursor_in_a_card_or_a_message():
    assert drawn(card([("title", "a\x1b[2Jb")]), 80)[0].split() == ["title", r"a\x1b[2Jb"]
    assert escaped_lines("def f():\n\treturn\x1b[1m 1\r\n") == "def f():\n    return\\x1b[1m 1"


def test_fields_of_a_plain_line_are_parted_by_tabs_and_hold_none():
    stream = io.StringIO()
    Output(data=Console(file=stream)).row("a\tb", None, 3, "c\nd")
    assert stream.getvalue() == "a b\t\t3\tc d\n"


def test_one_is_singular():
    assert [counted(1, "session"), counted(2000, "session")] == ["1 session", "2,000 sessions"]


@pytest.mark.parametrize(
    ("errors", "done", "code"),
    [
        ([], 0, ExitCode.DONE),
        ([PermissionDeniedError("")], 0, ExitCode.DENIED),
        ([PermissionDeniedError("")], 1, ExitCode.FAILED),
        ([RateLimitedError(""), RateLimitedError("")], 0, ExitCode.UNAVAILABLE),
        ([RateLimitedError(""), NotFoundError("")], 0, ExitCode.FAILED),
    ],
)
def test_several_failures_have_the_code_of_all_or_of_a_part(errors, done, code):
    assert exit_code_of_all(errors, done=done) == code


def test_a_week_ago_is_before_now():
    moment = read_time("--since", "1w")
    assert timedelta(days=7) <= datetime.now(UTC) - moment < timedelta(days=8)
