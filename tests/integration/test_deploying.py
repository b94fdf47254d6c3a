"""The files for deployment, as far as they can be tried without a container."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from service.api import LOOPBACK_HOSTS, create_app
from service.principals import Principal
from tests import sample_corpus
from tests.sample_runtime import QUESTION, FakeLive, a_runtime
from tests.sample_server import serving, started

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
NAME = "followup.example.org"

needs_nginx = pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine")


def free_port() -> int:
    """A loopback port that nobody holds now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def as_shipped(backend: str, port: int, folder: Path) -> str:
    """The nginx example with other ports and without TLS; everything else as it is shipped."""
    text = (ROOT / "docs" / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    text = re.sub(
        r"server \{\s+listen (?:443 ssl|80) default_server;.*?\n\}\n", "", text, flags=re.DOTALL
    )
    text = re.sub(r"\n *ssl_\w+ [^;]*;", "", text)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    text = text.replace("127.0.0.1:8000", backend.removeprefix("http://"))
    text = text.replace("/etc/nginx/tls/htpasswd", str(folder / "htpasswd"))
    return text.replace("/dev/stdout", str(folder / "access.log"))


@contextmanager
def proxied(backend: str, folder: Path) -> Iterator[httpx.Client]:
    """Run nginx before *backend*; yield a client of it, with the password."""
    assert NGINX is not None
    port = free_port()
    (folder / "htpasswd").write_text("ward:{PLAIN}secret\n", encoding="utf-8")
    paths = " ".join(
        f"{kind}_temp_path {folder / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder / 'pid'}; {user} error_log {folder / 'error.log'}; events {{}}\n"
        f"http {{ {paths} access_log off; types {{}}\n{as_shipped(backend, port, folder)}\n}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(
            base_url=address, headers={"Host": NAME}, auth=("ward", "secret"), timeout=30
        ) as client:
            deadline = time.monotonic() + 20
            while True:
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    if time.monotonic() > deadline or process.poll() is not None:
                        raise
                    time.sleep(0.02)
            yield client
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[tuple[httpx.Client, FakeLive]]:
    """A client of nginx before a real server, and the live index behind both."""
    runtime, live = a_runtime(tmp_path)
    folder = tmp_path / "nginx"
    folder.mkdir()
    app = create_app(runtime, hosts=LOOPBACK_HOSTS | {NAME})
    with serving(app) as address, proxied(address, folder) as client:
        yield client, live
    runtime.close()


@needs_nginx
def test_events_arrive_one_by_one_through_the_proxy(
    behind: tuple[httpx.Client, FakeLive],
) -> None:
    """The first statement is read while the answer is still held back."""
    client, live = behind
    live.answerer.hold.clear()
    body = {"question": QUESTION, "stream": True}

    with client.stream("POST", "/v1/answers", json=body) as reply:
        lines = reply.iter_lines()
        first = next(line for line in lines if line == "event: statement")
        finished_then = live.answerer.finished
        live.answerer.hold.set()
        last = [line for line in lines if line.startswith("event: ")][-1]

    assert (first, finished_then, last) == ("event: statement", 0, "event: done")


@needs_nginx
def test_a_reader_who_leaves_the_proxy_stops_the_answer(
    behind: tuple[httpx.Client, FakeLive],
) -> None:
    """The proxy passes the closing on."""
    client, live = behind
    live.answerer.hold.clear()
    body = {"question": QUESTION, "stream": True}
    with client.stream("POST", "/v1/answers", json=body) as reply:
        assert next(line for line in reply.iter_lines() if line == "event: statement")

    stopped = threading.Event()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not stopped.is_set():
        if live.answerer.closed:
            stopped.set()
        time.sleep(0.01)
    live.answerer.hold.set()

    assert stopped.is_set()
    assert live.answerer.finished == 0


@needs_nginx
def test_the_page_works_behind_the_proxy(behind: tuple[httpx.Client, FakeLive]) -> None:
    """A browser's form is heard, and leads on within the proxy's own name."""
    client, _ = behind
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": f"https://{NAME}"}

    asked = client.post("/ask", data={"question": QUESTION}, headers=headers)
    strange = client.post(
        "/ask", data={"question": QUESTION}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/c/")
    assert "default-src 'self'" in asked.headers["content-security-policy"]
    assert asked.headers["strict-transport-security"].startswith("max-age=")
    assert strange.status_code == 403


@needs_nginx
def test_nobody_asks_without_a_password(behind: tuple[httpx.Client, FakeLive]) -> None:
    """Readiness is open to load balancers; the password itself does not reach the service."""
    client, _ = behind
    bare = {"Host": NAME}

    refused = httpx.get(f"{client.base_url}/", headers=bare)
    ready = httpx.get(f"{client.base_url}/readyz", headers=bare)

    assert (refused.status_code, ready.status_code) == (401, 200)


@needs_nginx
def test_the_service_is_told_who_it_is_and_by_nobody_else(tmp_path: Path) -> None:
    """With accounts the proxy's names own what they ask; a caller's own header names nobody."""
    told = accounts_of((DEPLOY / "followup.service").read_text(encoding="utf-8"))
    runtime, _ = a_runtime(tmp_path, **told)
    folder = tmp_path / "nginx"
    folder.mkdir()
    forged = {"X-Remote-User": "admin", "X-Remote-Roles": "editor"}
    app = create_app(runtime, hosts=LOOPBACK_HOSTS | {NAME})
    with serving(app) as address, proxied(address, folder) as client:
        asked = client.post("/v1/answers", json={"question": QUESTION}, headers=forged).json()
        past = httpx.get(f"{address}/v1/documents", headers={"Host": "localhost"})
    found = runtime.conversations.conversation(
        asked["conversation_id"], Principal("proxy:ward", "ward", frozenset())
    )
    runtime.close()

    assert found.turns
    assert past.status_code == 401


@needs_nginx
def test_a_long_chat_passes_the_proxy(behind: tuple[httpx.Client, FakeLive]) -> None:
    """Every message comes back with the next question, our own long answers too."""
    client, _ = behind
    said = [{"role": "assistant", "content": "x" * 200_000}, {"role": "user", "content": QUESTION}]

    reply = client.post("/v1/chat/completions", json={"model": "followup", "messages": said})

    assert reply.status_code == 200


@needs_nginx
def test_a_link_that_is_shared_leads_to_the_proxys_name(tmp_path: Path) -> None:
    """The service itself listens on loopback, where nobody else can follow a link."""
    told = accounts_of((DEPLOY / "followup.service").read_text(encoding="utf-8"))
    runtime, _ = a_runtime(tmp_path, **told)
    folder = tmp_path / "nginx"
    folder.mkdir()
    app = create_app(runtime, hosts=LOOPBACK_HOSTS | {told["public_hosts"]})
    with serving(app) as address, proxied(address, folder) as client:
        asked = client.post("/v1/answers", json={"question": QUESTION}).json()
        shares = f"/v1/conversations/{asked['conversation_id']}/shares"
        link = client.post(shares, json={}, headers={"X-Forwarded-Proto": "gopher"}).json()["url"]
    runtime.close()

    assert link.startswith(f"http://{NAME}/s/")  # $scheme: without TLS here


def test_both_ways_to_deploy_have_the_same_accounts() -> None:
    """The unit and the compose file name the headers that the proxy's example sets."""
    unit = accounts_of((DEPLOY / "followup.service").read_text(encoding="utf-8"))
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")

    assert unit["authentication"] == "required"
    for name, value in unit.items():
        assert re.search(rf"FOLLOWUP_{name.upper()}: .*{re.escape(value)}", compose), name
    for header in (unit["proxy_user_header"], unit["proxy_roles_header"], "X-Forwarded-Proto"):
        assert f"proxy_set_header {header} $" in nginx


def accounts_of(unit: str) -> dict[str, str]:
    """Return the settings of accounts that a systemd unit makes."""
    lines = re.findall(r"^Environment=(.*)$", unit, re.MULTILINE)
    pairs = (word.split("=", 1) for line in lines for word in shlex.split(line))
    kinds = ("AUTHENTICATION", "PROXY", "ROLE", "PUBLIC")
    settings = {name.removeprefix("FOLLOWUP_"): value for name, value in pairs}
    return {name.lower(): v for name, v in settings.items() if name.startswith(kinds)}


@needs_nginx
def test_the_proxys_log_holds_no_query_string(
    behind: tuple[httpx.Client, FakeLive], tmp_path: Path
) -> None:
    """Its lines name the path and the request id that the service's line has too."""
    client, _ = behind

    reply = client.get("/v1/documents?cursor=zebraquagga", headers={"Referer": "zebraquagga"})
    client.get("/s/zebraquagga")
    client.post("/v1/answers", json={"question": "x" * 100_000})

    folder = tmp_path / "nginx"
    deadline = time.monotonic() + 20
    log = ""
    while "413" not in log and time.monotonic() < deadline:
        log = (folder / "access.log").read_text(encoding="utf-8")
    assert reply.headers["x-request-id"] in log
    assert '"path":"/v1/documents"' in log
    everything = log + (folder / "error.log").read_text(encoding="utf-8")
    assert "zebraquagga" not in everything


# The read-only root

READ_ONLY = """
set -e
mount --bind "$1" "$1"
mount --bind "$2" "$2"
mount -o remount,bind,ro /
while read -r _ place _; do
  case "$place" in
    "$1"|"$2"|/|/proc*|/sys*|/dev*) ;;
    *) mount -o remount,bind,ro "$place" 2>/dev/null || true ;;
  esac
done < /proc/self/mounts
if touch "$3/written" 2>/dev/null; then rm -f "$3/written"; exit 75; fi
shift 3
exec "$@"
"""


def _read_only(home: Path, scratch: Path, *command: str) -> list[str]:
    """Return *command* with everything but *home* and *scratch* read-only."""
    confined = ["unshare", "-rm", "sh", "-c", READ_ONLY, "sh", str(home), str(scratch), str(ROOT)]
    return [*confined, *command]


def test_a_read_only_root_is_enough(tmp_path: Path) -> None:
    """Indexing, serving and answering write nothing outside FOLLOWUP_HOME and TMPDIR."""
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    corpus = sample_corpus.write(tmp_path / "corpus", sample_corpus.files())
    tried = subprocess.run(
        _read_only(home, scratch, "true"), capture_output=True, text=True, check=False
    )
    if tried.returncode:
        pytest.skip(f"no read-only root can be made here: {tried.stderr.strip()}")
    environment = {
        "FOLLOWUP_HOME": str(home),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    followup = (sys.executable, "-m", "service.cli")

    built = subprocess.run(
        _read_only(home, scratch, *followup, "ingest", "apply", "--source", str(corpus)),
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    command = _read_only(home, scratch, *followup, "serve", "--port", "0")
    with started(command, cwd=ROOT, log=tmp_path / "log", **environment) as address:
        reply = httpx.post(
            f"{address}/v1/answers", json={"question": "What is the dose of Zorvanex?"}, timeout=60
        )

    assert reply.status_code == 200, reply.text
    assert reply.json()["answer"]["outcome"] in ("answered", "partial")


# What the files promise


def services() -> dict[str, Any]:
    """The services of compose.yaml."""
    loaded = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return dict(loaded["services"])


@pytest.mark.parametrize("name", ["proxy", "app", "ingest"])
def test_every_container_is_confined(name: str) -> None:
    """No capability, no new privilege, a read-only root, and bounds on memory and processes."""
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert "privileged" not in service


def test_only_the_proxy_can_be_reached() -> None:
    """The app publishes no port and lives in the proxy's network, where it binds loopback."""
    app, proxy = services()["app"], services()["proxy"]

    assert "ports" not in app
    assert app["network_mode"] == "service:proxy"
    assert "command" not in app  # `serve` as it is: on loopback
    assert "ports" in proxy
    assert services()["ingest"]["network_mode"] == "none"


def test_the_image_runs_as_nobody_special_with_a_health_check() -> None:
    """The last stage changes to a user by number, and asks /readyz without a tool of its own."""
    stages = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")
    last = stages[-1]

    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "/readyz" in last.split("HEALTHCHECK")[1].split("ENTRYPOINT")[0]
    assert "curl" not in last
    assert "EXPOSE 8" not in last


def test_every_install_has_golden_dialogues() -> None:
    """The quality gate has something to ask: the image and the nightly unit name their folder."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    unit = (ROOT / "docs/deploy/followup-reindex.service").read_text(encoding="utf-8")
    place = "FOLLOWUP_GOLDEN=/opt/followup/golden"

    assert "\n!corpus/golden\n" in (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert "\nCOPY corpus/golden golden\n" in dockerfile
    assert place in dockerfile.split("\nFROM ")[-1]
    assert f"\nEnvironment={place}\n" in unit
    for name in ("app", "ingest"):
        assert services()[name]["environment"]["FOLLOWUP_GOLDEN"].endswith("/opt/followup/golden}")


def test_private_copies_lie_on_the_volume() -> None:
    """Two of the vector index at a time: the folder is made by the image, under its home."""
    last = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[-1]
    folder = services()["app"]["environment"]["TMPDIR"]

    assert folder.startswith("/var/lib/followup/")
    assert f" {folder}\n" in last.split("ENV ")[0]
    assert f"TMPDIR={folder} " in last


def test_the_image_copies_every_package() -> None:
    """What pyproject.toml packages is sent to the builder and copied."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = {
        name.partition(".")[0]
        for name in re.findall(r'"([\w.]+)"', project.split("\npackages = ")[1].split("]")[0])
    }
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8")

    assert packages == set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE))
    assert {name for name in packages if f"!{name}\n" not in sent} == set()
