"""A real server on a free loopback port, in a thread or a process of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve *app* for as long as the block runs; yield its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                timeout_graceful_shutdown=2,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline = time.monotonic() + 20
            while not server.started:
                if time.monotonic() > deadline or not thread.is_alive():
                    raise RuntimeError("the server did not start")
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def started(command: Sequence[str], *, cwd: Path, log: Path, **environment: str) -> Iterator[str]:
    """Run a server of its own, its standard error in *log*; yield its address, as that tells it."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=cwd, stderr=stream, env={**os.environ, **environment}
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(20)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"Uvicorn running on (http://[\d.]+:\d+)", log.read_text("utf-8"))
        if found:
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"the server did not start: {log.read_text('utf-8')[-2_000:]}")
