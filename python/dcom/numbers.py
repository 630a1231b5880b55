"""BF16 bits from numbers, rounded as cmodel/npy.c does it, and back.

SPDX-License-Identifier: Apache-2.0
"""
import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt


def bf16(x: npt.ArrayLike) -> npt.NDArray[np.uint16]:
    """The BF16 bits of an array of any shape, C order: float16, float32 and float64 are rounded once, to nearest even, NaN
    becomes 0x7FC0 and what is too large infinity; uint16 are bits already. Anything else is a TypeError."""
    array = np.asarray(x)
    kind = array.dtype.kind, array.dtype.itemsize
    if kind == ("u", 2):
        return np.asarray(array, np.uint16, order="C")
    if kind not in (("f", 2), ("f", 4), ("f", 8)):
        raise TypeError(f"elements are {array.dtype}, not float16, float32, float64, or uint16 holding BF16 bits")
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.asarray(array, np.float32, order="C")
    bits = near.view(np.uint32)
    if kind == ("f", 8):  # rounded to odd: FP32's 16 bits more keep the second rounding from being one too many
        inexact = np.isfinite(near) & (near != array)
        bits = (bits - (inexact & (np.abs(near) > np.abs(array)))) | inexact
    rounded = (bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) >> np.uint32(16)
    return np.where(np.isnan(near), 0x7FC0, rounded).astype(np.uint16)


def to_float(bits: npt.NDArray[np.uint16]) -> npt.NDArray[np.float32]:
    """The values of BF16 bits (uint16, any shape)"""
    array = np.asarray(bits)
    if array.dtype != np.uint16:
        raise TypeError(f"elements are {array.dtype}, not uint16 holding BF16 bits")
    return (array.astype(np.uint32) << np.uint32(16)).view(np.float32)


def pointer(array: "np.ndarray[Any, Any]", kind: Any) -> Any:
    """To the elements of a contiguous array, for a ctypes argument POINTER(kind)"""
    return array.ctypes.data_as(ctypes.POINTER(kind))
