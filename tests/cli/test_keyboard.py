"""The keyboard: input() and io.read on a terminal, a pipe, a file, nothing."""
import fcntl
import os

from cli import READY, check, ran, run, start, write


def prompt_and_line_on_a_terminal():
    with start("print(repr(input('Name: '))) print(repr(input()))",
               terminal=True) as program:
        program.expect("Name: ")
        program.type("Ada Lovelace\n")
        program.expect_line("Ada Lovelace")
        program.expect_line("'Ada Lovelace'")
        program.type("second\n")
        program.expect_line("second")
        program.expect_line("'second'")
        program.finish(rest="(?s).*")


def end_of_input_on_a_terminal():
    with start("print(repr(input('> '))) print(repr(input('> ')))",
               terminal=True) as program:
        program.expect("> ")
        program.type("\x04")
        program.expect_line("nil")
        program.expect("> ")
        program.type("goes on\n")
        program.expect_line("goes on")
        program.expect_line("'goes on'")
        program.finish(rest="(?s).*")


def prompt_and_line_on_a_pipe():
    with start("print(repr(input('Name: ')))") as program:
        program.expect("Name: ")
        program.type("Ada\n")
        program.expect_line("'Ada'")
        program.finish()


def lines_of_a_pipe_and_its_end():
    code = "print(repr(input()), repr(input()), repr(input()))"
    check(ran("-e", code, input="a\n\nb"), out="'a'\t''\t'b'\n")
    check(ran("-e", code, input="a\n"), out="'a'\tnil\tnil\n")
    check(ran("-e", code), out="nil\tnil\tnil\n")


def lines_of_a_file():
    path = write("lines.txt", "first\nsecond\nno end")
    with open(path, "rb") as file:
        check(ran("-e", "for i = 1, 4 do print(repr(input())) end",
                  stdin=file), out="'first'\n'second'\n'no end'\nnil\n")


def nothing_at_all():
    with open(os.devnull, "rb") as null:
        check(ran("-e", "print(input('? '), io.read(), io.read('a'))",
                  stdin=null), out="? nil\tnil\t\n")


def bytes_of_every_value_are_data():
    data = bytes(b for b in range(256) if b != 10)
    got = ran("-e", "local s = input() print(#s, s:byte(1), s:byte(-1))",
              input=data + b"\n")
    check(got, out="255\t0\t255\n")


def long_line_comes_whole():
    check(ran("-e", "print(#input(), #input())",
              input="x" * 3000000 + "\nshort\n"), out="3000000\t5\n")


def other_threads_run_while_one_reads():
    with start("""
            thread.spawn({daemon = true}, function()
              for i = 1, 3 do timer.sleep(0.001) print("tick", i) end
            end)
            print(input())""") as program:
        for i in range(1, 4):
            program.expect_line(f"tick\t{i}")
        program.type("typed\n")
        program.expect_line("typed")
        program.finish()


def readers_are_served_in_order():
    with start("""
            for i = 1, 3 do
              thread.spawn(function() print(i, input(i .. "? ")) end)
            end""") as program:
        program.expect(r"1\? ")
        program.type("one\n")
        program.expect_line("1\tone")
        program.expect(r"2\? ")
        program.type("two\nthree\n")
        program.expect_line("2\ttwo")
        program.expect_line(r"3\? 3\tthree")
        program.finish()


def prompt_waits_for_its_readers_turn():
    with start("""
            thread.spawn(function() print("read", io.read()) end)
            thread.yield()
            thread.spawn(function() print("input", input("prompt ")) end)
            thread.yield() """ + READY) as program:
        program.expect_line("ready")
        program.type("first\n")
        program.expect_line("read\tfirst")
        program.expect("prompt ")
        program.type("second\n")
        program.expect_line("input\tsecond")
        program.finish()


def input_and_io_share_one_buffer():
    check(ran("-e", """
        print(input())
        print(io.read())
        print(io.stdin:read(2))
        print(io.lines()())
        for line in io.stdin:lines() do print("line", line) break end
        print(io.read("a"))""",
              input="a\nb\nxxrest\nc\nd\ne"),
          out="a\nb\nxx\nrest\nline\tc\nd\ne\n")


def cancelled_reader_takes_no_byte():
    for read in ("input()", "io.read()", "io.read(10)", "io.read('a')",
                 "io.read('n')", "io.lines()()"):
        with start(f"""
                local t = thread.spawn(function() {read} end)
                thread.yield() """ + READY + """
                timer.sleep(0.005)
                t:cancel()
                t:join()
                print(t:status())
                print(input())""") as program:
            program.expect_line("ready")
            program.type("12")
            program.expect_line("cancelled")
            program.type("34\n")
            program.expect_line("1234")
            program.finish()


def cancelled_reader_gives_its_turn_to_the_next():
    with start("""
            local first = thread.spawn(input, "first? ")
            local second = thread.spawn(function()
              print(input("second? "))
            end)
            timer.sleep(0)
            first:cancel()""") as program:
        program.expect(r"first\? ")
        program.expect(r"second\? ")
        program.type("for the second\n")
        program.expect_line("for the second")
        program.finish()


def reader_in_a_coroutine():
    check(ran("-e", """
        local words = coroutine.wrap(function()
          for line in io.lines() do
            for word in line:gmatch("%a+") do coroutine.yield(word) end
          end
        end)
        for word in words do print(word) end""",
              input="one two\nthree\n"), out="one\ntwo\nthree\n")


def descriptor_is_never_made_non_blocking():
    reader, writer = os.pipe()
    with start(READY + "input()", preexec_fn=lambda: os.dup2(reader, 0)
               ) as program:
        program.expect_line("ready")
        os.write(writer, b"x")
        flags = fcntl.fcntl(reader, fcntl.F_GETFL)
        assert not flags & os.O_NONBLOCK
        os.close(writer)
        program.finish()
    assert not fcntl.fcntl(reader, fcntl.F_GETFL) & os.O_NONBLOCK
    os.close(reader)


def prompt_is_shown_as_print_would():
    check(ran("-e", "input(7) input(true) input(nil) input('')"), out="7true")


run(prompt_and_line_on_a_terminal, end_of_input_on_a_terminal,
    prompt_and_line_on_a_pipe, lines_of_a_pipe_and_its_end, lines_of_a_file,
    nothing_at_all, bytes_of_every_value_are_data, long_line_comes_whole,
    other_threads_run_while_one_reads, readers_are_served_in_order,
    prompt_waits_for_its_readers_turn, input_and_io_share_one_buffer,
    cancelled_reader_takes_no_byte,
    cancelled_reader_gives_its_turn_to_the_next, reader_in_a_coroutine,
    descriptor_is_never_made_non_blocking, prompt_is_shown_as_print_would)
