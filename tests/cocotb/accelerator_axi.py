# accelerator_axi.py - accelerator.v under bus models of cocotbext-axi on every port, its model and the scoreboard of the Python
# module beside it on every clock: jobs and their results bit for bit, with and without pauses, queued, aborted, reset, refused.
# Run by tests/test_cocotb.sh. SPDX-License-Identifier: Apache-2.0
import functools
import math
import random
import re
import struct
from dataclasses import dataclass, field

import cocotb
import dcom
import numpy as np
from cocotb.clock import Clock
from cocotb.result import SimTimeoutError
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource
from monitors import Monitors
from registers import OKAY, REGISTERS, SLVERR, VALUES, RegisterHost, pauses

LIMIT = {"timeout_time": 1_000_000, "timeout_unit": "step"}  # 10 steps a clock; the longest takes 25,000 clocks
PATIENCE = 100_000  # of one packet
OUTLIERS, V, P, Z = range(4)
LANES = 8
COLUMNS = 1  # of clusters in the configuration
REAL = "tests/data/kjv_S512_L29_mlp_in.npy"
MODEL = dcom.Context("tiny")


@dataclass
class Job:
    """A matrix of BF16 bits, tokens x channels, and how it is decomposed"""
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

    def decomposed(self):
        return MODEL.decompose(np.array(self.a, np.uint16), self.rank, self.expansion, self.warmup, self.outliers, self.exact,
                               self.tolerance, self.seed)


def bits(x):
    """Rows of BF16 bits"""
    return dcom.bf16(x).tolist()


def bf16(x):
    """The value of BF16 bits"""
    return float(dcom.to_float(np.uint16(x)))


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
        self.monitors = Monitors(dut, MODEL.config)
        cocotb.start_soon(self.monitors.watch())
        await self.reset()
        return self

    async def reset(self):
        self.source.clear()
        self.dut.rst.value = 1
        await ClockCycles(self.dut.clk, 3)
        self.dut.rst.value = 0
        await ClockCycles(self.dut.clk, 2)
        self.sink.clear()
        self.packets.clear()

    def end(self, predicted):
        """predicted: all that went over the ports, and so the scoreboard has judged it; else it says why it could not"""
        assert bool(self.monitors.lost) != predicted, self.monitors.lost or "predictions have not ended"
        if predicted:
            self.monitors.board.finish()
        assert self.monitors.board.counts.mismatches == 0
        self.dut._log.info("%d clocks compared; %s", self.monitors.clocks, self.monitors.board.counts)

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
        assert found == want.outliers.tolist(), (found, want.outliers)

    async def take_blocks(self, job, want):
        """V and P of each block"""
        p, v, first = bits(want.p), bits(want.v), 0
        for width in want.blocks:
            for name, kind, rows in (("V", V, v), ("P", P, p)):
                for n, (beat, row) in enumerate(zip(await self.next(kind, len(rows)), rows)):
                    assert list(beat) == row[first:first + width] + [0] * (LANES - width), f"{name}[{n}], columns from {first}"
            first += width
        assert first == want.rank

    async def results(self, want):
        numbers = {"STOP": VALUES["STOP", want.stop.name], "RESULT_RANK": want.rank, "PASSES": want.passes, "ROUNDS": want.rounds,
                   "DEFLATIONS": want.deflations, "FLAGS": want.flags}
        for name, value in (("CERTIFICATE", want.certificate), ("BOUND", want.certificate_bound)):
            numbers[name] = struct.unpack("<I", struct.pack("<f", value))[0]
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
    corner = np.load(REAL)[:44, :52].tolist()
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


def case(predicted=True, paused=False):
    """A test of `async def name(host, dut)`"""
    def wrap(body):
        @cocotb.test(**LIMIT)
        @functools.wraps(body)
        async def run(dut):
            host = await Host(dut).begin(paused)
            await body(host, dut)
            host.end(predicted)
        return run
    return wrap


async def every_job(host, paused):
    for name, job in jobs(host.random).items():
        want = job.decomposed()
        start = get_sim_time("step")
        await host.good_job(job, want)
        host.dut._log.info("%s: rank %d in %d clocks", name, want.rank, (get_sim_time("step") - start) // 10)
    units, _ = unit_counters()
    for unit, kind in (("loader", "no beat"), ("store", "held back")):
        assert (await host.count(units[unit][kind]) > 100) == paused, kind


@case()
async def decompose(host, dut):
    await every_job(host, False)


@case(paused=True)
async def decompose_paused(host, dut):
    """The same with pauses on all channels"""
    await every_job(host, True)


@case()
async def after_overflow(host, dut):
    """Infinities of an earlier job in basis rows that the next one does not use count for nothing"""
    huge = Job(random_matrix(host.random, 24, 20, exponent=126), outliers=0)
    want = huge.decomposed()
    assert want.stop is dcom.Stop.OVERFLOW
    await host.good_job(huge, want)
    for expansion in (1, 4):
        job = Job(random_matrix(host.random, 20, 24), rank=6, expansion=expansion)
        await host.good_job(job, job.decomposed())


@case()
async def queued_load(host, dut):
    """A LOAD behind a DECOMPOSE streams in meanwhile if there is room for it, else it waits; a job more is refused"""
    chain = [Job(random_matrix(host.random, *shape), expansion=4) for shape in ((24, 20), (30, 27), (12, 33), (61, 17))]
    chain = [(job, job.decomposed()) for job in chain]
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


@case(predicted=False)
async def abort_decompose(host, dut):
    """Ends at any time with whole packets of the good run; the matrix stays"""
    job = Job(random_matrix(host.random, 24, 20), rank=12, expansion=4)
    want = job.decomposed()
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


@case(predicted=False)
async def abort_load(host, dut):
    """What is left of the packet is discarded, whenever it comes; there is no matrix; the job queued behind is gone"""
    job = Job(random_matrix(host.random, 24, 20))
    want = job.decomposed()
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


@case(predicted=False)
async def abort_queued_load(host, dut):
    """A queued LOAD that is dropped in the middle of its stream leaves the matrix before it as it was"""
    job, other = (Job(random_matrix(host.random, 24, 20), expansion=2) for _ in range(2))
    want = job.decomposed()
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
    want = other.decomposed()
    await host.good_job(other, want)


@case()
async def reset(host, dut):
    """In the middle of a matrix, of the work, of a packet"""
    job = Job(random_matrix(host.random, 24, 20), expansion=4)
    want = job.decomposed()
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


@case(predicted=False)
async def framing(host, dut):
    """TLAST early, or late: FRAMING, no matrix, and the next packet is good again"""
    job = Job(random_matrix(host.random, 24, 20))
    want = job.decomposed()
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


@case()
async def refusals(host, dut):
    """Before any LOAD; of a LOAD that is too large; nothing is left behind"""
    job = Job(random_matrix(host.random, 24, 20))
    await host.parameters(job)
    for command in ("DECOMPOSE", "APPLY", "PASS_FORWARD", "PASS_TRANSPOSE", "STORE"):
        await host.refused(command, "ORDER")
    assert await host.write("TOKENS", 65) == OKAY
    await host.refused("LOAD", "PARAMETER")
    assert await host.read("ERROR") == REGISTERS["TOKENS"][0]
    assert await host.status() == ({"IDLE"}, "PARAMETER") and await host.read("JOBS") == 0
    assert host.dut.s_axis_tready.value == 0
    await host.good_job(job, job.decomposed())


@case()
async def counters(host, dut):
    """Each clock of a unit is of one kind: their counts add up to CYCLE"""
    units, number = unit_counters()
    assert await host.read("COUNTERS") == number
    spent, beats = dict.fromkeys(units, 0), 0
    for rank in (3, 8):
        job = Job(random_matrix(host.random, 24, 20), rank=rank)
        await host.good_job(job, job.decomposed())
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


@case(predicted=False)
async def apply(host, dut):
    """Two blocks of vectors: bit for bit as dcom applies them, close to exact products; again; refused, a packet too short"""
    weights = random_matrix(host.random, 30, 20)
    job = Job(random_matrix(host.random, 24, 20), rank=12, expansion=4, outliers=0)
    vectors = bits(job.decomposed().v.T)
    want = MODEL.apply(np.array(vectors, np.uint16), np.array(weights, np.uint16)).operand.tolist()
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


@case(predicted=False)
async def store_and_passes(host, dut):
    """STORE sends the last block again; a transpose pass of its P, a forward pass of what that made"""
    job = Job(random_matrix(host.random, 24, 20), rank=11)
    want = job.decomposed()
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


@cocotb.test(**LIMIT)
async def planted(dut):
    """What monitors see is not what the device did: both comparisons tell it, and where"""
    host = await Host(dut).begin()
    monitors, job = host.monitors, Job(random_matrix(host.random, 24, 20))
    want, dropped = job.decomposed(), []
    channel = next(c for c in range(LANES) if c not in want.outliers)  # what is in an outlier is not decomposed, nor sent out

    def beat(inputs, outputs):
        """Lane 2 of beat 3 of the first V, bit 5"""
        if outputs.m_axis_tvalid and outputs.m_axis_tuser == V and monitors.beat == 3:
            outputs.m_axis_tdata[2] ^= 1 << 5

    def register(inputs, outputs):
        if outputs.axi_rvalid and monitors.reading == REGISTERS["PASSES"][0]:
            outputs.axi_rdata ^= 1

    def stimulus(inputs, outputs):
        """The sign of a channel of a token"""
        if inputs.s_axis_tvalid and monitors.beats_in == 6:
            inputs.s_axis_tdata[channel] ^= 0x8000

    def lost(inputs, outputs):
        """A beat of P is not seen"""
        if outputs.m_axis_tvalid and outputs.m_axis_tuser == P and monitors.beat == 9 and not dropped:
            outputs.m_axis_tvalid = 0
            dropped.extend([True] * inputs.m_axis_tready)

    passes = f"register {REGISTERS['PASSES'][0]:03X}: {want.passes ^ 1:08X}, not {want.passes:08X}"
    for fault, port, line in ((beat, "m_axis_tdata", r"job \d+, packet V 0, beat 3, lane 2: "), (register, "axi_rdata", passes),
                              (stimulus, ".*", r"job \d+, packet "), (lost, "m_axis_tvalid", r"job \d+, packet P 0, beat 9")):
        told = []
        monitors.tamper, monitors.told = fault, told.append
        before = monitors.board.counts.mismatches
        await host.good_job(job, want)
        assert monitors.board.counts.mismatches > before, f"{fault.__name__} is not told"
        try:
            monitors.board.finish()
            raise AssertionError(f"it passes with {fault.__name__}")
        except dcom.Different:
            pass
        for pattern in (rf"clock \d+: {port}: \w+, not \w+$", f"scoreboard: {line}"):
            assert any(re.match(pattern, message) for message in told), (fault.__name__, pattern, told[:4])
        monitors.tamper = None
        await host.reset()
        told.clear()
        await host.good_job(job, want)
        assert not told, told[:4]
        await host.reset()
