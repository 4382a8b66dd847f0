"""The benchmarks judge as they say, and run; the figures of this machine are not judged here."""

import asyncio
import json
import sys
import xml.etree.ElementTree as ET
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks.measuring import Contestant, MissingPeerError, Row, Setting, measure_row
from benchmarks.picture import svg
from benchmarks.targets import above, at_most, below, faster, goal

ROOT = Path(__file__).parents[2]
SETTING = Setting(url="http://127.0.0.1:1", is_quick=True)


def replaying(samples, every=1):
    """Make a contestant whose rounds took what *samples* say, after one that does not count."""
    left = iter([samples[0], *samples])

    async def run(_):
        return next(left)

    return Contestant(run=run, every=every)


def walls(*seconds):
    return [{"wall": one} for one in seconds]


def row(targets, **contestants):
    @asynccontextmanager
    async def opened(_):
        yield contestants

    return Row(name="row", work="work", open=opened, targets=targets, measures=())


async def judged(target, rounds, **contestants):
    result = await measure_row(row([target], **contestants), SETTING, rounds)
    return result.judgements[0]


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        ((1.1, 1.2, 1.1, 1.4, 1.2), "met"),
        ((1.2, 1.4, 1.4, 1.2, 1.4), "unclear"),
        ((1.4, 1.4, 1.5, 1.4, 1.6), "missed"),
        ((1.4, 1.4, 1.5, 1.4), "unclear"),  # so few rounds are no evidence
    ],
)
async def test_a_target_is_missed_only_when_all_of_the_interval_lies_outside(ours, verdict):
    verdicts = await judged(
        at_most(1.3, "floor"),
        len(ours),
        floor=replaying(walls(*[1] * len(ours))),
        devin_async=replaying(walls(*ours)),
    )
    assert verdicts.verdict == verdict


async def test_only_figures_of_the_same_round_are_compared():
    verdicts = await judged(
        at_most(1.3, "floor"),
        3,
        floor=replaying(walls(1, 10, 100)),
        devin_async=replaying(walls(1.2, 12, 120)),
    )
    assert verdicts.values == pytest.approx([1.2, 1.2, 1.2])


async def test_the_fastest_of_several_peers_is_what_counts():
    verdicts = await judged(
        faster(3, "slow", "quick"),
        2,
        devin_async=replaying(walls(1, 1)),
        slow=replaying(walls(9, 2)),
        quick=replaying(walls(2, 9)),
    )
    assert verdicts.values == [2, 2]


async def test_a_slow_peer_takes_part_in_some_rounds_only():
    verdicts = await judged(
        faster(3, "peer"),
        6,
        devin_async=replaying(walls(1, 9, 9, 9, 9, 2)),
        peer=replaying(walls(5, 6), every=5),
    )
    assert verdicts.values == [5, 3]


async def test_memory_is_compared_by_difference_and_size_as_it_is():
    samples = [{"memory": 40.0, "size": 150.0}]
    more = [{"memory": 51.0, "size": 151.0}]
    targets = [above(10, "small"), below(149, measure="size", who="small")]
    result = await measure_row(
        row(targets, small=replaying(samples), devin_async=replaying(more)), SETTING, 1
    )
    assert [one.verdict for one in result.judgements] == ["unclear", "missed"]
    assert [str(one.target) for one in result.judgements] == [
        "memory at most 10 MB above small",
        "size at most 149 kB",
    ]


async def test_a_target_about_one_who_is_left_out_does_not_count():
    result = await measure_row(
        row([at_most(1, "large")], devin_async=replaying(walls(1))), SETTING, 1
    )
    assert result.judgements == []


@pytest.mark.parametrize(
    ("target", "code", "verdict"),
    [
        (at_most(1.5, "floor"), 0, "met"),
        (at_most(1.1, "floor"), 1, "missed"),
        (goal(at_most(1.1, "floor")), 0, "missed"),
    ],
    ids=str,
)
def test_the_exit_code_tells_whether_a_promise_was_missed(
    monkeypatch, tmp_path, target, code, verdict
):
    contestants = {
        "floor": replaying(walls(*[1] * 5)),
        "devin_async": replaying(walls(*[1.25] * 5)),
    }
    one = row([target], **contestants)

    @contextmanager
    def measuring():
        yield lambda row, setting, rounds, seconds: asyncio.run(measure_row(row, setting, 5))

    monkeypatch.setattr(program, "ROWS", (one,))
    monkeypatch.setattr(program, "measuring", measuring)
    saved, table = tmp_path / "saved.json", tmp_path / "table.md"
    assert program.main(["--json", str(saved), "--markdown", str(table)]) == code
    [judged] = json.loads(saved.read_text())["rows"][0]["targets"]
    assert (judged["median"], judged["verdict"]) == (1.25, verdict)
    shown = f"| work | devin_async: {target} | 1.25 | 1.25 to 1.25 |"
    assert table.read_text().splitlines()[-1].startswith(shown)


async def test_a_row_whose_time_is_over_makes_one_round_which_is_no_evidence():
    contestants = {"floor": replaying(walls(*[1] * 5)), "devin_async": replaying(walls(*[2] * 5))}
    result = await measure_row(row([at_most(1.3, "floor")], **contestants), SETTING, 5, seconds=0)
    assert result.rounds == 1
    assert [one.verdict for one in result.judgements] == ["unclear"]


def test_a_name_that_no_row_has_is_refused_with_those_there_are(monkeypatch, capsys):
    monkeypatch.setattr(program, "ROWS", (row([]),))
    with pytest.raises(SystemExit, match="2"):
        program.main(["--only", "row", "rwo"])
    assert "no row's name begins with 'rwo'; there are row\n" in capsys.readouterr().err


def test_a_row_whose_peer_is_not_installed_says_how_to_get_it(monkeypatch, capsys):
    @contextmanager
    def measuring():
        def measure(*_):
            raise MissingPeerError("devinai")

        yield measure

    monkeypatch.setattr(program, "ROWS", (row([]),))
    monkeypatch.setattr(program, "measuring", measuring)
    assert program.main([]) == 0
    assert "skipped, devinai is missing: pip install -e .[bench]" in capsys.readouterr().out


def test_the_picture_has_a_bar_for_each_whose_length_is_the_speed():
    names = ("floor", "devin_async", "devinai")
    figures = [
        {"contestant": name, "measure": "wall", "median": ratio, "ratio": ratio}
        for name, ratio in zip(names, (1.0, 1.25, 20.0), strict=True)
    ]
    machine = {"Python": "3.11", "aiohttp": "3.14", "devinai": "0.1", "cores": "2"}
    rows = [{"name": "get-session", "figures": figures}]
    drawn = ET.fromstring(svg({"date": "2026-11-22", "machine": machine, "rows": rows}))
    space = {"svg": "http://www.w3.org/2000/svg"}
    lengths = [float(bar.attrib["width"]) for bar in drawn.findall("svg:rect", space)]
    assert [length / lengths[0] for length in lengths] == pytest.approx([1, 0.8, 0.05])
    texts = [text.text for text in drawn.findall("svg:text", space)]
    assert [text for text in texts if text in {*names, "100%", "80%", "5.0%"}] == [
        *("floor", "100%", "devin_async", "80%", "devinai", "5.0%")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["decode-audit-logs-all", "get-self", "scale-organizations"])
async def test_a_benchmark_prints_its_row_with_targets_and_verdicts(name, tmp_path):
    saved = tmp_path / "saved.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks", "--quick", "--rounds", "1"),
        *("--only", name, "--json", str(saved)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode in {0, 1}
    judged = [line for line in output.decode().splitlines() if " at most " in line]
    verdicts = {"met", "unclear", "MISSED"}
    assert judged
    assert all(line.split()[-1] in verdicts for line in judged if not line.startswith("missed:"))
    assert [one["name"] for one in json.loads(saved.read_text())["rows"]] == [name]
