"""The timed model: accelerator.v clock by clock, at its ports.

SPDX-License-Identifier: Apache-2.0
"""
import ctypes
from dataclasses import dataclass, field
from typing import Any, List, Tuple

from ._library import Error, Handle, InputsStruct, OutputsStruct, Status, lib
from .model import Config, ConfigLike


class _Ports:
    """Ports under their names in accelerator.v, which are attributes; wide ones are arrays of uint16, lowest bits first. ports["name"]
    is any of them as one number, and such a number, or a sequence, may be assigned."""
    _fields_: Any
    names: Tuple[str, ...]

    def __init__(self, **values: Any):
        super().__init__()
        for name, value in values.items():
            self[name] = value

    def __getitem__(self, name: str) -> int:
        value = getattr(self, name)
        return value if isinstance(value, int) else int.from_bytes(bytes(value), "little")

    def __setitem__(self, name: str, value: Any) -> None:
        port = getattr(self, name)
        if isinstance(port, int):
            setattr(self, name, value)
            if getattr(self, name) != value:
                raise Error(Status.ARGUMENT, f"{name}: {value} does not fit")
            return
        if isinstance(value, int):
            words = value.to_bytes(ctypes.sizeof(port), "little")
            ctypes.memmove(port, words, len(words))
        else:
            port[:] = [int(x) for x in value] + [0] * (len(port) - len(value))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and not self.differences(other)

    __hash__ = None  # type: ignore[assignment]

    def differences(self, other: Any) -> List[Tuple[str, int, int]]:
        """(name, here, there) of each port that differs"""
        return [(name, self[name], other[name]) for name in self.names if self[name] != other[name]]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={self[n]:#x}' for n in self.names if self[n])})"


class Inputs(_Ports, InputsStruct):
    """What is driven on one clock: rst, AXI4-Lite, AXI4-Stream in, ready of the stream out"""
    names = tuple(name for name, *_ in InputsStruct._fields_)


class Outputs(_Ports, OutputsStruct):
    """What the ports show after a rising edge: functions of the registers alone"""
    names = tuple(name for name, *_ in OutputsStruct._fields_)


@dataclass(frozen=True)
class Snapshot:
    """All registers and memories, for any Accelerator of the same configuration in this process"""
    config: Config
    _state: Any = field(repr=False)


class Accelerator(Handle):
    """accelerator.v; all registers and memories are 0 at first, as no reset leaves the memories of the RTL"""
    _kind = "accelerator_"

    def __init__(self, config: ConfigLike = "full"):
        self.config = Config.of(config)
        super().__init__(self.config._struct)

    def step(self, inputs: Inputs) -> Outputs:
        """One rising edge, and what the ports show after it"""
        with self._lock:
            lib.dcom_accelerator_step(self._open, ctypes.byref(inputs))
            return self.outputs

    @property
    def outputs(self) -> Outputs:
        """What the ports show after the last edge"""
        outputs = Outputs()
        with self._lock:
            lib.dcom_accelerator_read(self._open, ctypes.byref(outputs))
        return outputs

    def snapshot(self) -> Snapshot:
        with self._lock:
            state = ctypes.create_string_buffer(lib.dcom_accelerator_bytes(self._open))
            lib.dcom_accelerator_save(self._open, state)
        return Snapshot(self.config, state)

    def restore(self, snapshot: Snapshot) -> None:
        if snapshot.config != self.config:
            raise Error(Status.CONFIG, f"a snapshot of {snapshot.config} does not fit {self.config}")
        with self._lock:
            lib.dcom_accelerator_restore(self._open, snapshot._state)
