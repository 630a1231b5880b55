"""The golden model of the D-com co-accelerator: libdcom.so with numpy in and out.

Numbers are BF16: arrays of uint16 hold their bits, arrays of float32 their values. What goes in may also be float16, float32
or float64, and is rounded once, to nearest even. Results are those of the C library bit for bit. docs/python.md has examples.
SPDX-License-Identifier: Apache-2.0
"""
from ._library import ABI, NUMERIC_CONTRACT, VERSION, Different, Error, Status
from .generate import generate
from .model import Applied, Config, Context, Flags, Result, Stop, apply, decompose
from .numbers import bf16, to_float
from .scoreboard import Counts, Scoreboard
from .timed import Accelerator, Inputs, Outputs, Snapshot
from .trace import Trace
from .vectors import Vectors

__version__ = VERSION
__all__ = ["ABI", "NUMERIC_CONTRACT", "Accelerator", "Applied", "Config", "Context", "Counts", "Different", "Error", "Flags",
           "Inputs", "Outputs", "Result", "Scoreboard", "Snapshot", "Status", "Stop", "Trace", "Vectors", "apply", "bf16", "decompose",
           "generate", "to_float"]
