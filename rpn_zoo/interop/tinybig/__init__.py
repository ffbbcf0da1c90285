"""A way in for users of tinybig: its classes, files and weights as networks of rpn_zoo.

tinybig itself is neither needed nor imported.
"""

from rpn_zoo.interop.tinybig.build import build, convert
from rpn_zoo.interop.tinybig.config_file import TinybigConfig, load_config
from rpn_zoo.interop.tinybig.context import TinybigError
from rpn_zoo.interop.tinybig.state_dict import load_state_dict
from rpn_zoo.interop.tinybig.state_files import read_state_dict

__all__ = [
    "TinybigConfig",
    "TinybigError",
    "build",
    "convert",
    "load_config",
    "load_state_dict",
    "read_state_dict",
]
