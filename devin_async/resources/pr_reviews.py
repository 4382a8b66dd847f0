"""Reviews of pull requests, asked for in an organization or in the enterprise."""

from typing import ClassVar

from devin_async.base.arguments import check_filled
from devin_async.models.pr_reviews import PullRequestReview
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class PRReviews(Resource):
    """What the reviews of both scopes share."""

    CREATE: ClassVar[Endpoint[PullRequestReview]]

    async def create(self, pr_url: str) -> PullRequestReview:
        """Ask for a review of the newest commit of a pull request.

        `POST .../pr-reviews`, permission UseReviewManual.
        """
        return await self._call(self.CREATE, json={"pr_url": check_filled("pr_url", pr_url)})

    GET: ClassVar[Endpoint[PullRequestReview]]

    async def get(self, pr_url: str, *, commit_sha: str | None = None) -> PullRequestReview:
        """Read how far the review of a commit is: in full or short, the newest when left out.

        Raises:
            NotFoundError: That commit has no review.

        `GET .../pr-reviews`, permission UseReviewManual; unconfirmed for the enterprise.
        """
        query = {"pr_url": check_filled("pr_url", pr_url), "commit_sha": commit_sha}
        return await self._call(self.GET, query=query)


class OrganizationPRReviews(PRReviews):
    """Reached as `devin.organization(id).pr_reviews`."""

    PATH = "/v3/organizations/{org_id}/pr-reviews"

    CREATE = Endpoint("POST", PATH, PullRequestReview, "UseReviewManual", body="json")
    GET = Endpoint("GET", PATH, PullRequestReview, "UseReviewManual")


class EnterprisePRReviews(PRReviews):
    """Reached as `devin.enterprise.pr_reviews`."""

    PATH = "/v3/enterprise/pr-reviews"

    CREATE = Endpoint("POST", PATH, PullRequestReview, "UseReviewManual", body="json")
    GET = Endpoint("GET", PATH, PullRequestReview, "UseReviewManual", unconfirmed=True)
