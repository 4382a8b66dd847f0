"""Which proxy the environment wants, as curl and requests read it."""

import pytest

from devin_async.protocol.proxies import choose_proxy, is_excepted

MATCHES = [
    ("*", "api.devin.ai", True),
    ("api.devin.ai", "api.devin.ai", True),
    ("API.Devin.AI", "api.devin.ai", True),
    ("devin.ai", "api.devin.ai", True),
    (".devin.ai", "api.devin.ai", True),
    (".devin.ai", "devin.ai", True),
    ("*.devin.ai", "api.devin.ai", True),
    ("vin.ai", "api.devin.ai", False),
    ("api.devin.ai:443", "api.devin.ai", True),
    ("api.devin.ai:8443", "api.devin.ai", False),
    ("example.com, devin.ai", "api.devin.ai", True),
    ("example.com devin.ai", "api.devin.ai", True),
    ("devin.ai.", "api.devin.ai", True),
    ("10.0.0.0/8", "10.1.2.3", True),
    ("10.0.0.0/8", "11.1.2.3", False),
    ("10.1.2.3", "10.1.2.3", True),
    ("10.1.2.3:443", "10.1.2.3", True),
    ("10.1.2.3:80", "10.1.2.3", False),
    ("10.0.0.0/8", "api.devin.ai", False),
    ("[fd00::1]", "fd00::1", True),
    ("[fd00::1]:443", "[fd00::1]", True),
    ("[fd00::1]:80", "fd00::1", False),
    ("fd00::/8", "fd12::1", True),
    ("[fd00::]/8", "fd12::1", True),
    ("fd00::1", "fd00::2", False),
    ("", "api.devin.ai", False),
    (" , .", "api.devin.ai", False),
]


@pytest.mark.parametrize(("exceptions", "host", "expected"), MATCHES)
def test_no_proxy_names_hosts_suffixes_networks_and_ports(exceptions, host, expected):
    assert is_excepted(exceptions, host, 443) is expected


CHOICES = [
    ({}, None),
    ({"HTTPS_PROXY": "http://a:1"}, ("HTTPS_PROXY", "http://a:1")),
    ({"https_proxy": "b:2", "HTTPS_PROXY": "http://a:1"}, ("https_proxy", "b:2")),
    ({"https_proxy": "", "HTTPS_PROXY": "http://a:1"}, None),
    ({"ALL_PROXY": "c:3"}, ("ALL_PROXY", "c:3")),
    ({"ALL_PROXY": "c:3", "HTTPS_PROXY": "a:1"}, ("HTTPS_PROXY", "a:1")),
    ({"HTTP_PROXY": "http://a:1"}, None),
    ({"HTTPS_PROXY": "a:1", "NO_PROXY": "devin.ai"}, None),
    ({"HTTPS_PROXY": "a:1", "no_proxy": "other.ai"}, ("HTTPS_PROXY", "a:1")),
]


@pytest.mark.parametrize(("environment", "expected"), CHOICES)
def test_the_proxy_of_the_scheme_comes_before_that_of_all(environment, expected):
    setting = choose_proxy(environment, "https", "api.devin.ai", 443)
    assert (setting and (setting.source, setting.text)) == expected


def test_http_proxy_of_a_cgi_program_is_what_a_request_header_says():
    environment = {"HTTP_PROXY": "evil:1", "REQUEST_METHOD": "GET"}
    assert choose_proxy(environment, "http", "a.example", 80) is None
    for name, scheme in (("http_proxy", "http"), ("HTTPS_PROXY", "https"), ("all_proxy", "http")):
        setting = choose_proxy(environment | {name: "own:1"}, scheme, "a.example", 80)
        assert (setting.source, setting.text) == (name, "own:1")


def test_a_setting_does_not_show_its_password():
    setting = choose_proxy({"ALL_PROXY": "http://me:sesame@a:1"}, "https", "b.example", 443)
    assert "sesame" not in repr(setting)
