"""A reader of the per-clock trace of the accelerator's ports: docs/trace.md, cmodel/trace.c.

SPDX-License-Identifier: Apache-2.0
"""
import os
import struct
from typing import Any, Iterator, List, NoReturn, Optional, Tuple, Union

from ._library import NUMERIC_CONTRACT, Error, Status
from .model import Config
from .timed import Inputs, Outputs

_MAGIC, _END, _VERSION, _BLOCK = b"DCOMTRC\n", b"DCOMEND\n", 1, 4096
_GEOMETRY = ("cluster_rows", "cluster_columns", "mac_rows", "lanes", "tile_tokens", "tile_channels", "basis_rows", "mac_stages")
_FOOTER = 8 + 1 + len(_END)  # clocks, check, magic
_INPUTS = (("rst", 1), ("axi_awvalid", 1), ("axi_wvalid", 1), ("axi_bready", 1), ("axi_arvalid", 1), ("axi_rready", 1),
           ("s_axis_tvalid", 1), ("s_axis_tlast", 1), ("m_axis_tready", 1), ("axi_awaddr", 12), ("axi_wdata", 32), ("axi_wstrb", 4),
           ("axi_araddr", 12), ("s_axis_tdata", 128))  # 128 for each cluster column
_OUTPUTS = (("axi_awready", 1), ("axi_wready", 1), ("axi_bvalid", 1), ("axi_arready", 1), ("axi_rvalid", 1), ("s_axis_tready", 1),
            ("m_axis_tvalid", 1), ("m_axis_tlast", 1), ("axi_bresp", 2), ("axi_rdata", 32), ("axi_rresp", 2), ("m_axis_tdata", 128),
            ("m_axis_tuser", 2))


def _crc_table() -> bytes:
    table = bytearray()
    for byte in range(256):
        for _ in range(8):
            byte = byte << 1 ^ (0x107 if byte & 0x80 else 0)
        table.append(byte)
    return bytes(table)


_CRC = _crc_table()


def _check(crc: int, data: bytes) -> int:
    for byte in data:
        crc = _CRC[crc ^ byte]
    return crc


def _odd(byte: int) -> bool:
    return bin(byte).count("1") % 2 == 1


class Trace:
    """All ports on each clock: iterating gives (inputs before the edge, outputs after it), from clock 1 on.

    What is no trace, another version, numeric contract or geometry than `config`'s, damaged or cut raises Error of status FILE; a flipped
    bit is told by clock and signal when its clock is read.
    """

    def __init__(self, path: "Union[str, os.PathLike[str]]", config: Optional[Config] = None):
        self.path = os.fspath(path)
        try:
            with open(path, "rb") as file:
                self._data = file.read()
        except OSError as error:
            self._refuse(str(error.strerror))
        self.config = self._read_header(config)
        self._signals = [(Inputs, name, bits * (self.config.cluster_columns if bits == 128 else 1)) for name, bits in _INPUTS] + \
            [(Outputs, name, bits) for name, bits in _OUTPUTS]
        if self._data[:self._header] != self._make_header():
            self._refuse("a trace of other signals")
        self._offsets, self.clocks = self._read_index()

    def _refuse(self, what: str) -> NoReturn:
        raise Error(Status.FILE, f"{self.path}: {what}")

    # ---- header and index

    _header = len(_MAGIC) + 4 * (3 + len(_GEOMETRY) + 2) + 19 * (len(_INPUTS) + len(_OUTPUTS)) + 1

    def _read_header(self, config: Optional[Config]) -> Config:
        data = self._data
        if data[:8] != _MAGIC:
            self._refuse("not a trace of the accelerator")
        if len(data) < self._header:
            self._refuse("it is truncated")
        version, contract, _, *values = struct.unpack_from(f"<{3 + len(_GEOMETRY)}I", data, 8)
        if version != _VERSION:
            self._refuse(f"a trace of version {version}; this reads version {_VERSION}")
        if data[self._header - 1] != _check(0, data[:self._header - 1]):
            self._refuse("the header is damaged")
        if contract != NUMERIC_CONTRACT:
            self._refuse(f"a trace of numeric contract {contract}, not {NUMERIC_CONTRACT}")
        if config is None:
            return Config.of_values("", dict(zip(_GEOMETRY, values)))
        for name, value in zip(_GEOMETRY, values):
            if value != config.values[name]:
                self._refuse(f"a trace of another geometry: {name} is {value}, not {config.values[name]}")
        return config

    def _make_header(self) -> bytes:
        header = _MAGIC + struct.pack(f"<{5 + len(_GEOMETRY)}I", _VERSION, NUMERIC_CONTRACT, self.config.id,
                                      *(self.config.values[name] for name in _GEOMETRY), _BLOCK, len(self._signals))
        for kind, name, bits in self._signals:
            header += struct.pack("<16scH", name.encode(), b"i" if kind is Inputs else b"o", bits)
        return header + bytes([_check(0, header)])

    def _read_index(self) -> Tuple[List[int], int]:
        """Where each block is, and the index behind them; the clocks"""
        data = self._data
        if len(data) < self._header + 1 + _FOOTER:
            self._refuse("it is truncated")
        if data[-len(_END):] != _END:
            self._refuse("its end is damaged, or it is truncated")
        clocks, = struct.unpack_from("<Q", data, len(data) - _FOOTER)
        blocks = -(-clocks // _BLOCK)
        start = len(data) - 1 - 8 * blocks - _FOOTER
        if start < self._header or data[start:start + 1] != b"I" or _check(0, data[start:-9]) != data[-9]:
            self._refuse("the index is damaged")
        offsets = [*struct.unpack_from(f"<{blocks}Q", data, start + 1), start]
        if offsets[0] != self._header or any(b < a + 5 for a, b in zip(offsets, offsets[1:])):
            self._refuse("the index is damaged")
        return offsets, clocks

    def __len__(self) -> int:
        return self.clocks

    # ---- clocks

    def __iter__(self) -> Iterator[Tuple[Inputs, Outputs]]:
        return self.read()

    def read(self, first: int = 1) -> Iterator[Tuple[Inputs, Outputs]]:
        """From clock `first` on, without reading the blocks before it"""
        if not 1 <= first <= self.clocks and (first, self.clocks) != (1, 0):
            self._refuse(f"there is no clock {first}: it has {self.clocks}")
        for k in range((first - 1) // _BLOCK, len(self._offsets) - 1):
            for clock, ports in enumerate(self._read_block(k), k * _BLOCK + 1):
                if clock >= first:
                    yield ports

    def _read_block(self, k: int) -> Iterator[Tuple[Inputs, Outputs]]:
        base, clocks = k * _BLOCK, min(_BLOCK, self.clocks - k * _BLOCK)
        block = self._data[self._offsets[k]:self._offsets[k + 1]]
        at, crc, clock = 1, _check(0, b"B"), 0  # clock: the last one given
        now: Any = {Inputs: Inputs(), Outputs: Outputs()}

        def damaged(clock: int, what: str) -> NoReturn:
            self._refuse(f"clock {base + clock}: {what}: the stored value is damaged")

        if block[0] != ord("B"):
            damaged(1, "begin of the block")
        while True:
            # the step to the next record
            step, shift, start = 0, 0, at
            while True:
                if at >= len(block) or not _odd(block[at]) or shift > 12:
                    damaged(min(clock + 1, clocks), "step")
                step |= (block[at] & 63) << shift
                shift, at = shift + 6, at + 1
                if not block[at - 1] & 0x40:
                    break
            crc = _check(crc, block[start:at])
            if step == 0:
                if at + 3 != len(block) or block[at] | block[at + 1] << 8 != clocks or _check(crc, block[at:at + 2]) != block[at + 2]:
                    damaged(clocks, "end of the block")
                for _ in range(clocks - clock):
                    yield now[Inputs], now[Outputs]
                return
            if step > clocks - clock:
                damaged(min(clock + 1, clocks), "step")
            for _ in range(step - 1):
                yield now[Inputs], now[Outputs]
            clock += step
            # the record
            now = {kind: kind.from_buffer_copy(ports) for kind, ports in now.items()}  # those given stay as they are
            last: Any = 0
            while not last:
                head = block[at] if at < len(block) else 0
                if not _odd(head) or head & 31 >= len(self._signals):
                    damaged(clock, "head of an entry")
                kind, name, bits = self._signals[head & 31]
                last, value = head & 0x40, head >> 5 & 1
                size = (bits + 7) // 8 if bits > 1 else 0
                crc = _check(crc, block[at:at + 1 + size])
                if bits > 1:
                    stored = block[at + 1:at + 1 + size]
                    if value or block[at + 1 + size:at + 2 + size] != bytes([crc]) or int.from_bytes(stored, "little") >> bits:
                        damaged(clock, name)
                    value = int.from_bytes(stored, "little")
                now[kind][name] = value
                at += 1 + size + (bits > 1)
            yield now[Inputs], now[Outputs]
