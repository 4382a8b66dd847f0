"""Repositories that an organization can reach, and their indexes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from attrs import frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model


@frozen(kw_only=True)
class IndexJob(Model):
    """One run of the indexer over a commit of a branch."""

    job_id: str
    branch_name: str | None
    commit: str
    status: Open[Literal["in_progress", "completed", "failed"]]
    created_at: datetime


@frozen(kw_only=True)
class IndexingStatus(Model):
    """How far the indexes of a repository are: for search, for its wiki, and the last runs."""

    indexing_enabled: bool
    latest_completed_search_index_job: IndexJob | None = None
    latest_completed_wiki_index_job: IndexJob | None = None
    latest_indexes: list[IndexJob] | None = None


@frozen(kw_only=True)
class Repository(Model):
    """A repository that an organization can reach.

    Attributes:
        repo_path: Such as "owner/name"; what the indexing calls want.
        git_connection_id: The connection of the enterprise by which it is reached.
        provider_repository_id: Its id at the git host.
        indexing_status: None when it was not asked for.
    """

    repo_name: str
    repo_path: str
    git_connection_host: str
    git_connection_id: str
    provider_repository_id: str
    repo_description: str | None = None
    repo_language: str | None = None
    last_updated_at: datetime | None = None
    indexing_status: IndexingStatus | None = None


@frozen(kw_only=True)
class RepositoryIndexing(Model):
    """Which branches of a repository are indexed."""

    repository_path: str
    branches: list[str]
    indexing_enabled: bool
    indexing_status: IndexingStatus | None = None


@frozen(kw_only=True)
class RepositoryToIndex(Model):
    """A repository to be indexed; without *branch_names* its default branch is."""

    repository_path: str
    branch_names: Sequence[str] | None = None
