"""What the harness cannot derive. A new family needs entries here at the most, and no code."""

import tempfile
from pathlib import Path

from devin_async.models.automation_parts import (
    AutomationChannel,
    FieldCondition,
    HostnameDestination,
    RunAsServiceUser,
    SessionConfig,
    SessionNotifications,
    SessionSlack,
    StartSessionAction,
)
from devin_async.models.git import NewGitPermission
from devin_async.models.organizations import OrganizationGroup
from devin_async.resources.consumption import BY_ORGANIZATION_V3BETA1

# Values for parameters (by name) whose type alone does not tell a valid one.
VALUES = {
    "action": "create_session",
    "actions": [
        StartSessionAction(
            prompt="p",
            session=SessionConfig(
                bypass_approval=True,
                notifications=SessionNotifications(
                    slack=SessionSlack(channel_id="c", mode="post_updates"),
                    teams=AutomationChannel(team_id="t", channel_id="c"),
                ),
                platform="linux",
                tags=["t"],
            ),
        )
    ],
    "after": "7",  # as an offset, and as any cursor
    "all": [
        FieldCondition(field="f", operator=operator, value=value)
        for operator, value in {
            "eq": "opened",
            "neq": True,
            "contains": "text",
            "matches": "^text",
            "gt": 7,
            "between": [1, 2.5],
            "in": ["a"],
            "not_globs": ["src/**"],
            "is_empty": "anything",
            "recurrence": "FREQ=DAILY",
        }.items()
    ],
    "allow": [HostnameDestination(hostname="pypi.org")],
    "attachment_urls": ["https://files.example/a.csv"],
    "destination": Path(tempfile.gettempdir()) / "devin_async-contract-test.download",
    "groups": {"team": OrganizationGroup(org_ids=["org-1"], max_cycle_acus=7)},
    "event_type": "github:push",
    "macro": "!deploy",
    "permissions": [
        NewGitPermission(git_connection_id="c", repo_path="owner/name", read_only=True),
        NewGitPermission(git_connection_id="c", group_prefix="group", read_only=True),
        NewGitPermission(git_connection_id="c", prefix_path="group/team", read_only=True),
    ],
    "run_as": RunAsServiceUser(service_user_id="s"),
    "schedule_type": "one_time",
    "window_seconds": 60,
}

# Parameters that exclude each other: what is left out of the full call, once for each way to call.
LEFT_OUT: dict[str, list[set[str]]] = {
    "v3 ServiceUsers.create": [{"role"}],
    "v3beta1 ServiceUsers.create": [{"role_id", "ttl_seconds"}],
    "v3 OrganizationSessions.events": [{"categories"}, {"event_types"}],
    "v3 OrganizationSessions.search_events": [{"categories"}, {"event_types"}],
    "v3 OrganizationSessions.event_details": [{"event_ids"}, {"offset"}],
    # Read by its cursor; what windows send is told in tests/lists.
    "v3 AuditLogs.list": [{"resume", "parallel"}],
    "v3beta1 AuditLogs.list": [{"resume", "parallel"}],
    "v3 GuardrailViolations.list": [{"resume", "parallel"}],
    # What these do is told in tests/jobs: they send more than the one request.
    "v3 OrganizationSessions.create": [{"once", "once_strict", "rerun", "settle"}],
    "v3beta1 OrganizationSessions.create": [{"once", "once_strict", "rerun", "settle"}],
    "v3 EnterpriseOrganizationSessions.list": [{"resume", "parallel"}],
    "v3 EnterpriseOrganizationSessions.list_insights": [{"resume", "parallel"}],
    "v3 OrganizationSessions.list": [{"resume", "parallel"}],
    "v3 OrganizationSessions.list_insights": [{"resume", "parallel"}],
    "v3 EnterpriseSessions.list": [{"resume", "parallel"}],
    "v3 EnterpriseSessions.list_insights": [{"resume", "parallel"}],
}

# Parameters that have a default and are needed all the same.
NEEDED = {
    "v3 Attachments.download": {"overwrite"},
    "v3 Attachments.upload": {"name"},
    "v3 Blueprints.upload_file": {"name"},
    "v3 OrganizationBlueprints.update": {"position"},
    "v3 OrganizationSchedules.create": {"schedule_type", "scheduled_at"},
    "v3 ServiceUsers.create": {"role_id"},
    "v3beta1 ServiceUsers.create": {"role"},
}

_PROFILES = [
    f"/v3beta1/{scope}/security-profiles" for scope in ("enterprise", "organizations/{org_id}")
]
_PROFILE_WRITES = [
    route for path in _PROFILES for route in (f"POST {path}", f"PATCH {path}/{{profile_id}}")
]
_PROFILE_READS = [
    route for path in _PROFILES for route in (f"GET {path}", f"GET {path}/{{profile_id}}")
]

_GIT_PLACES = {"repo_path", "group_prefix", "prefix_path"}

# Query names and body fields of the contract that no parameter sends, and why.
UNREACHABLE = {
    "POST /v3/organizations/{org_id}/sessions": {
        "advanced_mode",  # deprecated, and without effect
        "devin_id",  # a query that the documents call an artefact of their generator
    },
    # Taken from the prompt by the server: read only.
    "POST /v3/organizations/{org_id}/automations": {"playbook_id", "repos"},
    "PATCH /v3/organizations/{org_id}/automations/{automation_id}": {"playbook_id", "repos"},
    # A destination is one of the three, and the call above sends one of the first kind.
    **{route: {"ipv4", "ipv6"} for route in _PROFILE_WRITES},
    # Each permission names one of the three, and the call above sends a permission of each kind.
    "POST /v3/enterprise/organizations/{org_id}/git-providers/permissions": _GIT_PLACES,
    "PUT /v3/enterprise/organizations/{org_id}/git-providers/permissions": _GIT_PLACES,
    "POST /v3beta1/enterprise/organizations": {
        "max_cycle_acu_limit"  # the dialect's own name for it, acu_limit, is sent
    },
}

# Fields of answers that no model has, and why.
UNREAD: dict[str, set[str]] = {}

# Fields of answers whose schema alone does not tell a valid value.
ANSWER_VALUES = {
    "GET /v3beta1/enterprise/self": {"principal_type": "service_user"},
    **{
        route: {"allow": [{"hostname": "pypi.org"}]}
        for route in (*_PROFILE_READS, *_PROFILE_WRITES)
    },
}

# Fields that models hold as maps, though the contract names their keys: what a new key holds.
MAPS = {"acus_by_product": 1.5, "sessions_created_by_origin": 7}

# Alternatives of an answer's schema (by their place) that are not read, and why.
UNREAD_ANSWERS = {
    # The whole enterprise's consumption in answer to a question by organization: nothing to list.
    "GET /v3beta1/enterprise/consumption/daily/organizations": {1},
    # Nobody has published what it answers.
    "PUT /v3beta1/enterprise/usage-policies/tiers/{tier_id}/users/{user_id}": {0},
}

# Calls of the dialect whose method has no endpoint of its own on today's API.
COMPOSITES = {BY_ORGANIZATION_V3BETA1: ("EnterpriseScope", "consumption", "by_organization")}
