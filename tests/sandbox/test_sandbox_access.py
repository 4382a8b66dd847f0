import pytest

from devin_async.sandbox import ManualClock, RateLimit, Sandbox
from devin_async.sandbox.serving.rate_limit import RateLimiter


async def test_a_missing_token_answers_401_and_names_the_scheme(client, sandbox):
    async with client.get(sandbox.url + "/v3/self") as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert response.content_type == "application/problem+json"


async def test_an_unknown_token_answers_a_problem_with_every_member(api):
    reply = await api.get("/v3/self", token="cog_unknown")
    assert reply.json == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The token is missing, unknown or expired",
        "instance": "/v3/self",
    }


async def test_another_scheme_than_bearer_answers_401(api, sandbox):
    reply = await api.get("/v3/self", headers={"Authorization": f"Basic {sandbox.token}"})
    assert reply.status == 401


async def test_a_token_ends_with_its_lifetime(api, sandbox, clock):
    token = sandbox.add_token(lifetime=60)
    assert (await api.get("/v3/self", token=token)).status == 200
    clock.advance(60)
    assert (await api.get("/v3/self", token=token)).status == 401


async def test_self_needs_no_permission(api, sandbox, org):
    token = sandbox.add_token((), organization=org)
    assert (await api.get("/v3/self", token=token)).json["org_id"] == org


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("service_user", {"service_user_id", "service_user_name"}),
        ("pat_user", {"user_id", "user_name", "api_key_id", "api_key_name"}),
        ("devin_brain", {"devin_id", "user_id", "creator_service_user_id"}),
        ("windsurf_session", {"user_id", "user_name"}),
    ],
)
async def test_self_tells_the_kind_of_principal(api, sandbox, org, kind, names):
    token = sandbox.add_token(organization=org, principal_type=kind)
    answer = (await api.get("/v3/self", token=token)).json
    assert answer["principal_type"] == kind
    assert names <= set(answer)


def test_a_principal_of_an_organization_needs_one():
    with pytest.raises(ValueError, match="belongs to an organization"):
        Sandbox().add_token(principal_type="devin_brain")


def test_a_token_for_an_unknown_organization_is_refused():
    with pytest.raises(ValueError, match="no such organization"):
        Sandbox().add_token(organization="org-none")


async def test_a_missing_permission_answers_403(api, sandbox, org):
    token = sandbox.add_token(("UseDevinSessions",))
    reply = await api.get(f"/v3/organizations/{org}/sessions", token=token)
    assert (reply.status, reply.json["title"]) == (403, "Forbidden")
    assert "ViewOrgSessions" in reply.json["detail"]


async def test_an_enterprise_token_carries_organization_permissions_everywhere(api, sandbox):
    token = sandbox.add_token(("ViewOrgSessions",))
    for org_id in sandbox.organization_ids:
        assert (await api.get(f"/v3/organizations/{org_id}/sessions", token=token)).status == 200


async def test_an_older_permission_opens_an_operation_too(api, sandbox, org):
    token = sandbox.add_token(("ManageOrgSessions",))
    reply = await api.post(f"/v3/organizations/{org}/sessions", {"prompt": "x"}, token=token)
    assert reply.status == 200


async def test_unknown_and_foreign_organizations_answer_alike(api, sandbox):
    mine, foreign = sandbox.organization_ids[:2]
    token = sandbox.add_token(organization=mine)
    details = set()
    for org_id in (foreign, "org-none"):
        reply = await api.get(f"/v3/organizations/{org_id}/sessions", token=token)
        assert reply.status == 403
        details.add(reply.json["detail"])
    assert len(details) == 1


async def test_an_unknown_organization_answers_403_even_to_the_owner(api):
    for path in ("/v3/organizations/org-none/sessions", "/v3/enterprise/organizations/org-none"):
        assert (await api.get(path)).status == 403


async def test_a_token_of_an_organization_opens_no_enterprise_call(api, sandbox, org):
    token = sandbox.add_token(organization=org)
    for path in ("/v3/enterprise/organizations", f"/v3/enterprise/organizations/{org}/audit-logs"):
        assert (await api.get(path, token=token)).status == 403


async def test_permission_is_judged_before_parameters(api, sandbox, org):
    token = sandbox.add_token(())
    reply = await api.get(f"/v3/organizations/{org}/sessions?first=0", token=token)
    assert reply.status == 403


async def test_an_unknown_session_answers_404(api, org):
    assert (await api.get(f"/v3/organizations/{org}/sessions/devin-none")).status == 404


async def test_a_path_outside_the_contract_answers_404(api):
    assert (await api.get("/v3/nothing")).status == 404


async def test_another_method_answers_405_and_names_those_allowed(api):
    reply = await api.call("DELETE", "/v3/enterprise/organizations")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST")


async def test_each_answer_has_its_own_request_id(api):
    ids = [(await api.get("/v3/self")).headers["x-request-id"] for _ in range(3)]
    assert len(set(ids)) == 3


async def test_a_rate_limit_answers_429_with_both_hints(connect):
    limit = RateLimit(per_second=0.5, burst=2, milliseconds=True)
    api = await connect(Sandbox(rate_limit=limit))
    replies = [await api.get("/v3/self") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].headers["Retry-After"] == "2"
    assert 1000 < int(replies[2].headers["Retry-After-Ms"]) <= 2000


async def test_a_rate_limit_may_leave_out_retry_after(connect):
    api = await connect(Sandbox(rate_limit=RateLimit(per_second=0.1, retry_after=False)))
    await api.get("/v3/self")
    reply = await api.get("/v3/self")
    assert reply.status == 429
    assert "Retry-After" not in reply.headers


def test_a_bucket_fills_again_with_time():
    clock = ManualClock(0)
    limiter = RateLimiter(RateLimit(per_second=2, burst=1), clock.now)
    limiter.take()
    clock.advance(0.5)
    limiter.take()


async def test_a_new_service_user_has_a_token_that_works(api, org):
    body = {"name": "bot", "role_id": "developer", "ttl_seconds": 3600}
    made = (await api.post(f"/v3beta1/organizations/{org}/service-users", body)).json
    me = (await api.get("/v3/self", token=made["token"])).json
    assert me["service_user_id"] == made["service_user"]["service_user_id"]
    assert (me["service_user_name"], me["org_id"]) == ("bot", org)


async def test_a_role_of_the_other_level_is_refused(api):
    body = {"name": "bot", "role_id": "developer", "ttl_seconds": 3600}
    reply = await api.post("/v3beta1/enterprise/service-users", body)
    assert reply.status == 422
    assert reply.json["errors"][0]["loc"] == ["body", "role_id"]


async def test_a_role_gives_its_permissions(api, org):
    body = {"name": "eye", "role_id": "viewer", "ttl_seconds": 3600}
    token = (await api.post(f"/v3beta1/organizations/{org}/service-users", body)).json["token"]
    path = f"/v3/organizations/{org}/sessions"
    assert (await api.get(path, token=token)).status == 200
    assert (await api.post(path, {"prompt": "x"}, token=token)).status == 403


async def test_roles_are_listed_by_type(api):
    roles = await api.items("/v3/enterprise/roles", first=4)
    assert {role["role_type"] for role in roles} == {"enterprise", "org"}
    assert {"role_id": "developer", "role_name": "Developer", "role_type": "org"} in roles
