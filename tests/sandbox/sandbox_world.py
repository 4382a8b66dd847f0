"""Valid requests for every operation, made from the contract and from what the sandbox holds."""

import aiohttp

from devin_async.sandbox.contract.filling import shape
from devin_async.sandbox.contract.operations import operations

OPERATIONS = {operation.key: operation for operation in operations()}

# Where the schema cannot say what is valid, the body or one of its fields is given here.
BODIES = {
    "POST /v3beta1/organizations/{org_id}/snapshot-setup/blueprints": {"repo_name": "acme/app"},
    "POST /v3/organizations/{org_id}/schedules": {
        "name": "x",
        "prompt": "x",
        "frequency": "0 8 * * *",
    },
    "POST /v3beta1/organizations/{org_id}/members/service-users": {
        "name": "b",
        "role": "Developer",
    },
    "PATCH /v3beta1/organizations/{org_id}/snapshot-setup/blueprints/{blueprint_id}": {
        "contents": "x"
    },
}
FIELDS = {
    "pr_url": "https://github.com/acme/app/pull/7",
    "repo_name": "acme/app",
    "ip_ranges": ["192.0.2.7", "198.51.100.0/24"],
    "ttl_seconds": 60,
    "rrule": "FREQ=DAILY",
    "type": "key-value",
    "emails": ["new@example.com"],
    "run_as": {"type": "organization"},
    "actions": [{"type": "start_session", "prompt": "x"}],
    "triggers": [{"event_type": "github:push"}],
    "metadata": {"team": "web"},
    "tags": ["one"],
    "tag": "one",
    "mode": "discover",
    "scan_type": "security",
    "key": "TOKEN",
    "frequency": "0 8 * * *",
    "macro": "!macro",
    "allow": [{"hostname": "pypi.org"}],
    "security_profile": None,
}
FORMATS = {"uri": "https://example.com/x", "date-time": "2026-02-01T00:00:00Z"}
# Fields that name what has to exist, or that exclude others.
LEFT_OUT = {
    "billing_org_id",
    "create_as_user_id",
    "expires_at",
    "folder_id",
    "group_prefix",
    "message_as_user_id",
    "new_key_expires_at",
    "platform",
    "playbook_id",
    "prefix_path",
    "profile_id",
    "run_as_user_id",
    "structured_output_schema",
    "target_devin_id",
}
QUERIES = {
    "time_after": 1_766_000_000,
    "time_before": 1_767_000_000,
    "pr_url": FIELDS["pr_url"],
    "query": "wrote",
    "name": "secrets.env",
}


def build(operation, schema, field="", *, full=False):
    """Build the smallest value that a schema allows, or one that leaves nothing out."""
    schema = operation.resolve(schema)
    if field in FIELDS:
        return FIELDS[field]
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return build(operation, choices[0], field, full=full)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind == "array":
        size = schema.get("minItems", 1)
        return [build(operation, schema["items"], full=full) for _ in range(size)]
    if kind == "object":
        properties, required = shape(operation.resolve, schema)
        return {
            name: build(operation, inner, name, full=full)
            for name, inner in properties.items()
            if name in required or (full and name not in LEFT_OUT)
        }
    return {
        "string": FORMATS.get(schema.get("format"), "x"),
        "integer": max(1, schema.get("minimum", 1)),
        "number": 1,
        "boolean": True,
    }[kind]


class World:
    """Makes what the path of an operation names, through the API itself."""

    def __init__(self, api, sandbox):
        self.api, self.sandbox = api, sandbox
        self.org = sandbox.organization_ids[0]

    async def request(self, key, *, full=False, path=None):
        """Return method, path and options of a valid request, in *full* or with what it needs."""
        operation = OPERATIONS[key]
        path = path or await self.path(operation)
        options = {}
        query = {
            item.name: QUERIES[item.name]
            for item in operation.parameters
            if item.location == "query" and item.required
        }
        if query:
            options["params"] = query
        if "multipart/form-data" in operation.body_types:
            options["data"] = form()
        elif operation.body_schema is not None:
            options["json"] = await self.body(operation, full=full)
        if key in PREPARE:
            await PREPARE[key](self, path)
        return operation.method, path, options

    async def fill(self, key, path):
        """Make something that a list can show, where there is a call that does."""
        twin = OPERATIONS.get(key.replace("GET ", "POST ")) or OPERATIONS.get(SOURCES.get(key, ""))
        if key.startswith("GET ") and twin is not None and "{devin_id}" not in twin.path:
            own_path = path if twin.path == OPERATIONS[key].path else None
            _, place, options = await self.request(twin.key, full=True, path=own_path)
            await self.api.call("POST", place, **options)
            self.sandbox.clock.advance(61)

    async def body(self, operation, *, full=False):
        body = build(operation, operation.body_schema, full=full)
        body = {**body, **BODIES.get(operation.key, {})}
        account = "{org_id}" not in operation.path
        for name in ("role_id", "enterprise_role_id"):
            if name in body:
                body[name] = "account_member" if account else "developer"
        if operation.key.endswith("/repositories/indexing"):
            repo = await self.repository_path("")
            return {"repositories": [{"repository_path": repo}], "repository_paths": [repo]}
        if operation.path.endswith("/ingestion"):
            profile = {"name": "x", "mode": "ingest", "scan_type": "security"}
            body["profile_id"] = (await self.profile(profile))["profile_id"]
        if operation.path.endswith("/git-providers/permissions"):
            connection = await self.connection_id("")
            body = {"permissions": [{"git_connection_id": connection, "repo_path": "acme/app"}]}
        if operation.path.endswith("/auto-scan"):
            body = {"rrule": "FREQ=DAILY"}
        if operation.path.endswith("/{scan_id}/profile"):
            body = {"profile_id": None}
        return body

    async def path(self, operation):
        path = operation.path
        for name in operation.path_names:
            parent = path.partition("/{" + name)[0]
            path = path.replace(
                "{" + name + "}", await getattr(self, name, self._made(name))(parent)
            )
        return path

    def _made(self, name):
        """Give a maker that posts to the list before the id."""

        async def make(parent):
            template = parent.replace(self.org, "{org_id}")
            key = next(key for key in OPERATIONS if _fits(key, f"POST {template}", parent))
            operation = OPERATIONS[key]
            body = await self.body(operation)
            if parent.endswith("/blueprints") and "organizations" in parent:
                body = {"repo_name": "acme/app", "contents": "x"}
            made = await self.api.post(parent, body)
            assert made.status in (200, 201), made.body
            value = made.json[0] if isinstance(made.json, list) else made.json
            return value.get(name) or value["scheduled_session_id"]

        return make

    async def org_id(self, parent):
        return self.org

    async def devin_id(self, parent):
        body = {"prompt": "x", "structured_output_schema": {"type": "object"}}
        made = await self.api.post(f"/v3/organizations/{self.org}/sessions", body)
        self.sandbox.clock.advance(61)
        return made.json["session_id"]

    session_id = devin_id

    async def user_id(self, parent):
        return self.sandbox.user_ids[0].replace("|", "%7C")

    async def service_user_id(self, parent):
        body = {"name": "bot", "role_id": "developer", "ttl_seconds": 60}
        place = f"/v3beta1/organizations/{self.org}/service-users"
        if "organizations" not in parent:
            body["role_id"], place = "account_admin", "/v3beta1/enterprise/service-users"
        return (await self.api.post(place, body)).json["service_user"]["service_user_id"]

    async def api_key_id(self, parent):
        return (await self.api.get(parent)).json["items"][0]["api_key_id"]

    async def idp_group_name(self, parent):
        return (await self.api.get("/v3/enterprise/members/idp-groups")).json["items"][0][
            "idp_group_name"
        ]

    async def uuid(self, parent):
        made = await self.api.call("POST", parent, data=form())
        return made.json["attachment_id"]

    async def name(self, parent):
        return "notes.txt"

    async def tag(self, parent):
        await self.api.post(parent, {"tags": ["one", "two"]})
        return "one"

    async def connection_id(self, parent):
        listed = await self.api.get("/v3/enterprise/git-providers/connections")
        return listed.json["items"][0]["git_connection_id"]

    async def tier_id(self, parent):
        return (await self.api.get(parent)).json["items"][0]["tier_id"]

    async def repository_path(self, parent):
        path = f"/v3beta1/organizations/{self.org}/repositories"
        return (await self.api.get(path)).json["items"][0]["repo_path"]

    async def branch_name(self, parent):
        place = parent.rpartition("/branches")[0]
        await self.api.call("PUT", place, json={"branch_names": ["main", "feature/x"]})
        return "feature/x"

    async def file_id(self, parent):
        made = await self.api.call("POST", f"{parent}?name=a.env", data=form())
        return made.json["file_id"]

    async def profile(self, body):
        path = f"/v3beta1/organizations/{self.org}/code-scans/profiles"
        return (await self.api.post(path, body)).json

    async def profile_id(self, parent):
        if parent.endswith("/security-profiles"):
            return (await self.api.post(parent, {"name": "x"})).json["profile_id"]
        profile = {"name": "x", "mode": "discover", "scan_type": "security"}
        return (await self.profile(profile))["profile_id"]

    async def scan_id(self, parent):
        path = f"/v3/organizations/{self.org}/code-scans"
        made = (await self.api.post(path, {"repo_name": "acme/app"})).json
        self.sandbox.clock.advance(600)
        return made["scan_id"]

    async def finding_id(self, parent):
        path = f"/v3/organizations/{self.org}/code-scans/findings"
        return (await self.api.get(path)).json["items"][0]["finding_id"]


async def _finished_build(world, path):
    world.sandbox.clock.advance(600)


async def _auto_scan(world, path):
    await world.api.post(path, {"rrule": "FREQ=DAILY"})


async def _review(world, path):
    await world.api.post(path, {"pr_url": FIELDS["pr_url"]})


async def _allowed_tag(world, path):
    await world.api.post(path.removesuffix("/default"), {"tags": ["one"]})


_SCANS = "/v3/organizations/{org_id}/code-scans"
SOURCES = {
    f"GET {place}/{name}": f"POST {_SCANS}"
    for place in (_SCANS, "/v3/enterprise/code-scans")
    for name in ("scans", "findings")
} | {
    "GET /v3/organizations/{org_id}/sessions/insights": "POST /v3/organizations/{org_id}/sessions",
    "GET /v3/enterprise/sessions/insights": "POST /v3/organizations/{org_id}/sessions",
    "GET /v3/enterprise/sessions": "POST /v3/organizations/{org_id}/sessions",
    "GET /v3/enterprise/knowledge/folders": "POST /v3/enterprise/knowledge/notes",
}
PREPARE = {
    "POST /v3beta1/organizations/{org_id}/snapshot-setup/builds/{build_id}/pin": _finished_build,
    "DELETE /v3/organizations/{org_id}/code-scans/{scan_id}/auto-scan": _auto_scan,
    "GET /v3/organizations/{org_id}/pr-reviews": _review,
    "GET /v3/enterprise/pr-reviews": _review,
    "PUT /v3/enterprise/organizations/{org_id}/tags/default": _allowed_tag,
}


def form():
    data = aiohttp.FormData()
    data.add_field("file", b"one\r\ntwo\x00", filename="notes.txt", content_type="text/plain")
    return data


def _fits(key, template, parent):
    wanted, parts = template.split("/"), key.split("/")
    return len(wanted) == len(parts) and all(
        a == b or b.startswith("{") for a, b in zip(wanted, parts, strict=True)
    )
