#!/usr/bin/env python3
# bench_decompose.py - the untimed golden model against PROPACK and LAPACK's gesdd, same matrix, same run, one thread.
# SPDX-License-Identifier: Apache-2.0
"""usage: bench_decompose.py A.npy [--bench build/bench_untimed] [--rank 32] [--expansion 8] [--warmup 1] [--repeats 5]

A.npy holds BF16 bits (<u2) or floats. Medians of `repeats`; limits: at most half of PROPACK's time, at most 1/40 of
gesdd's, at least half of the multiply-add peak inside passes. Exit 1 when one is missed."""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np
import scipy.linalg
import scipy.sparse.linalg


def median_seconds(work, repeats):
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def bf16_bits(a):
    if a.dtype == np.uint16:
        return a
    u = np.ascontiguousarray(a, np.float32).view(np.uint32).astype(np.uint64)
    return ((u + 0x7FFF + ((u >> 16) & 1)) >> 16).astype(np.uint16)


p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("matrix")
p.add_argument("--bench", default="build/bench_untimed")
p.add_argument("--rank", type=int, default=32)
p.add_argument("--expansion", type=int, default=8)
p.add_argument("--warmup", type=int, default=1)
p.add_argument("--outliers", type=int, default=16)
p.add_argument("--repeats", type=int, default=5)
o = p.parse_args()

bits = np.ascontiguousarray(bf16_bits(np.load(o.matrix)))
single = (bits.astype(np.uint32) << 16).view(np.float32)
double = single.astype(np.float64)
with tempfile.NamedTemporaryFile(suffix=".bin") as f:
    bits.tofile(f.name)
    arguments = [o.bench, f.name, *bits.shape, o.rank, o.expansion, o.warmup, o.outliers, 5 * o.repeats]
    ours = subprocess.run([str(a) for a in arguments], check=True, capture_output=True, text=True).stdout
ours = dict(pair.split("=") for pair in ours.split())
seconds = float(ours["seconds"])

times = {}
for name, a in (("single", single), ("double", double)):
    times["gesdd " + name] = median_seconds(
        lambda: scipy.linalg.svd(a, full_matrices=False, lapack_driver="gesdd", check_finite=False), o.repeats)
    times["propack " + name] = median_seconds(
        lambda: scipy.sparse.linalg.svds(a, k=o.rank, solver="propack", random_state=1), o.repeats)

print(f"{o.matrix}: {bits.shape[0]} x {bits.shape[1]}, rank {o.rank}, E {o.expansion}, warm-up {o.warmup}")
print(f"untimed model, {ours['kernel']}: {1e3 * seconds:.3f} ms, {ours['passes']} passes, {ours['rounds']} rounds")
for name, t in times.items():
    print(f"{name}: {1e3 * t:.1f} ms, {t / seconds:.1f} times ours")
propack = min(t for n, t in times.items() if n.startswith("propack"))
gesdd = min(t for n, t in times.items() if n.startswith("gesdd"))
peak, rates = float(ours["peak"]), [float(ours["forward"]), float(ours["transpose"])]
good = seconds <= propack / 2 and seconds <= gesdd / 40 and (peak == 0 or min(rates) >= peak / 2)
print(f"against propack {seconds / propack:.4f} (limit .5), against gesdd 1/{gesdd / seconds:.1f} (limit 1/40)")
if peak > 0:
    print(f"multiply-adds: peak {peak:.1f} G/s, forward {rates[0] / peak:.2f}, transpose {rates[1] / peak:.2f} of it "
          f"(limit .50), whole decomposition {float(ours['decompose']) / peak:.2f}")
print("good" if good else "MISSED")
sys.exit(0 if good else 1)
