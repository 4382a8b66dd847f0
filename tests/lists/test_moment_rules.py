"""When rows were created, wherever this machine is, and what a block of rows knows of it."""

import time
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from devin_async.lists.export.manifest import RowBlock, Rows
from devin_async.lists.ranges.moments import moments_of
from devin_async.lists.ranges.windows import Span
from devin_async.protocol.answers import retry_after

NOON = 1_767_268_800  # 2026-01-01 12:00 UTC


@pytest.fixture
def _far_away(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_far_away")
def test_a_time_without_a_zone_is_utc_wherever_this_machine_is():
    tokyo = timezone(timedelta(hours=9))
    created = [
        datetime(2026, 1, 1, 12, tzinfo=UTC),
        datetime(2026, 1, 1, 21, tzinfo=tokyo),
        datetime(2026, 1, 1, 12),  # noqa: DTZ001 - servers send such ones
        "2026-01-01T12:00:00",
        "2026-01-01T21:00:00+09:00",
        NOON,
        NOON * 1000,
    ]
    assert moments_of([SimpleNamespace(created_at=one) for one in created]) == [NOON] * 7
    asked = {"Retry-After": "Thu, 01 Jan 2026 12:00:30", "Date": "Thu, 01 Jan 2026 12:00:00 GMT"}
    assert retry_after(asked, 0.0) == 30.0


def test_what_the_server_counts_in_beyond_an_end_belongs_to_the_second_there():
    span = Span(after=10, before=20)
    assert span.seconds([9.5, 10.2, 20.9]) == [10, 10, 20]
    assert span.seconds([10.0, 21.0]) == [10, 20]
    assert span.seconds([10.0, 19.9]) == [10, 19]


def test_a_block_that_begins_with_rows_knows_when_they_were_created():
    block = RowBlock(Rows(b"{}\n", 1, 5, 6))
    assert block.rows() == Rows(b"{}\n", 1, 5, 6)
    block.fill([b"{}"], [7])
    assert block.take() == Rows(b"{}\n{}\n", 2, 5, 7)
    assert block.take() == Rows(b"", 0, None, None)
