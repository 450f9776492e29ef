"""Call a function in a process of its own that heeds permissions, as what root does otherwise does not."""

import ctypes
import os
import struct
import traceback
from collections.abc import Callable

from shared_server import none_waiting
from without_root import OVERRIDE, SEARCH, heed_permissions

_VERSION, _SETS = 0x20080522, 6  # of `capset`; effective, permitted, inheritable, each in two halves


def _drop_now():
    """Drop them also for what this process does itself."""
    heed_permissions()
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        header, data = struct.pack("Ii", _VERSION, 0), ctypes.create_string_buffer(4 * _SETS)
        if libc.capget(header, data):
            os._exit(99)
        sets = list(struct.unpack(f"{_SETS}I", data.raw))
        sets[0] &= ~(1 << OVERRIDE | 1 << SEARCH)
        if libc.capset(header, struct.pack(f"{_SETS}I", *sets)):
            os._exit(99)


def heeding_permissions(function: Callable[[], object]) -> str:
    """Call a function in a process of its own that heeds permissions; return its traceback, empty where it raised nothing."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _drop_now()
            with none_waiting():  # those that wait heed nothing
                function()
        except BaseException:  # noqa: BLE001 - a forked process must not go on as the tests
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as read:
        raised = read.read()
    os.waitpid(pid, 0)
    return raised
