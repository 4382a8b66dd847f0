"""Reviews of pull requests."""

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

from devin_async.base.markers import TIMES_AS_TEXT, Open
from devin_async.models.model import Model

PullRequestReviewStatus: TypeAlias = Open[
    Literal["pending", "running", "completed", "errored", "cancelled", "skipped", "disabled"]
]


@frozen(kw_only=True)
class PullRequestReview(Model):
    """How far a review is; what it found stands on the pull request, not in the API.

    Attributes:
        repo_path: As `host/owner/name`.
        status: Final unless it is "pending" or "running".
    """

    pr_number: int
    repo_path: str
    commit_sha: str
    status: PullRequestReviewStatus
    created_at: datetime


TIMES_AS_TEXT.add(PullRequestReview)
