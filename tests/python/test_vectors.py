# test_vectors.py - Vectors and Trace: what `dcom vectors` writes is read and replayed, what is off is refused by name.
# SPDX-License-Identifier: Apache-2.0
import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

import dcom
import numpy as np

DCOM = f"{os.environ['BUILD']}/dcom"
SEED = int(os.environ["SEED"])
CASE = ("spectrum(40,36)", "--config", "tiny", "--rank", "12", "--outliers", "3", "--exact-tokens", "2,9", "--stall", "light", "--trace")


def vectors(*words):
    subprocess.run([DCOM, "vectors", *words, "--quiet"], check=True)


class Folder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.good = f"{cls.temporary.name}/good"
        vectors(*CASE, "--out", cls.good)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        self.random = random.Random(SEED)
        self.bad = f"{self.temporary.name}/bad"
        shutil.rmtree(self.bad, ignore_errors=True)
        shutil.copytree(self.good, self.bad)

    def refused(self, message, read, status=dcom.Status.FILE):
        with self.assertRaisesRegex(dcom.Error, message) as caught:
            read()
        self.assertIs(caught.exception.status, status)


class Cases(Folder):
    def test_parts(self):
        v = dcom.Vectors(self.good, config="tiny")
        r = dcom.decompose(v.a, config=v.config, **v.parameters)
        self.assertEqual(v.digest, r.digest)
        for name in ("p", "v", "outliers"):
            self.assertEqual(getattr(v, name).tobytes(), getattr(r, name).tobytes())
        self.assertEqual(v.parameters["exact_tokens"], [2, 9])
        self.assertEqual(v.stream_in.reshape(40, -1)[:, :36].tolist(), v.a.tolist())
        self.assertEqual(v.writes[0], (0x040, 40))
        bits = sum(int(x) << 16 * k for k, x in enumerate(v.packets[0].beats[:, 0]))
        self.assertEqual(sorted(v.outliers.tolist()), [8 * (k // 16) + k % 16 for k in range(256) if bits >> k & 1])
        self.assertEqual([packet.user for packet in v.packets], [0] + [1, 2] * len(r.blocks))
        columns = np.hstack([packet.beats[:, :width] for packet, width in zip(v.packets[1::2], r.blocks)])
        self.assertEqual(columns.tolist(), dcom.bf16(r.v).tolist())
        v.replay()

    def test_corner_cases(self):
        """All of the library, and the digests of its index"""
        folder = f"{self.temporary.name}/corner"
        vectors("--cases", "vectors/corner.cases", "--out", folder)
        with open(f"{folder}/index.json", encoding="utf-8") as file:
            index = json.load(file)["cases"]
        self.assertGreater(len(index), 40)
        for case in index:
            with self.subTest(case["name"]):
                v = dcom.Vectors(f"{folder}/{case['name']}")
                self.assertEqual(v.digest, case["digest"])
                v.trace = v.trace if len(v.p) * len(v.v) < 64 * 64 else None  # traces of larger ones are slow in Python
                v.replay()

    def edit(self, change):
        path = f"{self.bad}/manifest.json"
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        change(manifest)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(manifest, file)

    def test_manifests(self):
        read = lambda: dcom.Vectors(self.bad)
        changes = [
            (lambda m: m.update(schema=2), "manifest.json: schema 2: this dcom has 1$"),
            (lambda m: m.update(numeric_contract=1), f"manifest.json: numeric contract 1: this dcom has {dcom.NUMERIC_CONTRACT}$"),
            (lambda m: m.pop("schema"), "manifest.json: schema None: this dcom has 1$"),
            (lambda m: m.update(more=1), "manifest.json: more is a key that this dcom does not know$"),
            (lambda m: m["results"].pop("digest"), "manifest.json: results.digest is missing$"),
            (lambda m: m["parameters"].update(rank="12"), "manifest.json: parameters.rank is '12': not what it should be$"),
            (lambda m: m["parameters"].update(rank=True), "parameters.rank is True: not what it should be$"),
            (lambda m: m["config"]["values"].update(tile_tokens=128), "manifest.json: config.id is .*: another geometry$"),
            (lambda m: m["files"].pop(), "manifest.json: files are 10, not 11$"),
            (lambda m: m["files"][1].update(name="Q.npy"), r"manifest.json: files\[1\] is Q.npy of type <f4, not P.npy of <f4$"),
            (lambda m: m["files"][0].update(shape=[36, 40]), r"A.npy: <u2 of shape \(40, 36\), the manifest says \(36, 40\)"),
            (lambda m: m["files"][4].update(shape=[1, 128]), "A.hex: not 1 lines of 128 bits$"),
            (lambda m: m["files"][10].update(shape=[9]), r"trace.bin: \d+ clocks, the manifest says \(9,\)$"),
            (lambda m: m["results"].update(digest="0" * 64), "manifest.json: results.digest is 0{64}, that of P, V and the outliers "),
            (lambda m: m["results"].update(stop="bored"), "manifest.json: results.stop bored is no reason to stop$")]
        for change, message in changes:
            with self.subTest(message):
                self.setUp()
                self.edit(change)
                self.refused(message, read)
        for text, message in (("{", "manifest.json: not JSON: "), ("[]", "manifest.json: not an object$"),
                              ('{"schema": 1, "schema": 1}', "manifest.json: a key is there twice$")):
            with open(f"{self.bad}/manifest.json", "w", encoding="utf-8") as file:
                file.write(text)
            self.refused(message, read)
        self.refused("vectors for another geometry: cluster_rows is 1, not 2$", lambda: dcom.Vectors(self.good, config="small"))
        self.refused("nowhere/manifest.json: No such file", lambda: dcom.Vectors("nowhere"))

    def test_files(self):
        """One that is missing, short, long, or has a flipped bit"""
        for name in sorted(os.listdir(self.good)):
            if name == "manifest.json":
                continue
            path = f"{self.bad}/{name}"
            with open(path, "rb") as file:
                data = bytearray(file.read())
            flipped = data.copy()
            flipped[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
            for changed, message in ((data[:-1], f"{len(data) - 1} bytes, the manifest says {len(data)}$"), (data + b"\n", "bytes, the manifest"),
                                     (flipped, "SHA-256 is .*, the manifest says"), (None, "No such file")):
                with open(path, "wb") as file:
                    file.write(changed or b"")
                if changed is None:
                    os.remove(path)
                self.refused(f"{name}: .*{message}", lambda: dcom.Vectors(self.bad))
            with open(path, "wb") as file:
                file.write(data)
        dcom.Vectors(self.bad).replay()

    def rewrite(self, name, change):
        """A changed file with its new hash: whole, but not what the models say"""
        with open(f"{self.bad}/{name}", "rb") as file:
            data = change(file.read())
        with open(f"{self.bad}/{name}", "wb") as file:
            file.write(data)
        digest = hashlib.sha256(data).hexdigest()
        self.edit(lambda m: next(f for f in m["files"] if f["name"] == name).update(sha256=digest))

    def test_replay_tells(self):
        def flip(line, digit):
            def change(data):
                lines = data.split(b"\n")
                text = lines[line]
                lines[line] = text[:digit] + b"%x" % (int(text[digit:digit + 1], 16) ^ 1) + text[digit + 1:]
                return b"\n".join(lines)
            return change

        for name, change, message in (
                ("V.hex", flip(5, 31), r"bad: job 2, packet V 0, beat 5, lane 0: \w{4}, not \w{4}$"),
                ("P.hex", flip(41, 27), r"bad: job 2, packet P 1, beat 1, lane 1: "),
                ("A.hex", flip(7, 0), r"bad: job [12], packet "),
                ("outliers.hex", flip(0, 31), r"bad: job 1, packet outliers 0, beat 0, lane 0: "),
                ("results.hex", flip(9, 12), r"bad: register 118: "),
                ("registers.hex", flip(7, 12), r"bad: job [12], packet ")):
            with self.subTest(name):
                self.setUp()
                self.rewrite(name, change)
                self.refused(message, dcom.Vectors(self.bad).replay, dcom.Status.DIFFERENT)
        self.setUp()
        self.edit(lambda m: m["results"].update(rounds=99))
        self.refused("manifest.json: results.rounds is 99, the model's ", dcom.Vectors(self.bad).replay, dcom.Status.DIFFERENT)


class Traces(Folder):
    def setUp(self):
        super().setUp()
        self.path = f"{self.bad}/trace.bin"
        with open(self.path, "rb") as file:
            self.data = file.read()

    def write(self, data):
        with open(self.path, "wb") as file:
            file.write(data)
        return lambda: all(True for _ in dcom.Trace(self.path, dcom.Config.named("tiny")))

    def test_seek(self):
        trace = dcom.Trace(self.path)
        whole = list(trace)
        self.assertEqual(len(whole), len(trace))
        self.assertGreater(len(trace), 4096)
        self.assertEqual(trace.config, dcom.Config.named("tiny"))
        for first in (1, 2, 4095, 4096, 4097, 4098, len(trace), self.random.randrange(1, len(trace))):
            self.assertEqual(next(trace.read(first)), whole[first - 1])
        self.assertEqual(list(trace.read(4090)), whole[4089:])
        self.refused(f"there is no clock {len(trace) + 1}: it has {len(trace)}$", lambda: next(trace.read(len(trace) + 1)))
        self.refused("there is no clock 0", lambda: next(trace.read(0)))

    def test_damage(self):
        """Any flipped bit; any cut; anything added"""
        for _ in range(60):
            changed = bytearray(self.data)
            at, bit = self.random.randrange(len(changed)), self.random.randrange(8)
            changed[at] ^= 1 << bit
            with self.subTest(at=at, bit=bit):
                self.refused("^.*trace.bin: ", self.write(changed))
        for size in (0, 7, 8, 20, 500, len(self.data) - 1, self.random.randrange(len(self.data))):
            self.refused("^.*trace.bin: (not a trace|it is truncated|its end is damaged)", self.write(self.data[:size]))
        self.refused("its end is damaged", self.write(self.data + b"\0"))
        self.assertTrue(self.write(self.data)())

    def test_names(self):
        """Clock and signal of a value"""
        trace = dcom.Trace(self.path)
        clock = next(n for n, (_, o) in enumerate(trace, 1) if o.m_axis_tvalid)
        value = next(trace.read(clock))[1]["m_axis_tdata"].to_bytes(16, "little")
        at = self.data.index(value)
        changed = bytearray(self.data)
        changed[at + 3] ^= 4
        self.refused(rf"trace.bin: clock {clock}: m_axis_tdata: the stored value is damaged$", self.write(changed))
        changed = bytearray(self.data)
        changed[at - 1] ^= 1
        self.refused(rf"trace.bin: clock {clock}: head of an entry: the stored value is damaged$", self.write(changed))

    def test_headers(self):
        def header(at, value):
            changed = bytearray(self.data)
            changed[at] = value
            size = dcom.Trace._header
            from dcom.trace import _check
            changed[size - 1] = _check(0, changed[:size - 1])
            return changed

        self.refused("not a trace of the accelerator$", self.write(header(0, 0)))
        self.refused("a trace of version 9; this reads version 1$", self.write(header(8, 9)))
        self.refused(f"a trace of numeric contract 9, not {dcom.NUMERIC_CONTRACT}$", self.write(header(12, 9)))
        self.refused("a trace of other signals$", self.write(header(16, self.data[16] ^ 1)))
        self.refused("a trace of another geometry: cluster_rows is 1, not 2$", lambda: dcom.Trace(f"{self.good}/trace.bin", dcom.Config.named("small")))

    def test_replay_tells(self):
        """Another device's trace is whole, but not this one's"""
        v, other = dcom.Vectors(self.good), f"{self.temporary.name}/other"
        shutil.rmtree(other, ignore_errors=True)
        vectors(*CASE, "--seed", "9", "--out", other)
        pairs = zip(v.trace, dcom.Vectors(other).trace)
        v.trace = type("Mixed", (), {"path": "mixed", "__iter__": lambda self: ((a[0], b[1]) for a, b in pairs)})()
        self.refused(r"^mixed: clock \d+: \w+: [0-9a-f]+, the model's [0-9a-f]+$", v.replay, dcom.Status.DIFFERENT)
