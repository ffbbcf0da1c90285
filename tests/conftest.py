"""Settings of the whole suite."""

from __future__ import annotations

import torch
from hypothesis import settings

# The same examples in every run, and no time limit per example: the machine may be busy.
settings.register_profile("suite", derandomize=True, deadline=None, max_examples=30)
settings.load_profile("suite")

# The tests' tensors are small; threads of several test processes would only wait for each other.
torch.set_num_threads(1)
