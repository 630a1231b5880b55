"""libdcom.so and dcom.h in ctypes: finding the library, its ABI, structures, functions, errors.

cmodel/dcom.h is the source; tests/python/test_layout.py compares every structure and number here with what a C compiler makes of it.
SPDX-License-Identifier: Apache-2.0
"""
import ctypes
import enum
import os
import threading
from ctypes import POINTER, c_char, c_char_p, c_double, c_float, c_int, c_int32, c_size_t, c_uint, c_uint8, c_uint16, c_uint32, \
    c_uint64, c_void_p
from typing import Any, Optional

VERSION = "0.2.0"
ABI = 3
NUMERIC_CONTRACT = 2


class Status(enum.IntEnum):
    """dcom_status: how a call ended"""
    OK = 0
    ARGUMENT = 1
    CONFIG = 2
    SHAPE = 3
    VALUE = 4
    FILE = 5
    MEMORY = 6
    HOST = 7
    STOPPED = 8
    DIFFERENT = 9


class Error(Exception):
    """A call that failed: `status` says how, the text is the library's one line on what was wrong"""

    def __init__(self, status: Status, message: str):
        super().__init__(message)
        self.status = status


class Different(Error):
    """A comparison failed, and what made it goes on"""

    def __init__(self, message: str):
        super().__init__(Status.DIFFERENT, message)


# ---- the structures of dcom.h ----

class ConfigStruct(ctypes.Structure):
    _fields_ = [("name", c_char * 32)] + [(name, c_uint) for name in (
        "cluster_rows", "cluster_columns", "mac_rows", "lanes", "tile_tokens", "tile_channels", "basis_rows", "mac_stages")]


class ParametersStruct(ctypes.Structure):
    _fields_ = [("rank", c_uint), ("expansion", c_uint), ("warmup", c_uint), ("outliers", c_uint),
                ("exact_tokens", POINTER(c_uint32)), ("exact_token_count", c_uint), ("tolerance", c_double), ("seed", c_uint32)]


class ResultStruct(ctypes.Structure):
    _fields_ = [("tokens", c_uint), ("channels", c_uint), ("rank", c_uint), ("p", POINTER(c_float)), ("v", POINTER(c_float)),
                ("outliers", POINTER(c_int32)), ("outlier_count", c_uint), ("blocks", POINTER(c_uint8)), ("block_count", c_uint),
                ("passes", c_uint), ("rounds", c_uint), ("deflations", c_uint), ("stop", c_uint), ("flags", c_uint),
                ("certificate", c_double), ("certificate_bound", c_double), ("seconds", c_double)]


class InputsStruct(ctypes.Structure):
    _fields_ = [(name, c_uint8) for name in (
        "rst", "axi_awvalid", "axi_wvalid", "axi_wstrb", "axi_bready", "axi_arvalid", "axi_rready", "s_axis_tvalid",
        "s_axis_tlast", "m_axis_tready")]
    _fields_ += [("axi_awaddr", c_uint16), ("axi_araddr", c_uint16), ("axi_wdata", c_uint32), ("s_axis_tdata", c_uint16 * 128)]


class OutputsStruct(ctypes.Structure):
    _fields_ = [(name, c_uint8) for name in (
        "axi_awready", "axi_wready", "axi_bvalid", "axi_bresp", "axi_arready", "axi_rvalid", "axi_rresp", "s_axis_tready",
        "m_axis_tvalid", "m_axis_tuser", "m_axis_tlast")]
    _fields_ += [("axi_rdata", c_uint32), ("m_axis_tdata", c_uint16 * 8)]


class CountsStruct(ctypes.Structure):
    _fields_ = [(name, c_uint64) for name in
                ("jobs", "beats", "registers", "unjudged", "mismatches", "awaited", "unexpected")]


STRUCTURES = {"dcom_config": ConfigStruct, "dcom_parameters": ParametersStruct, "dcom_result": ResultStruct,
              "dcom_accelerator_in": InputsStruct, "dcom_accelerator_out": OutputsStruct, "dcom_scoreboard_counts": CountsStruct}


# ---- the library ----

def _open() -> ctypes.CDLL:
    """$DCOM_LIBRARY and nothing else, if it is set; else that of the PREFIX this is installed under, PREFIX/share/dcom/python; else
    whichever the loader finds"""
    name = f"libdcom.so.{ABI}"
    told = os.environ.get("DCOM_LIBRARY")
    prefix = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))
    beside = os.path.join(prefix, "lib", name)
    path = told or (beside if os.path.exists(beside) else name)
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"dcom: {path}: {error}; the environment variable DCOM_LIBRARY says where another is") from None


def _check_abi(library: ctypes.CDLL) -> None:
    try:
        version = library.dcom_abi_version
    except AttributeError:
        raise ImportError(f"dcom: {library._name}: not libdcom: it has no dcom_abi_version") from None
    version.restype = c_uint
    if version() != ABI:
        raise ImportError(f"dcom: {library._name}: its ABI is {version()}, this module's is {ABI}")


def _declare(library: ctypes.CDLL) -> None:
    """Argument and result types; without a result a function gives a dcom_status"""
    bits, message = POINTER(c_uint16), c_char * 256
    config, parameters, result = POINTER(ConfigStruct), POINTER(ParametersStruct), POINTER(ResultStruct)
    for name, arguments, *gives in (
            ("config_named", [c_char_p, config, message]),
            ("config_read", [c_char_p, config, message]),
            ("config_at", [c_uint], config),
            ("config_id", [config], c_uint32),
            ("defaults", [], ParametersStruct),
            ("create", [config, POINTER(c_void_p)]),
            ("destroy", [c_void_p], None),
            ("message", [c_void_p], c_char_p),
            ("check", [c_void_p, c_size_t, c_size_t, parameters]),
            ("decompose", [c_void_p, bits, c_size_t, c_size_t, parameters, result]),
            ("apply", [c_void_p, bits, c_size_t, c_size_t, bits, c_size_t, POINTER(c_float), bits, POINTER(c_uint)]),
            ("accelerator_create", [config, POINTER(c_void_p)]),
            ("accelerator_destroy", [c_void_p], None),
            ("accelerator_step", [c_void_p, c_void_p], None),
            ("accelerator_read", [c_void_p, c_void_p], None),
            ("accelerator_bytes", [c_void_p], c_size_t),
            ("accelerator_save", [c_void_p, c_void_p], None),
            ("accelerator_restore", [c_void_p, c_void_p], None),
            ("scoreboard_create", [config, POINTER(c_void_p)]),
            ("scoreboard_destroy", [c_void_p], None),
            ("scoreboard_message", [c_void_p], c_char_p),
            ("scoreboard_reset", [c_void_p], None),
            ("scoreboard_write", [c_void_p, c_uint16, c_uint32, c_uint]),
            ("scoreboard_read", [c_void_p, c_uint16, c_uint32]),
            ("scoreboard_in", [c_void_p, bits, c_int]),
            ("scoreboard_out", [c_void_p, bits, c_uint, c_int]),
            ("scoreboard_finish", [c_void_p]),
            ("scoreboard_read_counts", [c_void_p, POINTER(CountsStruct)], None),
            ("kernel_name", [], c_char_p)):
        function = getattr(library, f"dcom_{name}")
        function.argtypes = arguments
        function.restype = gives[0] if gives else c_int


lib = _open()
_check_abi(lib)
_declare(lib)


def check(status: int, message: str) -> None:
    """Raises what is not OK"""
    if status == Status.DIFFERENT:
        raise Different(message)
    if status != Status.OK:
        raise Error(Status(status), message)


class Handle:
    """What the library has created and destroys again: by close(), at the end of a `with`, or with the last reference.

    The library wants one thread at a time for each: a lock sees to it. Different handles are independent, and a call leaves
    other threads of Python running.
    """
    _kind = ""  # dcom_<kind>create and so on

    def __init__(self, config: "ConfigStruct"):
        self._pointer: Optional[c_void_p] = None
        self._lock = threading.RLock()
        pointer = c_void_p()
        status = getattr(lib, f"dcom_{self._kind}create")(config, pointer)
        if status == Status.CONFIG:
            raise Error(Status.CONFIG, f"configuration {config.name.decode(errors='replace')!r} is out of range")
        check(status, f"{type(self).__name__} cannot be created: {Status(status).name}")
        self._pointer = pointer

    @property
    def _open(self) -> c_void_p:
        """The pointer, for a call"""
        if self._pointer is None:
            raise Error(Status.ARGUMENT, f"this {type(self).__name__} is closed")
        return self._pointer

    def close(self) -> None:
        """Frees it; further calls raise Error, another close() does nothing"""
        with self._lock:
            if self._pointer is not None:
                getattr(lib, f"dcom_{self._kind}destroy")(self._pointer)
                self._pointer = None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_pointer", None) is not None:
            self.close()
