"""Models as rows: the lines of the page do what it says."""

import importlib
import json
import re
from pathlib import Path

import pytest
from every_model import full

from devin_async.models.sessions import Session, SessionPullRequest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "values.md"
LINES = re.findall(r"`(frame = (\w+)\..*?)` \|", PAGE.read_text())


def test_the_page_has_a_line_for_each():
    assert {name for _, name in LINES} == {"pandas", "polars", "duckdb"}


@pytest.mark.parametrize(("line", "name"), LINES)
def test_rows_of_models_become_a_frame_with_what_is_nested(line, name, tmp_path):
    library = pytest.importorskip(name)
    sessions = [full(Session), full(Session)]
    rows = [one.to_dict() for one in sessions]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    names = {name: library, "rows": rows, "path": path}
    exec(line, names)
    frame = names["frame"]
    assert set(frame.columns) == set(rows[0]) or "structured_output.any" in frame.columns
    if name == "duckdb":
        requests = frame.query("t", "SELECT pull_requests[1].pr_url FROM t").fetchall()
        assert requests == [(sessions[0].pull_requests[0].pr_url,)] * 2
    else:
        first = frame["pull_requests"][0][0]
        assert first == SessionPullRequest(**dict(first)).to_dict()


@pytest.mark.parametrize("name", ["polars", "duckdb"])
def test_json_lines_are_read(name, tmp_path):
    pytest.importorskip(name)
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{full(Session).to_json()}\n" for _ in range(3)))
    library = importlib.import_module(name)
    read = library.read_json(str(path)) if name == "duckdb" else library.read_ndjson(path)
    assert len(read) == 3
