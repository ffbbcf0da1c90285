"""What a result has to say about the machine it was measured on."""

from __future__ import annotations

import datetime
import os
import platform
import re
import time
from pathlib import Path

import torch

from benchmarks.settings import Settings


def environment(settings: Settings) -> dict[str, str]:
    """Date, processor, memory, versions, threads and load, as text."""
    load = (
        ", ".join(f"{v:.2f}" for v in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    )
    info = {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "device": _device(settings.device),
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "memory": memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": str(settings.threads),
        "clock": "CPU time" if settings.clock is time.process_time else "wall time",
        "load at the start": load,
        "run": "quick (coarse)" if settings.quick else "full",
    }
    if settings.device.type == "cuda":
        info["cuda"] = str(torch.version.cuda)
    return info


def slug(settings: Settings) -> str:
    """The hardware as part of a file name, e.g. ``amd-epyc-2t``."""
    name = _device(settings.device) if settings.device.type == "cuda" else processor()
    words = re.sub(r"\((r|tm)\)|@.*|\bcpu\b|\bprocessor\b", " ", name.lower())
    short = re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:40].strip("-")
    return f"{short or 'unknown'}-{settings.threads}t"


def processor() -> str:
    """The processor's name, as exactly as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        if found:
            return found.group(1).strip()
    return platform.processor() or platform.machine() or "unknown"


def memory() -> str:
    """The machine's memory in GiB."""
    try:
        return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    except (ValueError, OSError, AttributeError):
        return "unknown"


def _device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
