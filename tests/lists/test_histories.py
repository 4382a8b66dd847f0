"""Whatever happens to exports and tails, and in what order: no row is lost, and none doubled."""

import pytest
from histories import Histories
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test


@pytest.fixture(autouse=True)
def _tiny_blocks(monkeypatch):
    monkeypatch.setattr("devin_async.lists.export.manifest.BLOCK", 300)


def test_no_history_of_kills_quotas_cursors_and_clocks_loses_or_doubles_a_row():
    run_state_machine_as_test(
        Histories, settings=settings(max_examples=25, stateful_step_count=20, deadline=None)
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_none_of_a_thousand_histories_loses_or_doubles_a_row():
    run_state_machine_as_test(
        Histories, settings=settings(max_examples=1000, stateful_step_count=25, deadline=None)
    )
