"""Memory that is freed is kept for the next array, as every month asks for as much again.

The allocator of GNU/Linux hands large blocks back to the system as soon as they are freed, and takes others from it,
page by page, the next time. At scale 1 that makes a month of simulation a tenth longer, and more. Other systems have
allocators of their own, which are left alone, as is whatever the environment says.
"""

from __future__ import annotations

import ctypes
import os
import platform

#: Parameters of `mallopt`, their numbers and values: blocks of up to as many bytes are kept (32 MiB is the most that
#: the allocator takes), and of free memory at most so many bytes in all.
SETTINGS = {"MALLOC_MMAP_THRESHOLD_": (-3, 32 << 20), "MALLOC_TRIM_THRESHOLD_": (-1, 256 << 20)}


def keep_freed_memory() -> bool:
    """Tell the allocator of this process to keep what is freed; returns whether it was told."""
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in (*SETTINGS, "GLIBC_TUNABLES")):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return all(bool(mallopt(number, value)) for number, value in SETTINGS.values())
