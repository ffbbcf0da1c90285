"""How much memory a training step will take, known before anything of it is allocated."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn, optim
from torch._subclasses.fake_tensor import FakeTensorMode

from rpn_zoo.functions.live_bytes import LiveBytes
from rpn_zoo.functions.machine import available_memory, total_memory
from rpn_zoo.functions.memory import MemoryBudgetError
from rpn_zoo.functions.rules.alternatives import alternatives
from rpn_zoo.inspect.summary import HeadSummary, summarize
from rpn_zoo.nn import RPN, Head

logger = logging.getLogger(__name__)

MakeOptimizer = Callable[[list[nn.Parameter]], optim.Optimizer]


@dataclass(frozen=True)
class HeadMemory:
    """What a head keeps for the backward pass.

    Attributes:
        summary: the head, with the rule that evaluates its product.
        size: bytes.
        alternatives: reconciliations with a rule that would not build its expansion, where the
            head builds it.
    """

    summary: HeadSummary
    size: int
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemoryEstimate:
    """The memory of a training step in bytes.

    Attributes:
        rows: the batch size.
        parameters: of parameters and buffers.
        gradients: of the parameters that are trained.
        optimizer: of the optimiser's state.
        activations: the highest sum of everything else that forward and backward pass (or the
            optimiser's step) hold: expansions, work arrays, gradients of activations.
        heads: what each head keeps from its forward pass, in order.
    """

    rows: int
    parameters: int
    gradients: int
    optimizer: int
    activations: int
    heads: tuple[HeadMemory, ...]

    @property
    def needed(self) -> int:
        """What a step needs beside the parameters, which exist already."""
        return self.gradients + self.optimizer + self.activations

    @property
    def total(self) -> int:
        """All of it."""
        return self.parameters + self.needed

    def __str__(self) -> str:
        """One line."""
        text = (
            f"about {readable(self.total)} for a training step with a batch of {self.rows:,}: "
            f"parameters {readable(self.parameters)}, gradients {readable(self.gradients)}, "
            f"optimiser {readable(self.optimizer)}, activations {readable(self.activations)}"
        )
        if self.heads:
            most = max(self.heads, key=lambda head: head.size)
            text += f" (most in {most.summary.place}: {readable(most.size)}, {most.summary.rule})"
        return text


def estimate_memory(network: RPN, x: Tensor, make_optimizer: MakeOptimizer) -> MemoryEstimate:
    """Estimate the memory of a training step, allocating nothing.

    A step is taken by a twin of the network whose tensors have shapes but no values (PyTorch's fake
    tensors), and every operation's result is counted until it is freed. So the estimate follows
    what really runs on this device: the contraction rules that are chosen, what autograd keeps for
    them, the order of the operations. Work arrays within an operation, the allocator's rounding and
    the libraries themselves are not seen.

    Args:
        network: the network; it is not run, and its random draws are not used up.
        x: a batch (b, m), of which only shape and dtype are used; sparse features count as dense.
        make_optimizer: makes the optimiser for a list of parameters.

    Raises:
        NotImplementedError: if the network contains a function that needs values (compressions
            that are fitted in training), so that nothing can be said.
        MemoryBudgetError: if an expanded batch alone would exceed the memory budget.

    Example:
        >>> network = RPN({"dims": [100, 10]})
        >>> found = estimate_memory(network, torch.empty(8, 100), torch.optim.Adam)
        >>> found.parameters, found.gradients, found.optimizer
        (4000, 4000, 8004)
    """
    sizes: list[int] = []
    try:
        fake = FakeTensorMode(allow_non_fake_inputs=True)
        twin = _without_values(network, fake).train()
        with fake:  # the batch exists already, and is not counted
            inputs = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        with fake, LiveBytes() as record:
            before: list[int] = []
            for head in (module for module in twin.modules() if isinstance(module, Head)):
                head.register_forward_pre_hook(lambda *_: before.append(record.now))
                head.register_forward_hook(lambda *_: sizes.append(record.now - before.pop()))
            output = twin.forward(inputs)  # not called: a compiled network would be compiled
            loss = output.square().mean()
            if loss.requires_grad:
                loss.backward()
            del output, loss
        gradients = sum(_size(p.grad) for p in twin.parameters() if p.grad is not None)
        trained = [p for p in twin.parameters() if p.requires_grad]
        with fake, LiveBytes() as step:
            optimizer = make_optimizer(trained) if trained else None
            if optimizer is not None:
                optimizer.step()
    except MemoryBudgetError:
        raise
    except Exception as error:
        raise NotImplementedError(
            f"the memory of this network cannot be told in advance ({type(error).__name__}: "
            f"{str(error)[:200]})."
        ) from error
    state = sum(
        _size(value)
        for values in (optimizer.state.values() if optimizer is not None else ())
        for value in values.values()
        if isinstance(value, Tensor)
    )
    own = sum(map(_size, (*network.parameters(), *network.buffers())))
    return MemoryEstimate(
        rows=x.shape[0],
        parameters=own,
        gradients=gradients,
        optimizer=state,
        activations=max(record.peak - gradients, step.peak - state, 0),
        heads=_heads(network, sizes),
    )


def check_fits(estimate: MemoryEstimate, available: int, total: int) -> str | None:
    """Compare an estimate with a device.

    Args:
        estimate: the estimate.
        available: bytes that the device has left.
        total: bytes that it could have at most.

    Returns:
        A warning if the step may not fit, else None.

    Raises:
        MemoryBudgetError: if the step cannot fit: it names the head that needs most, and which
            reconciliations have a contraction rule that avoids its wide arrays.
    """
    if estimate.needed <= available:
        return None
    text = f"training needs {estimate}; "
    if estimate.needed <= total:
        return f"{text}only {readable(available)} are available at the moment."
    raise MemoryBudgetError(f"{text}the device has {readable(total)}. {_advice(estimate)}")


def readable(size: int) -> str:
    """A number of bytes in words.

    Example:
        >>> readable(999), readable(12_345_678)
        ('999 B', '12.3 MB')
    """
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.3g} TB"


def device_memory(device: torch.device) -> tuple[int, int]:
    """Available and total bytes of a device; what PyTorch has cached counts as available."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return free + cached, total
    return available_memory(), total_memory()


class MemoryReport(Callback):
    """Say before the first step how much memory training will take, and refuse the impossible.

    Args:
        say: what to do with the line; None: it is logged.

    Raises:
        MemoryBudgetError: before the first step, if it cannot fit the device.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self.say = say or logger.info
        self._said = False

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Estimate with the shape of the first batch."""
        network = getattr(pl_module, "network", None)
        if self._said or not isinstance(network, RPN):
            return
        self._said = True
        x = batch[0] if isinstance(batch, (tuple, list)) else batch
        config = getattr(pl_module, "optimizer_config", None)
        if not isinstance(x, Tensor) or config is None:
            return
        try:
            estimate = estimate_memory(network, x, config.build)
        except NotImplementedError as error:
            logger.info("%s", error)
            return
        available, total = device_memory(pl_module.device)
        warning = check_fits(estimate, available, total)
        if trainer.is_global_zero:
            self.say(f"memory: {estimate}; {readable(available)} available")
            if warning is not None:
                logger.warning("%s", warning)


def _without_values(network: RPN, fake: FakeTensorMode) -> RPN:
    """A twin without values. The copy takes the twin's tensors instead of copying the values."""
    tensors = (*network.parameters(), *network.buffers())
    return copy.deepcopy(network, {id(tensor): fake.from_tensor(tensor) for tensor in tensors})


def _heads(network: RPN, sizes: list[int]) -> tuple[HeadMemory, ...]:
    """What is known of every head; nothing where a head was not run exactly once."""
    heads = [module for module in network.modules() if isinstance(module, Head)]
    summaries = summarize(network)
    if not len(heads) == len(summaries) == len(sizes):
        return ()
    return tuple(
        HeadMemory(
            summary,
            size,
            tuple(alternatives(head.expansion)) if summary.rule == "dense" else (),
        )
        for head, summary, size in zip(heads, summaries, sizes, strict=True)
    )


def _size(tensor: Tensor) -> int:
    """The bytes of a tensor; of a sparse one those of its parts."""
    if tensor.layout == torch.sparse_csr:
        return sum(map(_size, (tensor.crow_indices(), tensor.col_indices(), tensor.values())))
    return tensor.numel() * tensor.element_size()


def _advice(estimate: MemoryEstimate) -> str:
    """What would need less."""
    dense = [head for head in estimate.heads if head.summary.rule == "dense"]
    if not dense:
        return "Use a smaller batch or smaller widths."
    most = max(dense, key=lambda head: head.size)
    summary = most.summary
    text = (
        f"{summary.place} builds its expansion of D = {summary.D:,} columns, as no contraction "
        f"rule fits {summary.expansion} with {summary.reconciliation}"
    )
    if most.alternatives:
        return f"{text}; there are rules for {', '.join(most.alternatives)}."
    return f"{text}: use a smaller batch or a narrower expansion."
