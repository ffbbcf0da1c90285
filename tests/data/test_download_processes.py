"""Downloads in real processes from a real server; and none at all in offline mode."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import rpn_zoo
from rpn_zoo.data import MNIST
from rpn_zoo.data import download as module
from rpn_zoo.data.download import DownloadError, download_files
from rpn_zoo.data.planetoid_original import ConversionError, convert_original
from rpn_zoo.training.loggers import LoggingConfig
from rpn_zoo.zoo.evaluation import evaluate

CONTENT = bytes(range(256)) * 2000
MD5 = hashlib.md5(CONTENT).hexdigest()
SCRIPT = """\
import sys
from pathlib import Path
from rpn_zoo.data.download import download_files

folder, mirror, md5 = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
download_files(Path(folder), [("x.gz", md5)], [mirror])
assert len((Path(folder) / "x.gz").read_bytes()) == 512000
"""


class Server:
    """Serves the content slowly, after a first connection that breaks in the middle."""

    def __init__(self) -> None:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(CONTENT)))
                self.end_headers()
                if self.path.startswith("/broken/"):
                    self.wfile.write(CONTENT[:1000])
                    return
                with contextlib.suppress(ConnectionError):  # the other side may have had enough
                    for start in range(0, len(CONTENT), 1 << 16):
                        self.wfile.write(CONTENT[start : start + (1 << 16)])
                        time.sleep(0.05)

            def log_message(self, *_: Any) -> None:
                pass

        self.asked = asked
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(module, "urlopen", urllib.request.urlopen)  # which tests/data forbids
    for variable in ("RPN_ZOO_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(variable, raising=False)
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever)
    thread.start()
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


def test_two_processes_that_start_together_download_once(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "raw"
    command = [sys.executable, "-c", SCRIPT, str(folder), server.url, MD5]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                         stderr=subprocess.PIPE)
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in both:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert [path.name for path in folder.iterdir()] == ["x.gz"]
    assert server.asked == ["/x.gz"]


def test_a_connection_that_breaks(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    download_files(folder, [("x.gz", MD5)], [f"{server.url}broken/", server.url])
    assert (folder / "x.gz").read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["x.gz"]


def test_a_mirror_that_never_ends(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "raw"
    monkeypatch.setattr(module, "MAX_BYTES", 100_000)
    with pytest.raises(DownloadError, match="more than 100,000 bytes were sent"):
        download_files(folder, [("x.gz", MD5)], [server.url])
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("variable", ["RPN_ZOO_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_mode_opens_no_connection(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refuse(*arguments: Any, **_: Any) -> Any:
        tried.append(arguments)
        raise AssertionError(f"a connection was opened: {arguments}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RPN_ZOO_DATA", raising=False)
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    monkeypatch.setenv(variable, "1")
    for name in rpn_zoo.list_models("mnist*"):
        if rpn_zoo.model_card(name).weights is not None:
            assert not rpn_zoo.load_model(name).training
    with pytest.warns(UserWarning, match="not comparable"):
        assert evaluate("mnist-dual-lphm")["samples"] == 1000  # falls back on shipped digits
    with pytest.raises(DownloadError, match=rf"x\.gz for .* would have .*\${variable} is set"):
        download_files(tmp_path, [("x.gz", MD5)], ["http://example.org/"])
    data = MNIST(source="full")
    data.prepare_data()
    with pytest.raises(FileNotFoundError):
        data.setup()
    with pytest.raises((OSError, ImportError)):
        rpn_zoo.load_model(f"hf-hub:owner/name@{'a' * 40}")
    with pytest.raises(ConversionError):
        convert_original("Cora", "planetoid/cora.npz", str(tmp_path))
    with pytest.raises(ValueError, match=rf"online, but \${variable} is set"):
        LoggingConfig(wandb="online").build(tmp_path, "run")
    assert tried == []
