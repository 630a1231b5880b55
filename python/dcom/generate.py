"""Matrices from a name, a few numbers and a seed: the bits that cmodel/generate.c and tb/generate.vh make.

docs/vectors.md has the formulas. Whole numbers and numpy only: libdcom has no part in it.
SPDX-License-Identifier: Apache-2.0
"""
import re
from typing import Any, Callable, Dict, NamedTuple, Tuple

import numpy as np
import numpy.typing as npt

from ._library import Error, Status

SIDE = 65536
Whole = npt.NDArray[np.int64]


def hash3(seed: npt.ArrayLike, i: npt.ArrayLike, j: npt.ArrayLike) -> Whole:
    """The same for the same three numbers, whoever asks, in whatever order; they are broadcast, and taken modulo 2^32"""
    h = _times(seed, 0x9E3779B9) ^ _times(i, 0x85EBCA6B) ^ _times(j, 0xC2B2AE35)
    h = _times(h ^ h >> 16, 0x7FEB352D)
    h = _times(h ^ h >> 15, 0x846CA68B)
    return h ^ h >> 16


def _times(a: npt.ArrayLike, b: int) -> Whole:
    """Modulo 2^32; no product overflows"""
    word = 0xFFFFFFFF
    return ((np.asarray(a, np.int64) & word).astype(np.uint64) * np.uint64(b) & np.uint64(word)).astype(np.int64)


def _scaled(n: Whole, exponent: npt.ArrayLike) -> npt.NDArray[np.uint16]:
    """n 2^exponent in BF16, rounded to nearest even; below 2^24, and below 2^8 where the result may be subnormal"""
    m = np.abs(n)
    top = np.frexp(m.astype(np.float64))[1].astype(np.int64) - 1
    exponent = np.broadcast_to(np.asarray(exponent, np.int64), m.shape)
    subnormal = (m == 0) | (exponent + top < -126)
    left, right = np.maximum(7 - top, 0), np.maximum(top - 7, 0)
    rounded = (m << left) + (1 << right >> 1) - (right > 0) + (m >> right & (right > 0)) >> right
    bits = np.where(subnormal, m << np.where(subnormal, exponent + 133, 0) * (m > 0), (exponent + top + 126 << 7) + rounded)
    return (bits | np.where(n < 0, 0x8000, 0)).astype(np.uint16)


def _small(h: Whole) -> Whole:
    """-255..255 of eight bits and a sign"""
    return np.where(h & 256, -(h & 255), h & 255)


class _Place(NamedTuple):
    """Where elements are: a column of rows, a row of columns, how many there are of those, and the seed"""
    row: Whole
    column: Whole
    columns: int
    seed: int

    @property
    def hash(self) -> Whole:
        return hash3(self.seed, self.row, self.column)

    def outlier(self, count: int) -> npt.NDArray[np.bool_]:
        """The first column of each of so many runs"""
        run = self.columns // (count or 1) if count < self.columns else 1
        return (self.column % run == 0) & (self.column // run < count)


def _zero(at: _Place, signs: int) -> npt.NDArray[np.uint16]:
    return ((at.hash & signs) << 15).astype(np.uint16)


def _constant(at: _Place, bits: int) -> npt.NDArray[np.uint16]:
    return np.full((at.row + at.column).shape, bits, np.uint16)


def _identity(at: _Place, e: int) -> npt.NDArray[np.uint16]:
    return _scaled((at.row == at.column).astype(np.int64), e)


def _noise(at: _Place, e: int) -> npt.NDArray[np.uint16]:
    return _scaled(_small(at.hash), e)


def _cancel(at: _Place, e: int) -> npt.NDArray[np.uint16]:
    h, odd = hash3(at.seed, at.row, at.column // 2), at.column & 1
    x = 128 + h % 127 + odd
    return _scaled(np.where(h >> 31 ^ odd, -x, x), e)


def _ties(at: _Place) -> npt.NDArray[np.uint16]:
    h = at.hash
    odd = (h >> 8 & 31) * 2 + 1
    return _scaled(np.where(h & 1, -odd, odd), np.where(h >> 16 & 3, 0, -24))


def _repeat(at: _Place, n: int) -> npt.NDArray[np.uint16]:
    return _scaled(_small(hash3(at.seed, at.row, at.column % n)), -8)


def _deficient(at: _Place, r: int) -> npt.NDArray[np.uint16]:
    k = np.arange(r)
    left, right = hash3(at.seed, at.row, 2 * k) % 5 - 2, hash3(at.seed, at.column.T, 2 * k + 1) % 5 - 2
    return _scaled(left @ right.T, 0)


def _holes(at: _Place, n: int) -> npt.NDArray[np.uint16]:
    return _scaled(np.where(at.column % n, _small(at.hash), 0), -8)


def _outliers(at: _Place, n: int, e: int) -> npt.NDArray[np.uint16]:
    return _scaled(_small(at.hash), np.where(at.outlier(n), e - 8, -8))


def _range(at: _Place, low: int, high: int) -> npt.NDArray[np.uint16]:
    h = at.hash
    return _scaled(_small(h), min(low, high) + (h >> 9) % (abs(high - low) + 1))


def _spectrum(at: _Place, r: int, n: int) -> npt.NDArray[np.uint16]:
    k, weight = np.arange(r), [256]
    while len(weight) < r:
        weight.append(weight[-1] * 3 // 4)
    u = (hash3(at.seed, at.row, 2 * k + 2) >> 24) % 255 - 127
    v = (hash3(at.seed, at.column.T, 2 * k + 1) >> 24) % 255 - 127
    h = hash3(~at.seed, at.row, at.column // 2)
    noise = 16 * (np.where(at.column & 1, h >> 16, h & 0xFFFF) - 32768)
    return _scaled(u * np.array(weight[:r], np.int64) @ v.T + noise, np.where(at.outlier(n), -16, -20))


# A kind's numbers: name, least, most, usual
_Number = Tuple[str, int, int, int]
_LEAST, _MOST = -133, 120
_KINDS: Dict[str, Tuple[Callable[..., npt.NDArray[np.uint16]], Tuple[_Number, ...]]] = {
    "zero": (_zero, (("signs", 0, 1, 0),)),
    "constant": (_constant, (("bits", 0, 0x7F7F, 0x3F80),)),
    "identity": (_identity, (("exponent", _LEAST, _MOST, 0),)),
    "noise": (_noise, (("exponent", _LEAST, _MOST, -8),)),
    "cancel": (_cancel, (("exponent", _LEAST, _MOST, -8),)),
    "ties": (_ties, ()),
    "repeat": (_repeat, (("distinct columns", 1, SIDE, 1),)),
    "deficient": (_deficient, (("rank", 1, 60, 3),)),
    "holes": (_holes, (("every", 1, SIDE, 3),)),
    "outliers": (_outliers, (("count", 0, SIDE, 4), ("exponent", 0, 120, 8))),
    "range": (_range, (("exponent", _LEAST, _MOST, -60), ("exponent", _LEAST, _MOST, 50))),
    "spectrum": (_spectrum, (("rank", 0, 16, 12), ("outliers", 0, SIDE, 8))),
}


def generate(text: str, seed: int = 1) -> npt.NDArray[np.uint16]:
    """The BF16 bits of a matrix, rows x columns: "noise(64,48)" or, with the kind's numbers, "noise(64,48,-20)"; `seed` modulo 2^32.
    Error, with the line that the command has, if the text is wrong."""
    kind, rows, columns, numbers = _parse(text)
    seed &= 0xFFFFFFFF
    at = _Place(np.arange(rows)[:, None], np.arange(columns)[None, :], columns, seed)
    return _KINDS[kind][0](at, *numbers)


def _parse(text: str) -> Tuple[str, int, int, Tuple[int, ...]]:
    def wrong(what: str) -> Any:
        raise Error(Status.VALUE, f"{text[:80]}: {what}")

    kind, bracket, _ = text.partition("(")
    if not bracket or not text.endswith(")") or "/" in text:
        wrong("it is not NAME(ROWS,COLUMNS,...)")
    if kind not in _KINDS:
        wrong(f"no generator is called so; there are {', '.join(_KINDS)}")
    values, at = [], len(kind)
    for k, (name, least, most, usual) in enumerate((("the number of rows", 1, SIDE, 0), ("the number of columns", 1, SIDE, 0)) + _KINDS[kind][1]):
        if text[at] != ("," if k else "("):
            values.append(usual if k >= 2 else wrong(f"{name} is missing"))
            continue
        number = re.compile("[+-]?[0-9]+(?=[,)])").match(text, at + 1) or wrong(f"{name} is not a whole number")
        at, value = number.end(), int(number[0])
        values.append(value if least <= value <= most else wrong(f"{name} {value} is not {least}..{most}"))
    if text[at:] != ")":
        wrong(f"{kind} takes {len(values)} numbers at most" if text[at] == "," else "something follows the bracket")
    return kind, values[0], values[1], tuple(values[2:])
