"""HEAD over a real connection, where the framing of a reply without a body matters."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from service.api import create_app
from tests.sample_runtime import a_runtime
from tests.sample_server import serving


@pytest.mark.parametrize("path", ["/healthz", "/", "/static/app.css", "/v1/answers", "/nothing"])
def test_a_connection_goes_on_after_a_head(tmp_path: Path, path: str) -> None:
    """It is answered as GET is, without the body and without a fault, and the next one follows."""
    runtime, _ = a_runtime(tmp_path)
    with capture_logs() as lines, serving(create_app(runtime)) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc)
        connection.request("HEAD", path)
        head = connection.getresponse()
        nothing, socket = head.read(), connection.sock
        connection.request("GET", path)
        whole = connection.getresponse()
        length, kept = len(whole.read()), connection.sock is socket
        connection.close()
    runtime.close()

    assert (head.status, nothing) == (whole.status, b"")
    assert whole.status == 405 or int(head.headers["content-length"]) == length
    assert kept
    assert not [line for line in lines if "error" in line and line["status"] < 500]
