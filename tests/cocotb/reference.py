# reference.py - what `dcom decompose` and `dcom apply` write for a matrix of BF16 bits, under the configuration of the bench.
# SPDX-License-Identifier: Apache-2.0
import ast
import json
import os
import struct
import subprocess
import tempfile
from dataclasses import dataclass, field

BUILD = os.environ.get("BUILD", "build")
CONFIG = "tiny"


def bf16(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


def read_npy(path):
    """Rows of numbers: BF16 bits of <u2 and of <f4, whose lower halves are 0; one row of <i4"""
    with open(path, "rb") as file:
        data = file.read()
    start = 10 + struct.unpack_from("<H", data, 8)[0]
    head = ast.literal_eval(data[10:start].decode("ascii"))
    assert data[:8] == b"\x93NUMPY\1\0" and not head["fortran_order"]
    rows, columns = head["shape"] if len(head["shape"]) == 2 else (1, head["shape"][0])
    letter = {"<u2": "H", "<f4": "I", "<i4": "i"}[head["descr"]]
    numbers = struct.unpack_from(f"<{rows * columns}{letter}", data, start)
    if letter == "I":
        assert not any(x & 0xFFFF for x in numbers), f"{path} is not BF16"
        numbers = [x >> 16 for x in numbers]
    return [list(numbers[columns * r:columns * (r + 1)]) for r in range(rows)]


def write_npy(path, matrix):
    head = f"{{'descr': '<u2', 'fortran_order': False, 'shape': ({len(matrix)}, {len(matrix[0])}), }}".ljust(117) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode("ascii"))
        for row in matrix:
            file.write(struct.pack(f"<{len(row)}H", *row))


@dataclass
class Job:
    """A matrix, tokens x channels, and how it is decomposed"""
    a: list
    rank: int = 8
    expansion: int = 8
    warmup: int = 1
    outliers: int = 3
    tolerance: float = 0.0
    seed: int = 1
    exact: list = field(default_factory=list)

    @property
    def tokens(self):
        return len(self.a)

    @property
    def channels(self):
        return len(self.a[0])


@dataclass
class Factors:
    p: list
    v: list
    outliers: list
    report: dict


def dcom(*words):
    done = subprocess.run([f"{BUILD}/dcom", *words, "--config", CONFIG, "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def decompose(job, folder):
    write_npy(f"{folder}/a.npy", job.a)
    words = [f"--{name}={getattr(job, name)}" for name in ("rank", "expansion", "warmup", "outliers", "tolerance", "seed")]
    if job.exact:
        words.append("--exact-tokens=" + ",".join(map(str, job.exact)))
    dcom("decompose", f"{folder}/a.npy", "--out", f"{folder}/d", *words)
    with open(f"{folder}/d/report.json", encoding="utf-8") as file:
        report = json.load(file)
    p, v, outliers = (read_npy(f"{folder}/d/{name}.npy") for name in ("P", "V", "outliers"))
    return Factors(p, v, outliers[0], report)


def decomposed(job):
    with tempfile.TemporaryDirectory() as folder:
        return decompose(job, folder)


def applied(job, weights):
    """V of a job without outliers or exact tokens, as vectors, and V of what `dcom apply` makes of it: rows of each are vectors.
    weights: outputs x channels"""
    with tempfile.TemporaryDirectory() as folder:
        v = decompose(job, folder).v
        write_npy(f"{folder}/w.npy", weights)
        dcom("apply", f"{folder}/d", f"{folder}/w.npy", "--out", f"{folder}/z")
        z = read_npy(f"{folder}/z/V.npy")
    return [list(x) for x in zip(*v)], [list(x) for x in zip(*z)]
