"""Git connections of an enterprise, and what organizations may do with them."""

from datetime import datetime
from typing import Literal

from attrs import frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model


@frozen(kw_only=True)
class GitConnection(Model):
    """A connection to a git provider; `host` is its address, such as "github.com"."""

    git_connection_id: str
    git_provider_type: Open[
        Literal[
            "github_token",
            "github_individual_token",
            "github_app",
            "gitlab_token",
            "gitlab_oauth",
            "azure_devops_oauth",
            "bitbucket_oauth",
            "bitbucket_token",
        ]
    ]
    host: str
    created_at: datetime
    name: str | None = None


@frozen(kw_only=True)
class GitConnectionRepository(Model):
    """A repository that a connection reaches; `repo_path` is what permissions name."""

    provider_repository_id: str
    git_connection_id: str
    git_connection_host: str
    repo_name: str
    repo_path: str
    repo_description: str | None = None
    repo_language: str | None = None
    last_updated_at: datetime | None = None


@frozen(kw_only=True)
class GitPermission(Model):
    """What an organization may use of a connection; one of the three places is not None.

    Attributes:
        repo_path: One repository, such as `owner/name`.
        group_prefix: All repositories of a group.
        prefix_path: All repositories whose path starts so.
        read_only: Whether it may only be read.
        created_at: UTC; None from servers that do not tell yet.
    """

    git_permission_id: str
    git_connection_id: str
    repo_path: str | None = None
    group_prefix: str | None = None
    prefix_path: str | None = None
    read_only: bool = False
    created_at: datetime | None = None


@frozen(kw_only=True)
class NewGitPermission(Model):
    """A permission to be made: a connection, one place as in `GitPermission`, read-only or not."""

    git_connection_id: str
    repo_path: str | None = None
    group_prefix: str | None = None
    prefix_path: str | None = None
    read_only: bool = False
