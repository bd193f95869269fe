"""lock: without a lock counts get lost, with one none."""
from program import netbox, run


def ten_threads():
    with netbox("lock") as program:
        program.expect_line("expected:       1000")
        program.expect_line("without a lock: 100")
        program.expect_line("with a lock:    1000")
        program.finish()


def one_thread_needs_no_lock():
    with netbox("lock", 1, 7) as program:
        program.expect_line("expected:       7")
        program.expect_line("without a lock: 7")
        program.expect_line("with a lock:    7")
        program.finish()


run(ten_threads, one_thread_needs_no_lock)
