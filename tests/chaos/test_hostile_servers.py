"""Servers that send what no server should: each kind ends with its own error, and soon."""

import asyncio

import pytest

from benchmarks.chaos.running import memory
from devin_async import (
    APIStatusError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidArgumentError,
    OutcomeUnknownError,
    PaginationError,
    RateLimitedError,
    RequestTimeoutError,
    ResponseDecodeError,
    ResponseTooLargeError,
    ServerError,
)

LOGS = "GET /v3/enterprise/audit-logs"
SELF = "GET /v3/self"
ATTACHMENTS = "GET /v3/organizations/{org_id}/attachments/{uuid}/{name}"
REFUSED = {
    "retry_after_huge": RateLimitedError,
    "html_error": ServerError,
    "binary_error": ServerError,
    "oversized_error": ServerError,
    "endless_error": ServerError,
    "reset": ConnectionFailedError,
    "cut_off": ConnectionFailedError,
    "broken_gzip": ConnectionFailedError,
    "endless_body": ResponseTooLargeError,
    "oversized_body": ResponseTooLargeError,
    "gzip_bomb": ResponseTooLargeError,
    "deep_nesting": ResponseDecodeError,
    "malformed_json": ResponseDecodeError,
    "malformed_utf8": ResponseDecodeError,
    "not_json": ResponseDecodeError,
    "wrong_types": ResponseDecodeError,
    "huge_integer": ResponseDecodeError,
    "repeated_cursor": PaginationError,
    "returning_cursor": PaginationError,
    "redirect_elsewhere": APIStatusError,
    "redirect_to_private_address": APIStatusError,
}


@pytest.mark.parametrize(("kind", "error"), REFUSED.items(), ids=REFUSED)
async def test_a_list_ends_with_the_error_of_what_the_server_does(devin, strike, kind, error):
    strike(kind, route=LOGS)
    before = memory()
    with pytest.raises(error) as caught:
        await devin.enterprise.audit_logs.list(page_size=20).collect()
    assert len(str(caught.value)) < 1_000
    assert memory() - before < 200  # the bomb alone would be a gigabyte


@pytest.mark.parametrize("kind", ["small_pages", "hang_up", "latency", "duplicate_keys"])
async def test_a_list_is_read_whole_in_spite_of(devin, strike, kind):
    fault = strike(kind, route=LOGS)
    logs = await devin.enterprise.audit_logs.list(page_size=20, limit=50).collect()
    assert fault.hits >= 3
    assert len({log.audit_log_id for log in logs}) == 50


@pytest.mark.parametrize(
    "kind", ["rate_limited_without_retry_after", "retry_after_garbage", "html_error", "reset"]
)
async def test_a_list_is_read_whole_after_a_passing(devin, strike, kind):
    fault = strike(kind, route=LOGS, at=2)
    assert len(await devin.enterprise.audit_logs.list(page_size=100).collect()) == 300
    assert fault.hits == 1


async def test_items_that_the_server_doubles_are_given_as_they_came(devin, strike):
    strike("duplicated_items", route=LOGS, at=1)
    assert len(await devin.enterprise.audit_logs.list(page_size=100).collect()) == 400


@pytest.mark.parametrize("kind", ["endless_body", "deep_nesting", "cut_off", "endless_error"])
async def test_a_create_whose_answer_is_lost_is_unknown_and_not_repeated(
    devin, sandbox, strike, kind
):
    strike(kind, route="POST *")
    with pytest.raises((ResponseDecodeError, OutcomeUnknownError)) as caught:
        await devin.organization(sandbox.organization_ids[0]).sessions.create("x")
    assert caught.value.outcome == "unknown"
    assert sandbox.count("POST *") == 1


async def test_an_answer_too_large_is_not_asked_for_again(devin, sandbox, strike):
    strike("gzip_bomb", route=SELF)
    with pytest.raises(ResponseTooLargeError, match="raise max_response_bytes="):
        await devin.whoami()
    assert sandbox.count(SELF) == 1


@pytest.mark.parametrize(
    ("kind", "limits"),
    [("deadline", {"deadline": 0.6}), ("attempt", {"attempt_timeout": 0.6, "max_attempts": 1})],
    ids=["deadline", "attempt"],
)
async def test_bytes_that_trickle_do_not_outlast(connect, strike, kind, limits):
    strike("slow_bytes", route=SELF)
    devin = connect(quick=False, **limits)
    with pytest.raises(RequestTimeoutError):  # twenty pieces at 50 ms would be whole later
        await devin.whoami()


async def test_a_limit_of_bytes_counts_what_is_decompressed(connect, strike):
    spaces = b" " * 50_000
    strike("endless_body", route=SELF, endless=False, body=b"{" + spaces + b"}")
    with pytest.raises(ResponseTooLargeError, match="larger than 50001 bytes"):
        await connect(max_response_bytes=50_001).request("GET", "/v3/self")
    answer = await connect(max_response_bytes=50_002).request("GET", "/v3/self")
    assert answer.json() == {}


async def test_a_limit_of_levels_is_exact(connect, strike):
    body = b'{"a":' * 20 + b"1" + b"}" * 20
    strike("deep_nesting", route=SELF, body=body)
    answer = await connect(max_json_depth=20).request("GET", "/v3/self")
    assert "a" in answer.json()
    with pytest.raises(ResponseTooLargeError, match="more than 19 levels deep"):
        (await connect(max_json_depth=19).request("GET", "/v3/self")).json()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\0b"])
async def test_a_name_from_the_server_leads_nowhere(attachments, tmp_path, name):
    with pytest.raises(InvalidArgumentError, match="not safe in a directory"):
        await attachments.download("uuid", name, tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_a_download_that_is_led_to_the_metadata_address_writes_nothing(
    attachments, strike, tmp_path
):
    strike("redirect_to_private_address", route=ATTACHMENTS)
    with pytest.raises(ConnectionFailedError, match=r"169\.254\.169\.254, which is refused"):
        await attachments.download("uuid", "a.bin", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("most", [0, 3])
async def test_a_download_that_is_led_in_a_circle_writes_nothing(
    connect, sandbox, strike, tmp_path, most
):
    circle = {"Location": f"{sandbox.url}/_downloads/circle"}
    strike("redirect_elsewhere", headers=circle)
    org = connect(max_redirects=most).organization(sandbox.organization_ids[0])
    with pytest.raises(ConnectionFailedError, match=f"more than {most} times"):
        await org.attachments.download("uuid", "a.bin", tmp_path)
    assert sandbox.count() == 1 + most
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["gzip_bomb", "endless_body"])
async def test_a_download_without_end_writes_nothing(connect, sandbox, strike, tmp_path, kind):
    devin = connect(max_download_bytes=1 << 20)
    attachments = devin.organization(sandbox.organization_ids[0]).attachments
    made = await attachments.upload(b"x", name="a.bin")
    strike(kind, route="GET /_downloads/*")
    with pytest.raises(ResponseTooLargeError, match="larger than 1048576 bytes"):
        await attachments.download(made.attachment_id, made.name, tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_a_storage_that_fails_is_no_missing_file(attachments, strike, tmp_path):
    made = await attachments.upload(b"x", name="a.bin")
    strike("unavailable", route="GET /_downloads/*")
    with pytest.raises(ServerError, match="the storage failed"):
        await attachments.download(made.attachment_id, made.name, tmp_path)


async def test_closing_ends_a_wait_before_a_repeat_at_once(connect, strike):
    strike("unavailable", route=SELF, headers={"Retry-After": "50"})
    waits = asyncio.Event()
    devin = connect(quick=False, on_event=lambda event: event.kind == "retry" and waits.set())
    call = asyncio.create_task(devin.whoami())
    await waits.wait()
    await asyncio.sleep(0)
    await devin.close()
    with pytest.raises(ConfigurationError, match="the client was closed") as caught:
        await call
    assert caught.value.outcome == "unknown"
