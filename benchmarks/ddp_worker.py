"""One of the processes in which data-parallel training is timed; started by ``ddp.py``.

Protocol, line by line: a JSON object describes the job, the answer is ``ready``; then every number
of steps is answered by their wall seconds and the process's own CPU seconds, as a JSON list.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from rpn_zoo.data.shards import Shard
from rpn_zoo.nn import RPN
from rpn_zoo.training.devices import buffer_options
from rpn_zoo.training.global_batch import GlobalBatch


def training_step(job: dict[str, Any]) -> Callable[[], None]:
    """Forward, backward and AdamW step of this process's part of a batch."""
    shard = Shard(job["batch"], job["rank"], job["ranks"])
    network = RPN(job["network"])
    whole = GlobalBatch(network) if shard.ranks > 1 else None
    model: torch.nn.Module = network
    if whole is not None:
        options = {"gradient_as_bucket_view": True, **buffer_options()}
        model = DistributedDataParallel(network, **options)
    optimizer = torch.optim.AdamW(network.parameters())
    generator = torch.Generator().manual_seed(0)
    x = shard.take(torch.rand(shard.rows, network.dims[0], generator=generator))
    y = shard.take(torch.randint(network.dims[-1], (shard.rows,), generator=generator))

    def evaluate() -> torch.Tensor:
        return torch.nn.functional.cross_entropy(model(x), y) * shard.weight

    def step() -> None:
        optimizer.zero_grad()
        if whole is None:
            loss = evaluate()
        else:
            with whole.part_of(shard):
                loss = evaluate()
        loss.backward()
        optimizer.step()

    return step


def main() -> None:
    """Serve until standard input ends."""
    job = json.loads(sys.stdin.readline())
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{job['meet']}", rank=job["rank"], world_size=job["ranks"]
    )
    step = training_step(job)
    print("ready", flush=True)
    for line in sys.stdin:
        distributed.barrier()
        start = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            step()
        used = time.perf_counter() - start[0], time.process_time() - start[1]
        print(json.dumps(used), flush=True)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
