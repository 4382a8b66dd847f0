"""The search of the built site: questions of users, and the page that answers each."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.site

SITE = Path(__file__).parents[2] / "build" / "site"
ANSWERS = {
    "list audit logs": "reference/endpoints/audit-logs.html",
    "what errors can create raise": "reference/endpoints/sessions.html",
    "which permission": "reference/permissions.html",
    "create a session": "reference/endpoints/sessions.html",
    "wait for a session": "reference/endpoints/sessions.html",
    "export audit logs": "how-to/siem.html",
    "consumption by organization": "reference/endpoints/consumption.html",
    "upload attachment": "reference/endpoints/attachments.html",
    "download attachment": "reference/endpoints/attachments.html",
    "fan out organizations": "reference/fan-out.html",
    "FastAPI": "how-to/fastapi.html",
    "Django": "frameworks.html",
    "environment variables": "configuration.html",
    "retries": "retries.html",
    "rate limits": "retries.html",
    "timeouts": "retries.html",
    "proxy": "proxies.html",
    "certificates": "proxies.html",
    "event loop is closed": "troubleshooting.html",
    "403": "troubleshooting.html",
    "testing": "testing.html",
    "service user api key": "reference/endpoints/service-user-api-keys.html",
    "move from requests": "how-to/from-requests.html",
    "idempotent": "how-to/from-v1.html",
    "every call": "reference/api.html",
}


def test_each_question_is_answered_by_one_of_the_first_three_pages():
    pytest.importorskip("lunr")
    from site_search import SiteSearch  # noqa: PLC0415 - it needs lunr

    search = SiteSearch(SITE)
    first = {question: search.pages(question)[:3] for question in ANSWERS}
    wrong = {
        question: first[question]
        for question, page in ANSWERS.items()
        if page not in first[question]
    }
    assert wrong == {}


def test_the_first_answer_to_a_question_about_a_call_is_the_call():
    pytest.importorskip("lunr")
    from site_search import SiteSearch  # noqa: PLC0415

    assert "AuditLogs.list" in SiteSearch(SITE).places("list audit logs")[0]
