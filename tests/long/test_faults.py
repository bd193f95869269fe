"""Every fault of cli/faults, one after the other."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "cli"))

from test_faults import (  # noqa: E402 (needs the path)
    all_faults, can_trace, check_faults, run)


def every_fault_is_survived_or_told():
    check_faults(all_faults())


if not can_trace():
    print("strace cannot trace here")
    sys.exit(77)
run(every_fault_is_survived_or_told)
