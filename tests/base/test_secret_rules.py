import base64
import copy
import html
import json
import pickle
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async.base.secret import Redactor, Secret, redact, secret_headers

KEY = "cog_0123456789abcdef"
PEM = "-----BEGIN KEY-----\n" + "\n".join(f"MIIEowIBAAKC{n:04}" for n in range(60))


def test_a_secret_and_its_parts_do_not_show_themselves():
    secret = Secret(f" {KEY}.tail\n{KEY} ")
    parts = [
        secret,
        secret[:10],
        secret[5],
        secret[::2],
        secret + "x",
        "x" + secret,
        secret.strip(),
        secret.removeprefix(" cog"),
        *secret.partition("."),
        *secret.split(),
        *secret.splitlines(),
        *secret,
        copy.copy(secret),
        copy.deepcopy(secret),
    ]
    assert {repr(part) for part in parts} == {"Secret('***')"}
    assert {f"{part}" for part in parts} == {"***"}
    assert f"{secret:>5}" == "  ***"


def test_a_secret_is_its_value_where_headers_are_written():
    secret = Secret(KEY)
    assert (str(secret), type(str(secret)), secret.encode()) == (KEY, str, KEY.encode())
    assert (secret[:4], "Bearer " + secret) == ("cog_", f"Bearer {KEY}")
    assert {secret: 1}[KEY] == 1


def test_a_secret_is_not_pickled():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="a secret is not pickled"):
            pickle.dumps(Secret(KEY), protocol)


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("no secret", ["hunter2"], "no secret"),
        ("hunter2", [], "hunter2"),
        ("hunter2", [""], "hunter2"),
        ("a hunter2, b hunter2", ["hunter2"], "a ***, b ***"),
        ("hunter2-PROD-TAIL", ["hunter2", "hunter2-PROD-TAIL"], "***"),
        ("abcXYZdef", ["abcXYZ", "XYZdef"], "***"),
        ("abcabc", ["abc"], "***"),
        ("aXa", ["aXa", "X"], "***"),
        ("ababa", ["aba"], "***"),
        ("two  spaces", ["two  spaces"], "***"),
    ],
)
def test_whole_secrets_are_masked_also_where_they_overlap(text, secrets, shown):
    assert redact(text, secrets) == shown
    assert Redactor(secrets).strike(text) == shown


def test_a_redactor_knows_the_forms_that_servers_write():
    secret = 'p<a>"s\\s\n  wörd & more/of=it'
    redactor = Redactor([secret])
    forms = (
        secret,
        " ".join(secret.split()),
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        repr(secret),
        html.escape(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        secret.replace("more", "MORE"),
    )
    for form in forms:
        assert set(redactor.strike(form)) <= set("*\"'")


def test_a_redactor_decodes_what_it_looks_at():
    secret = "cog_Zx9+Lk/Vq8==Wm2&Tn4?>~~Rb7"
    redactor = Redactor([secret])
    content = secret.encode()
    forms = [base64.b64encode(b"user:"[:length] + content).decode() for length in range(6)]
    forms += [
        base64.urlsafe_b64encode(content).decode(),
        content.hex(),
        content.hex().upper(),
        quote(quote(secret, safe=""), safe=""),
        "".join(f"%{one:02x}" for one in content),
        "".join(f"\\u{one:04x}" for one in content),
        "".join(f"&#{one};" for one in content),
        "".join(f"&#x{one:x};" for one in content),
    ]
    for form in forms:
        shown = redactor.strike(f"key {form} is wrong")
        # Of base64 the letters stay that tell of what is beside the secret, too.
        assert re.fullmatch(r"key [A-Za-z]{0,7}\*\*\*[A-Za-z0-9]?=* is wrong", shown), shown
        assert "***" in redactor.strike(form[: len(form) * 3 // 4])
    others = f"id 0f8fad5b-d9cb-469f-a165-70867728950e {base64.b64encode(b'x' * 30).decode()} %2F"
    assert redactor.strike(others) == others


def test_pieces_of_a_long_secret_are_masked():
    redactor = Redactor([KEY, PEM])
    assert redactor.strike(f"{KEY[:12]}... is wrong") == "***... is wrong"
    assert redactor.strike(f"...{PEM[200:300]}...") == "...***..."
    assert redactor.strike(PEM[:-1]) == "***"
    assert redactor.strike("https://api.example/v3 says 0123") == "https://api.example/v3 says 0123"


def test_a_line_is_redacted_before_it_is_cut_and_reshaped():
    redactor = Redactor(["x" * 900, "two  spaces", PEM])
    assert redactor.line("x" * 900) == "***"
    assert redactor.line("see two  spaces") == "see ***"
    assert redactor.line(f"key:\n{PEM}\nis bad") == "key: *** is bad"
    assert redactor.line(" " * 19_990 + PEM) == "***"
    assert redactor.line("y" * 600, 100) == "y" * 97 + "..."
    assert redactor.line("\x1b[31m\u202ered") == "[31m red"


def test_a_redactor_shows_nothing_itself():
    assert repr(Redactor([KEY, PEM])) == "<Redactor of 2 secrets>"


secrets = st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=4)


@given(secrets, st.lists(st.text(max_size=20), min_size=5, max_size=5))
def test_no_secret_survives(values, between):
    text = between[0] + "".join(a + b for a, b in zip(values, between[1:], strict=False))
    struck = Redactor(values).strike(text)
    # A mask may itself have a secret that is made of stars, and what it brings together.
    kept = struck.split("***")
    assert not any(value in part for value in values for part in kept if "*" not in value)


@given(secrets, st.text(max_size=60))
def test_what_is_no_secret_stays(values, text):
    if not any(value.lower() in text.lower() for one in values for value in (one, one.strip())):
        struck = redact(text, values)
        assert struck == text


def test_headers_are_secret_by_their_names():
    headers = {
        "X-Api-Key": "1",
        "Proxy-Authorization": "2",
        "Cookie": "3",
        "X-CSRF-Token": "4",
        "X-Amzn-Oidc-Jwt": "5",
        "X-Signature-256": "6",
        "X-Pwd": "7",
        "X-Request-Id": "8",
        "Accept-Language": "9",
    }
    assert secret_headers(headers) == tuple("1234567")
