"""The question on the terminal, before something is refused."""
import os
import pty
import re
import select
import signal
import socket
import subprocess

from cli import BOUND, FOLDER, NETBOX, check_words, ran, run, write

REFUSED = "run again with"

# Ends what the output before the question has begun on the terminal.
RESET = "\x18\x1b\\\x1b[!p\x1b[m"


class Terminal:
    """netbox with a terminal for all of its streams; `stdin` may be a file."""

    def __init__(self, *args, stdin=None):
        self.seen = ""
        self.unread = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(FOLDER)
            if stdin is not None:
                os.dup2(os.open(stdin, os.O_RDONLY), 0)
            os.execv(NETBOX, [NETBOX, *args])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def read(self):
        """Reads more; False at the end."""
        assert select.select([self.fd], [], [], BOUND)[0], self.seen
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the program has ended
            return False
        self.unread += data.decode("utf-8", "backslashreplace")
        return data != b""

    def expect(self, text):
        """Waits until it has been shown; returns what came before."""
        while text not in self.unread:
            assert self.read(), f"no {text!r} in {self.seen + self.unread!r}"
        before, _, self.unread = self.unread.partition(text)
        self.seen += before + text
        return before

    def type(self, text):
        os.write(self.fd, text.encode())

    def asked(self, what):
        before = self.expect("(d)eny it? ")
        assert what in before, f"no {what!r} in {before!r}"
        return before

    def finish(self, status=0):
        """Reads to the end; returns what was not expected before."""
        while self.read():
            pass
        self.pid, pid = 0, self.pid
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert ended == status, f"status {ended}: {self.seen + self.unread!r}"
        return self.unread


SEND = 'print(socket.udp4():sendto("x", "224.0.0.77", 9)) '
RAW = "print((socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))) "
BIND = 'print((socket.tcp4():bind("0.0.0.0", 0))) '


def it_names_the_thread_and_the_line():
    write("x.lua", "\nlocal function go()\n  " + BIND + "\nend\n"
          "thread.spawn({ name = 'one' }, go):join()")
    with Terminal("x.lua") as terminal:
        question = terminal.asked("listen on 0.0.0.0:0")
        check_words(question, "'one'", "x.lua:3")
        terminal.type("o\n")
        check_words(terminal.finish(), "true")


def once_is_once():
    with Terminal("-e", BIND * 2) as terminal:
        terminal.asked("listen on 0.0.0.0:0")
        terminal.type("o\n")
        terminal.asked("listen on 0.0.0.0:0")
        terminal.type("d\n")
        check_words(terminal.finish(), "nil")


def once_of_a_ping_is_one_request():
    code = ("for r in socket.ping('224.0.0.77', {count = 2, interval = 0, "
            "timeout = 0.01}) do print('got', r.code) end")
    with Terminal("-e", code) as terminal:
        terminal.asked("send to 224.0.0.77")
        terminal.type("o\n")
        terminal.asked("send to 224.0.0.77")
        terminal.type("d\n")
        check_words(terminal.finish(), "got\tEPERM")


def always_is_until_the_end():
    with Terminal("-e", BIND * 3) as terminal:
        terminal.asked("listen on 0.0.0.0:0")
        terminal.type("a\n")
        assert terminal.finish().count("true") == 3


def whatever_else_denies():
    for answer in "d\n", "\n", "y\n", "x" * 200 + "\n", "\4":
        with Terminal("-e", "print(socket.tcp4():bind('0.0.0.0', 0))") as shown:
            shown.asked("listen on 0.0.0.0:0")
            shown.type(answer)
            check_words(shown.finish(), "nil", REFUSED, "EPERM")


def what_was_denied_is_not_asked_for_again():
    with Terminal("-e", BIND * 3) as terminal:
        terminal.asked("listen on 0.0.0.0:0")
        terminal.type("d\n")
        rest = terminal.finish()
        assert rest.count("nil") == 3 and "eny it" not in rest, rest


def what_a_flag_denies_is_not_asked_for():
    with Terminal("--deny-listen", "-e", BIND) as terminal:
        rest = terminal.finish()
        assert "nil" in rest and "eny it" not in rest, rest


def names_cannot_move_the_cursor():
    code = ("thread.spawn({name = 'a\\27[2J\\r\\n'}, function() "
            "socket.unix():connect('s\\27[31m\\n') end):join()")
    with Terminal("-e", code) as terminal:
        question = terminal.asked("unix socket 's?[31m?'")
        check_words(question, "a?[2J")
        assert "\x1b" not in question.replace(RESET, ""), question
        terminal.type("d\n")
        terminal.finish()


def output_cannot_swallow_the_question():
    with Terminal("-e", "io.write('\\27]0;title') " + BIND) as terminal:
        question = terminal.asked("listen on 0.0.0.0:0")
        check_words(question, "\x1b]0;title" + RESET + "netbox: ")
        terminal.type("d\n")
        terminal.finish()


def what_cannot_be_shown_whole_is_not_asked_for():
    code = ("for _, n in ipairs {151, 152} do "
            "print(io.open('/nowhere/' .. ('x'):rep(n))) "
            "print(os.execute('ls' .. (' '):rep(n + 8) .. ';id')) end")
    with Terminal("-e", code) as terminal:
        terminal.asked("read of '/nowhere/" + "x" * 151 + "'")
        terminal.type("d\n")
        rest = terminal.finish()
        assert rest.count(REFUSED) == 4 and "eny it" not in rest, rest


def what_takes_native_is_not_asked_for():
    code = ("print(io.open('/proc/self/comm', 'w')) "
            "print(io.open('new', 'w'))")
    with Terminal("-e", code) as terminal:
        check_words(terminal.asked("write of 'new'"), "--allow-native")
        terminal.type("d\n")
        check_words(terminal.finish(), REFUSED)


def once_of_a_connection_that_goes_on_is_one():
    """To a listener whose queue is full, so that nobody answers."""
    code = """
        local port = tonumber(arg[1])
        local c = {}
        for i = 1, 2 do
          c[i] = socket.tcp4()
          c[i]:settimeout(0)
          for j = 1, 3 do
            print(select(3, c[i]:connect("0.0.0.0", port)))
          end
        end
        c[1]:shutdown()
        print(select(3, c[1]:connect("0.0.0.0", port)))"""
    write("x.lua", code)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, \
            socket.create_connection(listener.getsockname()):
        port = listener.getsockname()[1]
        with Terminal("x.lua", str(port)) as terminal:
            terminal.asked(f"connect to 0.0.0.0:{port}")
            terminal.type("o\n")
            between = terminal.asked(f"connect to 0.0.0.0:{port}")
            check_words(between, "EINPROGRESS", "EALREADY")
            terminal.type("o\n")
            terminal.asked(f"connect to 0.0.0.0:{port}")
            terminal.type("d\n")
            check_words(terminal.finish(), "EPERM")


def always_says_what_else_it_allows():
    code = "for _, l in ipairs {'true; exit 4', 'echo on'} do os.execute(l) end"
    with Terminal("-e", code) as terminal:
        terminal.asked("run of 'true; exit 4' (always: whatever 'sh' is run "
                       "with)")
        terminal.type("d\n")
        terminal.asked("run of 'echo on' (always: whatever 'echo' is run with)")
        terminal.type("d\n")
        terminal.finish()


def the_answer_does_not_come_from_the_scripts_input():
    path = write("input", "a\na\na\n")
    with Terminal("-e", BIND + "print(io.read())", stdin=path) as terminal:
        rest = terminal.finish()
        assert "nil" in rest and "eny it" not in rest, rest
    code = "print('typed', io.read()) print('go') " + BIND
    with Terminal("-e", code) as terminal:
        terminal.type("first\n")
        terminal.expect("typed\tfirst")
        terminal.asked("listen on 0.0.0.0:0")
        terminal.type("o\n")
        check_words(terminal.finish(), "true")


def what_was_typed_before_is_no_answer():
    code = ("io.read() for i = 1, 3e7 do end " + BIND)
    with Terminal("-e", code) as terminal:
        terminal.type("start\na\na\n")
        terminal.asked("listen on 0.0.0.0:0")
        terminal.type("d\n")
        check_words(terminal.finish(), "nil")


def output_comes_before_the_question():
    with Terminal("-e", "io.write('no line yet') " + BIND) as terminal:
        check_words(terminal.asked("listen on"), "no line yet")
        terminal.type("d\n")
        terminal.finish()


def an_interrupt_denies_and_ends():
    with Terminal("-e", BIND + "timer.sleep(100)") as terminal:
        terminal.asked("listen on 0.0.0.0:0")
        terminal.type("\3")
        terminal.finish(130)


def what_ends_netbox_ends_the_question():
    for number, status in (signal.SIGTERM, 143), (signal.SIGHUP, -1):
        with Terminal("-e", BIND + "timer.sleep(100)") as terminal:
            terminal.asked("listen on 0.0.0.0:0")
            os.kill(terminal.pid, number)
            terminal.finish(status)
    with Terminal("--time", "0.5s", "-e", BIND) as terminal:
        terminal.asked("listen on 0.0.0.0:0")
        check_words(terminal.finish(3), "limit: time of 0.5s used up")


def threads_that_ask_for_one_thing_get_one_answer():
    code = ("for i = 1, 3 do thread.spawn({name = 't' .. i}, function() "
            "print('got', (socket.connect('192.0.2.1', 80))) end) end")
    with Terminal("-e", code) as terminal:
        check_words(terminal.asked("connect to 192.0.2.1:80"), "'t1'")
        terminal.type("d\n")
        rest = terminal.finish()
        assert rest.count("nil") == 3 and "eny it" not in rest, rest


def the_place_is_shown_harmless():
    code = ("load('print((io.open(\"x\")))', "
            "'=\\27[2J\\nnetbox: allow it (o)nce')()")
    with Terminal("-e", code) as terminal:
        check_words(terminal.asked("read of 'x'"),
                    "at ?[2J?netbox: allow it (o)nce:1 asks for: ")
        terminal.type("d\n")
        terminal.finish()


def the_program_waits_meanwhile():
    code = ("timer.every(0.01, function() print('tick') end) "
            "thread.yield() " + BIND + "os.exit(0)")
    with Terminal("-e", code) as terminal:
        terminal.asked("listen on 0.0.0.0:0")
        assert not select.select([terminal.fd], [], [], 0.1)[0]
        terminal.type("d\n")
        terminal.finish()


def without_prompt_it_never_asks():
    with Terminal("--no-prompt", "-e", BIND) as terminal:
        rest = terminal.finish()
        assert "nil" in rest and "eny it" not in rest, rest


def without_a_terminal_it_never_asks():
    got = ran("-e", BIND)
    assert (got.status, got.err) == (0, ""), got
    controller, terminal = pty.openpty()
    for streams in {"stdin": terminal}, {"stderr": terminal}:
        options = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE,
                   **streams}
        got = ran("-e", BIND, **options)
        assert (got.status, got.out) == (0, "nil\n"), got
    os.close(controller)
    os.close(terminal)


def other_rights_are_asked_for_too():
    with Terminal("-e", RAW + "print(socket.dns.toip('no.such.test'))") as shown:
        shown.asked("raw sockets")
        shown.type("d\n")
        shown.asked("look-up of 'no.such.test'")
        shown.type("d\n")
        check_words(re.sub(r"\s+", " ", shown.finish()), "--allow-net=")


run(it_names_the_thread_and_the_line, once_is_once,
    once_of_a_ping_is_one_request, always_is_until_the_end,
    whatever_else_denies, what_was_denied_is_not_asked_for_again,
    what_a_flag_denies_is_not_asked_for, names_cannot_move_the_cursor,
    output_cannot_swallow_the_question,
    what_cannot_be_shown_whole_is_not_asked_for,
    always_says_what_else_it_allows,
    what_takes_native_is_not_asked_for,
    once_of_a_connection_that_goes_on_is_one,
    the_answer_does_not_come_from_the_scripts_input,
    what_was_typed_before_is_no_answer, output_comes_before_the_question,
    an_interrupt_denies_and_ends, what_ends_netbox_ends_the_question,
    threads_that_ask_for_one_thing_get_one_answer, the_place_is_shown_harmless,
    the_program_waits_meanwhile,
    without_prompt_it_never_asks, without_a_terminal_it_never_asks,
    other_rights_are_asked_for_too)
