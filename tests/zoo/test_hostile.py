"""A thousand bad entries: all refused with a clear error, in bounded time and memory."""

from __future__ import annotations

import collections
import hashlib
import os
import pickle
import resource
import time
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from rpn_zoo.zoo import Zoo
from rpn_zoo.zoo.entry import card_entry, folder_entry
from tests.zoo.hostile import (
    CARD,
    CONFIG,
    MARKER,
    NETWORK,
    WAYS,
    WEIGHTS,
    Bomb,
    Files,
    Original,
    damaged,
)

FILES = 1_000
SECONDS = 20.0  # of one file; the machine may be busy
MEGABYTES = 600  # of all files together, hypothesis included


def write(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_thousand_bad_files_are_refused(tmp_path: Path) -> None:
    good, folder = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    folder.mkdir()
    original = Original.make(good)
    assert card_entry(write(good, original.files)).load().config == NETWORK
    refused: dict[str, set[str]] = collections.defaultdict(set)
    there: Files = {}
    slowest, before = 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @seed(0)
    @settings(max_examples=FILES + FILES // 4, phases=[Phase.generate], database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=damaged(original))
    def check(case: tuple[str, Files]) -> None:
        nonlocal slowest
        way, files = case
        write(folder, {k: v for k, v in files.items() if there.get(k) != v})
        there.update(files)
        start = time.perf_counter()
        with pytest.raises((ValueError, OSError)) as error:
            card_entry(folder).load()
        slowest = max(slowest, time.perf_counter() - start)
        text = str(error.value)
        assert str(folder) in text, f"{way}: the file is not named: {text[:300]}"
        assert len(text) < 4000, f"{way}: {text[:300]}"
        assert not (good / MARKER).exists(), f"{way}: the payload was executed"
        refused[way].add(hashlib.sha256(b"".join(files.values())).hexdigest())

    check()
    assert sum(map(len, refused.values())) >= FILES
    assert set(refused) == {way.__name__ for way in WAYS}
    assert slowest < SECONDS
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MEGABYTES


@pytest.mark.parametrize("name", [CARD, CONFIG, WEIGHTS])
@pytest.mark.parametrize("kind", ["device", "pipe", "folder", "loop", "nothing"])
def test_links_to_what_is_no_file(tmp_path: Path, name: str, kind: str) -> None:
    write(tmp_path, Original.make(tmp_path).files)
    path = tmp_path / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)  # reading it would wait for ever
    elif kind == "folder":
        path.mkdir()
    else:
        target = {"device": "/dev/zero", "loop": path, "nothing": "/no/such/file"}[kind]
        path.symlink_to(target)
    with pytest.raises((ValueError, OSError)) as error:
        folder_entry(tmp_path).load()
    assert str(tmp_path) in str(error.value)


@given(content=st.binary(max_size=300) | st.sampled_from([
    pickle.dumps(Bomb(MARKER)), b"[" * 100_000, b'{"sha256": ' + b"9" * 5000 + b"}", b"{" * 2**21,
    b"null", b"\xff\xfe", b'{"sha256": "abc"}', b"NaN",
]))  # fmt: skip
@settings(suppress_health_check=list(HealthCheck))
def test_metrics_of_a_run_are_refused_too(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "metrics.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"metrics\.json: ") as error:
        folder_entry(folder)
    assert len(str(error.value)) < 2000
    assert not Path(MARKER).exists()


def test_a_link_to_a_file_counts_by_its_content(tmp_path: Path) -> None:
    """As in the cache of the hub; the hash says whether it is the right one."""
    (tmp_path / "elsewhere").mkdir()
    original = Original.make(tmp_path / "elsewhere")
    write(tmp_path / "elsewhere", original.files)
    folder = tmp_path / "entry"
    folder.mkdir()
    for name in original.files:
        (folder / name).symlink_to(tmp_path / "elsewhere" / name)
    assert card_entry(folder).load().config == NETWORK
    (folder / WEIGHTS).unlink()
    (folder / WEIGHTS).symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="SHA-256 must be|larger than"):
        card_entry(folder).load()


@pytest.mark.parametrize(
    "name",
    ["../../etc", "/etc/passwd", "a\0b", "x" * 100_000, "..", ".", "~", "hf-hub:", "hf-hub:a/b@",
     "hf-hub:../../etc/passwd@" + "a" * 40, "file:///etc/passwd", "http://127.0.0.1:9/x", "\ud800"],
)  # fmt: skip
def test_hostile_names(zoo: Zoo, name: str) -> None:
    with pytest.raises((ValueError, OSError)) as error:
        zoo.entry(name).load()
    assert len(str(error.value)) < 2000


def test_the_global_random_state_is_not_used_by_loading(zoo: Zoo) -> None:
    before = torch.get_rng_state()
    zoo.entry("tiny-digits").load()
    assert torch.equal(torch.get_rng_state(), before)
