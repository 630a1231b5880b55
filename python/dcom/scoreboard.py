"""The scoreboard: what monitors on a DUT's ports saw, against what the untimed model says.

SPDX-License-Identifier: Apache-2.0
"""
import ctypes
from typing import NamedTuple, Sequence, Union

import numpy as np
import numpy.typing as npt

from ._library import CountsStruct, Error, Handle, Status, check, lib
from .model import Config, ConfigLike

Beat = Union[Sequence[int], npt.NDArray[np.uint16]]


class Counts(NamedTuple):
    jobs: int  # predicted
    beats: int  # of the stream out, compared
    registers: int  # reads compared
    unjudged: int  # reads that no transaction determines
    mismatches: int  # beats and reads that differed
    awaited: int  # beats predicted and not seen yet
    unexpected: int  # beats seen for which no job has been seen yet


class Scoreboard(Handle):
    """Takes transactions in the order of each port; the ports need not be in step with each other. LOAD, DECOMPOSE and APPLY are predicted.

    A method raises Different if something that its transaction led to compare differs, naming packet, beat and lane, or the
    register; the scoreboard goes on. It raises Error of status ARGUMENT where predictions end, until a reset: PASS_FORWARD,
    PASS_TRANSPOSE, STORE, ABORT, and TLAST in a wrong place.
    """
    _kind = "scoreboard_"

    def __init__(self, config: ConfigLike = "full"):
        self.config = Config.of(config)
        super().__init__(self.config._struct)

    def _check(self, status: int) -> None:
        if status:
            check(status, lib.dcom_scoreboard_message(self._open).decode(errors="replace"))

    def _beat(self, data: Beat, words: int) -> "ctypes.Array[ctypes.c_uint16]":
        if len(data) != words:
            raise Error(Status.SHAPE, f"a beat of {len(data)} BF16, not {words}")
        return (ctypes.c_uint16 * words)(*[int(x) for x in data])

    def reset(self) -> None:
        """The DUT was reset: jobs, beats and registers are forgotten, the counts stay"""
        with self._lock:
            lib.dcom_scoreboard_reset(self._open)

    def write(self, address: int, data: int, strobes: int = 15) -> None:
        """A register write that was answered OKAY: byte address, data, byte strobes"""
        with self._lock:
            self._check(lib.dcom_scoreboard_write(self._open, address, data, strobes))

    def read(self, address: int, data: int) -> None:
        """A register read that was answered OKAY, during which no write was under way"""
        with self._lock:
            self._check(lib.dcom_scoreboard_read(self._open, address, data))

    def beat_in(self, data: Beat, last: bool) -> None:
        """A beat taken from the stream in: 8 x cluster_columns BF16 bits, lowest channel first, and TLAST"""
        beat = self._beat(data, 8 * self.config.cluster_columns)
        with self._lock:
            self._check(lib.dcom_scoreboard_in(self._open, beat, last))

    def beat_out(self, data: Beat, user: int, last: bool) -> None:
        """A beat taken from the stream out: 8 BF16 bits (or outlier bits), TUSER and TLAST"""
        beat = self._beat(data, 8)
        with self._lock:
            self._check(lib.dcom_scoreboard_out(self._open, beat, user, last))

    def finish(self) -> None:
        """At the end of a test: Different if anything has differed, jobs or beats are still to come, or nothing was compared"""
        with self._lock:
            self._check(lib.dcom_scoreboard_finish(self._open))

    @property
    def counts(self) -> Counts:
        struct = CountsStruct()
        with self._lock:
            lib.dcom_scoreboard_read_counts(self._open, struct)
        return Counts(*(getattr(struct, name) for name in Counts._fields))
