"""A reader of golden vectors: docs/vectors.md, cmodel/vectors_manifest.c.

SPDX-License-Identifier: Apache-2.0
"""
import hashlib
import io
import json
import os
from typing import Any, Dict, List, NamedTuple, NoReturn, Optional, Tuple, Union

import numpy as np
import numpy.typing as npt

from ._library import NUMERIC_CONTRACT, Different, Error, Status
from .model import Config, ConfigLike, Context, Stop
from .scoreboard import Scoreboard
from .timed import Accelerator
from .trace import Trace

_SCHEMA = 1
_FILES = (("A.npy", "<u2"), ("P.npy", "<f4"), ("V.npy", "<f4"), ("outliers.npy", "<i4"), ("A.hex", "readmemh"),
          ("registers.hex", "readmemh"), ("outliers.hex", "readmemh"), ("V.hex", "readmemh"), ("P.hex", "readmemh"),
          ("results.hex", "readmemh"), ("trace.bin", "trace"))
# The keys of a manifest: a type, or an object's keys
_NUMBER, _REAL = (int,), (int, float, type(None))
_GEOMETRY = dict.fromkeys(Config.all()[0].values, _NUMBER)
_MANIFEST: Dict[str, Any] = {
    "schema": _NUMBER, "version": (str,), "numeric_contract": _NUMBER, "name": (str,), "reason": (str,), "expect": (str,),
    "config": {"name": (str,), "id": _NUMBER, "values": _GEOMETRY}, "input": (dict,),
    "parameters": {"rank": _NUMBER, "expansion": _NUMBER, "warmup": _NUMBER, "outliers": _NUMBER, "exact_tokens": (list,),
                   "tolerance": (int, float), "seed": _NUMBER},
    "stall": dict.fromkeys(("command", "write", "vector", "result", "seed"), _NUMBER), "trace": (bool,),
    "results": {**dict.fromkeys(("rank", "outliers", "passes", "rounds", "deflations", "blocks", "flags"), _NUMBER),
                **dict.fromkeys(("stop", "certificate_bits", "bound_bits", "digest"), (str,)), "certificate": _REAL, "bound": _REAL},
    "files": (list,)}
_GENERATED = {"generator": (str,), "seed": _NUMBER, "tokens": _NUMBER, "channels": _NUMBER}
_STORED = {"file": (str,), "sha256": (str,), "tokens": _NUMBER, "channels": _NUMBER}
_FILE = {"name": (str,), "type": (str,), "shape": (list,), "sha256": (str,), "bytes": _NUMBER}


class Packet(NamedTuple):
    """A packet of the stream out"""
    user: int  # TUSER: 0 outliers, 1 V, 2 P
    beats: npt.NDArray[np.uint16]  # beats x 8, lowest bits of a beat first


def _refuse(path: str, what: str) -> NoReturn:
    raise Error(Status.FILE, f"{path}: {what}")


class Vectors:
    """A case's folder, all of it read and verified: schema, numeric contract, configuration, keys, and of every file its size, SHA-256 and
    shape. What is off raises Error of status FILE, which names it. config, if given, is what the vectors must be for.

    name, reason     why the case exists
    manifest         all of manifest.json
    config           Config
    parameters       those of Context.decompose(), as keywords
    a                tokens x channels, uint16 BF16 bits
    p, v, outliers   as Result has them
    stream_in        beats x 8 cluster_columns, uint16: s_axis_tdata, lowest channel first
    writes, results  (address, data) of the AXI-Lite writes in their order, and of the result registers in the end
    packets          of the stream out, in their order
    digest           SHA-256 over P, V and the outliers
    trace            every port on every clock, or None
    """

    def __init__(self, folder: "Union[str, os.PathLike[str]]", config: Optional[ConfigLike] = None):
        self.folder = os.fspath(folder)
        path = self._path("manifest.json")
        manifest = self.manifest = self._read_manifest(path)
        self.name, self.reason, self.digest = manifest["name"], manifest["reason"], manifest["results"]["digest"]
        self.parameters = manifest["parameters"]
        self.config = self._read_config(path, None if config is None else Config.of(config))
        files = self._read_files(path)
        self.a, self.p, self.v, self.outliers = (self._array(files, name) for name in ("A.npy", "P.npy", "V.npy", "outliers.npy"))
        self.stream_in = self._beats(files, "A.hex", 8 * self.config.cluster_columns)
        self.writes, self.results = self._registers(files, "registers.hex"), self._registers(files, "results.hex")
        self.packets = self._packets(files)
        self.trace = Trace(self._path("trace.bin"), self.config) if manifest["trace"] else None
        self._check_results(path)

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    # ---- manifest

    def _read_manifest(self, path: str) -> Dict[str, Any]:
        def once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
            found = dict(pairs)
            if len(found) != len(pairs):
                _refuse(path, "a key is there twice")
            return found

        try:
            with open(path, encoding="utf-8") as file:
                manifest = json.load(file, object_pairs_hook=once)
        except OSError as error:
            _refuse(path, str(error.strerror))
        except ValueError as error:
            _refuse(path, f"not JSON: {error}")
        if not isinstance(manifest, dict):
            _refuse(path, "not an object")
        for key, name, mine in (("schema", "schema", _SCHEMA), ("numeric_contract", "numeric contract", NUMERIC_CONTRACT)):
            if manifest.get(key) != mine:
                _refuse(path, f"{name} {manifest.get(key)}: this dcom has {mine}")
        _keys(path, "", manifest, _MANIFEST)
        _keys(path, "input.", manifest["input"], _GENERATED if "generator" in manifest["input"] else _STORED)
        if not all(type(token) is int for token in manifest["parameters"]["exact_tokens"]):
            _refuse(path, "parameters.exact_tokens holds what is no token")
        if manifest["results"]["stop"] not in [stop.name.lower() for stop in Stop]:
            _refuse(path, f"results.stop {manifest['results']['stop']} is no reason to stop")
        return manifest

    def _read_config(self, path: str, wanted: Optional[Config]) -> Config:
        stored = self.manifest["config"]
        config = Config.of_values(stored["name"], stored["values"])
        if config.id != stored["id"]:
            _refuse(path, f"config.id is {stored['id']}, not {config.id}, that of the values: another geometry")
        for name, value in config.values.items():
            if wanted is not None and value != wanted.values[name]:
                _refuse(path, f"vectors for another geometry: {name} is {value}, not {wanted.values[name]}")
        return config

    # ---- files

    def _read_files(self, path: str) -> Dict[str, bytes]:
        """Their bytes, as the manifest has them"""
        wanted, files = [f for f in _FILES if f[0] != "trace.bin" or self.manifest["trace"]], {}
        if len(self.manifest["files"]) != len(wanted):
            _refuse(path, f"files are {len(self.manifest['files'])}, not {len(wanted)}")
        for k, (entry, (name, kind)) in enumerate(zip(self.manifest["files"], wanted)):
            _keys(path, f"files[{k}].", entry, _FILE)
            if (entry["name"], entry["type"]) != (name, kind):
                _refuse(path, f"files[{k}] is {entry['name']} of type {entry['type']}, not {name} of {kind}")
            try:
                with open(self._path(name), "rb") as file:
                    data = file.read()
            except OSError as error:
                _refuse(self._path(name), str(error.strerror))
            if len(data) != entry["bytes"]:
                _refuse(self._path(name), f"{len(data)} bytes, the manifest says {entry['bytes']}")
            digest = hashlib.sha256(data).hexdigest()
            if digest != entry["sha256"]:
                _refuse(self._path(name), f"SHA-256 is {digest}, the manifest says {entry['sha256']}")
            files[name] = data
        return files

    def _shape(self, name: str) -> Tuple[int, ...]:
        return tuple(next(entry["shape"] for entry in self.manifest["files"] if entry["name"] == name))

    def _array(self, files: Dict[str, bytes], name: str) -> Any:
        try:
            array = np.load(io.BytesIO(files[name]), allow_pickle=False)
        except ValueError as error:
            _refuse(self._path(name), str(error))
        tokens, channels, rank = (self.manifest[a][b] for a, b in (("input", "tokens"), ("input", "channels"), ("results", "rank")))
        shape = {"A.npy": (tokens, channels), "P.npy": (tokens, rank), "V.npy": (channels, rank),
                 "outliers.npy": (self.manifest["results"]["outliers"],)}[name]
        if array.dtype.str != dict(_FILES)[name] or array.shape != shape or self._shape(name) != shape:
            _refuse(self._path(name), f"{array.dtype.str} of shape {array.shape}, the manifest says {self._shape(name)}, the case {shape}")
        return array

    def _lines(self, files: Dict[str, bytes], name: str, digits: int) -> List[bytes]:
        """Of a .hex file, without what separates digits"""
        lines = files[name].replace(b"_", b"").split(b"\n")
        if lines.pop() or self._shape(name) != (len(lines), 4 * digits) or any(len(line) != digits for line in lines):
            _refuse(self._path(name), f"not {self._shape(name)[0]} lines of {4 * digits} bits")
        return lines

    def _beats(self, files: Dict[str, bytes], name: str, words: int) -> npt.NDArray[np.uint16]:
        lines = self._lines(files, name, 4 * words)
        try:
            return np.frombuffer(bytes.fromhex(b"".join(lines).decode()), ">u2").reshape(-1, words)[:, ::-1].astype(np.uint16)
        except ValueError:
            _refuse(self._path(name), "not hexadecimal")

    def _registers(self, files: Dict[str, bytes], name: str) -> List[Tuple[int, int]]:
        try:
            return [(int(line[:4], 16), int(line[4:], 16)) for line in self._lines(files, name, 12)]
        except ValueError:
            _refuse(self._path(name), "not hexadecimal")

    def _packets(self, files: Dict[str, bytes]) -> List[Packet]:
        blocks, packets = self.manifest["results"]["blocks"], [Packet(0, self._beats(files, "outliers.hex", 8))]
        v, p = self._beats(files, "V.hex", 8), self._beats(files, "P.hex", 8)
        for name, beats, side in (("V.hex", v, len(self.v)), ("P.hex", p, len(self.p))):
            if len(beats) != blocks * side:
                _refuse(self._path(name), f"{len(beats)} beats, {blocks} blocks take {blocks * side}")
        for k in range(blocks):
            packets += [Packet(1, v[k * len(self.v):(k + 1) * len(self.v)]), Packet(2, p[k * len(self.p):(k + 1) * len(self.p)])]
        return packets

    # ---- results

    def _check_results(self, path: str) -> None:
        found = hashlib.sha256(self.p.tobytes() + self.v.tobytes() + self.outliers.tobytes()).hexdigest()
        if found != self.digest:
            _refuse(path, f"results.digest is {self.digest}, that of P, V and the outliers {found}")
        if self.trace is not None and self._shape("trace.bin") != (self.trace.clocks,):
            _refuse(self._path("trace.bin"), f"{self.trace.clocks} clocks, the manifest says {self._shape('trace.bin')}")

    def replay(self) -> None:
        """Runs the models of this library: the untimed one on `a`, a scoreboard on what goes over the ports, the timed one on the
        trace's inputs. Different names what is not as in the folder."""
        with Context(self.config) as context:
            r = context.decompose(self.a, **self.parameters)
        results = self.manifest["results"]
        found = {"digest": r.digest, "rank": r.rank, "passes": r.passes, "rounds": r.rounds, "deflations": r.deflations,
                 "blocks": len(r.blocks), "flags": r.flags, "stop": r.stop.name.lower(), "certificate_bits": _bits(r.certificate),
                 "bound_bits": _bits(r.certificate_bound)}
        for key, value in found.items():
            if value != results[key]:
                raise Different(f"{self._path('manifest.json')}: results.{key} is {results[key]}, the model's {value}")
        self._replay_ports()
        if self.trace is None:
            return
        with Accelerator(self.config) as device:
            for clock, (inputs, outputs) in enumerate(self.trace, 1):
                for name, here, there in device.step(inputs).differences(outputs):
                    raise Different(f"{self.trace.path}: clock {clock}: {name}: {there:x}, the model's {here:x}")

    def _replay_ports(self) -> None:
        """What goes over the ports, as a scoreboard sees it"""
        with Scoreboard(self.config) as board:
            try:
                for address, data in self.writes:
                    board.write(address, data)
                for k, beat in enumerate(self.stream_in, 1):
                    board.beat_in(beat, k == len(self.stream_in))
                for packet in self.packets:
                    for k, beat in enumerate(packet.beats, 1):
                        board.beat_out(beat, packet.user, k == len(packet.beats))
                for address, data in self.results:
                    board.read(address, data)
                board.finish()
            except Error as error:
                raise Different(f"{self.folder}: {error}") from None


def _bits(x: float) -> str:
    return f"{int(np.float32(x).view(np.uint32)):08x}"


def _keys(path: str, where: str, found: Any, wanted: Dict[str, Any]) -> None:
    """Exactly these keys, of these types"""
    if not isinstance(found, dict):
        _refuse(path, f"{where[:-1]} is not an object")
    for key in found:
        if key not in wanted:
            _refuse(path, f"{where}{key} is a key that this dcom does not know")
    for key, kind in wanted.items():
        if key not in found:
            _refuse(path, f"{where}{key} is missing")
        if isinstance(kind, dict):
            _keys(path, f"{where}{key}.", found[key], kind)
        elif type(found[key]) not in kind or (type(found[key]) is int and not 0 <= found[key] < 1 << 64):
            _refuse(path, f"{where}{key} is {found[key]!r}: not what it should be")
