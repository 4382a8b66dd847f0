"""Whatever a server answers, only errors of our tree come out."""

import pytest
from apart import in_its_own_process

from benchmarks.chaos.answers import odd_answer
from benchmarks.chaos.fuzzing import fuzz

KINDS = ("list", "get", "create")


@pytest.mark.parametrize("answers", [400, pytest.param(2_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS)
async def test_generated_answers_bring_out_only_errors_of_our_tree(kind, answers):
    ended = await in_its_own_process(fuzz, kind, answers)
    report = ended.result
    assert report.escaped == []
    assert report.watch.seen == []
    assert report.is_clean
    assert report.ends["answered"] > 20
    assert len(report.ends) > 8
    assert ended.growth < 100


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_and_number_give_the_same_answer(kind):
    first = [odd_answer(kind, 3, number) for number in range(30)]
    assert [odd_answer(kind, 3, number) for number in range(30)] == first
    assert [odd_answer(kind, 4, number) for number in range(30)] != first
