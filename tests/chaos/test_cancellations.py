"""Whatever is cancelled or closed, whenever: nothing is left behind, and the next call works."""

import pytest
from apart import in_its_own_process

from benchmarks.chaos.cancelling import cancel_at_random
from benchmarks.chaos.soaking import soak


@pytest.mark.parametrize("tasks", [30, pytest.param(200, marks=pytest.mark.slow)])
async def test_tasks_cancelled_at_random_points_leave_nothing_behind(tasks):
    report = (await in_its_own_process(cancel_at_random, tasks)).result
    assert report.ends["cancelled"] >= tasks
    assert report.closed >= 1
    assert report.escaped == []
    assert report.watch.seen == []
    assert (report.watch.tasks, max(0, report.watch.descriptors)) == (0, 0)


@pytest.mark.slow
async def test_a_soak_reports_each_fault_and_grows_by_nothing():
    report = await soak(0.1, rate=100, share=0.1)
    assert report.requests > 300
    assert sum(report.injected) > 20
    assert report.reported == report.injected
    assert sum(report.failed.values()) == 0
    assert report.resident < 20
