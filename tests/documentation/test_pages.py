"""The pages: their programs run, the navigation has them, and tests stand behind guarantees."""

import asyncio
import re

import pytest
from doc_pages import DOCS, PAGES, ROOT, blocks_of, run_program

TESTS = ROOT / "tests"
# Pages whose blocks need more than a sandbox, such as time that flies, and who runs them.
ELSEWHERE = {
    "frameworks.md": "documentation/test_frameworks_page.py",
    "how-to/cluster.md": "jobs/test_dask_guide.py",
    "how-to/fastapi.md": "documentation/test_service_page.py",
    "jobs.md": "jobs/test_jobs_guide.py",
    "telemetry.md": "integrations/test_integration_guides.py",
    "testing.md": "integrations/test_integration_guides.py",
    "tutorial.md": "documentation/test_tutorial.py",
}
TEXTS = [*(page for page in PAGES if page not in ELSEWHERE), "llms.txt"]
PROGRAMS = {page: blocks_of(DOCS / page) for page in TEXTS}
CONFIGURATION = (ROOT / "mkdocs.yml").read_text()
NAVIGATION = CONFIGURATION[CONFIGURATION.index("\nnav:") : CONFIGURATION.index("\nexclude_docs:")]


@pytest.mark.parametrize("page", [page for page in TEXTS if PROGRAMS[page]])
async def test_the_programs_of_a_page_run_against_the_sandbox(page, tmp_path_factory):
    ended = await asyncio.gather(
        *(run_program(program, tmp_path_factory.mktemp("page")) for program in PROGRAMS[page])
    )
    assert [(one.code, one.errors) for one in ended] == [(0, "")] * len(ended)
    assert all(one.output for one in ended)


@pytest.mark.parametrize("page", ELSEWHERE)
def test_a_page_that_is_not_run_here_is_run_by_the_test_that_is_named(page):
    assert page.rpartition("/")[2] in (TESTS / ELSEWHERE[page]).read_text()


def test_each_page_is_in_the_navigation_once():
    assert sorted(re.findall(r": (\S+\.md)$", NAVIGATION, re.MULTILINE)) == PAGES


def test_the_text_for_language_models_links_each_page_but_home_and_the_parts_of_the_reference():
    linked = re.findall(r"\]\((\S+\.md)\)", (DOCS / "llms.txt").read_text())
    parts = {page for page in PAGES if page.startswith("reference/")} - {"reference/index.md"}
    assert sorted(linked) == sorted(set(PAGES) - parts - {"index.md"})


def test_each_test_that_the_guarantees_name_is_there():
    named = set(re.findall(r"\btest_\w+", (DOCS / "guarantees.md").read_text()))
    sources = "".join(path.read_text() for path in TESTS.rglob("test_*.py"))
    assert {name for name in named if f"def {name}(" not in sources} == set()


def test_each_guarantee_names_a_test():
    promises = re.findall(r"^- .*(?:\n  .*)*", (DOCS / "guarantees.md").read_text(), re.MULTILINE)
    assert len(promises) > 30
    assert [promise for promise in promises if "<!-- test_" not in promise] == []


def test_no_page_and_no_message_installs_from_an_index_that_does_not_have_us():
    sources = [*DOCS.rglob("*.md"), DOCS / "llms.txt", ROOT / "README.md"]
    sources += (ROOT / "devin_async").rglob("*.py")
    named = [
        path.name for path in sources if re.search(r"pip install .devin.async\b", path.read_text())
    ]
    assert named == []
