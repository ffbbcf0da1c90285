"""The head: interdependence, one expansion, its channels of parameters, fusion, a remainder."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo.functions import create, processing
from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import Spec, default_generator
from rpn_zoo.functions.expansion import IdentityExpansion
from rpn_zoo.functions.fusion import Fusion, fuses, make_fusion
from rpn_zoo.functions.interdependence import Interdependence, make_interdependence
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.remainder import Remainder, ZeroRemainder
from rpn_zoo.functions.transformation import Transformation, make_transformation
from rpn_zoo.nn.channels import fused_product
from rpn_zoo.nn.config import HeadConfig
from rpn_zoo.nn.positions import Positions


class Head(nn.Module):
    r"""A head, (b, m) -> (b, n).

    .. math:: y = out( fusion_c\, A_{inst}^T \langle \kappa(x A_{att}), \psi(w_c) \rangle + b +
        \pi(x) ), \quad x = in(data)

    Both matrices are computed from x. Instance interdependence commutes with the product: it is
    applied where its operand is narrower. A grid of patches with the identity expansion runs as a
    convolution. With ``positions`` the formula holds for the positions of each row, which share all
    parameters (see :class:`~rpn_zoo.nn.PositionsConfig`).

    Args:
        m: input width.
        n: output width.
        config: names and options of the components.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if a component does not exist or does not fit the widths.

    Example:
        >>> head = Head(4, 3, HeadConfig(expansion="taylor_expansion"))
        >>> head(torch.rand(5, 4)).shape
        torch.Size([5, 3])
    """

    expansion: Transformation
    reconciliation: Reconciliation | None
    remainder: Remainder
    channel_fusion: Fusion | None
    bias: nn.Parameter | None

    def __init__(
        self,
        m: int,
        n: int,
        config: HeadConfig | None = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__()
        config = HeadConfig() if config is None else config
        generator = default_generator(generator)
        self.m = check_positive_int("m", m)
        self.n = check_positive_int("n", n)
        self.channels = config.channels
        self.input_functions = processing.resolve("input_functions", config.input_functions, m)
        m = processing.output_width(self.input_functions, m)
        self.attribute_interdependences = self._interdependences(
            config.attribute_interdependence, "attribute", m, None, generator, init
        )
        attribute = _first(self.attribute_interdependences)
        width = m if attribute is None else attribute.m_prime
        self.positions = (
            None if config.positions is None else Positions(config.positions, width, attribute)
        )
        count = None if self.positions is None else self.positions.count
        part = width if self.positions is None else self.positions.m
        self.expansion = make_transformation(config.expansion, part, generator)
        self.instance_interdependences = self._interdependences(
            config.instance_interdependence,
            "instance",
            m if count is None else part,
            count,
            generator,
            init,
        )
        count = self._output_count(count)
        if n % count:
            raise ValueError(f"n must be a multiple of the {count} positions, got n = {n}.")
        part_n = n // count
        self.channel_fusion = None
        if fuses(config.channel_fusion, config.channels):
            self.channel_fusion = make_fusion(
                config.channel_fusion, part_n, config.channels, generator, init
            )
        self.reconciliation = self._reconciliation(config, part_n, generator, init)
        self.identity = IdentityExpansion(self.expansion.D)
        row_bias = config.positions is not None and config.positions.bias_scope == "row"
        self.bias_in_channels = config.bias and config.bias_place == "channels"
        width = n if row_bias else part_n
        if self.bias_in_channels and self.channel_fusion is not None:
            width = self.channel_fusion.dims[0]
        self.bias = nn.Parameter(torch.zeros(width)) if config.bias else None
        # Positions that come in as they go out have remainders of their own; others the whole row.
        self.shared_remainder = (
            self.positions is not None and attribute is None and count == self.positions.count
        )
        sizes = {"m": part, "n": part_n} if self.shared_remainder else {"m": m, "n": n}
        self.remainder = create(config.remainder, **sizes)
        self._check_remainder()
        self.remainder.reset_parameters(generator, init)
        row_output = config.positions is not None and config.positions.output_scope == "row"
        self.output_functions = processing.resolve(
            "output_functions", config.output_functions, n if row_output else part_n
        )
        self.row_functions = processing.resolve(
            "positions.row_functions",
            [] if config.positions is None else config.positions.row_functions,
            n,
        )
        self.convolves = self._is_convolution(attribute)

    # --- construction -----------------------------------------------------------------------------

    def _interdependences(
        self,
        spec: Spec | None,
        mode: str,
        m: int,
        b: int | None,
        generator: torch.Generator,
        init: str,
    ) -> nn.ModuleList:
        """None, one, or (with parameters of its own) one for each channel."""
        if spec is None:
            return nn.ModuleList()
        made = [make_interdependence(spec, mode, m, b, generator, init)]
        if made[0].l:
            made += [
                make_interdependence(spec, mode, m, b, generator, init)
                for _ in range(self.channels - 1)
            ]
        return nn.ModuleList(made)

    def _output_count(self, count: int | None) -> int:
        """The number of positions that go out; 1 where rows have no positions."""
        instance = _first(self.instance_interdependences)
        if count is None:
            return 1
        if instance is None or instance.b_prime is None:
            return count
        return instance.b_prime

    def _reconciliation(
        self, config: HeadConfig, n: int, generator: torch.Generator, init: str
    ) -> Reconciliation | None:
        D = self.expansion.D
        if config.reconciliation is None:
            if n != D:
                raise ValueError(
                    f"a head without reconciliation has the width D = {D} of its expansion, "
                    f"got n = {n}."
                )
            return None
        width = n if self.channel_fusion is None else self.channel_fusion.dims[0]
        made: Reconciliation = create(
            config.reconciliation,
            n=width,
            D=D,
            channels=config.channels,
            generator=generator,
            init=init,
        )
        return made

    def _check_remainder(self) -> None:
        if isinstance(self.remainder, ZeroRemainder):
            if len(self.remainder.activations):
                raise ValueError(
                    "zero_remainder takes no activation_functions in a head: it contributes "
                    "exactly 0."
                )
            return
        instance = _first(self.instance_interdependences)
        if self.positions is not None or instance is None:
            return
        # None: as many rows as come in.
        if instance.b_prime not in (None, instance.b):
            raise ValueError(
                f"the instance interdependence turns {instance.b} rows into {instance.b_prime}: "
                "the remainder must be zero_remainder."
            )

    def _is_convolution(self, attribute: Interdependence | None) -> bool:
        """Whether the product over patches is one convolution: the identity on a grid."""
        return (
            self.positions is not None
            and attribute is not None
            and getattr(attribute, "convolves", False)
            and not len(attribute.postprocess)
            and self.positions.count == attribute.patch_num
            and type(self.expansion) is IdentityExpansion
            and not len(self.expansion.preprocess)
            and not len(self.expansion.postprocess)
            and self.reconciliation is not None
            and not len(self.instance_interdependences)
            and not self.bias_in_channels
        )

    @property
    def interdependences(self) -> list[Interdependence]:
        """The first channel's interdependence functions, attribute before instance."""
        found = (_first(self.attribute_interdependences), _first(self.instance_interdependences))
        return [A for A in found if A is not None]

    # --- evaluation -------------------------------------------------------------------------------

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (b, m) to (b, n)."""
        x = processing.apply(self.input_functions, x)
        y = self._convolution(x) if self.convolves else self._fused(x)
        if self.positions is None:
            if self.bias is not None and not self.bias_in_channels:
                y = y + self.bias
            if not isinstance(self.remainder, ZeroRemainder):
                y = y + self.remainder(x)
            return processing.apply(self.output_functions, y)
        if self.bias is not None and not self.bias_in_channels:
            y = self.positions.add_bias(y, self.bias)
        if not isinstance(self.remainder, ZeroRemainder):
            y = y + self._remainder(x, y)
        y = self.positions.finish(self.output_functions, y)
        return processing.apply(self.row_functions, y)

    def _convolution(self, x: Tensor) -> Tensor:
        """The product of all patches of a grid with W, (b, n, P) or (b, P, n)."""
        assert self.reconciliation is not None
        assert self.positions is not None
        W = self.reconciliation.weight()
        grid: Any = self.attribute_interdependences[0]
        z = grid.convolve(x, W.flatten(0, 1))
        if self.channel_fusion is not None:
            z = z.unflatten(1, W.shape[:2])
            z = self.channel_fusion([channel.mT for channel in z.unbind(1)]).mT
        return z if self.positions.channels_first else z.mT

    def _fused(self, x: Tensor) -> Tensor:
        """The fused product of the channels: (b, n), or (b, P', n) arranged."""
        views = [A(x) for A in self.attribute_interdependences] or [x]
        if self.positions is not None:
            views = [self.positions.split(view) for view in views]
        # On the batch the instance matrix is computed from the head's input itself.
        sources = [x] if self.positions is None else views
        y = fused_product(
            self.expansion,
            self.reconciliation,
            self.channel_fusion,
            self.instance_interdependences,
            sources,
            views,
            self.identity,
            self.bias if self.bias_in_channels else None,
        )
        return y if self.positions is None else self.positions.arrange(y)

    def _remainder(self, x: Tensor, y: Tensor) -> Tensor:
        """The remainder in the shape of arranged y."""
        assert self.positions is not None
        if not self.shared_remainder:
            return self.remainder(x).view(y.shape)
        parts = self.positions.split(x)
        r = self.remainder(parts.flatten(0, 1)).unflatten(0, parts.shape[:2])
        return self.positions.arrange(r)

    def extra_repr(self) -> str:
        """The widths."""
        return f"m={self.m}, n={self.n}"


def _first(modules: nn.ModuleList) -> Interdependence | None:
    for module in modules:
        assert isinstance(module, Interdependence)
        return module
    return None
