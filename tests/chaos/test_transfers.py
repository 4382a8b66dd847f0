"""Much work under faults: nothing lost, nothing doubled."""

import pytest

from benchmarks.chaos.transfers import create_under_faults, export_under_faults


@pytest.mark.parametrize("logs", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
async def test_an_export_and_a_parallel_list_under_faults_equal_those_without(tmp_path, logs):
    report = await export_under_faults(logs, tmp_path, share=0.05)
    assert report.hits > 0
    assert report.rows == logs
    assert (report.exported, report.read) == (report.expected, report.expected)


async def test_no_create_is_sent_twice_after_an_unknown_outcome():
    report = await create_under_faults(1_000, share=0.05)
    assert report.hits > 20
    assert report.unknown > 10
    assert report.created + report.unknown + report.failed == 1_000
    assert report.created <= report.sessions <= report.created + report.unknown
    assert (report.sent_again, report.doubled, report.misjudged) == ([], [], [])


@pytest.mark.parametrize("count", [150, pytest.param(1_000, marks=pytest.mark.slow)])
async def test_creates_with_a_key_make_one_session_each_although_lists_lag(count):
    report = await create_under_faults(count, share=0.1, once=True)
    assert report.hits > 10
    assert (report.created, report.sessions) == (count, count)
    assert (report.doubled, report.misjudged) == ([], [])
