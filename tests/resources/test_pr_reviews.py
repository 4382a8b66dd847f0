"""Reviews of pull requests through the client, against the sandbox."""

from datetime import UTC

import pytest

from devin_async import InvalidArgumentError, NotFoundError

PR = "https://github.com/owner/name/pull/7"


@pytest.fixture(params=["organization", "enterprise"])
def reviews(request, devin, sandbox):
    organization = devin.organization(sandbox.organization_ids[0])
    scope = organization if request.param == "organization" else devin.enterprise
    return scope.pr_reviews


async def test_a_review_is_asked_for_and_read(reviews):
    made = await reviews.create(PR)
    assert (made.pr_number, made.repo_path) == (7, "github.com/owner/name")
    assert made.created_at.tzinfo is UTC
    assert (await reviews.get(PR)).commit_sha == made.commit_sha


async def test_a_review_is_found_by_its_commit(reviews):
    made = await reviews.create(PR)
    assert (await reviews.get(PR, commit_sha=made.commit_sha)).pr_number == 7
    with pytest.raises(NotFoundError):
        await reviews.get(PR, commit_sha="0" * 40)


async def test_a_pull_request_that_was_never_reviewed_is_not_found(reviews):
    with pytest.raises(NotFoundError):
        await reviews.get(PR)


async def test_an_empty_url_is_refused_before_a_request(reviews, sandbox):
    for refused in (reviews.create(""), reviews.get(" ")):
        with pytest.raises(InvalidArgumentError, match="pr_url is empty"):
            await refused
    assert list(sandbox.requests) == []
