"""What the compressions that sample features share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor, distributions, nn

from rpn_zoo.functions import processing
from rpn_zoo.functions.component import Spec, default_generator
from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.compression.densities import DENSITIES, density_parameters
from rpn_zoo.functions.expansion.exact import from_bits, to_bits
from rpn_zoo.functions.expansion.squash import squash
from rpn_zoo.functions.processing import Elementwise, Processing
from rpn_zoo.functions.registry import split_spec

MetricSpec: TypeAlias = "Processing | Callable[[Tensor], Tensor]"
Distribution: TypeAlias = "Spec | distributions.Distribution"


class LogDensity(nn.Module):
    """The logarithm of a probability density, entry by entry; -inf outside its support.

    Args:
        distribution: a name (``uniform``, ``normal``, ``cauchy``, ``laplace``, ``chi2``,
            ``exponential``, ``gamma``), or a dict with ``name`` and parameters, or a torch
            distribution (which no config can hold and which stays on its device).

    Raises:
        ValueError: for an unknown name or parameter, or a value that is not allowed.

    Example:
        >>> LogDensity({"name": "uniform", "high": 2.0})(torch.tensor([[1.0, 3.0]]))
        tensor([[-0.6931,    -inf]])
    """

    constant_bits: Tensor

    def __init__(self, distribution: Distribution) -> None:
        super().__init__()
        self.given: distributions.Distribution | None = None
        if isinstance(distribution, distributions.Distribution):
            self.given = distribution
            return
        self.name, options = split_spec(distribution)
        self.numbers = density_parameters("distribution_function", self.name, options)
        constants = DENSITIES[self.name].constants(*self.numbers)
        # They follow from the options: not saved.
        self.register_buffer("constant_bits", to_bits(constants).view(3, 1, 1), persistent=False)

    def covers(self, normalized: bool) -> bool:
        """Whether all arguments surely lie in the support: all q of (0.001, 0.991), or all."""
        if self.given is not None:
            return False
        support = DENSITIES[self.name].support
        ends = torch.tensor([0.001, 0.991], dtype=torch.float64)
        return support is None or (normalized and bool(support(ends, *self.numbers).all()))

    def forward(self, x: Tensor) -> Tensor:
        """The log density at each entry of x, which has two or more axes."""
        if self.given is not None:
            y: Tensor = self.given.log_prob(x)
            return y
        density = DENSITIES[self.name]
        y = density.value(x, *from_bits(self.constant_bits, x).unbind())
        if density.support is None:
            return y
        return torch.where(density.support(x, *self.numbers) | x.isnan(), y, -torch.inf)


class SamplingCompression(Compression):
    """A compression that chooses features of each row at random, by weights that the row gives.

    In training mode each call draws anew from the component's own ``sample_generator`` (seed it by
    ``sample_generator.manual_seed``; its state goes along with copies and pickles); in evaluation
    mode the most probable choice is taken, of equally probable ones the first. Gradients reach
    what was chosen, not the choice.

    Args:
        m: input width.
        D: output width.
        metric: a map of x that keeps its shape, applied before the density: names as for
            ``preprocess_functions``, or a function (which no config can hold).
        distribution: the density, see :class:`LogDensity`.
        require_normalization: whether the density is evaluated at q = 0.99 sigmoid(z) + 0.001.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of ``sample_generator``; None: a new one with seed 0.

    Attributes:
        all_possible: whether no feature can have the weight 0.
    """

    random = True

    def __init__(
        self,
        m: int,
        D: int,
        metric: MetricSpec = None,
        distribution: Distribution = "normal",
        require_normalization: bool = True,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(m, D, preprocess_functions, postprocess_functions)
        self.metric = _resolve_metric(metric, m)
        self.log_density = LogDensity(distribution)
        self.require_normalization = require_normalization
        self.all_possible = self.log_density.covers(require_normalization)
        seed = torch.randint(2**62, (), generator=default_generator(generator)).item()
        self.sample_generator = torch.Generator().manual_seed(int(seed))

    def measure(self, x: Tensor) -> Tensor:
        """The metric z of pre-processed x, (b, m) -> (b, m), in float32 or float64.

        Raises:
            ValueError: if the metric does not keep the shape.
        """
        # In half precision neighbouring weights would be equal.
        wide = x if x.dtype in (torch.float32, torch.float64) else x.float()
        z = processing.apply(self.metric, wide)
        if z.shape != x.shape:
            raise ValueError(f"metric must keep the shape {tuple(x.shape)}, got {tuple(z.shape)}.")
        return z

    def normalize(self, z: Tensor) -> Tensor:
        """The argument q of the density from z, entry by entry."""
        return squash(z) if self.require_normalization else z

    def log_weights(self, x: Tensor) -> Tensor:
        """The log densities of the features of pre-processed x: (b, m), not normalised."""
        log_weights: Tensor = self.log_density(self.normalize(self.measure(x)))
        return log_weights


def check_flags(**flags: Any) -> None:
    """Check that each of the named options is true or false."""
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, got {value!r}.")


def _resolve_metric(metric: MetricSpec, m: int) -> nn.ModuleList:
    if callable(metric) and not isinstance(metric, nn.Module):
        return nn.ModuleList([Elementwise(metric)])
    if isinstance(metric, (str, list, tuple, Mapping, nn.Module)) or metric is None:
        return processing.resolve("metric", metric, m)
    raise ValueError(f"metric must be a function or the name of one, got {metric!r}.")
