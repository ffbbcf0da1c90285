"""Data expansions kappa: (b, m) -> (b, D)."""

from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.expansion.bessel import BesselExpansion
from rpn_zoo.functions.expansion.beta import BetaWaveletExpansion
from rpn_zoo.functions.expansion.bspline import BsplineExpansion
from rpn_zoo.functions.expansion.cauchy import CauchyExpansion, NaiveCauchyExpansion
from rpn_zoo.functions.expansion.chebyshev import ChebyshevExpansion
from rpn_zoo.functions.expansion.chi2 import Chi2Expansion, NaiveChi2Expansion
from rpn_zoo.functions.expansion.combinatorial import (
    CombinatorialExpansion,
    CombinatorialNormalExpansion,
)
from rpn_zoo.functions.expansion.composition import ExtendedExpansion, NestedExpansion
from rpn_zoo.functions.expansion.dog import DogWaveletExpansion
from rpn_zoo.functions.expansion.exponential import ExponentialExpansion, NaiveExponentialExpansion
from rpn_zoo.functions.expansion.fibonacci import FibonacciExpansion
from rpn_zoo.functions.expansion.folded import FoldedExpansion
from rpn_zoo.functions.expansion.fourier import FourierExpansion
from rpn_zoo.functions.expansion.gamma import GammaExpansion, NaiveGammaExpansion
from rpn_zoo.functions.expansion.gegenbauer import GegenbauerExpansion
from rpn_zoo.functions.expansion.geometric import (
    CuboidPatchBasedGeometricExpansion,
    CylinderPatchBasedGeometricExpansion,
    GeometricExpansion,
    SpherePatchBasedGeometricExpansion,
)
from rpn_zoo.functions.expansion.harr import HarrWaveletExpansion
from rpn_zoo.functions.expansion.hermite import HermiteExpansion
from rpn_zoo.functions.expansion.hybrid_probabilistic import HybridProbabilisticExpansion
from rpn_zoo.functions.expansion.hyperbolic import ArcHyperbolicExpansion, HyperbolicExpansion
from rpn_zoo.functions.expansion.identity import IdentityExpansion
from rpn_zoo.functions.expansion.jacobi import JacobiExpansion
from rpn_zoo.functions.expansion.laguerre import LaguerreExpansion
from rpn_zoo.functions.expansion.laplace import LaplaceExpansion, NaiveLaplaceExpansion
from rpn_zoo.functions.expansion.legendre import LegendreExpansion
from rpn_zoo.functions.expansion.linear import LinearExpansion
from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.expansion.lucas import LucasExpansion
from rpn_zoo.functions.expansion.meyer import MeyerWaveletExpansion
from rpn_zoo.functions.expansion.normal import NaiveNormalExpansion, NormalExpansion
from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.expansion.powers import PowersExpansion
from rpn_zoo.functions.expansion.rbf import (
    GaussianRbfExpansion,
    InverseQuadraticRbfExpansion,
    RadialBasisExpansion,
)
from rpn_zoo.functions.expansion.reciprocal import ReciprocalExpansion
from rpn_zoo.functions.expansion.reverse_bessel import ReverseBesselExpansion
from rpn_zoo.functions.expansion.ricker import RickerWaveletExpansion
from rpn_zoo.functions.expansion.shannon import ShannonWaveletExpansion
from rpn_zoo.functions.expansion.taylor import TaylorExpansion
from rpn_zoo.functions.expansion.trigonometric import (
    ArcTrigonometricExpansion,
    TrigonometricExpansion,
)
from rpn_zoo.functions.expansion.wavelet import WaveletExpansion

__all__ = [
    "ArcHyperbolicExpansion",
    "ArcTrigonometricExpansion",
    "BesselExpansion",
    "BetaWaveletExpansion",
    "BsplineExpansion",
    "CauchyExpansion",
    "ChebyshevExpansion",
    "Chi2Expansion",
    "CombinatorialExpansion",
    "CombinatorialNormalExpansion",
    "CuboidPatchBasedGeometricExpansion",
    "CylinderPatchBasedGeometricExpansion",
    "DogWaveletExpansion",
    "Expansion",
    "ExponentialExpansion",
    "ExtendedExpansion",
    "FibonacciExpansion",
    "FoldedExpansion",
    "FourierExpansion",
    "GammaExpansion",
    "GaussianRbfExpansion",
    "GegenbauerExpansion",
    "GeometricExpansion",
    "HarrWaveletExpansion",
    "HermiteExpansion",
    "HybridProbabilisticExpansion",
    "HyperbolicExpansion",
    "IdentityExpansion",
    "InverseQuadraticRbfExpansion",
    "JacobiExpansion",
    "LaguerreExpansion",
    "LaplaceExpansion",
    "LegendreExpansion",
    "LinearExpansion",
    "LogDensityExpansion",
    "LucasExpansion",
    "MeyerWaveletExpansion",
    "NaiveCauchyExpansion",
    "NaiveChi2Expansion",
    "NaiveExponentialExpansion",
    "NaiveGammaExpansion",
    "NaiveLaplaceExpansion",
    "NaiveNormalExpansion",
    "NestedExpansion",
    "NormalExpansion",
    "PolynomialExpansion",
    "PowersExpansion",
    "RadialBasisExpansion",
    "ReciprocalExpansion",
    "ReverseBesselExpansion",
    "RickerWaveletExpansion",
    "ShannonWaveletExpansion",
    "SpherePatchBasedGeometricExpansion",
    "TaylorExpansion",
    "TrigonometricExpansion",
    "WaveletExpansion",
]
