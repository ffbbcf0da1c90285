"""Downloads: checksum, second mirror, no half-written file, no second download."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from rpn_zoo.data import download
from rpn_zoo.data.download import DownloadError, download_files

CONTENT = b"some bytes" * 20_000
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A network with a good, a damaging and a dead mirror; lists the addresses asked for."""
    addresses: list[str] = []

    def serve(url: str, timeout: float) -> io.BytesIO:
        addresses.append(url)
        if url.startswith("dead/"):
            raise TimeoutError(f"nothing for {timeout} s")
        return io.BytesIO(CONTENT if url.startswith("good/") else CONTENT[:-1])

    monkeypatch.setattr(download, "urlopen", serve)
    return addresses


def test_falls_through_to_an_intact_mirror(
    asked: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raw = tmp_path / "new" / "raw"
    caplog.set_level("INFO")
    download_files(raw, [("x.gz", MD5)], ["dead/", "damaged/", "good/"])
    assert (raw / "x.gz").read_bytes() == CONTENT
    assert [path.name for path in raw.iterdir()] == ["x.gz"]
    assert asked == ["dead/x.gz", "damaged/x.gz", "good/x.gz"]
    assert "nothing for 15.0 s" in caplog.text and "MD5" in caplog.text


def test_failure_leaves_nothing_and_stops(asked: list[str], tmp_path: Path) -> None:
    with pytest.raises(
        DownloadError, match="no intact x.gz for .*damaged/: MD5 .*; dead/: nothing"
    ):
        download_files(tmp_path / "raw", [("x.gz", MD5), ("y.gz", MD5)], ["damaged/", "dead/"])
    assert list((tmp_path / "raw").iterdir()) == []
    assert asked == ["damaged/x.gz", "dead/x.gz"]


def test_no_folder_is_made_without_network(asked: list[str], tmp_path: Path) -> None:
    with pytest.raises(DownloadError):
        download_files(tmp_path / "raw", [("x.gz", MD5)], ["dead/"])
    assert not (tmp_path / "raw").exists()


def test_files_that_are_there_are_kept(asked: list[str], tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"plain")
    (tmp_path / "y.gz").write_bytes(b"compressed")
    download_files(tmp_path, [("x.gz", MD5), ("y.gz", MD5)], ["good/"])
    assert asked == []


def test_folder_that_cannot_be_made(asked: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError, match="x.gz"):
        download_files(tmp_path / "file" / "raw", [("x.gz", MD5)], ["good/"])
