"""Sessions as the enterprise sees them: of all organizations, or of one."""

from typing import Unpack

from devin_async.lists.pager import Pager
from devin_async.models.session_content import SessionAttachment, SessionTags
from devin_async.models.session_insights import InsightsRequest, SessionInsights
from devin_async.models.sessions import Session, SessionMessage
from devin_async.protocol.endpoints import Endpoint
from devin_async.resources.session_base import EnterpriseSessionFilters, SessionFilters, Sessions

__all__ = ["EnterpriseOrganizationSessions", "EnterpriseSessions"]

_PATH = "/v3/enterprise/sessions"
_ONE = _PATH + "/{devin_id}"
_VIEW, _MANAGE = "ViewAccountSessions", "ManageAccountSessions"


class _Records(Sessions):
    """The endpoints, which look in all organizations unless a query names one."""

    LIST = Endpoint("GET", _PATH, Session, _VIEW, paging="cursor")
    LIST_INSIGHTS = Endpoint("GET", _PATH + "/insights", SessionInsights, _VIEW, paging="cursor")
    GET = Endpoint("GET", _ONE, Session, _VIEW)
    MESSAGES = Endpoint("GET", _ONE + "/messages", SessionMessage, _VIEW, paging="cursor")
    SEND_MESSAGE = Endpoint("POST", _ONE + "/messages", Session, _MANAGE, body="json")
    ATTACHMENTS = Endpoint("GET", _ONE + "/attachments", SessionAttachment, _VIEW, paging="none")
    INSIGHTS = Endpoint("GET", _ONE + "/insights", SessionInsights, _VIEW)
    GENERATE_INSIGHTS = Endpoint("POST", _ONE + "/insights/generate", InsightsRequest, _MANAGE)
    TAGS = Endpoint(
        "GET", _ONE + "/tags", str, _VIEW, paging="none", envelope="tags", unconfirmed=True
    )
    APPEND_TAGS = Endpoint(
        "POST", _ONE + "/tags", SessionTags, _MANAGE, body="json", unconfirmed=True
    )
    REPLACE_TAGS = Endpoint(
        "PUT", _ONE + "/tags", SessionTags, _MANAGE, body="json", unconfirmed=True
    )


class EnterpriseSessions(_Records):
    """Reached as `devin.enterprise.sessions`; the server looks for a session in each organization.

    `devin.enterprise.organization(id).sessions` tells it where to look.
    """

    def list(self, **filters: Unpack[EnterpriseSessionFilters]) -> Pager[Session]:
        """List the sessions of all organizations.

        `GET /v3/enterprise/sessions`, permission ViewAccountSessions.
        """
        return self._sessions(self.LIST, filters, EnterpriseSessionFilters)

    def list_insights(self, **filters: Unpack[EnterpriseSessionFilters]) -> Pager[SessionInsights]:
        """List the sessions of all organizations with their insights.

        `GET /v3/enterprise/sessions/insights`, permission ViewAccountSessions.
        """
        return self._sessions(self.LIST_INSIGHTS, filters, EnterpriseSessionFilters)


class EnterpriseOrganizationSessions(_Records):
    """Reached as `devin.enterprise.organization(id).sessions`."""

    def list(self, **filters: Unpack[SessionFilters]) -> Pager[Session]:
        """List the sessions of one organization, by a permission of the enterprise.

        `GET /v3/enterprise/sessions`, permission ViewAccountSessions.
        """
        return self._sessions(self.LIST, filters)

    def list_insights(self, **filters: Unpack[SessionFilters]) -> Pager[SessionInsights]:
        """List the sessions of one organization with their insights.

        `GET /v3/enterprise/sessions/insights`, permission ViewAccountSessions.
        """
        return self._sessions(self.LIST_INSIGHTS, filters)

    @property
    def _hint(self) -> dict[str, str]:
        return self._scope
