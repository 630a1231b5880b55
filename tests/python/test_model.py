# test_model.py - configurations, numbers, decompose and apply: against the command's files, bit for bit, and what is refused.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import subprocess
import tempfile
import threading
import unittest

import dcom
import numpy as np

DCOM = f"{os.environ['BUILD']}/dcom"
REAL = "tests/data/kjv_S512_L29_mlp_in.npy"
SEED = int(os.environ["SEED"])


def command(*words):
    return subprocess.run([DCOM, *map(str, words), "--quiet"], capture_output=True, text=True, check=False)


def decomposed(folder, a, **options):
    """What `dcom decompose` writes for a matrix: P, V, outliers, report, and the two tracks"""
    np.save(f"{folder}/a.npy", a)
    words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    done = command("decompose", f"{folder}/a.npy", "--out", f"{folder}/d", *words)
    assert done.returncode == 0, done.stderr
    with open(f"{folder}/d/report.json", encoding="utf-8") as file:
        report = json.load(file)
    return tuple(np.load(f"{folder}/d/{name}.npy") for name in ("P", "V", "outliers")) + (report,)


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def same(self, got, want):
        self.assertEqual((got.dtype, got.shape), (want.dtype, want.shape))
        self.assertEqual(got.tobytes(), want.tobytes())


class Decompose(Folder):
    def compare(self, a, config="small", **options):
        p, v, outliers, report = decomposed(self.folder, a, config=config, **options)
        if "exact_tokens" in options:
            options["exact_tokens"] = [int(x) for x in options["exact_tokens"].split(",")]
        r = dcom.decompose(a, config=config, **options)
        self.same(r.p, p)
        self.same(r.v, v)
        self.same(r.outliers, outliers)
        for key in ("tokens", "channels", "rank", "passes", "rounds", "deflations", "flags", "certificate", "certificate_bound", "digest"):
            self.assertEqual(getattr(r, key), report[key], key)
        self.assertEqual(r.stop.name.lower(), report["stop"])
        self.assertEqual(list(r.exact_tokens), report["exact_tokens"])
        self.assertEqual(sum(r.blocks), r.rank)
        return r

    def test_real_activations(self):
        for name in sorted(os.listdir("tests/data")):
            if name.endswith("_in.npy"):
                with self.subTest(name):
                    self.compare(np.load(f"tests/data/{name}"), config="full")

    def test_parameters(self):
        a = np.load(REAL)
        self.compare(a, rank=13, expansion=4, warmup=3, outliers=0, seed=4294967295, exact_tokens="0,3,511")
        self.compare(a, rank=9, expansion=2, warmup=0, outliers=40, tolerance=0.5)

    def test_types(self):
        """Each element type and order, rounded as the command rounds its files"""
        source = np.random.default_rng(SEED)
        for dtype in (np.float16, np.float32, np.float64):
            for order in "CF":
                with self.subTest(dtype=dtype, order=order):
                    self.compare(np.asarray(source.standard_normal((61, 47)), dtype, order), config="tiny", rank=8)

    def test_layouts(self):
        """Not contiguous, of the other byte order, read-only, a list: the same"""
        a = np.random.default_rng(SEED).standard_normal((40, 30)).astype(np.float32)
        want = dcom.decompose(a, config="tiny", rank=5).digest
        wide = np.repeat(np.repeat(a, 2, 0), 3, 1)
        locked = a.copy()
        locked.flags.writeable = False
        for other in (wide[::2, ::3], a.T.copy().T, a.astype(">f4"), locked, a.astype(np.float64).tolist(), dcom.bf16(a),
                      dcom.bf16(a).astype(">u2")):
            self.assertEqual(dcom.decompose(other, config="tiny", rank=5).digest, want)

    def test_a_context_is_worth_keeping(self):
        """Results of an earlier call stay as they were"""
        a = np.load(REAL)[:60, :50]
        with dcom.Context("tiny") as context:
            first = context.decompose(a, rank=8)
            digest = first.digest
            second = context.decompose(a[::-1], rank=7)
            self.assertNotEqual(second.digest, digest)
            self.assertEqual(first.digest, digest)
            self.assertEqual(context.decompose(a, rank=8).digest, digest)

    def test_rank_0(self):
        r = dcom.decompose(np.zeros((8, 8), np.uint16), config="tiny", rank=4, outliers=0)
        self.assertEqual((r.p.shape, r.v.shape, r.outliers.shape, r.blocks), ((8, 0), (8, 0), (0,), ()))
        self.assertIs(r.stop, dcom.Stop.DEFLATED)

    def refused(self, status, message, a, **options):
        with self.assertRaises(dcom.Error) as caught:
            dcom.decompose(a, config="tiny", **options)
        self.assertIs(caught.exception.status, status)
        self.assertEqual(str(caught.exception), message)

    def test_refusals(self):
        a = np.ones((20, 20), np.float32)
        wrong = a.copy()
        wrong[3, 4] = np.nan
        huge = a.astype(np.float64)
        huge[19, 0] = 1e300
        s = dcom.Status
        self.refused(s.VALUE, "row 3, column 4 of the matrix is NaN", wrong, rank=4)
        self.refused(s.VALUE, "row 19, column 0 of the matrix is infinite", huge, rank=4)
        self.refused(s.SHAPE, "the matrix has 1 dimensions, not 2", a[0])
        self.refused(s.SHAPE, "the matrix is empty: 0 tokens x 20 channels", a[:0])
        self.refused(s.SHAPE, "65 tokens: configuration tiny holds at most 64", np.ones((65, 4), np.float32))
        self.refused(s.ARGUMENT, "rank 21 is not 1..20, the smaller side of the matrix", a, rank=21)
        self.refused(s.ARGUMENT, "expansion 3 is not 1, 2, 4 or 8", a, rank=4, expansion=3)
        self.refused(s.ARGUMENT, "outliers 20 is not 0..19, one less than the channels", a, rank=4, outliers=20)
        self.refused(s.ARGUMENT, "tolerance 2 is not 0..1", a, rank=4, tolerance=2)
        self.refused(s.ARGUMENT, "tolerance nan is not 0..1", a, rank=4, tolerance=float("nan"))
        self.refused(s.ARGUMENT, "exact tokens are not ascending: 1 after 2", a, rank=4, exact_tokens=[2, 1])
        self.refused(s.ARGUMENT, "rank -1 is no unsigned number of 32 bits", a, rank=-1)
        self.refused(s.ARGUMENT, "seed 4294967296 is no unsigned number of 32 bits", a, rank=4, seed=1 << 32)
        self.refused(s.ARGUMENT, "rank 4.5 is no unsigned number of 32 bits", a, rank=4.5)
        for dtype in (np.int16, np.int64, np.uint32, np.complex64, np.bool_, object, "S2"):
            with self.assertRaisesRegex(TypeError, "^elements are .*, not float16, float32, float64, or uint16 holding BF16 bits$"):
                dcom.decompose(a.astype(dtype), config="tiny")

    def test_closed(self):
        context = dcom.Context("tiny")
        context.close()
        context.close()
        with self.assertRaises(dcom.Error) as caught:
            context.decompose(np.ones((20, 20), np.float32), rank=4)
        self.assertEqual(str(caught.exception), "this Context is closed")

    def test_threads(self):
        """A context each, and one for all of them: as one after the other. The library runs beside the interpreter."""
        matrices = [np.random.default_rng(SEED + k).standard_normal((60, 60)).astype(np.float32) for k in range(6)]
        want = [dcom.decompose(a, config="tiny", rank=16).digest for a in matrices]
        with dcom.Context("tiny") as shared:
            for own in (True, False):
                found = [[] for _ in matrices]

                def work(k):
                    context = dcom.Context("tiny") if own else shared
                    for _ in range(20):
                        found[k].append(context.decompose(matrices[k], rank=16).digest)

                threads = [threading.Thread(target=work, args=(k,)) for k in range(len(matrices))]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(found, [[digest] * 20 for digest in want])


class Apply(Folder):
    def test_chain(self):
        """As the command applies two layers, outliers and exact tokens and all"""
        source = np.random.default_rng(SEED)
        a = np.load(REAL)[:100, :90]
        weights = [(source.standard_normal(shape) / 8).astype(np.float32) for shape in ((70, 90), (33, 70))]
        decomposed(self.folder, a, config="small", rank=8, outliers=4, exact_tokens="1,50")
        for k, w in enumerate(weights):
            np.save(f"{self.folder}/w{k}.npy", w)
        done = command("apply", f"{self.folder}/d", f"{self.folder}/w0.npy", f"{self.folder}/w1.npy", "--out", f"{self.folder}/z",
                       "--config", "small")
        self.assertEqual(done.returncode, 0, done.stderr)
        with dcom.Context("small") as context:
            r = context.decompose(a, rank=8, outliers=4, exact_tokens=[1, 50])
            first = context.apply(np.vstack([a[[1, 50]], dcom.bf16(r.v.T)]), weights[0])
            operand = np.vstack([first.operand, dcom.bf16(weights[0])[:, r.outliers].T])
            second = context.apply(operand, weights[1])
        self.assertEqual((first.flags, second.flags), (0, 0))
        self.same(dcom.to_float(second.operand[2:]).T.copy(), np.load(f"{self.folder}/z/V.npy"))
        self.same(dcom.to_float(second.operand[:2]), np.load(f"{self.folder}/z/token_rows.npy"))
        self.same(dcom.bf16(first.sums), first.operand)
        exact = dcom.to_float(dcom.bf16(a[[1]])).astype(float) @ dcom.to_float(dcom.bf16(weights[0])).astype(float).T
        np.testing.assert_allclose(first.sums[:1], exact, rtol=0, atol=1e-4 * np.abs(exact).max())

    def test_refusals(self):
        f, w = np.ones((3, 20), np.float32), np.ones((5, 20), np.float32)
        for factor, weights, message in (
                (f, w[:, :19], "the weights are for 19 channels, the factor has 20"),
                (f, w[:0], "the weights are empty: 0 outputs x 20 channels"),
                (f[0], w, "the factor has 1 dimensions, not 2"),
                (f * np.inf, w, "row 0, column 0 of the factor is infinite"),
                (f, np.where(np.eye(5, 20), np.nan, 1), "row 0, column 0 of the weights is NaN")):
            with self.assertRaises(dcom.Error) as caught:
                dcom.apply(factor, weights, config="tiny")
            self.assertEqual(str(caught.exception), message)
        self.assertEqual(dcom.apply(f[:0], w, config="tiny").sums.shape, (0, 5))
        large = dcom.apply(f * 2.0**100, w * 2.0**100, config="tiny")
        self.assertEqual(large.flags, dcom.Flags.OVERFLOW)
        self.assertTrue(np.isinf(large.sums).all())


class Numbers(Folder):
    """bf16() against the rounding of the command: what `dcom decompose` calls exact tokens is its input in BF16, but for NaN and infinity"""

    def file(self, x):
        size = x.shape[1]
        *_, report = decomposed(self.folder, x, config="full", rank=1, outliers=0, warmup=0, exact_tokens=",".join(map(str, range(len(x)))))
        self.assertEqual(len(report["exact_tokens"]), len(x))
        rows = np.load(f"{self.folder}/d/token_rows.npy")
        self.assertEqual(rows.shape, (len(x), size))
        return (rows.view(np.uint32) >> np.uint32(16)).astype(np.uint16)

    def compare(self, x):
        self.same(dcom.bf16(x), self.file(x))

    def test_float16(self):
        """All of them"""
        x = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
        self.compare(x[np.isfinite(x)].reshape(-1, 2048))

    def test_float32(self):
        """Random bits, ties, neighbours of ties"""
        source = np.random.default_rng(SEED)
        x = source.integers(0, 0x7F7F0000, (40, 1024), np.uint32)
        x[:20] = x[:20] & 0xFFFF0000 | source.choice(np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32), (20, 1024))
        self.compare((x | source.integers(0, 2, x.shape, np.uint32) << 31).view(np.float32))

    def test_float64(self):
        """And what a rounding through FP32 would round twice"""
        source = np.random.default_rng(SEED)
        ties = source.integers(0, 0x7F7F, (20, 512), np.uint32) << 16 | 0x8000
        x = ties.view(np.float32).astype(np.float64)
        off = source.choice([0, 2.0**-52, -2.0**-52, 2.0**-30, -2.0**-30, 2.0**-24], x.shape)
        self.compare(np.where(source.integers(0, 2, x.shape), 1, -1) * (x + x * off))
        self.compare(np.ldexp(source.standard_normal((20, 512)), source.integers(-155, 120, (20, 512))))

    def test_specials(self):
        for dtype in (np.float16, np.float32, np.float64):
            x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan], dtype)
            self.assertEqual(dcom.bf16(x).tolist(), [0, 0x8000, 0x7F80, 0xFF80, 0x7FC0, 0x7FC0])
        self.assertEqual(dcom.bf16(np.array([3.4e38, 1e300, -1e300])).tolist(), [0x7F80, 0x7F80, 0xFF80])
        bits = np.arange(1 << 16, dtype=np.uint16)
        finite = bits[(bits & 0x7F80) != 0x7F80]
        self.same(dcom.bf16(dcom.to_float(finite)), finite)
        self.assertEqual(dcom.bf16(1.0).shape, ())
        with self.assertRaises(TypeError):
            dcom.to_float(np.zeros(3, np.float32))


class Configurations(Folder):
    def test_named(self):
        every = dcom.Config.all()
        self.assertEqual([c.name for c in every], ["tiny", "small", "medium", "full"])
        for config in every:
            self.assertEqual(dcom.Config.named(config.name), config)
            self.assertEqual(dcom.Config.read(f"rtl/config/{config.name}.cfg"), config)
            with open(f"rtl/config/{config.name}.cfg", encoding="utf-8") as file:
                values = dict((word.strip() for word in line.split("=")) for line in file if "=" in line)
            self.assertEqual({k: str(v) for k, v in config.values.items()}, values)
        self.assertEqual(len({c.id for c in every}), 4)
        self.assertEqual(every[1].cluster_rows, 2)
        with self.assertRaises(AttributeError):
            every[0].cluster_depth

    def test_refused(self):
        with self.assertRaises(dcom.Error) as caught:
            dcom.Config.named("huge")
        self.assertEqual(str(caught.exception), "no configuration is called huge; there are tiny, small, medium, full")
        self.assertIs(caught.exception.status, dcom.Status.CONFIG)
        with open("rtl/config/tiny.cfg", encoding="utf-8") as file:
            text = file.read()
        path = f"{self.folder}/odd.cfg"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("mac_stages      = 3", "mac_stages      = 4"))
        with self.assertRaisesRegex(dcom.Error, "odd.cfg.*mac_stages"):
            dcom.Config.read(path)
        with self.assertRaisesRegex(dcom.Error, "nowhere.cfg"):
            dcom.Context(dcom.Config.read("nowhere.cfg"))
