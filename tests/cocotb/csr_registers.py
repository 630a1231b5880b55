# csr_registers.py - csr.v alone, without its twin, under the AXI4-Lite master of cocotbext-axi: the register map as rtl/csr.map
# writes it and the life of a job. Run by tests/test_cocotb.sh.
# SPDX-License-Identifier: Apache-2.0
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge
from registers import OKAY, REGISTERS, SLVERR, VALUES, RegisterHost

COUNTERS = 5
LIMIT = {"timeout_time": 2_000_000, "timeout_unit": "step"}  # 10 steps a clock; the longest takes 120,000
GEOMETRY = {"CONFIG_ID": 0xC0FFEE11, "CLUSTER_ROWS": 2, "CLUSTER_COLUMNS": 3, "TILE_TOKENS": 64, "TILE_CHANNELS": 32,
            "BASIS_ROWS": 24, "MAC_STAGES": 2}
QUIET = "axi_awvalid axi_wvalid axi_arvalid busy done stop result_rank passes rounds deflations certificate bound flags".split()


class Bench(RegisterHost):
    """The module, a master, and a sequencer that is as long busy as it is told"""

    def __init__(self, dut):
        self.dut, self.random, self.starts, self.duration, self.works = dut, random.Random(cocotb.RANDOM_SEED), 0, None, True

    async def begin(self, pauses=False):
        dut = self.dut
        cocotb.start_soon(Clock(dut.clk, 10, units="step").start())
        for name in QUIET + ["counters"]:
            getattr(dut, name).value = 0
        for name, value in GEOMETRY.items():
            getattr(dut, name.lower()).value = value
        self.connect(dut, self.random if pauses else None)
        dut.rst.value = 1
        await ClockCycles(dut.clk, 3)
        dut.rst.value = 0
        await ClockCycles(dut.clk, 2)
        cocotb.start_soon(self.sequencer())
        return self

    async def sequencer(self):
        dut = self.dut
        while True:
            await RisingEdge(dut.clk)
            if dut.start.value != 1:
                continue
            self.starts += 1
            dut.busy.value = 1
            left = self.duration
            while left is None or left > 0:
                await RisingEdge(dut.clk)
                if dut.abort_job.value == 1:
                    break
                left = self.duration if left is None else left - 1
            aborted = left is None or left > 0
            dut.done.value = int(not aborted and self.works)
            await RisingEdge(dut.clk)
            dut.done.value = 0
            dut.busy.value = 0

    async def fill(self):
        for name, value in (("TOKENS", 100), ("CHANNELS", 90), ("RANK", 16)):
            assert await self.write(name, value) == OKAY

    async def load(self):
        """A matrix of the parameters is resident"""
        before, self.duration = self.duration, 0
        await self.fill()
        assert await self.command("LOAD") == OKAY
        await self.settle({"IDLE", "DONE"})
        self.duration = before

    async def settle(self, wanted):
        for _ in range(200):
            if (await self.status())[0] == wanted:
                return
        raise AssertionError(f"the status is {await self.status()}, not {wanted}")


@cocotb.test(**LIMIT)
async def reset_values(dut):
    bench = await Bench(dut).begin()
    for name, (_, count, _, width, reset) in REGISTERS.items():
        for index in range(count if width <= 32 else 0):
            want = GEOMETRY.get(name, COUNTERS if name == "COUNTERS" else reset)
            assert await bench.read(name, index) == want, name


@cocotb.test(**LIMIT)
async def accesses(dut):
    """Every word of the address space answers as the map says; a parameter holds every value of its width and no wider one"""
    bench = await Bench(dut).begin()
    there = {}
    for name, (offset, count, access, width, _) in REGISTERS.items():
        count = COUNTERS if name == "COUNTER" else count
        for k in range(count * (2 if width > 32 else 1)):
            there[offset + 4 * k] = (name, access, width)
    for offset in range(0, 0x1000, 4):
        name, access, width = there.get(offset, (None, None, 0))
        value, resp = await bench.raw(offset)
        assert resp == (OKAY if name else SLVERR), hex(offset)
        assert name or value == 0
        if access == "rw":
            patterns = [1 << bit for bit in range(width)] + [(1 << width) - 1, 0]
            for pattern in patterns:
                assert (await bench.master.write(offset, pattern.to_bytes(4, "little"))).resp == OKAY
                assert await bench.raw(offset) == (pattern, OKAY)
            for bit in range(width, 32):
                assert (await bench.master.write(offset, (1 << bit | 1).to_bytes(4, "little"))).resp == SLVERR
            assert await bench.raw(offset) == (0, OKAY)
        elif access == "w1":
            assert (await bench.master.write(offset, bytes(4))).resp == SLVERR
        else:
            want = OKAY if access == "w1c" else SLVERR
            assert (await bench.master.write(offset, bytes(4))).resp == want, hex(offset)
    assert bench.starts == 0


@cocotb.test(**LIMIT)
async def bytes_and_pauses(dut):
    """Random bytes into SEED, TOLERANCE and TOKENS, reads beside them, every channel pausing at random"""
    bench = await Bench(dut).begin(pauses=True)
    held = {"SEED": 1, "TOLERANCE": 0}

    async def reader():
        for _ in range(300):
            name = bench.random.choice(("ID", "VERSION", "CONFIG_ID", "BASIS_ROWS", "RANK"))
            assert await bench.read(name) == GEOMETRY.get(name, REGISTERS[name][4])

    reading = cocotb.start_soon(reader())
    for _ in range(300):
        name = bench.random.choice(list(held))
        first = bench.random.randrange(4)
        data = bench.random.randbytes(bench.random.randrange(1, 5 - first))
        assert (await bench.master.write(REGISTERS[name][0] + first, data)).resp == OKAY
        whole = bytearray(held[name].to_bytes(4, "little"))
        whole[first:first + len(data)] = data
        held[name] = int.from_bytes(whole, "little")
        assert await bench.read(name) == held[name]
    await reading


@cocotb.test(**LIMIT)
async def job(dut):
    """One job: its parameters, its start of one clock, its results"""
    bench = await Bench(dut).begin()
    await bench.fill()
    values = {"EXPANSION": 4, "WARMUP": 2, "OUTLIERS": 7, "TOLERANCE": 0x3D000000, "SEED": 99, "EXACT_COUNT": 2}
    for name, value in values.items():
        assert await bench.write(name, value) == OKAY
    for index, token in enumerate((3, 99)):
        assert await bench.write("EXACT_TOKEN", token, index) == OKAY
    results = {"STOP": 3, "RESULT_RANK": 12, "PASSES": 5, "ROUNDS": 9, "DEFLATIONS": 4, "CERTIFICATE": 0x3E8F0000, "BOUND": 0x3B800000}
    assert await bench.command("DECOMPOSE") == SLVERR and (await bench.status())[1] == "ORDER"
    await bench.load()
    for name, value in results.items():
        getattr(dut, name.lower()).value = value
    assert await bench.command("DECOMPOSE") == OKAY
    await bench.settle({"BUSY"})
    assert bench.starts == 2 and dut.command.value == VALUES["COMMAND", "DECOMPOSE"]
    for name, value in dict(values, TOKENS=100, CHANNELS=90, RANK=16).items():
        assert getattr(dut, name.lower()).value == value, name
    assert dut.exact_tokens.value & (1 << 34) - 1 == 99 << 17 | 3
    assert await bench.read("PASSES") == 0
    bench.duration = 0
    await bench.settle({"IDLE", "DONE"})
    for name in results:
        getattr(dut, name.lower()).value = 0
    for name, value in results.items():
        assert await bench.read(name) == value
    assert await bench.read("JOBS") == 2 and bench.starts == 2


@cocotb.test(**LIMIT)
async def queue(dut):
    """A second job waits with the parameters of its own moment, a third is refused"""
    bench = await Bench(dut).begin()
    await bench.fill()
    assert await bench.command("LOAD") == OKAY
    await bench.settle({"BUSY"})
    assert await bench.write("SEED", 22) == OKAY and await bench.write("TOKENS", 50) == OKAY
    assert await bench.command("STORE") == OKAY
    assert dut.queued.value == 1 and dut.queued_command.value == VALUES["COMMAND", "STORE"]
    assert await bench.write("SEED", 33) == OKAY
    assert await bench.command("APPLY") == SLVERR
    assert await bench.status() == ({"BUSY", "QUEUED"}, "BUSY")
    assert dut.seed.value == 1 and bench.starts == 1
    bench.duration = 50
    for _ in range(400):
        await RisingEdge(dut.clk)
        await ReadOnly()
        if dut.start.value == 1:
            break
    assert dut.seed.value == 22 and dut.command.value == VALUES["COMMAND", "STORE"]
    assert dut.tokens.value == 100  # of the matrix loaded
    await bench.settle({"IDLE", "DONE"})
    assert await bench.read("JOBS") == 2 and await bench.read("SEED") == 33 and bench.starts == 2
    assert await bench.command("APPLY") == OKAY and (await bench.status())[1] == "NONE"


@cocotb.test(**LIMIT)
async def abort(dut):
    bench = await Bench(dut).begin()
    await bench.fill()
    assert await bench.command("ABORT") == OKAY
    assert await bench.status() == ({"IDLE"}, "NONE")
    assert await bench.command("LOAD") == OKAY
    assert await bench.command("STORE") == OKAY
    assert await bench.command("ABORT") == OKAY
    await bench.settle({"IDLE", "ABORTED"})
    await ClockCycles(dut.clk, 20)
    assert bench.starts == 1 and dut.abort_job.value == 0 and await bench.read("JOBS") == 0
    assert await bench.command("STORE") == SLVERR and (await bench.status())[1] == "ORDER"  # no matrix came of that


@cocotb.test(**LIMIT)
async def failed_load(dut):
    """A LOAD that ends without its work takes along the job that waits for it"""
    bench = await Bench(dut).begin()
    await bench.load()
    bench.works = False
    bench.duration = 200
    assert await bench.command("LOAD") == OKAY
    assert await bench.command("STORE") == OKAY
    await bench.settle({"IDLE", "ABORTED"})
    await ClockCycles(dut.clk, 20)
    assert bench.starts == 2 and await bench.read("JOBS") == 1
    assert await bench.command("STORE") == SLVERR and (await bench.status())[1] == "ORDER"


@cocotb.test(**LIMIT)
async def refusals(dut):
    """Each rule by itself, and the first of two"""
    bench = await Bench(dut).begin()
    bench.duration = 2
    good = {"TOKENS": 100, "CHANNELS": 90, "RANK": 16, "EXPANSION": 8, "WARMUP": 1, "OUTLIERS": 16, "TOLERANCE": 0, "EXACT_COUNT": 0}
    wrong = [("TOKENS", 0), ("TOKENS", 129), ("CHANNELS", 0), ("CHANNELS", 97), ("RANK", 0), ("RANK", 41), ("RANK", 91),
             ("EXPANSION", 0), ("EXPANSION", 3), ("EXPANSION", 12), ("WARMUP", 9), ("OUTLIERS", 90),
             ("TOLERANCE", 0x3F800001), ("TOLERANCE", 0xBF000000), ("TOLERANCE", 0x7FC00000), ("EXACT_COUNT", 9)]
    for name, value in good.items():
        assert await bench.write(name, value) == OKAY
    for name, value in wrong:
        of_load = name in ("TOKENS", "CHANNELS", "OUTLIERS", "EXACT_COUNT")
        judge, other = ("LOAD", "DECOMPOSE") if of_load else ("DECOMPOSE", "LOAD")
        await bench.load()
        assert await bench.write(name, value) == OKAY
        assert await bench.command(judge) == SLVERR, (name, value)
        assert (await bench.status())[1] == "PARAMETER" and await bench.read("ERROR") == REGISTERS[name][0], (name, value)
        starts = bench.starts
        if name != "EXPANSION":
            assert await bench.command(other) == OKAY, (name, value)
            await bench.settle({"IDLE", "DONE"})
            starts += 1
        assert await bench.write(name, good[name]) == OKAY
        assert await bench.command(judge) == OKAY
        await bench.settle({"IDLE", "DONE"})
        assert bench.starts == starts + 1 and (await bench.status())[1] == "NONE" and await bench.read("ERROR") == 0
    # the vectors of an APPLY: as many as 16 bits hold
    for vectors, answer in ((0xFFFF, OKAY), (0x10000, SLVERR), (0, SLVERR)):
        assert await bench.write("RANK", vectors) == OKAY
        assert await bench.command("APPLY") == answer
        await bench.settle({"IDLE", "DONE"})
    await bench.write("OUTLIERS", 90)
    await bench.write("EXACT_COUNT", 9)
    assert await bench.command("LOAD") == SLVERR and await bench.read("ERROR") == REGISTERS["OUTLIERS"][0]
    # a COMMAND of half a word, or of no number known
    assert (await bench.master.write(REGISTERS["COMMAND"][0], b"\1\0")).resp == SLVERR
    assert (await bench.status())[1] == "COMMAND"
    assert await bench.write("COMMAND", 0) == SLVERR


@cocotb.test(**LIMIT)
async def flags_and_counters(dut):
    bench = await Bench(dut).begin()
    for name in ("OVERFLOW", "NAN", "UNCERTIFIED", "FRAMING"):
        dut.flags.value = 1 << VALUES["FLAGS", name]
        await RisingEdge(dut.clk)
        dut.flags.value = 0
    assert await bench.read("FLAGS") == 15
    assert await bench.write("FLAGS", 10) == OKAY and await bench.read("FLAGS") == 5
    offset = REGISTERS["COUNTER"][0]
    assert (await bench.raw(offset + 4))[1] == SLVERR
    for k in range(COUNTERS):
        dut.counters.value = (k << 32 | 0xFFFFFFFF) << 64 * k
        assert await bench.raw(offset + 8 * k) == (0xFFFFFFFF, OKAY)
        dut.counters.value = (k + 1 << 32) << 64 * k
        assert await bench.raw(offset + 8 * k + 4) == (k, OKAY)
        assert (await bench.raw(offset + 8 * ((k + 1) % COUNTERS) + 4))[1] == SLVERR
    assert (await bench.raw(offset + 8 * COUNTERS))[1] == SLVERR
