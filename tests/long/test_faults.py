"""Every fault of cli/faults, one after the other."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "cli"))

from test_faults import (  # noqa: E402 (needs the path)
    all_faults, begin, check_faults, run)


def no_error_of_the_kernel_breaks_the_program():
    check_faults(all_faults())


begin(__file__)
run(no_error_of_the_kernel_breaks_the_program)
