"""Who may ask: the server's own hosts and origins, and those who show its token."""

from __future__ import annotations

import base64
import subprocess

import pytest
from served import Server

from mnistkit.errors import UsageError
from mnistkit.serving.addresses import OwnNames, check_exposure, listen, url_of
from mnistkit.serving.settings import Access

TOKEN = "a token: with a colon and \N{SNOWMAN}"  # noqa: S105 - of a server of this test


@pytest.fixture(scope="module")
def guarded(start):
    words = ("--token", TOKEN, "--allow-host", "digits.example")
    with start(*words, stderr=subprocess.DEVNULL) as server:
        yield server


def basic(password):
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "8.8.8.8",
        "",
        "[::1",
        "localhost/",
        "user@localhost",
        "::1",
    ],
)
@pytest.mark.parametrize("path", ["/", "/v2/health/live", "/metrics", "/absent"])
def test_another_host_is_refused(server, host, path):
    reply = server.get(path, {"Host": host})
    assert reply.status in {400, 403}
    assert b"<" not in reply.body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:9", "[::1]:8000"])
def test_loopback_is_its_own_host_at_whatever_port(server, host):
    assert server.get("/v2", {"Host": host}).status == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:1", "file://", "", "http://127.0.0.1"],
)
def test_a_page_of_another_origin_is_refused(server, seven, origin):
    reply = server.send("/predict", {"seven.png": seven}, headers={"Origin": origin})
    assert reply.status == 403
    assert "origin" in reply.error
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_its_own_page_may_ask(server, seven):
    reply = server.send("/predict", {"seven.png": seven}, headers={"Origin": server.url})
    assert reply.status == 200


def test_a_preflight_of_another_origin_is_refused(server):
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    assert server.ask("OPTIONS", "/predict", None, headers).status == 403


@pytest.mark.parametrize(
    "path", ["/", "/page.js", "/settings", "/metrics", "/v2", "/v2/models/bundled", "/absent"]
)
@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer another", basic("another"), "Basic !!!", TOKEN, f"Digest {TOKEN}"],
)
def test_without_the_token_nothing_is_answered(guarded, path, authorization):
    reply = guarded.get(path, {"Authorization": authorization.encode()} if authorization else {})
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith("Basic ")
    assert TOKEN not in reply.body.decode()


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer {TOKEN}", basic(TOKEN)])
def test_with_the_token_all_is_answered(guarded, authorization):
    assert guarded.get("/", {"Authorization": authorization.encode()}).status == 200


def test_health_needs_no_token(guarded):
    assert guarded.get("/v2/health/live").status == guarded.get("/v2/health/ready").status == 200


def test_a_name_that_was_allowed_is_its_own(guarded):
    headers = {
        "Host": "digits.example",
        "Origin": "https://digits.example",
        "Authorization": f"Bearer {TOKEN}".encode(),
    }
    assert guarded.get("/v2", headers).status == 200


def test_every_answer_says_what_a_browser_may_do_with_it(server):
    for path in ("/", "/v2", "/absent"):
        headers = server.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_is_known_again(server: Server):
    first = server.get("/")
    assert first.headers["Content-Type"] == "text/html; charset=utf-8"
    again = server.get("/", {"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/..%2f..%2fetc%2fpasswd", "/%2e%2e/__init__.py", "/__init__.py", "/page/index.html"]
)
def test_no_path_reads_a_file(server, path):
    assert server.get(path).status == 404


def test_a_server_for_other_machines_needs_a_token():
    with listen("0.0.0.0", 0) as bound:  # noqa: S104 - it is what is asked about
        with pytest.raises(UsageError, match=r"MNISTKIT_TOKEN.*--insecure"):
            check_exposure(bound, Access())
        check_exposure(bound, Access(token=TOKEN))
        check_exposure(bound, Access(insecure=True))
        own = OwnNames.of(bound, "0.0.0.0", Access(hosts=("Digits.example",)))  # noqa: S104
        assert url_of(bound) == f"http://localhost:{bound.getsockname()[1]}"
    # A name can be anybody's; an address can't.
    assert own.has_host("192.168.1.7:8000")
    assert own.has_host("digits.example")
    assert not own.has_host("evil.example")


def test_an_empty_token_is_refused():
    with listen("localhost", 0) as bound, pytest.raises(UsageError, match="empty"):
        check_exposure(bound, Access(token=""))


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.name.invalid", "\N{SNOWMAN}" * 70])
def test_an_address_of_another_machine_is_refused(host):
    with pytest.raises(UsageError, match="expected an address of this machine"):
        listen(host, 0)
