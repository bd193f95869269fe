"""io.read in all its formats, io.lines and io.stdin, as in plain Lua."""
import os
import subprocess

from cli import BOUND, FOLDER, NETBOX, allow, check, ran, run, write

allow("--allow-read=.")

# Shows every value so that a string, a number and nothing differ.
SHOW = """
local function show(...)
  local texts = {}
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    texts[i] = type(v) == "string" and ("%q"):format(v) or tostring(v)
  end
  io.write(table.concat(texts, " "), "\\n")
end
"""


def check_read(code, text, *lines):
    """From a pipe and from a file the script shows the same."""
    path = write("input", text)
    expected = "".join(line + "\n" for line in lines)
    check(ran("-e", SHOW + code, input=text), out=expected)
    with open(path, "rb") as file:
        check(ran("-e", SHOW + code, stdin=file), out=expected)


def lines_without_and_with_their_end():
    for line, whole in (("l", "L"), ("*l", "*L"), ("*line", "*Lines")):
        check_read(f"show(io.read('{line}')) show(io.read('{whole}'))"
                   f"show(io.read('{whole}')) show(io.read('{line}'))",
                   "one\ntwo\nthree", '"one"', '"two\\', '"', '"three"', "nil")


def empty_lines():
    check_read("show(io.read()) show(io.read('L')) show(io.read())",
               "\n\n", '""', '"\\', '"', "nil")


def carriage_returns_stay():
    check_read("show(io.read())", "dos\r\n", '"dos\\13"')


def everything():
    for form in "a", "*a", "*all":
        check_read(f"show(io.read('{form}')) show(io.read('{form}'))"
                   "show(io.read())", "one\ntwo", '"one\\', 'two"', '""',
                   "nil")


def counts():
    check_read("show(io.read(0)) show(io.read(3)) show(io.read(2))"
               "show(io.read(100)) show(io.read(0)) show(io.read(1))",
               "abcdefg", '""', '"abc"', '"de"', '"fg"', "nil", "nil")
    check_read("show(io.read(2.0))", "abc", '"ab"')


def several_formats_stop_at_the_first_that_fails():
    check_read("show(io.read('l', 2, 'n', 'l', 'a'))", "one\nab 12 x\nrest",
               '"one" "ab" 12 " x" "rest"')
    check_read("show(io.read('n', 'l', 'l'))", "no number\nx\n", "nil")
    check_read("show(io.read('l', 'l', 'l'))", "one\n", '"one" nil')


def numbers():
    check_read("for i = 1, 8 do show(io.read('n')) end",
               "1 -2\n+3 4.5e1 0x1F\t0x.8p1 .5 007",
               "1", "-2", "3", "45.0", "31", "1.0", "0.5", "7")


def numbers_read_as_far_as_they_could_go_on():
    check_read("show(io.read('n', 'a'))", "12abc", '12 "abc"')
    check_read("show(io.read('n')) show(io.read('a'))", "0xg", "nil", '"g"')
    check_read("show(io.read('n')) show(io.read('a'))", "1e+x", "nil", '"x"')
    check_read("show(io.read('n')) show(io.read('a'))", "-z", "nil", '"z"')
    check_read("show(io.read('n')) show(io.read('a'))", "", "nil", '""')
    check_read("show(io.read('n')) show(io.read('a'))", "  \n", "nil", '""')


def numbers_have_at_most_200_digits():
    check_read("show(io.read('n')) show(#io.read('a'))", "1" * 250,
               "nil", "50")


def lines_iterates():
    check_read("for line in io.lines() do show(line) end", "a\n\nb",
               '"a"', '""', '"b"')
    check_read("for a, b in io.stdin:lines(1, 'L') do show(a, b) end",
               "1x\n2y\n", '"1" "x\\', '"', '"2" "y\\', '"')
    check_read("for n in io.lines(nil, 'n') do show(n) end", "1 2 x",
               "1", "2")


def reading_goes_on_after_the_end_of_a_loop():
    check_read("for line in io.lines() do show(line) break end "
               "show(io.read())", "a\nb\n", '"a"', '"b"')


def stdin_is_a_file():
    check_read("show(io.type(io.stdin)) show(io.type(io.stdout)) "
               "show(io.input() == io.stdin) show(io.output() == io.stdout)"
               "show(tostring(io.stdin):match('^file %('))",
               "", '"file"', '"file"', "true", "true", '"file ("')


def wrong_formats_raise():
    for form in "'x'", "''", "'*'", "{}", "true":
        got = ran("-e", f"print(pcall(io.read, {form}))", input="text")
        assert got.status == 0, got
        assert got.out.startswith("false\tbad argument #1 to"), got


def other_files_read_as_ever():
    write("other", "first\nsecond\n42")
    check(ran("-e", SHOW + """
        for line in io.lines("other") do show(line) end
        local file = assert(io.open("other"))
        show(file:read("L", "l", "n", "n"))
        file:close()
        show(pcall(file.read, file))
        io.input("other")
        show(io.read())
        io.input(io.stdin)
        show(io.read())""", input="from standard input\n"),
          out='"first"\n"second"\n"42"\n"first\\\n" "second" 42 nil\n'
          'false "attempt to use a closed file"\n"first"\n'
          '"from standard input"\n')


def reading_what_cannot_be_read_fails():
    os.makedirs(os.path.join(FOLDER, "folder"), exist_ok=True)
    folder = os.open(os.path.join(FOLDER, "folder"), os.O_RDONLY)
    got = ran("-e", "print(io.read())", stdin=folder)
    os.close(folder)
    check(got, out="nil\tIs a directory\t21\n")


def scripts_share_standard_input_with_nobody():
    """A script that comes from standard input has been read to its end."""
    check(ran(input="print(io.read())\n-- this line is the script's\n"),
          out="nil\n")


def unread_input_is_there_for_a_child():
    """netbox reads nothing that nobody has asked for."""
    done = subprocess.run([NETBOX, "--allow-run", "-e", "os.execute('cat')"],
                          input=b"for the child", capture_output=True,
                          timeout=BOUND, check=True)
    assert done.stdout == b"for the child", done


run(lines_without_and_with_their_end, empty_lines, carriage_returns_stay,
    everything, counts, several_formats_stop_at_the_first_that_fails, numbers,
    numbers_read_as_far_as_they_could_go_on, numbers_have_at_most_200_digits,
    lines_iterates, reading_goes_on_after_the_end_of_a_loop, stdin_is_a_file,
    wrong_formats_raise, other_files_read_as_ever,
    reading_what_cannot_be_read_fails,
    scripts_share_standard_input_with_nobody,
    unread_input_is_there_for_a_child)
