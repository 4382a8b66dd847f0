"""Repositories that an organization can reach, and which of them Devin indexes."""

from collections.abc import Sequence
from typing import TypeAlias, Unpack

from devin_async.base.arguments import check_id, check_path
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.repositories import (
    IndexingStatus,
    Repository,
    RepositoryIndexing,
    RepositoryToIndex,
)
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Repositories(Resource):
    """Reached as `devin.organization(id).repositories`."""

    PATH = "/v3beta1/organizations/{org_id}/repositories"

    LIST = Endpoint("GET", PATH, Repository, "ReadOrgRepositories", paging="cursor")

    def list(
        self,
        *,
        filter_name: str | None = None,
        only_repo_paths: Sequence[str] | None = None,
        exclude_repo_paths: Sequence[str] | None = None,
        load_indexing_status: bool | None = None,
        **options: Unpack[ListOptions],
    ) -> Pager[Repository]:
        """List the repositories.

        Args:
            filter_name: Only those whose name has this in it, in any case.
            only_repo_paths: Only these, each "owner/name".
            exclude_repo_paths: All but these.
            load_indexing_status: False leaves out `indexing_status`, which is faster.

        `GET /v3beta1/organizations/{org_id}/repositories`, permission ReadOrgRepositories. Beta.
        """
        query = {
            "filter_name": filter_name,
            "only_repo_paths": only_repo_paths,
            "exclude_repo_paths": exclude_repo_paths or None,
            "load_indexing_status": load_indexing_status,
        }
        return self._pager(self.LIST, options, query=query)


Indexings: TypeAlias = list[RepositoryIndexing]


class RepositoryIndexes(Resource):
    """Reached as `devin.organization(id).indexing`; a repository's path is "owner/name"."""

    PATH = "/v3beta1/organizations/{org_id}/repositories/indexing"
    ONE = "/v3beta1/organizations/{org_id}/repositories/{repository_path}/indexing"

    LIST = Endpoint("GET", PATH, RepositoryIndexing, "ReadOrgRepositories", paging="cursor")

    def list(self, **options: Unpack[ListOptions]) -> Pager[RepositoryIndexing]:
        """List which branches are indexed, repository by repository.

        `GET .../repositories/indexing`, permission ReadOrgRepositories. Beta.
        """
        return self._pager(self.LIST, options)

    GET = Endpoint("GET", ONE, IndexingStatus, "ReadOrgRepositories")

    async def get(self, repository_path: str) -> IndexingStatus:
        """Read how far the indexes of a repository are.

        `GET .../repositories/{repository_path}/indexing`, permission ReadOrgRepositories. Beta.
        """
        path = {"repository_path": check_path("repository_path", repository_path)}
        return await self._call(self.GET, path=path)

    ENABLE = Endpoint("PUT", ONE, RepositoryIndexing, "IndexOrgRepositories", body="json")

    async def enable(
        self, repository_path: str, *, branch_names: Sequence[str] | None = None
    ) -> RepositoryIndexing:
        """Index these branches of a repository; its default branch when left out.

        `PUT .../repositories/{repository_path}/indexing`, permission IndexOrgRepositories. Beta.
        """
        path = {"repository_path": check_path("repository_path", repository_path)}
        return await self._call(self.ENABLE, path=path, json={"branch_names": branch_names})

    DISABLE = Endpoint("DELETE", ONE, RepositoryIndexing, "IndexOrgRepositories")

    async def disable(self, repository_path: str) -> RepositoryIndexing:
        """Index a repository no more.

        `DELETE .../repositories/{repository_path}/indexing`, permission IndexOrgRepositories. Beta.
        """
        path = {"repository_path": check_path("repository_path", repository_path)}
        return await self._call(self.DISABLE, path=path)

    DISABLE_BRANCH = Endpoint(
        "DELETE", ONE + "/branches/{branch_name}", RepositoryIndexing, "IndexOrgRepositories"
    )

    async def disable_branch(self, repository_path: str, branch_name: str) -> RepositoryIndexing:
        """Index one branch of a repository no more.

        `DELETE .../indexing/branches/{branch_name}`, permission IndexOrgRepositories. Beta.
        """
        path = {
            "repository_path": check_path("repository_path", repository_path),
            "branch_name": check_id("branch_name", branch_name),
        }
        return await self._call(self.DISABLE_BRANCH, path=path)

    BULK_ENABLE = Endpoint("PUT", PATH, Indexings, "IndexOrgRepositories", body="json")

    async def bulk_enable(self, repositories: Sequence[RepositoryToIndex | str]) -> Indexings:
        """Index many repositories; a path stands for the repository's default branch.

        `PUT .../repositories/indexing`, permission IndexOrgRepositories. Beta.
        """
        wanted = [_to_index(repository) for repository in repositories]
        return await self._call(self.BULK_ENABLE, json={"repositories": wanted})

    BULK_DISABLE = Endpoint("DELETE", PATH, Indexings, "IndexOrgRepositories", body="json")

    async def bulk_disable(self, repository_paths: Sequence[str]) -> Indexings:
        """Index many repositories no more.

        `DELETE .../repositories/indexing`, permission IndexOrgRepositories. Beta.
        """
        paths = [check_path("repository_paths", path) for path in repository_paths]
        return await self._call(self.BULK_DISABLE, json={"repository_paths": paths})


def _to_index(repository: RepositoryToIndex | str) -> RepositoryToIndex:
    if isinstance(repository, str):
        repository = RepositoryToIndex(repository_path=repository)
    check_path("repository_path", repository.repository_path)
    return repository
