# monitors.py - all ports of accelerator.v on every clock: the timed model of the Python module is stepped beside it and every output
# compared, what the ports take and give goes to the scoreboard, and what is offered must stay until it is taken.
# SPDX-License-Identifier: Apache-2.0
import dcom
from cocotb.triggers import RisingEdge
from registers import OKAY

OFFERS = (("m_axis_tvalid", "m_axis_tready", ("m_axis_tdata", "m_axis_tuser", "m_axis_tlast")),
          ("axi_rvalid", "axi_rready", ("axi_rdata", "axi_rresp")), ("axi_bvalid", "axi_bready", ("axi_bresp",)))
IDLE = {"axi_awaddr": "axi_awvalid", "axi_wdata": "axi_wvalid", "axi_wstrb": "axi_wvalid", "axi_araddr": "axi_arvalid",
        "s_axis_tdata": "s_axis_tvalid", "s_axis_tlast": "s_axis_tvalid"}


def fail(message):
    raise AssertionError(message)


class Monitors:
    """tamper(inputs, outputs), if set, changes what is seen before anyone sees it; told(message) is called for each difference"""

    def __init__(self, dut, config):
        self.dut, self.config = dut, config
        self.model, self.board = dcom.Accelerator(config), dcom.Scoreboard(config)
        self.tamper, self.told = None, fail
        self.lost = ""  # why predictions of the scoreboard have ended
        self.clocks = 0  # compared
        # the handles' own getter: strings, many times as quick as their values
        self.samplers = {kind: [getattr(dut, name)._handle.get_signal_val_binstr for name in kind.names]
                         for kind in (dcom.Inputs, dcom.Outputs)}
        self.samples = {kind: (None, None) for kind in self.samplers}
        self.forget()

    def forget(self):
        self.write, self.reading, self.overlapped = {}, None, False
        self.beat = self.beats_in = 0

    def sample(self, kind):
        """The ports as they are before the edge"""
        text, last = [get() for get in self.samplers[kind]], self.samples[kind]
        if text != last[0]:
            shown = dict(zip(kind.names, text))
            if kind is dcom.Inputs:  # what is not offered may be unknown: 0
                shown.update({name: "0" for name, valid in IDLE.items() if shown[valid] == "0" and not set(shown[name]) <= {"0", "1"}})
            try:
                last = text, kind(**{name: int(digits, 2) for name, digits in shown.items()})
            except ValueError:
                fail(f"clock {self.clocks}: unknown: {shown}")
            self.samples[kind] = last
        return kind.from_buffer_copy(last[1]) if self.tamper else last[1]

    async def watch(self):
        shown = last = None  # by the model, not before the first reset; on the clock before
        while True:
            await RisingEdge(self.dut.clk)
            if shown is None and self.dut.rst.value != 1:
                continue
            inputs = self.sample(dcom.Inputs)
            if shown is not None:
                outputs = self.sample(dcom.Outputs)
                if self.tamper:
                    self.tamper(inputs, outputs)
                self.clocks += 1
                if bytes(outputs) != bytes(shown):
                    for name, here, there in outputs.differences(shown):
                        self.told(f"clock {self.clocks}: {name}: {here:X}, not {there:X}")
                if last and outputs is not last[1]:
                    self.stays(*last, outputs)
                if not inputs.rst:
                    self.transactions(inputs, outputs)
                last = None if inputs.rst else (inputs, outputs)
            if inputs.rst:
                self.board.reset()
                self.forget()
            shown = self.model.step(inputs)

    def stays(self, inputs, outputs, following):
        """What is offered and not taken is there on the next clock"""
        for valid, ready, payload in OFFERS:
            if outputs[valid] and not inputs[ready]:
                for name in (valid, *payload):
                    if following[name] != outputs[name]:
                        self.told(f"clock {self.clocks}: {name}: {outputs[name]:X} becomes {following[name]:X} before {ready} comes")

    def transactions(self, i, o):
        writing = bool(self.write) or i.axi_awvalid or i.axi_wvalid
        if i.axi_awvalid and o.axi_awready:
            self.write["address"] = i.axi_awaddr
        if i.axi_wvalid and o.axi_wready:
            self.write["data"], self.write["strobes"] = i.axi_wdata, i.axi_wstrb
        if i.axi_arvalid and o.axi_arready:
            self.reading, self.overlapped = i.axi_araddr, False
        self.overlapped = self.overlapped or writing
        if o.axi_bvalid and i.axi_bready:
            if o.axi_bresp == OKAY:
                self.judge(self.board.write, self.write["address"], self.write["data"], self.write["strobes"])
            self.write = {}
        if o.axi_rvalid and i.axi_rready:
            if o.axi_rresp == OKAY and not self.overlapped:
                self.judge(self.board.read, self.reading, o.axi_rdata)
            self.reading = None
        if i.s_axis_tvalid and o.s_axis_tready:
            self.beats_in += 1
            self.judge(self.board.beat_in, i.s_axis_tdata[:8 * self.config.cluster_columns], i.s_axis_tlast)
        if o.m_axis_tvalid and i.m_axis_tready:
            self.judge(self.board.beat_out, o.m_axis_tdata[:], o.m_axis_tuser, o.m_axis_tlast)
            self.beat = 0 if o.m_axis_tlast else self.beat + 1

    def judge(self, transaction, *values):
        try:
            transaction(*values)
        except dcom.Different as difference:
            self.told(f"scoreboard: {difference}")
        except dcom.Error as error:
            if error.status is not dcom.Status.ARGUMENT:
                raise
            self.lost = str(error)
