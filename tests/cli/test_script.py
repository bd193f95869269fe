"""Where a script comes from, and what it sees of the command line."""
import os

from cli import FOLDER, NETBOX, check, check_complaint, check_words, ran
from cli import ran_script, run, write


def file_with_arguments():
    check(ran_script("print(arg[0], #arg, arg[1], arg[2]) print(...)",
                     "one", "two words"),
          out="x.lua\t2\tone\ttwo words\none\ttwo words\n")


def options_after_the_script_are_its_own():
    check(ran_script("print(...)", "--help", "-e", "x", "-"),
          out="--help\t-e\tx\t-\n")


def piece_of_code():
    check(ran("-e", "print('code', #arg)"), out="code\t0\n")


def several_pieces_share_their_globals():
    check(ran("-e", "a = 1", "-e", "a = a + 1", "-e", "print(a)"), out="2\n")


def arguments_of_a_piece():
    check(ran("-e", "print(#arg, arg[1], ...)", "one", "two"),
          out="2\tone\tone\ttwo\n")


def second_piece_does_not_run_after_an_error():
    got = ran("-e", "error('first', 0)", "-e", "print('second')")
    assert (got.status, got.out) == (1, ""), got


def dash_is_standard_input():
    check(ran("-", "a", "b", input="print(arg[0], arg[1], ...)"),
          out="-\ta\ta\tb\n")


def piped_standard_input_is_a_script():
    check(ran(input="print('piped', #arg)"), out="piped\t0\n")
    check(ran(input=""), out="")
    check(ran(stdin=open(os.devnull, "rb")), out="")


def script_from_a_file_as_standard_input():
    path = write("in.lua", "print('from', 'file')")
    with open(path, "rb") as file:
        check(ran(stdin=file), out="from\tfile\n")


def double_dash_ends_the_options():
    write("-x.lua", "print('dash', ...)")
    check(ran("--", "-x.lua", "-e"), out="dash\t-e\n")


def first_line_with_hash_is_skipped():
    text = "#!/usr/bin/env netbox\nprint('ran')\nerror('here')\n"
    got = ran_script(text)
    assert (got.status, got.out) == (1, "ran\n"), got
    check_words(got.err, "x.lua:3: here")


def executable_script_finds_netbox():
    path = write("hello", "#!/usr/bin/env netbox\nprint('hello', ...)\n")
    os.chmod(path, 0o755)
    os.symlink(NETBOX, os.path.join(FOLDER, "netbox"))
    environment = dict(os.environ, PATH=FOLDER + ":" + os.environ["PATH"])
    check(ran("--allow-run", "-e", "os.exit(os.execute('./hello you'))", env=environment),
          out="hello\tyou\n")


def byte_order_mark_is_skipped():
    check(ran_script(b"\xef\xbb\xbfprint('bom')"), out="bom\n")
    check(ran_script(b"\xef\xbb\xbf#!/x\nprint('both')"), out="both\n")
    check(ran(input=b"\xef\xbb\xbfprint('piped')"), out="piped\n")


def windows_line_ends_are_line_ends():
    check(ran_script("print(1)\r\nprint(2)\r\n"), out="1\n2\n")


def empty_script_is_fine():
    check(ran_script(""))
    check(ran_script("#! only a comment"))


def script_may_return():
    check(ran_script("print('before') return 7"), out="before\n")


def modules_are_found_beside_the_script():
    write("sub/main.lua", "print(require('beside').name)")
    write("sub/beside.lua", "return { name = 'beside' }")
    check(ran("sub/main.lua"), out="beside\n")
    check(ran(os.path.join(FOLDER, "sub", "main.lua")), out="beside\n")


def module_of_the_script_wins_over_timer_and_thread():
    write("own/main.lua", """
        print((require("timer")), (require("thread")))
        print(require("socket") == socket, require("socket.core") == socket)
        print(type(timer.sleep), type(thread.spawn))""")
    for name in "timer", "thread", "socket", "socket/core", "netbox":
        write(f"own/{name}.lua", f"return 'own {name}'")
    check(ran("own/main.lua"), out="own timer\town thread\n"
          "true\ttrue\nfunction\tfunction\n")


def missing_script():
    check_complaint(ran("nosuch.lua"), 2, "nosuch.lua",
                    "No such file or directory")
    check_complaint(ran("no/such/folder.lua", "arg"), 2, "no/such/folder.lua")


def directory():
    os.makedirs(os.path.join(FOLDER, "folder"), exist_ok=True)
    check_complaint(ran("folder"), 2, "folder", "directory")


def binary_files():
    for name, start in ("bytecode", b"\x1bLuaT\0"), ("elf", b"\x7fELF\2\1\0"):
        write(name, start + bytes(range(256)))
        got = ran(name)
        assert got.status in (1, 2), got
        check_complaint(got, got.status, name)


def syntax_error():
    got = ran_script("print('not this')\nlocal x = = 1\n")
    check_complaint(got, 1, "x.lua:2: unexpected symbol near '='")
    check_complaint(ran("-e", "x ="), 1, "1: unexpected symbol near <eof>")
    check_complaint(ran(input="x ="), 1, "1: unexpected symbol near <eof>")


def syntax_error_in_a_name_with_control_characters():
    got = ran_script("x\033[31m =")
    assert got.status == 1 and "\033" not in got.err, got


run(file_with_arguments, options_after_the_script_are_its_own, piece_of_code,
    several_pieces_share_their_globals, arguments_of_a_piece,
    second_piece_does_not_run_after_an_error, dash_is_standard_input,
    piped_standard_input_is_a_script, script_from_a_file_as_standard_input,
    double_dash_ends_the_options, first_line_with_hash_is_skipped,
    executable_script_finds_netbox, byte_order_mark_is_skipped,
    windows_line_ends_are_line_ends, empty_script_is_fine, script_may_return,
    modules_are_found_beside_the_script,
    module_of_the_script_wins_over_timer_and_thread, missing_script,
    directory, binary_files, syntax_error,
    syntax_error_in_a_name_with_control_characters)
