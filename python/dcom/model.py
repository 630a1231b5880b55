"""The untimed model: configurations, decompose, apply.

SPDX-License-Identifier: Apache-2.0
"""
import ctypes
import enum
import hashlib
import os
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from ._library import ConfigStruct, Error, Handle, ParametersStruct, ResultStruct, Status, check, lib
from .numbers import bf16, pointer


class Config:
    """The geometry of one build: clusters, tile memories, pipeline stages; see dcom_config in dcom.h. Two are equal where their
    values are, whatever their names."""

    def __init__(self, struct: ConfigStruct):
        self._struct = ConfigStruct.from_buffer_copy(struct)

    @classmethod
    def named(cls, name: str) -> "Config":
        """tiny, small, medium or full"""
        return cls._read(lib.dcom_config_named, name.encode())

    @classmethod
    def read(cls, path: Union[str, "os.PathLike[str]"]) -> "Config":
        """A configuration file, as rtl/config has them"""
        return cls._read(lib.dcom_config_read, os.fsencode(path))

    @classmethod
    def all(cls) -> List["Config"]:
        """The built-in ones, smallest first"""
        found: List[Config] = []
        while True:
            struct = lib.dcom_config_at(len(found))
            if not struct:
                return found
            found.append(cls(struct.contents))

    @classmethod
    def of_values(cls, name: str, values: "dict[str, int]") -> "Config":
        """One of these values, all that dcom_config has; whether it can be built is seen when something is created"""
        return cls(ConfigStruct(name.encode()[:31], *(values[field] for field, *_ in ConfigStruct._fields_[1:])))

    @classmethod
    def of(cls, config: "ConfigLike") -> "Config":
        """One that is one already, or a name"""
        return config if isinstance(config, Config) else cls.named(config)

    @classmethod
    def _read(cls, function: Any, what: bytes) -> "Config":
        struct, message = ConfigStruct(), ctypes.create_string_buffer(256)
        check(function(what, struct, message), message.value.decode(errors="replace"))
        return cls(struct)

    @property
    def name(self) -> str:
        name: bytes = self._struct.name
        return name.decode(errors="replace")

    @property
    def id(self) -> int:
        """Equal for a model and a DUT of the same geometry: register CONFIG_ID"""
        return int(lib.dcom_config_id(self._struct))

    @property
    def values(self) -> "dict[str, int]":
        """All but the name, in dcom.h's order"""
        return {name: getattr(self._struct, name) for name, *_ in ConfigStruct._fields_[1:]}

    def __getattr__(self, name: str) -> int:
        if name.startswith("_"):
            raise AttributeError(name)
        return int(getattr(self._struct, name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self.values == other.values

    def __hash__(self) -> int:
        return hash(tuple(self.values.values()))

    def __repr__(self) -> str:
        return f"<dcom.Config {self.name}: {', '.join(f'{k} {v}' for k, v in self.values.items())}>"


ConfigLike = Union[str, Config]


class Stop(enum.IntEnum):
    """Why a decomposition ended"""
    RANK = 0
    TOLERANCE = 1
    DEFLATED = 2
    NOISE = 3
    OVERFLOW = 4


class Flags(enum.IntFlag):
    """Sticky flags"""
    OVERFLOW = 1
    NAN = 2
    UNCERTIFIED = 4


@dataclass(frozen=True, eq=False)
class Result:
    """A ~ P V^T, outlier channels and exact tokens apart"""
    p: npt.NDArray[np.float32]  # tokens x rank, BF16 values
    v: npt.NDArray[np.float32]  # channels x rank, BF16 values, orthonormal columns
    outliers: npt.NDArray[np.int32]  # ascending channel numbers
    exact_tokens: Tuple[int, ...]
    blocks: Tuple[int, ...]  # columns of each block in the order found
    passes: int  # over A, warm-up included
    rounds: int  # of re-orthogonalisation
    deflations: int  # columns dropped as linearly dependent
    stop: Stop
    flags: Flags
    certificate: float  # relative error of A that the hardware knows
    certificate_bound: float  # what is not known of its square, as a relative error
    seconds: float  # of the decomposition alone

    @property
    def tokens(self) -> int:
        return int(self.p.shape[0])

    @property
    def channels(self) -> int:
        return int(self.v.shape[0])

    @property
    def rank(self) -> int:
        return int(self.p.shape[1])

    @property
    def digest(self) -> str:
        """SHA-256 over P, V and the outlier list: `digest` of report.json"""
        return hashlib.sha256(self.p.astype("<f4").tobytes() + self.v.astype("<f4").tobytes() +
                              self.outliers.astype("<i4").tobytes()).hexdigest()


class Applied(NamedTuple):
    """One linear layer on the decomposed form"""
    sums: npt.NDArray[np.float32]  # rows x outputs, FP32: what leaves the array
    operand: npt.NDArray[np.uint16]  # the same, rounded to BF16 bits: the factor of the next layer
    flags: Flags


def _matrix(x: npt.ArrayLike, what: str) -> npt.NDArray[np.uint16]:
    bits = bf16(x)
    if bits.ndim != 2:
        raise Error(Status.SHAPE, f"the {what} has {bits.ndim} dimensions, not 2")
    return bits


def _unsigned(name: str, value: Any) -> int:
    """ctypes would take it modulo 2^32"""
    number = int(value)
    if number != value or not 0 <= number < 1 << 32:
        raise Error(Status.ARGUMENT, f"{name} {value} is no unsigned number of 32 bits")
    return number


class Context(Handle):
    """Decomposes and applies with one configuration; worth keeping where many matrices follow each other"""

    def __init__(self, config: ConfigLike = "full"):
        self.config = Config.of(config)
        super().__init__(self.config._struct)

    def _check(self, status: int) -> None:
        check(status, lib.dcom_message(self._open).decode(errors="replace"))

    def decompose(self, a: npt.ArrayLike, rank: int = 32, expansion: int = 8, warmup: int = 1, outliers: int = 16,
                  exact_tokens: Sequence[int] = (), tolerance: float = 0.0, seed: int = 1) -> Result:
        """A: tokens x channels, finite, of the types of bf16(). Parameters as dcom_parameters in dcom.h has them:

        rank          columns of P and V at most, 1 .. the smaller side of A
        expansion     E: 1, 2, 4 or 8
        warmup        blocks used only to improve the start block, 0..8
        outliers      channels on the exact track, 0 .. channels - 1
        exact_tokens  ascending token numbers on the exact track
        tolerance     stop when the certified relative error is at or below, 0..1; 0: never
        seed          of the start block's signs, 32 bits
        """
        bits = _matrix(a, "matrix")
        exact = np.array([_unsigned("exact token", t) for t in exact_tokens], np.uint32)
        parameters = ParametersStruct(_unsigned("rank", rank), _unsigned("expansion", expansion), _unsigned("warmup", warmup),
                                      _unsigned("outliers", outliers), pointer(exact, ctypes.c_uint32), len(exact),
                                      tolerance, _unsigned("seed", seed))
        r = ResultStruct()
        with self._lock:
            self._check(lib.dcom_decompose(self._open, pointer(bits, ctypes.c_uint16), *bits.shape, parameters, r))
            return Result(_copy(r.p, r.tokens, r.rank), _copy(r.v, r.channels, r.rank), _copy(r.outliers, r.outlier_count),
                          tuple(exact.tolist()), tuple(_copy(r.blocks, r.block_count).tolist()), r.passes, r.rounds,
                          r.deflations, Stop(r.stop), Flags(r.flags), r.certificate, r.certificate_bound, r.seconds)

    def apply(self, factor: npt.ArrayLike, weights: npt.ArrayLike) -> Applied:
        """Z = F W. factor: rows x channels, V^T of a decomposition or the operand of an earlier layer; weights: outputs x channels,
        as a model's file has them. Both finite, of the types of bf16()."""
        f, w = _matrix(factor, "factor"), _matrix(weights, "weights")
        if f.shape[1] != w.shape[1]:
            raise Error(Status.SHAPE, f"the weights are for {w.shape[1]} channels, the factor has {f.shape[1]}")
        sums = np.zeros((f.shape[0], w.shape[0]), np.float32)
        operand = np.zeros(sums.shape, np.uint16)
        flags = ctypes.c_uint()
        with self._lock:
            self._check(lib.dcom_apply(self._open, pointer(f, ctypes.c_uint16), *f.shape, pointer(w, ctypes.c_uint16), w.shape[0],
                                       pointer(sums, ctypes.c_float), pointer(operand, ctypes.c_uint16), flags))
        return Applied(sums, operand, Flags(flags.value))


def _copy(elements: Any, *shape: int) -> Any:
    """Of an array that is the context's until its next call"""
    if 0 in shape:
        return np.zeros(shape, np.dtype(elements._type_))
    return np.ctypeslib.as_array(elements, shape).copy()


def decompose(a: npt.ArrayLike, *, config: ConfigLike = "full", **parameters: Any) -> Result:
    """Context(config).decompose(a, ...)"""
    with Context(config) as context:
        result: Result = context.decompose(a, **parameters)
    return result


def apply(factor: npt.ArrayLike, weights: npt.ArrayLike, *, config: ConfigLike = "full") -> Applied:
    """Context(config).apply(factor, weights)"""
    with Context(config) as context:
        applied: Applied = context.apply(factor, weights)
    return applied
