"""``python -m benchmarks``, which ``make bench`` runs."""

from __future__ import annotations

import sys

from benchmarks.cli import main

sys.exit(main())
