"""Sessions of an organization."""

from collections.abc import Mapping, Sequence
from typing import Any

from devin_async import dialect
from devin_async.models.session_insights import SessionInsights
from devin_async.models.sessions import (
    DevinMode,
    Session,
    SessionCategory,
    SessionMessage,
    SessionOrigin,
    SessionSecret,
)
from devin_async.pagination import After, Checkpoint, Pager
from devin_async.protocol import Endpoint
from devin_async.resources.session_base import (
    checked_tags,
    checked_urls,
    creation_filter,
    message_body,
    session_query,
)
from devin_async.resources.session_content import OrganizationSessionContent
from devin_async.secret import Secret
from devin_async.values import When, check_count, check_text

__all__ = ["OrganizationSessions"]


class OrganizationSessions(OrganizationSessionContent):
    """Reached as `devin.organization(id).sessions`."""

    PATH = "/v3/organizations/{org_id}/sessions"

    CREATE = Endpoint(
        "POST", PATH, Session, "UseDevinSessions", body="json", seed=dialect.CREATE_SESSION
    )

    async def create(
        self,
        prompt: str,
        *,
        title: str | None = None,
        tags: Sequence[str] | None = None,
        repos: Sequence[str] | None = None,
        playbook_id: str | None = None,
        child_playbook_id: str | None = None,
        knowledge_ids: Sequence[str] | None = None,
        secret_ids: Sequence[str] | None = None,
        session_secrets: Sequence[SessionSecret] | None = None,
        session_links: Sequence[str] | None = None,
        attachment_urls: Sequence[str] | None = None,
        max_acu_limit: int | None = None,
        devin_mode: DevinMode | None = None,
        platform: str | None = None,
        resumable: bool | None = None,
        bypass_approval: bool | None = None,
        create_as_user_id: str | None = None,
        structured_output_schema: Mapping[str, Any] | None = None,
        structured_output_required: bool | None = None,
        security_profile: Any = None,
    ) -> Session:
        """Start a session; never sent twice unless the first try certainly did not arrive.

        Args:
            prompt: What to do.
            title: Made up by the server when left out.
            tags: At most 50; must be allowed ones where the enterprise checks them.
            repos: Repositories as `owner/name`.
            playbook_id: Playbook to follow.
            child_playbook_id: Playbook for the sessions that this one starts.
            knowledge_ids: Notes to use; None means all, `[]` none.
            secret_ids: Secrets to use; None means all, `[]` none.
            session_secrets: Secrets for this session only.
            session_links: Sessions to look at.
            attachment_urls: Urls of uploaded attachments, up to 2,083 characters each.
            max_acu_limit: ACUs that it may use, from 1.
            devin_mode: "normal", "fast", "lite", "ultra", "fusion"; None is the organization's.
            platform: VM label or pool of the organization, or "inherit".
            resumable: Keep the VM, so that a message can resume it; the server's default is True.
            bypass_approval: Do not ask for approvals.
            create_as_user_id: Act as this person; needs ImpersonateOrgSessions as well.
            structured_output_schema: JSON Schema (draft 7, up to 64 KB) of the result wanted.
            structured_output_required: The result has to be there before its turn ends.
            security_profile: Unconfirmed; its form is not documented.

        Raises:
            OutcomeUnknownError: It may have been started; look for it before repeating.

        `POST /v3/organizations/{org_id}/sessions`, permission UseDevinSessions.
        """
        json = {
            "prompt": prompt,
            "title": title,
            "tags": checked_tags(tags),
            "repos": repos,
            "playbook_id": playbook_id,
            "child_playbook_id": child_playbook_id,
            "knowledge_ids": knowledge_ids,
            "secret_ids": secret_ids,
            "session_secrets": session_secrets,
            "session_links": session_links,
            "attachment_urls": checked_urls(attachment_urls),
            "max_acu_limit": check_count("max_acu_limit", max_acu_limit, smallest=1),
            "devin_mode": devin_mode,
            "platform": platform,
            "resumable": resumable,
            "bypass_approval": bypass_approval,
            "create_as_user_id": create_as_user_id,
            "structured_output_schema": structured_output_schema,
            "structured_output_required": structured_output_required,
            "security_profile": security_profile,
        }
        return await self._call(self.CREATE, json=json, secrets=_checked(session_secrets))

    LIST = Endpoint("GET", PATH, Session, "ViewOrgSessions", paging="cursor")

    def list(
        self,
        *,
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
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
        resume: Checkpoint | None = None,
        parallel: int | None = None,
    ) -> Pager[Session]:
        """List sessions; filters of different kinds narrow it down together.

        Args:
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
            resume: Checkpoint of any page of this list, to go on from.
            parallel: Requests at once, 1 to 256: the range of creation is cut into windows that
                are read side by side. The sessions come by `created_at`, then in the server's
                order within a second: the same ones as in the serial list, if none is created or
                changes meanwhile. An open end is fixed at 30 s before now.

        `GET /v3/organizations/{org_id}/sessions`, permission ViewOrgSessions.
        """
        query = session_query(
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
        "GET", PATH + "/insights", SessionInsights, "ViewOrgSessions", paging="cursor"
    )

    def list_insights(
        self,
        *,
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
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
        resume: Checkpoint | None = None,
        parallel: int | None = None,
    ) -> Pager[SessionInsights]:
        """List sessions with their insights; filters as for `list`.

        `GET /v3/organizations/{org_id}/sessions/insights`, permission ViewOrgSessions.
        """
        query = session_query(
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

    GET = Endpoint("GET", PATH + "/{devin_id}", Session, "ViewOrgSessions")

    async def get(self, session_id: str) -> Session:
        """Read a session; its id may come with or without the `devin-` prefix.

        `GET /v3/organizations/{org_id}/sessions/{devin_id}`, permission ViewOrgSessions.
        """
        return await self._call(self.GET, path=self._of(session_id))

    MESSAGES = Endpoint(
        "GET", PATH + "/{devin_id}/messages", SessionMessage, "ViewOrgSessions", paging="cursor"
    )

    def messages(
        self,
        session_id: str,
        *,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[SessionMessage]:
        """List the messages of a session, oldest first.

        Args:
            session_id: With or without the `devin-` prefix.

        `GET /v3/organizations/{org_id}/sessions/{devin_id}/messages`, permission ViewOrgSessions.
        """
        path = self._of(session_id)
        return self._pager(self.MESSAGES, path=path, page_size=page_size, limit=limit, after=after)

    SEND_MESSAGE = Endpoint(
        "POST", PATH + "/{devin_id}/messages", Session, "ManageOrgSessions", body="json"
    )

    async def send_message(
        self,
        session_id: str,
        message: str,
        *,
        message_as_user_id: str | None = None,
        attachment_urls: Sequence[str] | None = None,
    ) -> Session:
        """Send a message, which resumes a suspended session; gives the session, not the message.

        Args:
            session_id: With or without the `devin-` prefix.
            message: Its text.
            message_as_user_id: Write as this person; needs ImpersonateOrgSessions as well.
            attachment_urls: Urls of uploaded attachments, up to 2,083 characters each.

        `POST /v3/organizations/{org_id}/sessions/{devin_id}/messages`,
        permission ManageOrgSessions.
        """
        json = message_body(message, message_as_user_id, attachment_urls)
        return await self._call(self.SEND_MESSAGE, path=self._of(session_id), json=json)

    TERMINATE = Endpoint("DELETE", PATH + "/{devin_id}", Session, "ManageOrgSessions")

    async def terminate(self, session_id: str, *, archive: bool | None = None) -> Session:
        """End a session for good; *archive* puts it away as well.

        `DELETE /v3/organizations/{org_id}/sessions/{devin_id}`, permission ManageOrgSessions.
        """
        query = {"archive": archive}
        return await self._call(self.TERMINATE, path=self._of(session_id), query=query)

    ARCHIVE = Endpoint("POST", PATH + "/{devin_id}/archive", Session, "ManageOrgSessions")

    async def archive(self, session_id: str) -> Session:
        """Put a session and those that it started away; they go to sleep.

        `POST /v3/organizations/{org_id}/sessions/{devin_id}/archive`, permission
        ManageOrgSessions.
        """
        return await self._call(self.ARCHIVE, path=self._of(session_id))

    UNARCHIVE = Endpoint(
        "POST", PATH + "/{devin_id}/unarchive", Session, "ManageOrgSessions", unconfirmed=True
    )

    async def unarchive(self, session_id: str) -> Session:
        """Get a session back, without those that it started.

        `POST /v3/organizations/{org_id}/sessions/{devin_id}/unarchive`, permission
        ManageOrgSessions. Unconfirmed.
        """
        return await self._call(self.UNARCHIVE, path=self._of(session_id))


def _checked(secrets: Sequence[SessionSecret] | None) -> tuple[Secret, ...]:
    """Check the secrets of a session, and give the values that no message may repeat."""
    for secret in secrets or ():
        check_text("session_secrets key", secret.key, smallest=1, largest=256)
        check_text("session_secrets value", secret.value, largest=65_536)
    return tuple(Secret(secret.value) for secret in secrets or ())
