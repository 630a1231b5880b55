# test_timed.py - Accelerator and Scoreboard: a small driver runs jobs at the ports, on snapshots too; what the scoreboard says of it,
# and of a device that is wrong.
# SPDX-License-Identifier: Apache-2.0
import os
import random
import re
import threading
import unittest

import dcom
import numpy as np

SEED = int(os.environ["SEED"])


def registers():
    with open("rtl/csr.map", encoding="ascii") as lines:
        found = (line.split()[:2] for line in lines if line.strip() and not line.startswith(("#", "=")))
        return {name.split("[")[0]: int(offset, 16) for offset, name in found}


CSR = registers()
LOAD, DECOMPOSE, ABORT, IDLE = 1, 4, 7, 1


class Driver:
    """Drives an accelerator; `seen` is what a monitor sees: damage(outputs) may change it first"""

    def __init__(self, device, board=None, damage=None, source=None):
        self.device, self.board, self.damage, self.source = device, board, damage, source
        self.beats, self.differences, self.pending = [], [], []
        self.outputs = device.outputs

    def judge(self, transaction, *values):
        if self.board:
            try:
                transaction(*values)
            except dcom.Different as difference:
                self.differences.append(str(difference))

    def clock(self, **inputs):
        i, o = dcom.Inputs(**inputs), self.outputs
        i.m_axis_tready = not self.source or self.source.random() < 0.6
        if self.pending and (not self.source or i.s_axis_tvalid or self.source.random() < 0.6):
            i.s_axis_tvalid, i["s_axis_tdata"], i.s_axis_tlast = 1, self.pending[0], len(self.pending) == 1
        taken = i.s_axis_tvalid and o.s_axis_tready
        if taken:
            self.pending.pop(0)
        if self.board and taken:
            self.judge(self.board.beat_in, i.s_axis_tdata[:8 * self.device.config.cluster_columns], i.s_axis_tlast)
        if o.m_axis_tvalid and i.m_axis_tready:
            seen = dcom.Outputs.from_buffer_copy(o)
            if self.damage:
                self.damage(seen, len(self.beats))
            self.beats.append((seen.m_axis_tuser, seen.m_axis_tdata[:], seen.m_axis_tlast))
            if self.board:
                self.judge(self.board.beat_out, seen.m_axis_tdata, seen.m_axis_tuser, seen.m_axis_tlast)
        self.outputs = self.device.step(i)

    def reset(self):
        self.clock(rst=1)

    def write(self, name, value):
        address, data = {"axi_awvalid": 1, "axi_awaddr": CSR[name]}, {"axi_wvalid": 1, "axi_wdata": value, "axi_wstrb": 15}
        while address or data:
            taken = self.outputs
            self.clock(**address, **data)
            address, data = {} if taken.axi_awready else address, {} if taken.axi_wready else data
        while not self.outputs.axi_bvalid:
            self.clock()
        assert self.outputs.axi_bresp == 0, name
        self.clock(axi_bready=1)
        if self.board:
            self.judge(self.board.write, CSR[name], value)

    def read(self, name):
        taken = False
        while not taken:
            taken = self.outputs.axi_arready
            self.clock(axi_arvalid=1, axi_araddr=CSR[name])
        while not self.outputs.axi_rvalid:
            self.clock()
        value = self.outputs.axi_rdata
        self.clock(axi_rready=1)
        if self.board:
            self.judge(self.board.read, CSR[name], value)
        return value

    def job(self, a, rank, results=True):
        width = 8 * self.device.config.cluster_columns
        for name, value in (("TOKENS", a.shape[0]), ("CHANNELS", a.shape[1]), ("RANK", rank), ("OUTLIERS", 3)):
            self.write(name, value)
        self.write("COMMAND", LOAD)
        padded = np.zeros((a.shape[0], -(-a.shape[1] // width) * width), np.uint16)
        padded[:, :a.shape[1]] = a
        self.pending += padded.reshape(-1, width).tolist()
        self.write("COMMAND", DECOMPOSE)
        while not self.read("STATUS") & IDLE:
            pass
        while self.outputs.m_axis_tvalid:
            self.clock()
        return [self.read(name) for name in ("STOP", "RESULT_RANK", "PASSES", "ROUNDS", "CERTIFICATE")] if results else None


def matrix(source, tokens, channels):
    return dcom.bf16(np.array([[source.gauss(0, 1) for _ in range(channels)] for _ in range(tokens)]))


class Timed(unittest.TestCase):
    def test_ports(self):
        i = dcom.Inputs(axi_wdata=0xDEADBEEF, s_axis_tdata=0x00020001 << 2016)
        self.assertEqual((i.s_axis_tdata[126:], i["s_axis_tdata"] >> 2016), ([1, 2], 0x20001))
        self.assertEqual(i, dcom.Inputs.from_buffer_copy(i))
        other = dcom.Inputs.from_buffer_copy(i)
        other.rst = 1
        self.assertNotEqual(i, other)
        self.assertEqual(i.differences(other), [("rst", 0, 1)])
        self.assertEqual(repr(dcom.Outputs(axi_bvalid=1, m_axis_tdata=[5])), "Outputs(axi_bvalid=0x1, m_axis_tdata=0x5)")
        with self.assertRaises(dcom.Error):
            dcom.Inputs(axi_awaddr=1 << 16)
        with self.assertRaises(AttributeError):
            dcom.Inputs(axi_awlock=1)
        with self.assertRaises((OverflowError, ValueError)):
            dcom.Outputs(m_axis_tdata=1 << 128)
        with self.assertRaises(ValueError):
            dcom.Outputs(m_axis_tdata=[0] * 9)

    def test_job(self):
        """A decomposition through the ports, as the untimed model says; the same with pauses"""
        source = random.Random(SEED)
        for config, tokens, channels in (("tiny", 40, 33), ("small", 30, 40)):
            a = matrix(source, tokens, channels)
            want = dcom.decompose(a, config=config, rank=10, outliers=3)
            for pauses in (None, source):
                with dcom.Accelerator(config) as device, dcom.Scoreboard(config) as board:
                    driver = Driver(device, board, source=pauses)
                    driver.reset()
                    found = driver.job(a, 10)
                    self.assertEqual(found[:4], [want.stop, want.rank, want.passes, want.rounds])
                    self.assertEqual(found[4], int(np.float32(want.certificate).view(np.uint32)))
                    first = want.blocks[0]
                    v = [data[:first] for user, data, _ in driver.beats if user == 1][:channels]
                    self.assertEqual(v, dcom.bf16(want.v)[:, :first].tolist())
                    self.assertEqual(driver.differences, [])
                    board.finish()
                    counts = board.counts
                    self.assertEqual((counts.jobs, counts.beats, counts.mismatches), (2, len(driver.beats), 0))
                    self.assertGreater(counts.registers, 4)

    def test_snapshot(self):
        """From any clock on again, on another accelerator, the same clocks"""
        source = random.Random(SEED)
        a = matrix(source, 20, 16)
        device = dcom.Accelerator("tiny")
        driver = Driver(device)
        driver.reset()
        driver.job(a, 4)
        snapshot = device.snapshot()
        inputs = [dcom.Inputs(axi_arvalid=1, axi_araddr=CSR["CERTIFICATE"], axi_rready=1, m_axis_tready=1) for _ in range(30)]
        want = [device.step(i) for i in inputs]
        self.assertIn(1, [o.axi_rvalid for o in want])
        other = dcom.Accelerator("tiny")
        other.restore(snapshot)
        device.close()
        self.assertEqual([other.step(i) for i in inputs], want)
        with self.assertRaises(dcom.Error) as caught, dcom.Accelerator("small") as small:
            small.restore(snapshot)
        self.assertIs(caught.exception.status, dcom.Status.CONFIG)
        with self.assertRaisesRegex(dcom.Error, "^this Accelerator is closed$"):
            device.step(inputs[0])
        other.close()
        for use in (lambda: other.outputs, other.snapshot, lambda: other.restore(snapshot)):
            with self.assertRaisesRegex(dcom.Error, "closed"):
                use()

    def test_threads(self):
        source = random.Random(SEED)
        a, found = matrix(source, 12, 12), [None] * 4

        def work(k):
            with dcom.Accelerator("tiny") as device:
                driver = Driver(device)
                driver.reset()
                driver.job(a, 4)
                found[k] = driver.beats

        threads = [threading.Thread(target=work, args=(k,)) for k in range(len(found))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(found[0])
        self.assertEqual(found, [found[0]] * len(found))


class Scoreboards(unittest.TestCase):
    def run_damaged(self, damage):
        with dcom.Accelerator("tiny") as device, dcom.Scoreboard("tiny") as board:
            driver = Driver(device, board, damage)
            driver.reset()
            driver.job(matrix(random.Random(SEED), 24, 20), 8)
            with self.assertRaises(dcom.Different) as caught:
                board.finish()
            self.assertIs(caught.exception.status, dcom.Status.DIFFERENT)
            return driver.differences, board.counts, str(caught.exception)

    def test_a_bit(self):
        """3 beats of outliers, then V"""
        def damage(outputs, beat):
            if beat == 3 + 7:
                outputs.m_axis_tdata[2] ^= 0x10
        differences, counts, end = self.run_damaged(damage)
        self.assertEqual((len(differences), counts.mismatches, end), (1, 1, "1 mismatches"))
        self.assertTrue(re.fullmatch(r"job 2, packet V 0, beat 7, lane 2: \w{4}, not \w{4}", differences[0]), differences)

    def test_a_kind(self):
        def damage(outputs, beat):
            if beat == 3 + 20:
                outputs.m_axis_tuser = 3
        differences, *_ = self.run_damaged(damage)
        self.assertEqual(differences, ["job 2, packet P 0, beat 0: TUSER 3, TLAST 0, not 2, 0"])

    def test_nothing(self):
        board = dcom.Scoreboard("tiny")
        with self.assertRaisesRegex(dcom.Different, "^no beat was compared$"):
            board.finish()
        with self.assertRaises(dcom.Error) as caught:
            board.write(CSR["COMMAND"], ABORT)
        self.assertIs(caught.exception.status, dcom.Status.ARGUMENT)
        self.assertNotIsInstance(caught.exception, dcom.Different)
        board.reset()
        with self.assertRaisesRegex(dcom.Different, "^register 048: 00000021, not 00000020$"):
            board.read(CSR["RANK"], 0x21)
        for call in (lambda: board.beat_in([0] * 7, True), lambda: board.beat_out([0] * 9, 0, True)):
            with self.assertRaisesRegex(dcom.Error, "^a beat of [79] BF16, not 8$"):
                call()
        board.close()
        for call in (lambda: board.read(0, 0), lambda: board.beat_out([0] * 8, 0, True), board.finish, board.reset, lambda: board.counts):
            with self.assertRaisesRegex(dcom.Error, "^this Scoreboard is closed$"):
                call()
