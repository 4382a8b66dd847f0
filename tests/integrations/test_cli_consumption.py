"""`devin-async consumption`: who used how many ACUs, as lines, JSON, CSV, bars and a picture."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from integration_commands import command, rows
from integration_programs import devin_async, in_a_terminal, plain
from rich.console import Console

from devin_async import DevinClient, billing_day
from devin_async.cli.views.chart import Chart, Used, bar_svg, terminal_chart
from devin_async.sandbox import Sandbox

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=3, audit_logs=0) as running:
        yield running


@pytest.fixture
def call(sandbox):
    async def run(*words, **more):
        return await command("consumption", *words, sandbox=sandbox, **more)

    return run


async def test_it_tells_what_each_organization_used_the_largest_first(call, sandbox):
    today = billing_day(datetime.now(UTC))
    async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
        used = await devin.enterprise.consumption.by_organization(
            start=today - timedelta(days=6), end=today
        )
    used.sort(key=lambda one: -one.total_acus)
    end = await call()
    assert (end.code, end.errors) == (0, "")
    assert rows(end) == [
        [one.organization_id, one.organization_name, f"{one.total_acus:.2f}"] for one in used
    ]


async def test_days_are_billing_days_in_their_order(call):
    words = ("--by", "day", "--since", "2026-10-01", "--until", "2026-10-03")
    assert [row[:2] for row in rows(await call(*words))] == [
        ["2026-10-01", "Thu 2026-10-01"],
        ["2026-10-02", "Fri 2026-10-02"],
        ["2026-10-03", "Sat 2026-10-03"],
    ]


async def test_seven_days_are_the_last_seven_with_the_current_one(call):
    before = billing_day(datetime.now(UTC))
    days = [row[0] for row in rows(await call("--by", "day", "--since", "7d"))]
    today = date.fromisoformat(days[-1])
    assert before <= today <= billing_day(datetime.now(UTC))  # midnight may pass meanwhile
    assert days == [str(today - timedelta(days=back)) for back in range(6, -1, -1)]


async def test_users_are_people_and_service_users(call, sandbox):
    ids = {row[0] for row in rows(await call("--by", "user"))}
    assert set(sandbox.user_ids) < ids
    assert any(one.startswith("service-user-") for one in ids)


async def test_with_org_it_is_by_day_of_that_organization(call, sandbox):
    org_id = sandbox.organization_ids[1]
    assert len(rows(await call("--org", org_id))) == 7
    assert sandbox.requests[-1].path == f"/v3/organizations/{org_id}/consumption/daily"


async def test_with_org_users_are_those_of_that_organization(call, sandbox):
    org_id = sandbox.organization_ids[1]
    end = await call("--org", org_id, "--by", "user")
    assert (end.code, {row[0] for row in rows(end)} <= set(sandbox.user_ids)) == (0, True)
    assert {one.path.split("/")[3] for one in sandbox.requests} == {org_id}


async def test_the_environment_s_organization_does_not_narrow_it(call, sandbox):
    end = await call(DEVIN_ORG_ID=sandbox.organization_ids[0])
    assert len(rows(end)) == 3


async def test_json_lines_tell_the_days_that_were_asked_for(call):
    end = await call("--since", "2026-10-01", "--until", "2026-10-03", "--json")
    days = [json.loads(line) for line in end.output.splitlines()]
    assert len(days) == 3
    assert {(one["kind"], one["by"], one["since"], one["until"]) for one in days} == {
        ("consumption", "organization", "2026-10-01", "2026-10-03")
    }
    assert all(one["acus"] == round(one["acus"], 6) for one in days)


async def test_csv_has_a_header_and_all_rows_whatever_top_says(call, sandbox):
    end = await call("--csv", "--top", "1")
    table = list(csv.DictReader(io.StringIO(end.output)))
    assert {row["organization_id"] for row in table} == set(sandbox.organization_ids)
    assert all(float(row["acus"]) >= 0 for row in table)


async def test_the_picture_is_svg_that_loads_nothing(call, tmp_path):
    path = tmp_path / "used.svg"
    end = await call("--svg", path, "--top", "2")
    drawn = ET.fromstring(path.read_text())
    assert (end.code, len(rows(end))) == (0, 3)
    assert len(drawn.findall(f".//{SVG}rect[@class='bar']")) == 2
    assert not re.search(r"url\(|href|<script", path.read_text())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--csv", "--json"), "--csv and --json exclude each other"),
        (("--org", "org-1", "--by", "organization"), "allowed with --org: day, user"),
        (("--since", "yesterday"), "--since is 'yesterday'; allowed: 2026-01-31, or 7d"),
        (("--since", "2026-10-02", "--until", "2026-10-01"), "2026-10-02"),
        (("--svg", "/nowhere/at/all.svg"), "allowed: a file in a directory that exists"),
        (("--svg", "/"), "allowed: a file in a directory that exists"),
        (("--by", "team"), "--by"),
    ],
)
async def test_what_cannot_be_meant_is_one_line_before_any_request(call, sandbox, words, message):
    end = await call(*words)
    assert (end.code, end.output, end.errors.count("\n")) == (2, "", 1)
    assert message in end.errors
    assert sandbox.count() == 0


async def test_a_missing_permission_exits_with_3_and_names_it(call, sandbox):
    weak = sandbox.add_token(permissions=("ManageOrganizations",))
    end = await call(DEVIN_API_KEY=weak)
    assert (end.code, end.output, end.errors.count("\n")) == (3, "", 1)
    assert "ViewAccountConsumption" in end.errors


async def test_the_installed_command_draws_bars_on_a_terminal(sandbox):
    where = {"DEVIN_API_KEY": sandbox.token, "DEVIN_BASE_URL": sandbox.url}
    code, output, _ = await in_a_terminal("consumption", **where)
    shown = plain(output)
    assert code == 0
    assert re.search(r"^Amber Platform +[━╸╺]+ +\d+\.\d\d$", shown, re.MULTILINE)
    assert max(map(len, shown.splitlines())) <= 80


async def test_the_installed_command_prints_the_same_csv(sandbox, call):
    end = await devin_async("consumption", "--csv", sandbox=sandbox)
    assert end == await call("--csv")


def chart(*acus, top=9, name="A & <b> \x1b[2J " + "long " * 9):
    used = [Used(id=str(number), name=name, acus=one) for number, one in enumerate(acus)]
    return Chart(title="ACUs", subtitle="Some days", rows=used, top=top)


def test_names_of_others_are_text_in_the_picture():
    drawn = ET.fromstring(bar_svg(chart(1.0)))
    shown = drawn.find(f".//{SVG}g/{SVG}text").text
    assert shown.startswith(r"A & <b> \x1b[2J long")
    assert shown.endswith("…")
    assert len(shown) <= 28


def test_bars_are_as_long_as_their_numbers():
    drawn = ET.fromstring(bar_svg(chart(4.0, 1.0, 0.0)))
    widths = [float(bar.get("width")) for bar in drawn.findall(f".//{SVG}rect[@class='bar']")]
    assert widths == pytest.approx([widths[0], widths[0] / 4, 0.0], abs=0.1)


def test_what_has_no_bar_is_summed_up():
    assert chart(4.0, 2.0, 0.5, top=1).summary == "6.50 ACUs in all; 2.50 of them by 2 others"


@pytest.mark.parametrize("acus", [(), (0.0, 0.0)])
def test_a_chart_of_nothing_is_drawn(acus):
    ET.fromstring(bar_svg(chart(*acus)))
    terminal = Console(file=io.StringIO(), width=80)
    terminal.print(terminal_chart(chart(*acus)))
    assert "0.00 ACUs in all" in terminal.file.getvalue()


def test_a_billing_day_starts_at_eight():
    assert billing_day(datetime(2026, 11, 2, 7, 59, tzinfo=UTC)) == date(2026, 11, 1)
    assert billing_day(datetime(2026, 11, 2, 8, tzinfo=UTC)) == date(2026, 11, 2)
