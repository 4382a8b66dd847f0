"""Sessions of all organizations of an enterprise."""

from collections.abc import Sequence

from devin_async.models.session_content import SessionAttachment, SessionTags
from devin_async.models.session_insights import InsightsRequest, SessionInsights
from devin_async.models.sessions import Session, SessionCategory, SessionMessage, SessionOrigin
from devin_async.pagination import After, Checkpoint, Pager
from devin_async.protocol import Endpoint
from devin_async.resources.session_base import (
    Sessions,
    checked_tags,
    creation_filter,
    message_body,
    session_query,
)
from devin_async.values import When

__all__ = ["EnterpriseSessions"]


class EnterpriseSessions(Sessions):
    """Reached as `devin.enterprise.sessions`.

    Methods for one session take its organization as a hint (`org_id=`), which saves the server
    looking for it.
    """

    PATH = "/v3/enterprise/sessions"

    LIST = Endpoint("GET", PATH, Session, "ViewAccountSessions", paging="cursor")

    def list(
        self,
        *,
        org_ids: Sequence[str] | None = None,
        session_ids: Sequence[str] | None = None,
        created_after: When | None = None,
        created_before: When | None = None,
        updated_after: When | None = None,
        updated_before: When | None = None,
        tags: Sequence[str] | None = None,
        playbook_id: str | None = None,
        origins: Sequence[SessionOrigin] | None = None,
        schedule_id: str | None = None,
        user_ids: Sequence[str] | None = None,
        service_user_ids: Sequence[str] | None = None,
        repo_names: Sequence[str] | None = None,
        category: SessionCategory | None = None,
        is_archived: bool | None = None,
        automation_ids: Sequence[str] | None = None,
        parent_session_id: str | None = None,
        include_deleted_orgs: bool | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
        resume: Checkpoint | None = None,
        parallel: int | None = None,
    ) -> Pager[Session]:
        """List the sessions of all organizations; different filters narrow it down together.

        Args:
            org_ids: Of any of these organizations.
            session_ids: Only these.
            created_after: Created after this, an aware datetime or unix seconds (UTC).
            created_before: Created before this.
            updated_after: Changed after this.
            updated_before: Changed before this.
            tags: With any of these tags, exactly as written.
            playbook_id: That follow this playbook.
            origins: Started from any of these, such as "api" or "slack".
            schedule_id: Started by this schedule.
            user_ids: Of any of these people.
            service_user_ids: Of any of these service users.
            repo_names: On any of these repositories.
            category: Of this category.
            is_archived: Only archived ones, or only others; None gives both.
            automation_ids: Started by any of these automations.
            parent_session_id: Started by this session.
            include_deleted_orgs: Also of organizations that are gone.
            resume: Checkpoint of any page of this list, to go on from.
            parallel: Requests at once, 1 to 256: the range of creation is cut into windows that
                are read side by side. The sessions come by `created_at`, then in the server's
                order within a second: the same ones as in the serial list, if none is created or
                changes meanwhile. An open end is fixed at 30 s before now.

        `GET /v3/enterprise/sessions`, permission ViewAccountSessions.
        """
        query = session_query(
            org_ids=org_ids,
            session_ids=session_ids,
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
            tags=tags,
            playbook_id=playbook_id,
            origins=origins,
            schedule_id=schedule_id,
            user_ids=user_ids,
            service_user_ids=service_user_ids,
            repo_names=repo_names,
            category=category,
            is_archived=is_archived,
            automation_ids=automation_ids,
            parent_session_id=parent_session_id,
            include_deleted_orgs=include_deleted_orgs,
        )
        return self._pager(
            self.LIST,
            query=query,
            page_size=page_size,
            limit=limit,
            after=after,
            resume=resume,
            times=creation_filter(query, parallel),
        )

    LIST_INSIGHTS = Endpoint(
        "GET", PATH + "/insights", SessionInsights, "ViewAccountSessions", paging="cursor"
    )

    def list_insights(
        self,
        *,
        org_ids: Sequence[str] | None = None,
        session_ids: Sequence[str] | None = None,
        created_after: When | None = None,
        created_before: When | None = None,
        updated_after: When | None = None,
        updated_before: When | None = None,
        tags: Sequence[str] | None = None,
        playbook_id: str | None = None,
        origins: Sequence[SessionOrigin] | None = None,
        schedule_id: str | None = None,
        user_ids: Sequence[str] | None = None,
        service_user_ids: Sequence[str] | None = None,
        repo_names: Sequence[str] | None = None,
        category: SessionCategory | None = None,
        is_archived: bool | None = None,
        automation_ids: Sequence[str] | None = None,
        parent_session_id: str | None = None,
        include_deleted_orgs: bool | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
        resume: Checkpoint | None = None,
        parallel: int | None = None,
    ) -> Pager[SessionInsights]:
        """List the sessions of all organizations with their insights; filters as for `list`.

        `GET /v3/enterprise/sessions/insights`, permission ViewAccountSessions.
        """
        query = session_query(
            org_ids=org_ids,
            session_ids=session_ids,
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
            tags=tags,
            playbook_id=playbook_id,
            origins=origins,
            schedule_id=schedule_id,
            user_ids=user_ids,
            service_user_ids=service_user_ids,
            repo_names=repo_names,
            category=category,
            is_archived=is_archived,
            automation_ids=automation_ids,
            parent_session_id=parent_session_id,
            include_deleted_orgs=include_deleted_orgs,
        )
        return self._pager(
            self.LIST_INSIGHTS,
            query=query,
            page_size=page_size,
            limit=limit,
            after=after,
            resume=resume,
            times=creation_filter(query, parallel),
        )

    GET = Endpoint("GET", PATH + "/{devin_id}", Session, "ViewAccountSessions")

    async def get(self, session_id: str, *, org_id: str | None = None) -> Session:
        """Read a session; its id may come with or without the `devin-` prefix.

        `GET /v3/enterprise/sessions/{devin_id}`, permission ViewAccountSessions.
        """
        return await self._call(self.GET, path=self._of(session_id), query={"org_id": org_id})

    MESSAGES = Endpoint(
        "GET", PATH + "/{devin_id}/messages", SessionMessage, "ViewAccountSessions", paging="cursor"
    )

    def messages(
        self,
        session_id: str,
        *,
        org_id: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[SessionMessage]:
        """List the messages of a session, oldest first.

        Args:
            session_id: With or without the `devin-` prefix.
            org_id: Its organization, as a hint.

        `GET /v3/enterprise/sessions/{devin_id}/messages`, permission ViewAccountSessions.
        """
        return self._pager(
            self.MESSAGES,
            path=self._of(session_id),
            query={"org_id": org_id},
            page_size=page_size,
            limit=limit,
            after=after,
        )

    SEND_MESSAGE = Endpoint(
        "POST", PATH + "/{devin_id}/messages", Session, "ManageAccountSessions", body="json"
    )

    async def send_message(
        self,
        session_id: str,
        message: str,
        *,
        message_as_user_id: str | None = None,
        attachment_urls: Sequence[str] | None = None,
        org_id: str | None = None,
    ) -> Session:
        """Send a message, which resumes a suspended session; gives the session, not the message.

        Args:
            session_id: With or without the `devin-` prefix.
            message: Its text.
            message_as_user_id: Write as this person; needs ImpersonateOrgSessions as well.
            attachment_urls: Urls of uploaded attachments, up to 2,083 characters each.
            org_id: Its organization, as a hint.

        `POST /v3/enterprise/sessions/{devin_id}/messages`, permission ManageAccountSessions.
        """
        json = message_body(message, message_as_user_id, attachment_urls)
        return await self._call(
            self.SEND_MESSAGE, path=self._of(session_id), query={"org_id": org_id}, json=json
        )

    ATTACHMENTS = Endpoint(
        "GET",
        PATH + "/{devin_id}/attachments",
        SessionAttachment,
        "ViewAccountSessions",
        paging="none",
    )

    def attachments(
        self, session_id: str, *, org_id: str | None = None
    ) -> Pager[SessionAttachment]:
        """List the files of a session; not paged by the API.

        `GET /v3/enterprise/sessions/{devin_id}/attachments`, permission ViewAccountSessions.
        """
        return self._pager(self.ATTACHMENTS, path=self._of(session_id), query={"org_id": org_id})

    INSIGHTS = Endpoint(
        "GET", PATH + "/{devin_id}/insights", SessionInsights, "ViewAccountSessions"
    )

    async def insights(self, session_id: str, *, org_id: str | None = None) -> SessionInsights:
        """Read a session with its insights.

        `GET /v3/enterprise/sessions/{devin_id}/insights`, permission ViewAccountSessions.
        """
        return await self._call(self.INSIGHTS, path=self._of(session_id), query={"org_id": org_id})

    GENERATE_INSIGHTS = Endpoint(
        "POST", PATH + "/{devin_id}/insights/generate", InsightsRequest, "ManageAccountSessions"
    )

    async def generate_insights(
        self, session_id: str, *, org_id: str | None = None
    ) -> InsightsRequest:
        """Ask for an analysis, which takes about a minute; read it by `insights`.

        `POST /v3/enterprise/sessions/{devin_id}/insights/generate`, permission
        ManageAccountSessions.
        """
        return await self._call(
            self.GENERATE_INSIGHTS, path=self._of(session_id), query={"org_id": org_id}
        )

    TAGS = Endpoint(
        "GET",
        PATH + "/{devin_id}/tags",
        str,
        "ViewAccountSessions",
        paging="none",
        envelope="tags",
        unconfirmed=True,
    )

    def tags(self, session_id: str, *, org_id: str | None = None) -> Pager[str]:
        """List the tags of a session; not paged by the API.

        `GET /v3/enterprise/sessions/{devin_id}/tags`, permission ViewAccountSessions. Unconfirmed.
        """
        return self._pager(self.TAGS, path=self._of(session_id), query={"org_id": org_id})

    APPEND_TAGS = Endpoint(
        "POST",
        PATH + "/{devin_id}/tags",
        SessionTags,
        "ManageAccountSessions",
        body="json",
        unconfirmed=True,
    )

    async def append_tags(
        self, session_id: str, tags: Sequence[str], *, org_id: str | None = None
    ) -> SessionTags:
        """Add tags, 50 at the most; those that it has already stay.

        `POST /v3/enterprise/sessions/{devin_id}/tags`, permission
        ManageAccountSessions. Unconfirmed.
        """
        return await self._call(
            self.APPEND_TAGS,
            path=self._of(session_id),
            query={"org_id": org_id},
            json={"tags": checked_tags(tags)},
        )

    REPLACE_TAGS = Endpoint(
        "PUT",
        PATH + "/{devin_id}/tags",
        SessionTags,
        "ManageAccountSessions",
        body="json",
        unconfirmed=True,
    )

    async def replace_tags(
        self, session_id: str, tags: Sequence[str], *, org_id: str | None = None
    ) -> SessionTags:
        """Replace all tags, by 50 at the most.

        `PUT /v3/enterprise/sessions/{devin_id}/tags`, permission
        ManageAccountSessions. Unconfirmed.
        """
        return await self._call(
            self.REPLACE_TAGS,
            path=self._of(session_id),
            query={"org_id": org_id},
            json={"tags": checked_tags(tags)},
        )
