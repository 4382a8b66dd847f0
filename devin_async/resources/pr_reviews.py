"""Reviews of pull requests, asked for in an organization or in the enterprise."""

from typing import ClassVar

from devin_async.calling import Resource
from devin_async.models.pr_reviews import PullRequestReview
from devin_async.protocol import Endpoint
from devin_async.values import check_filled

__all__ = ["EnterprisePRReviews", "OrganizationPRReviews", "PRReviews"]

_REVIEWS = "/v3/organizations/{org_id}/pr-reviews"
_ENTERPRISE_REVIEWS = "/v3/enterprise/pr-reviews"


class PRReviews(Resource):
    """What the reviews of both scopes share."""

    CREATE: ClassVar[Endpoint[PullRequestReview]]

    async def create(self, pr_url: str) -> PullRequestReview:
        """Ask for a review of the newest commit of a pull request.

        `POST /v3/organizations/{org_id}/pr-reviews`; of the enterprise, where the organization
        follows from the pull request, `POST /v3/enterprise/pr-reviews`; permission
        UseReviewManual.
        """
        return await self._call(self.CREATE, json={"pr_url": check_filled("pr_url", pr_url)})

    GET: ClassVar[Endpoint[PullRequestReview]]

    async def get(self, pr_url: str, *, commit_sha: str | None = None) -> PullRequestReview:
        """Read how far the review of a pull request is.

        Args:
            pr_url: Url of the pull request.
            commit_sha: Commit, in full or short; the pull request's newest when left out.

        Raises:
            NotFoundError: That commit has no review.

        `GET /v3/organizations/{org_id}/pr-reviews`; of the enterprise
        `GET /v3/enterprise/pr-reviews`, unconfirmed; permission UseReviewManual.
        """
        query = {"pr_url": check_filled("pr_url", pr_url), "commit_sha": commit_sha}
        return await self._call(self.GET, query=query)


class OrganizationPRReviews(PRReviews):
    """Reached as `devin.organization(id).pr_reviews`."""

    CREATE = Endpoint("POST", _REVIEWS, PullRequestReview, "UseReviewManual", body="json")
    GET = Endpoint("GET", _REVIEWS, PullRequestReview, "UseReviewManual")


class EnterprisePRReviews(PRReviews):
    """Reached as `devin.enterprise.pr_reviews`."""

    CREATE = Endpoint(
        "POST", _ENTERPRISE_REVIEWS, PullRequestReview, "UseReviewManual", body="json"
    )
    GET = Endpoint(
        "GET", _ENTERPRISE_REVIEWS, PullRequestReview, "UseReviewManual", unconfirmed=True
    )
