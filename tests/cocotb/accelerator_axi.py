# accelerator_axi.py - accelerator.v, without its twin, under bus models of cocotbext-axi on every port: jobs and their results
# bit for bit as dcom writes them, with and without pauses, queued, aborted, reset, refused. Run by tests/test_cocotb.sh.
# SPDX-License-Identifier: Apache-2.0
import math
import random
import re
import struct

import cocotb
import reference
from cocotb.clock import Clock
from cocotb.result import SimTimeoutError
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource
from reference import Job, bf16
from registers import OKAY, REGISTERS, SLVERR, VALUES, RegisterHost, pauses

LIMIT = {"timeout_time": 1_000_000, "timeout_unit": "step"}  # 10 steps a clock; the longest takes 25,000 clocks
PATIENCE = 100_000  # of one packet
OUTLIERS, V, P, Z = range(4)
LANES = 8
COLUMNS = 1  # of clusters in the configuration
REAL = "tests/data/kjv_S512_L29_mlp_in.npy"


class Host(RegisterHost):
    """The accelerator and a bus model on each of its ports"""

    def __init__(self, dut):
        self.dut, self.random, self.packets = dut, random.Random(cocotb.RANDOM_SEED), []

    async def begin(self, paused=False):
        dut = self.dut
        cocotb.start_soon(Clock(dut.clk, 10, units="step").start())
        self.connect(dut, self.random if paused else None)
        # units of 16 bits
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.clk, dut.rst, byte_size=16)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.clk, dut.rst, byte_size=16)
        if paused:
            self.source.set_pause_generator(pauses(self.random))
            self.sink.set_pause_generator(pauses(self.random))
        await self.reset()
        cocotb.start_soon(self.watch())
        return self

    async def reset(self):
        self.source.clear()
        self.dut.rst.value = 1
        await ClockCycles(self.dut.clk, 3)
        self.dut.rst.value = 0
        await ClockCycles(self.dut.clk, 2)
        self.sink.clear()
        self.packets.clear()

    async def watch(self):
        """What the models do not look at: no output is ever unknown, and what is offered stays until it is taken"""
        dut, held = self.dut, None
        controls = [getattr(dut, name) for name in
                    "axi_awready axi_wready axi_bvalid axi_arready axi_rvalid s_axis_tready m_axis_tvalid".split()]
        offers = [(dut.m_axis_tvalid, dut.m_axis_tready, (dut.m_axis_tdata, dut.m_axis_tuser, dut.m_axis_tlast)),
                  (dut.axi_rvalid, dut.axi_rready, (dut.axi_rdata, dut.axi_rresp)), (dut.axi_bvalid, dut.axi_bready, (dut.axi_bresp,))]
        held = [None] * len(offers)
        while True:
            await RisingEdge(dut.clk)
            if dut.rst.value == 1:
                held = [None] * len(offers)
                continue
            for signal in controls:
                assert signal.value.is_resolvable, f"{signal._name} is {signal.value}"
            for k, (valid, ready, payload) in enumerate(offers):
                if not valid.value:
                    assert held[k] is None, f"{valid._name} goes before {ready._name} comes"
                    continue
                shown = [str(signal.value) for signal in payload]
                assert all(set(text) <= {"0", "1"} for text in shown), f"{valid._name} with {shown}"
                assert held[k] in (None, shown), f"{valid._name}: {held[k]} becomes {shown}"
                held[k] = None if ready.value else shown

    # ---- jobs

    async def parameters(self, job):
        values = {name.upper(): getattr(job, name) for name in "tokens channels rank expansion warmup outliers seed".split()}
        values["TOLERANCE"] = struct.unpack("<I", struct.pack("<f", job.tolerance))[0]
        values["EXACT_COUNT"] = len(job.exact)
        for name, value in values.items():
            assert await self.write(name, value) == OKAY, name
        for index, token in enumerate(job.exact):
            assert await self.write("EXACT_TOKEN", token, index) == OKAY

    def matrix(self, a):
        """Beats of LOAD; what lies past the channels is anything"""
        span, words = LANES * COLUMNS, []
        for row in a:
            words += row + [self.random.randrange(1 << 16) for _ in range(-len(row) % span)]
        return words

    def vectors(self, rows):
        """Beats of APPLY: a block of 8 vectors, one element of each a beat"""
        words = []
        for first in range(0, len(rows), LANES):
            block = rows[first:first + LANES]
            block += [[0] * len(rows[0])] * (LANES - len(block))
            for lanes in zip(*block):
                words += list(lanes) + [self.random.randrange(1 << 16) for _ in range(LANES * (COLUMNS - 1))]
        return words

    async def send(self, words):
        await self.source.send(AxiStreamFrame(words))

    async def load(self, job, beats=None):
        """beats: the source pauses after so many"""
        await self.parameters(job)
        assert await self.command("LOAD") == OKAY
        stop = cocotb.start_soon(self.beats(beats)) if beats else None
        await self.send(self.matrix(job.a))
        if stop:
            await stop

    async def settle(self, *wanted):
        """Until nothing runs or waits"""
        while True:
            names, _ = await self.status()
            if "IDLE" in names:
                assert names - {"IDLE"} in [{name} for name in wanted], names
                return
            await ClockCycles(self.dut.clk, 50)

    async def next(self, kind, beats):
        """The next packet: its beats, 8 numbers each"""
        try:
            frame = await with_timeout(self.sink.recv(), PATIENCE, "step")
        except SimTimeoutError:
            raise AssertionError(f"no packet of kind {kind} comes; STATUS is {await self.status()}") from None
        assert frame.tuser == kind and len(frame.tdata) == LANES * beats, \
            f"a packet of kind {frame.tuser}, {len(frame.tdata) // LANES} beats, not {kind}, {beats}"
        self.packets.append((kind, frame.tdata))
        return [frame.tdata[LANES * n:LANES * (n + 1)] for n in range(beats)]

    async def quiet(self):
        """No packet, whole or begun, is left"""
        await ClockCycles(self.dut.clk, 500)
        assert self.sink.empty() and self.sink.idle()

    async def take_outliers(self, job, want):
        beats = await self.next(OUTLIERS, -(-job.channels // (LANES * COLUMNS)))
        bits = [sum(x << 16 * k for k, x in enumerate(beat)) for beat in beats]
        found = [n * LANES * COLUMNS + k for n, x in enumerate(bits) for k in range(128) if x >> k & 1]
        assert found == want.outliers, (found, want.outliers)

    async def take_blocks(self, job, want):
        """V and P of each block; a block has as many columns as V has lanes that are not +0"""
        rank, widths = want.report["rank"], []
        while sum(widths) < rank:
            first = sum(widths)
            v = await self.next(V, job.channels)
            width = max((e + 1 for beat in v for e in range(LANES) if beat[e]), default=0)
            p = await self.next(P, job.tokens)
            widths.append(width)
            assert 0 < width <= min(job.expansion, rank - first), widths
            for name, beats, rows in (("V", v, want.v), ("P", p, want.p)):
                for n, (beat, row) in enumerate(zip(beats, rows)):
                    assert list(beat) == row[first:first + width] + [0] * (LANES - width), f"{name}[{n}], columns from {first}"
        if not want.report["deflations"]:
            assert widths == [min(job.expansion, rank - k) for k in range(0, rank, job.expansion)], widths

    async def results(self, want):
        report = want.report
        numbers = {"STOP": VALUES["STOP", report["stop"].upper()], "RESULT_RANK": report["rank"], "PASSES": report["passes"],
                   "ROUNDS": report["rounds"], "DEFLATIONS": report["deflations"], "FLAGS": report["flags"]}
        for name, key in (("CERTIFICATE", "certificate"), ("BOUND", "certificate_bound")):
            if report[key] is not None:
                numbers[name] = struct.unpack("<I", struct.pack("<f", report[key]))[0]
            else:  # JSON has no infinity
                assert await self.read(name) & 0x7F800000 == 0x7F800000, name
        for name, number in numbers.items():
            assert await self.read(name) == number, name

    async def count(self, k):
        """COUNTER k"""
        offset = REGISTERS["COUNTER"][0] + 8 * k
        (low, first), (high, second) = await self.raw(offset), await self.raw(offset + 4)
        assert first == second == OKAY
        return high << 32 | low

    async def refused(self, command, error):
        assert await self.command(command) == SLVERR, command
        assert (await self.status())[1] == error, command

    async def beats(self, count):
        """Until so many beats have been taken; the source pauses then"""
        dut = self.dut
        while count:
            await RisingEdge(dut.clk)
            count -= dut.s_axis_tvalid.value == 1 and dut.s_axis_tready.value == 1
        self.source.pause = True

    def drain(self):
        """The packets that are there"""
        found = []
        while not self.sink.empty():
            frame = self.sink.recv_nowait()
            found.append((frame.tuser, frame.tdata))
        return found

    async def good_job(self, job, want):
        """LOAD, and DECOMPOSE queued behind it at once"""
        assert await self.write("FLAGS", 15) == OKAY
        jobs = await self.read("JOBS")
        self.packets.clear()
        await self.load(job)
        assert await self.command("DECOMPOSE") == OKAY
        await self.take_outliers(job, want)
        await self.take_blocks(job, want)
        await self.settle("DONE")
        assert await self.read("JOBS") == jobs + 2
        await self.results(want)
        await self.quiet()
        assert self.source.idle()


def random_matrix(source, tokens, channels, exponent=0):
    """Of all signs, and of sizes over four binary orders"""
    return [[source.randrange(2) << 15 | source.randrange(125, 129) + exponent << 7 | source.randrange(128)
             for _ in range(channels)] for _ in range(tokens)]


def near(found, products):
    """BF16 bits beside exact products: half a unit in the last place, and what FP32 sums lose"""
    want, size = math.fsum(products), math.fsum(map(abs, products))
    assert abs(bf16(found) - want) <= abs(want) * 2**-8 + size * 2**-20, (bf16(found), want)


def jobs(source):
    corner = [row[:52] for row in reference.read_npy(REAL)[:44]]
    return {"E 8": Job(random_matrix(source, 24, 20), seed=source.randrange(1 << 32)),
            "E 2": Job(random_matrix(source, 24, 20), expansion=2, warmup=0, outliers=0, seed=source.randrange(1 << 32)),
            "exact": Job(random_matrix(source, 19, 29), rank=11, expansion=4, warmup=2, exact=[2, 3, 18]),
            "real": Job(corner, rank=13, outliers=4, tolerance=0.0625)}


def unit_counters():
    """unit -> kind -> number of its counter, as cmodel/accelerator_ports.h has them; how many there are"""
    units = {}
    with open("cmodel/accelerator_ports.h", encoding="ascii") as lines:
        found = re.findall(r'COUNTER\("([^"]+)", "([^"]+)"\)', lines.read())
    for number, (unit, kind) in enumerate(found, 1):
        units.setdefault(unit, {})[kind] = number
    return units, len(found) + 1


async def every_job(dut, paused):
    host = await Host(dut).begin(paused)
    for name, job in jobs(host.random).items():
        want = reference.decomposed(job)
        start = get_sim_time("step")
        await host.good_job(job, want)
        dut._log.info("%s: rank %d in %d clocks", name, want.report["rank"], (get_sim_time("step") - start) // 10)
    units, _ = unit_counters()
    for unit, kind in (("loader", "no beat"), ("store", "held back")):
        assert (await host.count(units[unit][kind]) > 100) == paused, kind


@cocotb.test(**LIMIT)
async def decompose(dut):
    await every_job(dut, False)


@cocotb.test(**LIMIT)
async def decompose_paused(dut):
    """The same with pauses on all channels"""
    await every_job(dut, True)


@cocotb.test(**LIMIT)
async def after_overflow(dut):
    """Infinities of an earlier job in basis rows that the next one does not use count for nothing"""
    host = await Host(dut).begin()
    huge = Job(random_matrix(host.random, 24, 20, exponent=126), outliers=0)
    want = reference.decomposed(huge)
    assert want.report["stop"] == "overflow"
    await host.good_job(huge, want)
    for expansion in (1, 4):
        job = Job(random_matrix(host.random, 20, 24), rank=6, expansion=expansion)
        await host.good_job(job, reference.decomposed(job))


@cocotb.test(**LIMIT)
async def queued_load(dut):
    """A LOAD behind a DECOMPOSE streams in meanwhile if there is room for it, else it waits; a job more is refused"""
    host = await Host(dut).begin()
    chain = [Job(random_matrix(host.random, *shape), expansion=4) for shape in ((24, 20), (30, 27), (12, 33), (61, 17))]
    chain = [(job, reference.decomposed(job)) for job in chain]
    await host.load(chain[0][0])
    for k, (job, want) in enumerate(chain):
        while await host.command("DECOMPOSE") != OKAY:  # the one before sends its last packet
            assert (await host.status())[1] == "BUSY"
        await host.take_outliers(job, want)
        if k + 1 < len(chain):
            following = chain[k + 1][0]
            await host.load(following)
            await host.refused("STORE", "BUSY")
            await ClockCycles(dut.clk, 600)
            names, _ = await host.status()
            assert names == {"BUSY", "QUEUED"} and await host.read("JOBS") == 2 * k + 1
            room = -(-job.tokens // 8) * 8 + -(-following.tokens // 8) * 8 <= 64
            assert host.source.idle() == room and room == (k < 2), k
        await host.take_blocks(job, want)
    await host.settle("DONE")
    await host.results(chain[-1][1])
    await host.quiet()
    assert await host.read("JOBS") == 8


@cocotb.test(**LIMIT)
async def abort_decompose(dut):
    """Ends at any time with whole packets of the good run; the matrix stays"""
    host = await Host(dut).begin()
    job = Job(random_matrix(host.random, 24, 20), rank=12, expansion=4)
    want = reference.decomposed(job)
    await host.good_job(job, want)
    blocks = host.packets[1:]
    for first in range(0, 3200, 800):
        assert await host.command("DECOMPOSE") == OKAY
        await ClockCycles(dut.clk, host.random.randrange(first, first + 800))
        assert await host.command("ABORT") == OKAY
        await host.settle("ABORTED")
        await ClockCycles(dut.clk, 500)
        assert host.sink.idle()
        found = host.drain()
        assert found == blocks[:len(found)], "packets that the good run has not"
    jobs = await host.read("JOBS")
    assert await host.command("DECOMPOSE") == OKAY
    await host.take_blocks(job, want)
    await host.settle("DONE")
    await host.results(want)
    await host.quiet()
    assert await host.read("JOBS") == jobs + 1


@cocotb.test(**LIMIT)
async def abort_load(dut):
    """What is left of the packet is discarded, whenever it comes; there is no matrix; the job queued behind is gone"""
    host = await Host(dut).begin()
    job = Job(random_matrix(host.random, 24, 20))
    want = reference.decomposed(job)
    for taken in (1, host.random.randrange(2, 71), 71):
        await host.load(job, taken)
        assert await host.command("DECOMPOSE") == OKAY
        assert await host.command("ABORT") == OKAY
        await host.settle("ABORTED")
        await host.refused("DECOMPOSE", "ORDER")
        host.source.pause = False
        await host.good_job(job, want)
        await host.load(job, taken)
        host.source.pause = False
        assert await host.command("ABORT") == OKAY
        await host.settle("ABORTED", "DONE")
        await ClockCycles(dut.clk, 100)
        host.drain()
    # before its stream
    await host.parameters(job)
    assert await host.command("LOAD") == OKAY
    assert await host.command("ABORT") == OKAY
    await host.settle("ABORTED")
    await host.refused("DECOMPOSE", "ORDER")
    await host.good_job(job, want)


@cocotb.test(**LIMIT)
async def abort_queued_load(dut):
    """A queued LOAD that is dropped in the middle of its stream leaves the matrix before it as it was"""
    host = await Host(dut).begin()
    job, other = (Job(random_matrix(host.random, 24, 20), expansion=2) for _ in range(2))
    want = reference.decomposed(job)
    await host.load(job)
    assert await host.command("DECOMPOSE") == OKAY
    await host.take_outliers(job, want)
    await host.load(other, 40)
    assert await host.command("ABORT") == OKAY
    await host.settle("ABORTED")
    host.source.pause = False
    await ClockCycles(dut.clk, 500)
    assert host.source.idle() and host.sink.idle()
    host.drain()
    assert await host.command("DECOMPOSE") == OKAY
    await host.take_blocks(job, want)
    await host.settle("DONE")
    await host.results(want)
    want = reference.decomposed(other)
    await host.good_job(other, want)


@cocotb.test(**LIMIT)
async def reset(dut):
    """In the middle of a matrix, of the work, of a packet"""
    host = await Host(dut).begin()
    job = Job(random_matrix(host.random, 24, 20), expansion=4)
    want = reference.decomposed(job)
    for where in ("matrix", "work", "packet"):
        await host.load(job, host.random.randrange(1, 72) if where == "matrix" else None)
        host.source.pause = False
        if where != "matrix":
            assert await host.command("DECOMPOSE") == OKAY
            await host.take_outliers(job, want)
        if where == "work":
            await ClockCycles(dut.clk, host.random.randrange(700))
        if where == "packet":
            while dut.m_axis_tvalid.value != 1:
                await RisingEdge(dut.clk)
            await ClockCycles(dut.clk, host.random.randrange(1, 15))
        await host.reset()
        assert await host.status() == ({"IDLE"}, "NONE") and await host.read("JOBS") == 0
        assert await host.read("TOKENS") == 0 and await host.read("PASSES") == 0
        await host.refused("DECOMPOSE", "ORDER")
        await host.quiet()
        await host.good_job(job, want)


@cocotb.test(**LIMIT)
async def framing(dut):
    """TLAST early, or late: FRAMING, no matrix, and the next packet is good again"""
    host = await Host(dut).begin()
    job = Job(random_matrix(host.random, 24, 20))
    want = reference.decomposed(job)
    whole = host.matrix(job.a)
    early = [whole[:LANES * n] for n in (1, host.random.randrange(2, 71), 69, 71)]
    late = [whole + whole[:LANES * n] for n in (1, 40)]
    for k, words in enumerate(early + late):
        jobs = await host.read("JOBS")
        await host.parameters(job)
        assert await host.command("LOAD") == OKAY
        assert await host.command("DECOMPOSE") == OKAY
        await host.send(words)
        await host.settle("ABORTED")
        assert await host.read("FLAGS") == 1 << VALUES["FLAGS", "FRAMING"] and await host.read("JOBS") == jobs
        await host.refused("DECOMPOSE", "ORDER")
        await host.quiet()
        if k % 2:
            await host.good_job(job, want)
        else:
            assert await host.write("FLAGS", 15) == OKAY


@cocotb.test(**LIMIT)
async def refusals(dut):
    """Before any LOAD; of a LOAD that is too large; nothing is left behind"""
    host = await Host(dut).begin()
    job = Job(random_matrix(host.random, 24, 20))
    await host.parameters(job)
    for command in ("DECOMPOSE", "APPLY", "PASS_FORWARD", "PASS_TRANSPOSE", "STORE"):
        await host.refused(command, "ORDER")
    assert await host.write("TOKENS", 65) == OKAY
    await host.refused("LOAD", "PARAMETER")
    assert await host.read("ERROR") == REGISTERS["TOKENS"][0]
    assert await host.status() == ({"IDLE"}, "PARAMETER") and await host.read("JOBS") == 0
    assert host.dut.s_axis_tready.value == 0
    await host.good_job(job, reference.decomposed(job))


@cocotb.test(**LIMIT)
async def counters(dut):
    """Each clock of a unit is of one kind: their counts add up to CYCLE"""
    host = await Host(dut).begin()
    units, number = unit_counters()
    assert await host.read("COUNTERS") == number
    spent, beats = dict.fromkeys(units, 0), 0
    for rank in (3, 8):
        job = Job(random_matrix(host.random, 24, 20), rank=rank)
        await host.good_job(job, reference.decomposed(job))
        for unit, kinds in units.items():
            # the others stand, the idle one goes on with the clock, as CYCLE does
            busy = sum([await host.count(k) for kind, k in kinds.items() if kind != "idle"])
            before, idle, after = [await host.count(k) for k in (0, kinds["idle"], 0)]
            assert after - before < 100 and 2 * (busy + idle) == before + after, (unit, busy, idle, before, after)
            assert busy > spent[unit], unit
            spent[unit] = busy
        beats += sum(len(words) // LANES for _, words in host.packets)
    assert await host.count(units["loader"]["beats"]) == 2 * 24 * 3
    assert await host.count(units["store"]["beats"]) == beats


@cocotb.test(**LIMIT)
async def apply(dut):
    """Two blocks of vectors: bit for bit as dcom applies them, close to exact products; again; refused, a packet too short"""
    host = await Host(dut).begin()
    weights = random_matrix(host.random, 30, 20)
    job = Job(random_matrix(host.random, 24, 20), rank=12, expansion=4, outliers=0)
    vectors, want = reference.applied(job, weights)
    loaded = Job([list(row) for row in zip(*weights)], rank=12, outliers=0)
    await host.load(loaded)
    await host.next(OUTLIERS, 4)
    for paused in (False, True, False):
        if paused:
            host.source.set_pause_generator(pauses(host.random))
            host.sink.set_pause_generator(pauses(host.random))
        assert await host.command("APPLY") == OKAY
        await host.send(host.vectors(vectors))
        blocks = [await host.next(Z, 30) for _ in range(2)]
        found = [[beat[e] for beat in block] for block in blocks for e in range(LANES)]
        assert found[:12] == want
        assert not any(x for row in found[12:] for x in row)
        await host.settle("DONE")
        assert host.source.idle()
        # the rest of a packet that is given up
        assert await host.command("APPLY") == OKAY
        await host.send(host.vectors(vectors)[:LANES * 27])
        await host.settle("ABORTED")
        assert await host.read("FLAGS") == 1 << VALUES["FLAGS", "FRAMING"]
        assert await host.write("FLAGS", 15) == OKAY
        await ClockCycles(dut.clk, 500)
        found = host.drain()
        assert found in ([], [(Z, sum(blocks[0], []))])
    for vector, row in zip(vectors, want):
        for z, w in zip(row, weights):
            near(z, [bf16(a) * bf16(b) for a, b in zip(vector, w)])


@cocotb.test(**LIMIT)
async def store_and_passes(dut):
    """STORE sends the last block again; a transpose pass of its P, a forward pass of what that made"""
    host = await Host(dut).begin()
    job = Job(random_matrix(host.random, 24, 20), rank=11)
    want = reference.decomposed(job)
    await host.good_job(job, want)
    first, last = host.packets[0], host.packets[-2:]
    assert await host.command("STORE") == OKAY
    await host.settle("DONE")
    await ClockCycles(dut.clk, 500)
    assert host.drain() == [first, *last]
    assert await host.command("PASS_TRANSPOSE") == OKAY
    z = await host.next(Z, job.channels)
    assert await host.command("PASS_FORWARD") == OKAY
    p = await host.next(P, job.tokens)
    await host.settle("DONE")
    await host.quiet()
    a = [[0.0 if c in want.outliers else bf16(x) for c, x in enumerate(row)] for row in job.a]
    words = last[1][1]
    for e in range(3):
        for c in set(range(job.channels)) - set(want.outliers):
            near(z[c][e], [a[t][c] * bf16(words[LANES * t + e]) for t in range(job.tokens)])
        for t in range(job.tokens):
            near(p[t][e], [a[t][c] * bf16(z[c][e]) for c in range(job.channels)])
