# registers.py - rtl/csr.map in Python, and a host that uses it through the AXI4-Lite master of cocotbext-axi.
# SPDX-License-Identifier: Apache-2.0
import logging
import re

from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp

OKAY, SLVERR = AxiResp.OKAY, AxiResp.SLVERR


def read_map():
    """name -> (offset, count, access, width, reset or None); (register, value name) -> number"""
    registers, values, name = {}, {}, None
    with open("rtl/csr.map", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("="):
                _, value, number = line.split()[:3]
                values[name, value] = int(number)
            elif line.strip() and not line.startswith("#"):
                offset, name, access, width, reset = line.split()[:5]
                name, count = re.fullmatch(r"(\w+?)(?:\[(\d+)\])?", name).groups()
                registers[name] = (int(offset, 16), int(count or 1), access, int(width), None if reset == "-" else int(reset, 16))
    return registers, values


REGISTERS, VALUES = read_map()


def pauses(random):
    """Pauses of a channel, more and less of them in turn"""
    while True:
        share = random.choice((0, 0.2, 0.5, 0.9))
        for _ in range(random.randrange(1, 60)):
            yield random.random() < share


class RegisterHost:
    def connect(self, dut, random=None):
        """The master; with pauses on all five channels, if there is a `random`"""
        for bus in ("axi", "s_axis", "m_axis"):  # every access and packet else
            logging.getLogger(f"cocotb.{dut._name}.{bus}").setLevel(logging.WARNING)
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "axi"), dut.clk, dut.rst)
        if random:
            write, read = self.master.write_if, self.master.read_if
            for channel in (write.aw_channel, write.w_channel, write.b_channel, read.ar_channel, read.r_channel):
                channel.set_pause_generator(pauses(random))

    async def write(self, name, value, index=0):
        offset = REGISTERS[name][0] + 4 * index
        return (await self.master.write(offset, value.to_bytes(4, "little"))).resp

    async def raw(self, offset):
        answer = await self.master.read(offset, 4)
        return int.from_bytes(answer.data, "little"), answer.resp

    async def read(self, name, index=0):
        value, resp = await self.raw(REGISTERS[name][0] + 4 * index)
        assert resp == OKAY, f"{name}: {resp}"
        return value

    async def command(self, name):
        return await self.write("COMMAND", VALUES["COMMAND", name])

    async def status(self):
        """The names of the bits that are set, and of the error"""
        value = await self.read("STATUS")
        error = value >> VALUES["STATUS", "ERROR"]
        names = {n for (r, n), bit in VALUES.items() if r == "STATUS" and n != "ERROR" and value >> bit & 1}
        return names, next(n for (r, n), v in VALUES.items() if r == "ERROR" and v == error)
