import copy
import pickle
import re
import traceback
import warnings
from functools import partial

import pytest

from devin_async import (
    ConfigurationError,
    DevinClient,
    InvalidArgumentError,
    UnexpectedArgumentError,
)
from devin_async.config import (
    Config,
    Options,
    check_key,
    is_loopback,
    load_config,
    load_key,
    parse_base_url,
)


def config(**options):
    return load_config(options)


@pytest.mark.parametrize(
    ("full_url", "url", "version"),
    [
        ("https://api.devin.ai", "https://api.devin.ai", None),
        ("https://api.devin.ai/", "https://api.devin.ai", None),
        (" https://api.devin.ai ", "https://api.devin.ai", None),
        ("https://api.devin.ai/v3", "https://api.devin.ai", None),
        ("https://api.devin.ai/v3/", "https://api.devin.ai", None),
        ("https://api.devin.ai/v3//", "https://api.devin.ai", None),
        ("https://api.devin.ai/v1", "https://api.devin.ai", None),
        ("https://api.devin.ai/v2", "https://api.devin.ai", None),
        ("https://api.devin.ai/v3beta1", "https://api.devin.ai", "v3beta1"),
        ("https://api.devin.ai/v3beta1/", "https://api.devin.ai", "v3beta1"),
        ("https://acme.devinenterprise.com/api", "https://acme.devinenterprise.com/api", None),
        ("https://acme.devinenterprise.com/api/v3", "https://acme.devinenterprise.com/api", None),
        ("https://x.example/api/v3beta1", "https://x.example/api", "v3beta1"),
        ("https://x.example:8443/v3", "https://x.example:8443", None),
        ("https://x.example/v33", "https://x.example/v33", None),
        ("HTTPS://x.example", "https://x.example", None),
        ("http://localhost:8080/v3", "http://localhost:8080", None),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", None),
        ("http://[::1]:8080", "http://[::1]:8080", None),
        ("http://api.localhost", "http://api.localhost", None),
    ],
)
def test_a_base_url_is_split_into_itself_and_its_version(full_url, url, version):
    assert parse_base_url(full_url, allow_http=False) == (url, version)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.devin.ai",
        "ftp://x",
        "https://",
        "https:///v3",
        "/v3",
        "http://localhost:port",
        "https://x.example:99999",
        "https://x.example:0",
        "https://[::1",
        "https://a b.example",
        "https://.example",
        f"https://{'a' * 64}.example",
    ],
)
def test_a_base_url_needs_a_scheme_and_a_host(url):
    with pytest.raises(ConfigurationError, match="it needs a scheme and a host"):
        parse_base_url(url, allow_http=False)


@pytest.mark.parametrize(
    "url", ["https://u@x", "https://u:hunter2@x", "https://x?a=hunter2", "https://x#hunter2"]
)
def test_a_base_url_with_more_in_it_is_refused_and_not_shown(url):
    with pytest.raises(ConfigurationError, match="may not hold a user, a query or a fr") as caught:
        parse_base_url(url, allow_http=False)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "password", ["hunter2", "@hunter2", "p/hunter2", "p@/hunter2", "p/@hunter2"]
)
@pytest.mark.parametrize("scheme", ["https", "ftp"])
def test_a_password_of_any_kind_in_a_base_url_is_not_shown(scheme, password):
    with pytest.raises(ConfigurationError) as caught:
        parse_base_url(f"{scheme}://me:{password}@x.example", allow_http=False)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://api.devin.ai", "http://10.0.0.1", "http://localhost.evil.example"]
)
def test_http_is_refused_off_loopback_unless_it_is_allowed(url):
    with pytest.raises(ConfigurationError, match="would send the key unencrypted"):
        parse_base_url(url, allow_http=False)
    assert parse_base_url(url, allow_http=True) == (url, None)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("notlocalhost", False),
        ("devin.ai", False),
    ],
)
def test_loopback_is_this_machine_only(host, expected):
    assert is_loopback(host) is expected


def test_without_anything_it_is_the_public_api():
    resolved = config()
    assert (resolved.base_url, resolved.api_version, resolved.org_id) == (
        "https://api.devin.ai",
        "v3",
        None,
    )


def test_the_urls_version_counts_when_no_other_is_given():
    assert config(base_url="https://x/v3beta1").api_version == "v3beta1"


def test_the_environments_version_comes_before_the_urls(monkeypatch):
    monkeypatch.setenv("DEVIN_API_VERSION", "v3")
    assert config(base_url="https://x/v3beta1").api_version == "v3"


def test_the_arguments_version_comes_before_the_environments(monkeypatch):
    monkeypatch.setenv("DEVIN_API_VERSION", "v3")
    assert config(api_version="v3beta1").api_version == "v3beta1"


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("DEVIN_BASE_URL", "https://env.example/api")
    monkeypatch.setenv("DEVIN_ORG_ID", "org-env")
    assert (config().base_url, config().org_id) == ("https://env.example/api", "org-env")


def test_arguments_come_before_the_environment(monkeypatch):
    monkeypatch.setenv("DEVIN_BASE_URL", "https://env.example")
    monkeypatch.setenv("DEVIN_ORG_ID", "org-env")
    resolved = config(base_url="https://arg.example", org_id="org-arg")
    assert (resolved.base_url, resolved.org_id) == ("https://arg.example", "org-arg")


@pytest.mark.parametrize("blank", ["", " ", "\r\n"])
def test_a_variable_of_nothing_but_spaces_is_none(monkeypatch, blank):
    for name in ("DEVIN_BASE_URL", "DEVIN_ORG_ID", "DEVIN_API_VERSION", "DEVIN_API_KEY"):
        monkeypatch.setenv(name, blank)
    monkeypatch.setenv("DEVIN_SERVICE_USER_TOKEN", "cog_other")
    assert config() == Config(base_url="https://api.devin.ai")
    assert str(load_key(None)) == "cog_other"


def test_a_line_break_at_the_end_of_a_variable_is_not_part_of_it(monkeypatch):
    monkeypatch.setenv("DEVIN_BASE_URL", "https://env.example\n")
    monkeypatch.setenv("DEVIN_ORG_ID", "org-env\n")
    monkeypatch.setenv("DEVIN_API_VERSION", "v3beta1\n")
    resolved = config()
    assert resolved.base_url == "https://env.example"
    assert (resolved.org_id, resolved.api_version) == ("org-env", "v3beta1")


@pytest.mark.parametrize("org_id", [" ", ".", "..", 5])
def test_what_is_no_organization_is_refused(org_id):
    with pytest.raises(InvalidArgumentError, match=r"org_id is .*; allowed: "):
        config(org_id=org_id)


def test_a_variable_that_cannot_be_used_is_named(monkeypatch):
    monkeypatch.setenv("DEVIN_API_VERSION", "v2")
    with pytest.raises(ConfigurationError, match=r"^DEVIN_API_VERSION is 'v2'; allowed: "):
        config()
    monkeypatch.setenv("DEVIN_API_VERSION", "v3")
    monkeypatch.setenv("DEVIN_ORG_ID", "..")
    with pytest.raises(InvalidArgumentError, match=r"^DEVIN_ORG_ID is '\.\.'; allowed: "):
        config()


@pytest.mark.parametrize("version", ["v2", "3", "V3"])
def test_an_unknown_version_is_refused(version):
    with pytest.raises(ConfigurationError, match="allowed: 'v3' or 'v3beta1'"):
        config(api_version=version)


def test_a_proxys_password_is_not_shown():
    assert "hunter2" not in repr(config(proxy="http://u:hunter2@proxy"))


def test_a_missing_key_names_both_variables():
    with pytest.raises(ConfigurationError, match=r"DEVIN_API_KEY \(or DEVIN_SERVICE_USER_TOKEN\)"):
        load_key(None)


@pytest.mark.parametrize("key", ["", "  ", "\n"])
def test_an_empty_key_is_a_missing_one(key):
    with pytest.raises(ConfigurationError, match="there is no API key"):
        load_key(key)


def test_an_empty_key_that_was_passed_is_not_replaced_by_the_environment_s(monkeypatch):
    monkeypatch.setenv("DEVIN_API_KEY", "cog_of_somebody_else")
    with pytest.raises(ConfigurationError, match="there is no API key"):
        load_key("")


@pytest.mark.parametrize("url", [5, True, b"https://x.example", {"a": 1}])
def test_a_base_url_that_is_no_text_is_refused(url):
    with pytest.raises(ConfigurationError, match=r"^base_url is a.*; it has to be a str"):
        DevinClient("cog_key", base_url=url)


def test_a_key_that_is_no_text_is_refused():
    with pytest.raises(ConfigurationError, match="the API key is an int; it has to be a str"):
        DevinClient(12345)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("api.devin.ai", "DEVIN_BASE_URL is 'api.devin.ai'; it needs a scheme"),
        ("http://example.com", "DEVIN_BASE_URL is 'http://example.com', which would send the key"),
        ("https://example.com?a=1", "DEVIN_BASE_URL may not hold a user, a query"),
    ],
)
def test_an_address_that_cannot_be_is_named_by_where_it_came_from(monkeypatch, url, message):
    monkeypatch.setenv("DEVIN_BASE_URL", url)
    with pytest.raises(ConfigurationError, match="^" + re.escape(message)):
        config()
    with pytest.raises(ConfigurationError, match=r"^base_url "):
        config(base_url=url)


@pytest.mark.parametrize("name", ["DEVIN_API_KEY", "DEVIN_SERVICE_USER_TOKEN"])
def test_a_key_comes_from_the_environment(monkeypatch, name):
    monkeypatch.setenv(name, "cog_env")
    assert load_key(None) == "cog_env"


def test_devin_api_key_comes_first(monkeypatch):
    monkeypatch.setenv("DEVIN_API_KEY", "cog_first")
    monkeypatch.setenv("DEVIN_SERVICE_USER_TOKEN", "cog_second")
    assert load_key(None) == "cog_first"


def test_a_key_is_stripped_and_masked():
    assert load_key(" cog_key\n") == "cog_key"
    assert repr(load_key("cog_key")) == "Secret('***')"


def test_a_callable_is_kept_as_it_is():
    def source():
        return "cog_key"

    assert load_key(source) is source


@pytest.mark.parametrize("key", ["cog_a\ncog_b", "cog_a\r\nX: y", "cog a", "cog_ü", "cog_\x00"])
def test_what_no_header_could_hold_is_refused_and_not_shown(key):
    with pytest.raises(ConfigurationError, match="characters, some of which no key has") as caught:
        DevinClient(key)
    error = caught.value
    ours = traceback.TracebackException(
        type(error), error, error.__traceback__.tb_next, capture_locals=True
    )
    assert key not in "".join(ours.format())
    assert "cog" not in str(caught.value)


def test_a_key_with_what_belongs_around_it_is_told_so_and_not_shown(monkeypatch):
    reasons = {
        '"cog_hunter2"': 'the API key stands in quotes (") that belong to it now',
        "\u201ccog_hunter2\u201d": "the API key stands in quotes (\u201c) that belong to it now",
        "cog_hunter2'": "the API key stands in quotes (') that belong to it now",
        "'cog_hunter2'": "the API key stands in quotes (') that belong to it now",
        "Bearer cog_hunter2": "the API key begins with 'Bearer', which is put before it",
        "bearer cog_hunter2": "the API key begins with 'Bearer', which is put before it",
    }
    for key, reason in reasons.items():
        monkeypatch.setenv("DEVIN_API_KEY", key)
        for argument in (key, None):
            with pytest.raises(ConfigurationError) as caught:
                DevinClient(argument)
            assert str(caught.value).startswith(reason)
            assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", [None, 5, b"cog_key"])
def test_a_key_that_is_no_str_is_refused(key):
    with pytest.raises(ConfigurationError, match="it has to be a str"):
        check_key(key)


def test_a_key_of_the_older_apis_is_warned_about():
    with pytest.warns(UserWarning, match="it belongs to the v1 and v2 APIs"):
        DevinClient("apk_key")


def test_the_warning_points_at_the_callers_line():
    with pytest.warns(UserWarning, match="apk_") as caught:
        DevinClient("apk_key")
    assert caught[0].filename == __file__


def test_a_cog_key_is_not_warned_about():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_key("cog_key") == "cog_key"


@pytest.mark.parametrize("value", ["no", "false", 0, 1, None])
def test_what_is_on_or_off_is_a_bool(value):
    client = DevinClient("cog_key")
    for name in ("allow_http", "trust_env", "strict", "dry_run", "report_drift"):
        with pytest.raises(InvalidArgumentError, match=f"^{name} is .*; allowed: True or False$"):
            DevinClient("cog_key", **{name: value})
    for name in ("strict", "dry_run", "report_drift"):
        with pytest.raises(InvalidArgumentError, match=f"^{name} is .*; allowed: True or False$"):
            client.with_options(**{name: value})


@pytest.mark.parametrize("proxy", [5, b"http://proxy.example", {"https": "http://proxy.example"}])
def test_a_proxy_that_is_no_text_is_refused_and_not_shown(proxy):
    with pytest.raises(InvalidArgumentError, match=r"^proxy is an? \w+; allowed: a str, such as"):
        DevinClient("cog_key", proxy=proxy)


def test_an_option_that_there_is_not_is_told_with_the_nearest():
    client = DevinClient("cog_key")
    for make, name, near in (
        (partial(DevinClient, "cog_key"), "base_ulr", "base_url"),
        (client.with_options, "deadlin", "deadline"),
        (partial(client.fan_out, [1], print, concurrency=1), "ledgr", "ledger"),
    ):
        with pytest.raises(UnexpectedArgumentError) as caught:
            make(**{name: 1})
        assert caught.value.message == (
            f"unexpected keyword argument {name!r}; did you mean {near!r}?"
        )


def test_a_client_is_not_pickled_or_copied_and_does_not_show_its_key():
    client = DevinClient("cog_hunter2")
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="a DevinClient is not pickled or copied"):
            take(client)
    assert "hunter2" not in f"{client!r} {vars(client)!r}"


@pytest.mark.parametrize(
    "options",
    [
        {"deadline": 0},
        {"deadline": -1},
        {"deadline": float("nan")},
        {"attempt_timeout": 0},
        {"attempt_timeout": True},
        {"max_attempts": 0},
        {"max_attempts": True},
        {"headers": {"AUTHORIZATION": "x"}},
        {"headers": {"content-length": "3"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"headers": {"Content-Encoding": "gzip"}},
        {"attempt_timeout": None},
        {"headers": None},
        {"headers": [("X-A", "b")]},
        {"headers": {5: "a"}},
        {"headers": {"": "a"}},
        {"headers": {"X A": "a"}},
        {"headers": {"Authorization ": "a"}},
        {"headers": {"X-A": 5}},
        {"headers": {"X-A": None}},
        {"headers": {"X-A": "a\r\nX-B: c"}},
        {"headers": {"X-A": "\ud800"}},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options):
    with pytest.raises(InvalidArgumentError):
        Options(**options)


@pytest.mark.parametrize(
    "settings",
    [{"connect_timeout": None}, {"connect_timeout": 0}, {"user_agent": "a\nb"}, {"user_agent": 5}],
)
def test_settings_that_cannot_be_meant_are_refused(settings):
    with pytest.raises(InvalidArgumentError, match=f"{next(iter(settings))} is .*allowed"):
        Config(base_url="https://a.example", **settings)


def test_a_header_that_is_refused_is_not_shown():
    with pytest.raises(InvalidArgumentError, match="X-Gateway-Token") as caught:
        Options(headers={"X-Gateway-Token": "sesame\n"})
    assert "sesame" not in str(caught.value)


def test_a_deadline_may_be_none():
    assert Options(deadline=None).deadline is None


def test_a_handler_that_cannot_be_called_is_refused():
    with pytest.raises(InvalidArgumentError, match="on_event is 5; allowed: a callable or None"):
        Options(on_event=5)


def test_a_handler_that_would_have_to_be_awaited_is_refused():
    async def note(event):
        """Do nothing."""

    with pytest.raises(InvalidArgumentError, match="which nobody would await"):
        Options(on_event=note)
