"""The exit status: the first that holds of what the contract lists."""
from cli import check, ran, ran_script, run


def nothing_wrong_is_0():
    check(ran("-e", "print(1)"), 0, "1\n")


def uncaught_error_is_1():
    assert ran("-e", "error('x')").status == 1
    assert ran("-e", "error()").status == 1
    assert ran("-e", "error({})").status == 1


def caught_error_is_0():
    check(ran("-e", "print(pcall(error, 'x'))"), 0, "false\tx\n")


def error_in_a_thread_is_1():
    got = ran("-e", "thread.spawn(error, 'x') timer.sleep(0) print('on')")
    assert (got.status, got.out) == (1, "on\n"), got


def error_in_a_daemon_is_1():
    got = ran("-e", "thread.spawn({daemon = true}, error, 'x') timer.sleep(0)")
    assert got.status == 1, got


def error_in_a_timer_is_1():
    assert ran("-e", "timer.after(0, error, 'x')").status == 1


def error_that_a_join_took_is_0():
    check(ran("-e", "print(thread.spawn(error, 'x', 0):join())"),
          0, "false\tx\n")


def error_that_a_later_join_took_is_0():
    got = ran("-e", "local t = thread.spawn(error, 'late', 0) "
              "timer.sleep(0) print(t:join())")
    assert (got.status, got.out) == (0, "false\tlate\n"), got
    assert "late" in got.err, got


def main_failing_lets_others_go_on():
    got = ran_script("""
        thread.spawn(function() timer.sleep(0.01) print("other") end)
        error("main")""")
    assert (got.status, got.out) == (1, "other\n"), got


def cancellation_is_0():
    check(ran("-e", "local t = thread.spawn(timer.sleep, math.huge) "
              "thread.yield() t:cancel()"))
    check(ran("-e", "thread.self():cancel() timer.sleep(1) print('never')"))


def deadlock_is_1():
    got = ran("-e", "thread.queue():get()")
    assert (got.status, got.out) == (1, ""), got


def os_exit_gives_its_number():
    for number in 0, 1, 2, 7, 255:
        check(ran("-e", f"os.exit({number})"), number)


def os_exit_wins_over_a_failed_thread():
    got = ran("-e", "thread.spawn(error, 'x') timer.sleep(0) os.exit(0)")
    assert got.status == 0, got
    got = ran("-e", "thread.spawn(error, 'x') timer.sleep(0) os.exit(9)")
    assert got.status == 9, got


def no_such_script_is_2():
    assert ran("nosuch.lua").status == 2


def wrong_usage_is_2():
    assert ran("--frobnicate").status == 2


run(nothing_wrong_is_0, uncaught_error_is_1, caught_error_is_0,
    error_in_a_thread_is_1, error_in_a_daemon_is_1, error_in_a_timer_is_1,
    error_that_a_join_took_is_0, error_that_a_later_join_took_is_0,
    main_failing_lets_others_go_on, cancellation_is_0, deadlock_is_1,
    os_exit_gives_its_number, os_exit_wins_over_a_failed_thread,
    no_such_script_is_2, wrong_usage_is_2)
