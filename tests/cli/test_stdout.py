"""Standard output: buffered, flushed before a wait, quiet when nobody reads."""
import fcntl
import os
import re
import resource
import struct
import subprocess
import termios
import time

from cli import BOUND, FOLDER, NETBOX, check, ran, run, start


def print_shows_before_a_wait():
    with start('print("waiting") input() print("done")') as program:
        program.expect_line("waiting")
        program.type("\n")
        program.expect_line("done")
        program.finish()


def unfinished_line_shows_before_a_wait():
    for wait in ("timer.sleep(math.huge)", "thread.event():wait(1000)",
                 'socket.bind("127.0.0.1", 0):accept()'):
        with start(f'io.write("unfinished") {wait}') as program:
            program.expect("unfinished")
            program.interrupt()
            program.finish(status=130)


def output_of_a_thread_shows_too():
    with start("""
            thread.spawn(function() print("thread") timer.sleep(0) end)
            io.stdout:write("main ")
            input()""") as program:
        program.expect_line("main thread")
        program.type("\n")
        program.finish()


def everything_is_there_at_the_end():
    check(ran("-e", "io.write('no line end')"), out="no line end")
    count = 100000
    got = ran("-e", f"for i = 1, {count} do print(i) end")
    assert got.out == "".join(f"{i}\n" for i in range(1, count + 1))


def big_pieces_come_whole():
    got = ran("-e", "io.write(('0123456789'):rep(300000), 'end')")
    assert got.out == "0123456789" * 300000 + "end", len(got.out)


def bytes_of_every_value_pass():
    done = subprocess.run(
        [NETBOX, "-e", "for b = 0, 255 do io.write(string.char(b)) end"],
        capture_output=True, check=True, timeout=BOUND)
    assert done.stdout == bytes(range(256))


def write_returns_the_file_and_setvbuf_works():
    check(ran("-e", """
        assert(io.write("a") == io.stdout)
        assert(io.stdout:write("b", 1, 2.5) == io.stdout)
        for _, mode in ipairs({"no", "line", "full"}) do
          assert(io.stdout:setvbuf(mode))
          io.write(mode, "\\n")
        end
        assert(io.stdout:flush() and io.flush())"""),
          out="ab12.5no\nline\nfull\n")


def children_write_after_what_came_before():
    check(ran("--allow-run", "-e", "print('before') io.flush() os.execute('echo child') "
              "print('after')"), out="before\nchild\nafter\n")


def write_until_broken(code, first):
    """The status and the errors of a program whose reader goes."""
    with subprocess.Popen([NETBOX, "-e", code], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == first
        process.stdout.close()
        status = process.wait(BOUND)
        return status, process.stderr.read()


def reader_that_goes_ends_the_program_quietly():
    for code in ("while true do print('y') end",
                 "while true do pcall(print, 'y') end",
                 "while true do print('y') timer.sleep(0) end",
                 "timer.every(0.001, print, 'y')",
                 "thread.spawn(function() while true do print('y') "
                 "timer.sleep(0) end end) socket.bind('127.0.0.1', 0):accept()",
                 "while true do io.write('y\\n') io.flush() end"):
        assert write_until_broken(code, b"y\n") == (141, b""), code


def reader_that_was_never_there():
    reader, writer = os.pipe()
    os.close(reader)
    got = ran("-e", "print('to nobody')", stdout=writer)
    os.close(writer)
    assert (got.status, got.err) == (141, ""), got


def reader_that_goes_is_no_matter_to_who_prints_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    got = ran("-e", "timer.sleep(0) os.exit(3)", stdout=writer)
    os.close(writer)
    assert (got.status, got.err) == (3, ""), got


def await_bytes(fd, count):
    """Waits until so many bytes lie in a pipe."""
    deadline = time.monotonic() + BOUND
    while time.monotonic() < deadline:
        held = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"1234"))
        if held[0] >= count:
            return
    raise AssertionError(f"never {count} bytes in the pipe")


def slow_reader_of_a_pipe_that_does_not_block_gets_all():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK)
    with subprocess.Popen(
            [NETBOX, "-e", "for i = 1, 100000 do print(i) end"],
            stdout=writer) as process:
        os.close(writer)
        await_bytes(reader, 60000)
        with os.fdopen(reader) as file:
            lines = file.read().split()
        assert process.wait(BOUND) == 0
    assert lines == [str(i) for i in range(1, 100001)], len(lines)


def output_and_errors_keep_their_order():
    with open(os.path.join(FOLDER, "both"), "w+b") as file:
        ran("-e", "print('one') io.stderr:write('two\\n') print('three')",
            stdout=file, stderr=file)
        file.seek(0)
        text = file.read().decode()
    assert sorted(text.split()) == ["one", "three", "two"], text
    assert re.search("(?s)one.*three", text), text


def full_disk_is_no_success():
    with open("/dev/full", "wb") as full:
        got = ran("-e", "print('lost')", stdout=full)
    assert got.status not in (0, 141), got


def file_that_may_grow_no_more_is_an_error():
    code = """
        local file = io.open("large", "w")
        print(file:write(("x"):rep(10000)))
        print("on")"""
    got = ran("--allow-write=.", "-e", code, preexec_fn=lambda: (
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))))
    check(got, out="nil\tFile too large\t27\non\n")


run(print_shows_before_a_wait, unfinished_line_shows_before_a_wait,
    output_of_a_thread_shows_too, everything_is_there_at_the_end,
    big_pieces_come_whole, bytes_of_every_value_pass,
    write_returns_the_file_and_setvbuf_works,
    children_write_after_what_came_before,
    reader_that_goes_ends_the_program_quietly, reader_that_was_never_there,
    reader_that_goes_is_no_matter_to_who_prints_nothing,
    slow_reader_of_a_pipe_that_does_not_block_gets_all,
    output_and_errors_keep_their_order, full_disk_is_no_success,
    file_that_may_grow_no_more_is_an_error)
