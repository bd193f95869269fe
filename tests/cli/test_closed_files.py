"""Files, programs and the environment: hostile scripts that want more of them
than their flags give.

The folder in which they run has `given/`, which flags may name, and `kept/`,
which none does; `given/out` is a link to a file in there, `given/down` one to the
folder itself.
"""
import os

from cli import FOLDER, check, check_complaint, ran, run, write

os.makedirs(os.path.join(FOLDER, "given/below/in"))
os.makedirs(os.path.join(FOLDER, "kept"))
os.makedirs(os.path.join(FOLDER, "given-too"))
SECRET = write("kept/secret", "secret\n")
write("kept/module.lua", "return 'a module of others'")
write("given-too/file", "theirs\n")
write("given/file", "mine\n")
write("given/module.lua", "return 'a module'")
os.symlink("../kept/secret", os.path.join(FOLDER, "given/out"))
os.symlink("../kept", os.path.join(FOLDER, "given/down"))
os.symlink("../kept/new", os.path.join(FOLDER, "given/nowhere"))
os.symlink("round", os.path.join(FOLDER, "given/round"))
os.symlink("file", os.path.join(FOLDER, "given/same"))

READ, WRITE = "--allow-read=given", "--allow-write=given"
BOTH = (READ, WRITE)


def refusal(what, path, flag=None):
    return (f"{what} of '{path}' is not allowed "
            f"(run again with --allow-{flag or what}={path})")


def reading(path):
    return f"nil\t{refusal('read', path)}\t1"


def writing(path):
    return f"nil\t{refusal('write', path)}\t1"


def held(what):
    """A folder that stays, for something in it is denied."""
    return ("nil\twrite of 'given/below/in' is not allowed "
            f"(--deny-{what}={os.path.realpath(FOLDER)}/given/below/in/x)\t1")


# Flags, what a script does, and what it prints.
READS = [
    ((), "io.open('given/file')", reading("given/file")),
    ((), "io.open('/etc/passwd', 'rb')", reading("/etc/passwd")),
    ((), "io.open('no such')", reading("no such")),
    ((), "io.open('')",
     "nil\tread of '' is not allowed (run again with --allow-read)\t1"),
    ((READ,), "io.open('given/file'):read('a')", "mine\n"),
    ((READ,), "io.open('./given//below/.././file'):read()", "mine"),
    ((READ,), "io.open('given/same'):read()", "mine"),
    ((READ,), "io.open('given/none')",
     "nil\tgiven/none: No such file or directory\t2"),
    ((READ,), "io.open('given/out')", reading("given/out")),
    ((READ,), "io.open('given/down/secret')", reading("given/down/secret")),
    ((READ,), "io.open('given/down/none')", reading("given/down/none")),
    ((READ,), "io.open('given/../kept/secret')",
     reading("given/../kept/secret")),
    ((READ,), "io.open('given/below/../../kept/secret')",
     reading("given/below/../../kept/secret")),
    ((READ,), "io.open('given-too/file')", reading("given-too/file")),
    ((READ,), "io.open('given/round')", reading("given/round")),
    ((READ,), "io.open('given/file\\0/../../kept/secret'):read()", "mine"),
    ((READ,), "io.open('given/' .. ('x'):rep(5000))",
     reading("given/" + "x" * 154 + "...")),
    ((READ,), "io.open('given/' .. ('x'):rep(300))",
     "nil\tgiven/" + "x" * 300 + ": File name too long\t36"),
    ((READ,), "io.open('given/\\27[31m\\r')", "nil\tgiven/\x1b[31m\r: "
     "No such file or directory\t2"),
    ((), "io.open('\\27[31m\\r')", reading("?[31m?")),
    ((READ, "--deny-read=given/below"), "io.open('given/below/x')",
     "nil\tread of 'given/below/x' is not allowed "
     f"(--deny-read={os.path.realpath(FOLDER)}/given/below)\t1"),
    ((), "pcall(io.lines, 'given/file')",
     "false\t" + refusal("read", "given/file")),
    ((), "pcall(io.input, 'given/file')",
     "false\t" + refusal("read", "given/file")),
    ((READ,), "io.lines('given/file')()", "mine"),
    ((READ,), "io.input('given/file'):read()", "mine"),
    ((READ,), "pcall(io.lines, 'given/none')",
     "false\tcannot open file 'given/none' (No such file or directory)"),
    # What is in these folders is more than files.
    ((), "io.open('/proc/self/environ')", reading("/proc/self/environ")),
    (("--allow-read",), "io.open('/proc/self/environ')",
     reading("/proc/self/environ")),
    (("--allow-read=/proc",), "io.open('/proc/self/mem')",
     reading("/proc/self/mem")),
    (("--allow-read=/",), "io.open('/proc/self/../self/maps')",
     reading("/proc/self/../self/maps")),
    (("--allow-read",), "io.open('/sys/kernel/version')",
     reading("/sys/kernel/version")),
    (("--allow-read",), "io.open('/dev/zero')", reading("/dev/zero")),
    (("--allow-read=/dev/zero",), "#io.open('/dev/zero'):read(9)", "9"),
    (("--allow-read=/proc/version",), "#io.open('/proc/version'):read() > 0",
     "true"),
    (("--allow-read",), "io.open('/proc/self/root/etc/passwd') ~= nil",
     "true"),
    (("--allow-read",), "io.open('/proc/self/cwd/kept/secret'):read()",
     "secret"),
    ((READ,), "io.open('/proc/self/cwd/kept/secret')",
     reading("/proc/self/cwd/kept/secret")),
    (("--allow-read",), "(io.open('/dev/stdin')), (io.open('/dev/fd/0')), "
     "(io.open('/dev/fd/../tty')), (io.open('/dev/./stdin'))",
     "nil\tnil\tnil\tnil"),
    ((READ,), "io.open('/proc/self/fd/0')", reading("/proc/self/fd/0")),
    (("-A",), "io.open('/proc/self/status') ~= nil", "true"),
]

WRITES = [
    ((), "io.open('new', 'w')", writing("new")),
    ((READ,), "io.open('given/file', 'w')", writing("given/file")),
    ((READ,), "io.open('given/file', 'r+')", writing("given/file")),
    ((READ,), "io.open('given/file', 'a')", writing("given/file")),
    ((READ,), "io.open('given/file', 'rb+')", None),
    ((READ,), "io.open('given/file', 'r+b')", writing("given/file")),
    ((WRITE,), "io.open('given/file', 'w+')", reading("given/file")),
    ((WRITE,), "io.open('given/file', 'a+')", reading("given/file")),
    ((WRITE,), "io.open('given/file', 'r+')", reading("given/file")),
    ((WRITE,), "io.open('given/file', 'r')", reading("given/file")),
    ((WRITE,), "io.type(io.open('given/made', 'w'))", "file"),
    ((WRITE,), "io.open('given/made', 'a'):read()",
     "nil\tBad file descriptor\t9"),
    (BOTH, "io.open('given/made', 'w+'):write('x'):seek('set')", "0"),
    (BOTH, "io.open('given/nowhere', 'w')", writing("given/nowhere")),
    (BOTH, "io.open('given/out', 'a')", writing("given/out")),
    (BOTH, "io.open('given/down/new', 'w')", writing("given/down/new")),
    (BOTH, "io.open('given/none/new', 'w')",
     "nil\tgiven/none/new: No such file or directory\t2"),
    (BOTH, "pcall(io.open, 'given/file', 'rw')",
     "false\tbad argument #2 to 'io.open' (invalid mode)"),
    (BOTH, "pcall(io.open, 'given/file', 'we')",
     "false\tbad argument #2 to 'io.open' (invalid mode)"),
    ((), "pcall(io.output, 'new')", "false\t" + refusal("write", "new")),
    (("--allow-write",), "io.open('/proc/self/mem', 'w')",
     "nil\twrite of '/proc/self/mem' is not allowed "
     "(run again with --allow-native)\t1"),
    (("-A",), "io.open('/proc/self/oom_score_adj', 'w')",
     "nil\twrite of '/proc/self/oom_score_adj' is not allowed "
     "(run again with --allow-native)\t1"),
    (("--allow-write",), "io.open('/dev/full', 'w')", writing("/dev/full")),
    (("--allow-write=/dev/null",), "io.type(io.open('/dev/null', 'w'))",
     "file"),
    ((), "os.remove('kept/secret')", writing("kept/secret")),
    ((), "os.remove('none')", writing("none")),
    (BOTH, "os.remove('given/down/secret')", writing("given/down/secret")),
    (BOTH, "os.rename('given', 'given/below/x')",
     "nil\tInvalid argument\t22"),
    (("--allow-write", "--allow-read"), "(os.remove('/')), (os.remove('//')), "
     "(os.remove('.')), (os.remove('/..')), (os.rename('/', 'x'))",
     "nil\tnil\tnil\tnil\tnil"),
    (BOTH, "os.remove('given/..')", writing("given/..")),
    (BOTH, "os.remove('given/.')", writing("given/.")),
    (BOTH, "os.remove('')",
     "nil\twrite of '' is not allowed (run again with --allow-write)\t1"),
    (BOTH, "os.remove('given/none')",
     "nil\tgiven/none: No such file or directory\t2"),
    (("--allow-write=kept",), "os.remove('given/out')", writing("given/out")),
    ((), "os.rename('given/file', 'x')", reading("given/file")),
    (("--allow-write",), "os.rename('kept/secret', 'given/x')",
     reading("kept/secret")),
    (BOTH, "os.rename('kept/secret', 'given/x')", reading("kept/secret")),
    (BOTH, "os.rename('given/file', 'kept/x')", writing("kept/x")),
    (BOTH, "os.rename('given/file', 'given/down/x')",
     writing("given/down/x")),
    ((READ,), "os.rename('given/file', 'given/x')", writing("given/file")),
    (BOTH, "os.rename('given/none', 'given/x')",
     "nil\tNo such file or directory\t2"),
    ((*BOTH, "--deny-read=given/below/in/x"),
     "os.rename('given/below/in', 'given/moved')", held("read")),
    ((*BOTH, "--deny-write=given/below/in/x"),
     "os.rename('given/below/in', 'given/moved')", held("write")),
    ((*BOTH, "--allow-unix=given", "--deny-unix=given/below/in/x"),
     "os.rename('given/below/in', 'given/moved')", held("unix")),
    ((*BOTH, "--deny-read=given/below/in-too"),
     "os.rename('given/below/in', 'given/moved')", "true"),
    ((), "io.tmpfile()", writing("/tmp")),
    ((), "os.tmpname()", writing("/tmp")),
    (("--allow-write=/tmp",), "io.type(io.tmpfile())", "file"),
]

TEXTS = [
    ((), "loadfile('given/module.lua')()", "a module"),
    ((), "dofile('given/module.lua')", "a module"),
    ((), "require('given.module')", "a module\t./given/module.lua"),
    ((), "loadfile('/etc/passwd')", "nil\t" + refusal("read", "/etc/passwd")),
    ((), "pcall(dofile, '/etc/passwd')",
     "false\t" + refusal("read", "/etc/passwd")),
    ((), "loadfile('/proc/self/environ')",
     "nil\t" + refusal("read", "/proc/self/environ")),
    ((), "loadfile('given/none.lua')",
     "nil\tcannot open given/none.lua: No such file or directory"),
    ((), "loadfile('given')", "nil\tcannot read given: Is a directory"),
    (("--deny-read=given",), "(loadfile('given/module.lua'))", "nil"),
    (("--allow-read=/etc/hostname",), "(loadfile('/etc/hostname')) ~= 1",
     "true"),
]

REST = [
    (("--allow-env=HOME",), "os.getenv('HOME\\0X') ~= nil, "
     "(os.getenv('home')), (os.getenv(' HOME')), (os.getenv('HOME='))",
     "true\tnil\tnil\tnil"),
    (("--allow-env", "--deny-env=HOME"), "(os.getenv('HOME'))", "nil"),
    ((), "os.getenv('HOME')", "nil\tenvironment variable 'HOME' is not allowed "
     "(run again with --allow-env=HOME)\t1"),
    ((), "(os.getenv('NO_SUCH'))", "nil"),
    (("--allow-env=HOME",), "os.getenv('HOME') ~= nil, (os.getenv('PATH'))",
     "true\tnil"),
    (("--allow-env=NO_SUCH",), "os.getenv('NO_SUCH')", "nil"),
    ((), "os.execute()", "false"),
    ((), "os.execute('true')",
     "nil\t" + refusal("run", "true") + "\t1"),
    ((), "os.execute('')",
     "nil\trun of '' is not allowed (run again with --allow-run=sh)\t1"),
    ((), "io.popen('true; id')", "nil\trun of 'true; id' is not allowed "
     "(run again with --allow-run=sh)\t1"),
    ((), "pcall(io.popen)", "false\tbad argument #1 to 'io.popen' "
     "(string expected, got no value)"),
    (("--allow-run=true",), "os.execute(), os.execute('true')",
     "true\ttrue\texit\t0"),
    (("--allow-run=true",), "(os.execute('true $(id)'))", "nil"),
    (("--allow-run=true",), "(io.popen('id'))", "nil"),
    (("--allow-run", "--deny-run"), "os.execute()", "false"),
]


# What the shell would make more of than one plain command.
SHELL = (r"true\nid", r"true\tid", r"true\\\nid", r"tr\\ue", "'true'", r"true\rid",
         r"true\vid", r"true\u{a0}id", r"true\u{2003}id", "true&id", "true|id",
         "true>x", "true#x", "true~", "true*", "true?", "true=1", "A=1 true",
         "true{a,b}", "!true", "(true)", r"\ttrue", r"true\127", "true;")
OTHERS = ("-c true", "- true", ". true", "time true", "exec true")


def lines_for_the_shell_are_plain_or_the_shells():
    for lines, word in ((SHELL, "sh"), (OTHERS, None)):
        code = "".join(f'print((select(2, os.execute("{line}"))))\n'
                       for line in lines)
        got = ran("--allow-run=true", "-e", code)
        flags = [f"--allow-run={word or line.split()[0]})" for line in lines]
        told = got.out.splitlines()
        assert len(told) == len(lines), got
        for flag, sentence in zip(flags, told):
            assert sentence.endswith(flag), (flag, sentence)


def who_waits_for_a_named_pipe_is_ended():
    os.mkfifo(os.path.join(FOLDER, "given/pipe"))
    for code in ("io.open('given/pipe')", "for _ in io.lines('given/pipe') do end",
                 "loadfile('given/pipe')", "io.input('given/pipe')"):
        check_complaint(ran(READ, "--time", "0.3s", "-e", code), 3,
                        "time of 0.3s used up", "(command line):1")


def check_table(table):
    wrong = {}
    for flags, code, out in table:
        got = ran(*flags, "-e", f"print({code})")
        if out is None:
            assert got.status == 1 and "invalid mode" in got.err, got
        elif got != (0, out + "\n", ""):
            wrong[flags, code] = got
    assert not wrong, "\n".join(map(repr, wrong.items()))


def files_are_read_as_flags_say():
    check_table(READS)


def files_are_written_as_flags_say():
    check_table(WRITES)
    with open(SECRET, encoding="ascii") as file:
        assert file.read() == "secret\n"
    assert not os.path.exists(os.path.join(FOLDER, "kept/new"))


def text_is_loaded_from_beside_the_script():
    check_table(TEXTS)
    script = write("given/main.lua", "print(require('module'), "
                   "(pcall(require, 'kept.module')), "
                   "(loadfile('kept/module.lua')), "
                   "(loadfile('given/down/module.lua')), package.path)")
    place = os.path.dirname(script)
    got = ran(script)
    check(got, out=f"a module\tfalse\tnil\tnil\t{place}/?.lua;"
                   f"{place}/?/init.lua\n")


def what_may_be_read_is_looked_through_for_modules():
    folder = "/usr/share/lua/5.4"
    got = ran(f"--allow-read={folder}", "-e", "print(package.path)")
    check(got, out=f"./?.lua;./?/init.lua;{folder}/?.lua;"
                   f"{folder}/?/init.lua\n")


def variables_of_lua_are_ignored():
    for name in ("LUA_PATH", "LUA_CPATH", "LUA_INIT", "LUA_PATH_5_4",
                 "LUA_CPATH_5_4", "LUA_INIT_5_4"):
        env = {**os.environ, name: "print('here') /here/?"}
        got = ran("--allow-native", "-e",
                  "print(package.path:find('here'), "
                  "package.cpath:find('here'))", env=env)
        check(got, out="nil\tnil\n")


def a_precompiled_file_is_refused():
    write("given/compiled.lua", "\x1bLua")
    write("given/hidden.lua", "#!x\n\x1bLua")
    for path in ("given/compiled.lua", "given/hidden.lua"):
        for mode in ("", ", 'b'", ", 'bt'", ", 't'"):
            got = ran("-e", f"print(loadfile('{path}'{mode}))")
            assert got.status == 0, got
            assert got.out.startswith(
                "nil\tattempt to load a binary chunk (mode is '"), got
        assert ran("-e", f"dofile('{path}')").status == 1


def the_rest_is_asked_for():
    check_table(REST)


def removing_takes_the_link_and_not_the_file():
    write("given/doomed", "")
    os.symlink("../kept/secret", os.path.join(FOLDER, "given/doomed link"))
    os.mkdir(os.path.join(FOLDER, "given/doomed folder"))
    check(ran(*BOTH, "-e", """
        for _, name in ipairs {"doomed", "doomed link", "doomed folder/"} do
          print(os.remove("given/" .. name))
        end"""), out="true\ntrue\ntrue\n")
    assert os.path.exists(SECRET)


def renaming_keeps_to_the_folder():
    write("given/before", "x")
    check(ran(*BOTH, "-e", "print(os.rename('given/before', 'given/after'), "
              "io.open('given/after'):read())"), out="true\tx\n")
    link = os.path.join(FOLDER, "given/linked")
    os.symlink("../kept/secret", link)
    check(ran(*BOTH, "-e", "print(os.rename('given/linked', 'given/link'), "
              "os.rename('given/link', 'given/linked'))"), out="true\ttrue\n")
    assert os.readlink(link) == "../kept/secret"


def a_refusal_that_nobody_catches_says_where():
    check(ran("-e", "assert(io.open('/etc/passwd'))"), 1, err="""\
netbox: (command line):1: read of '/etc/passwd' is not allowed \
(run again with --allow-read=/etc/passwd)
stack traceback:
	(command line):1: in main chunk
""")


run(files_are_read_as_flags_say, files_are_written_as_flags_say,
    text_is_loaded_from_beside_the_script,
    what_may_be_read_is_looked_through_for_modules,
    variables_of_lua_are_ignored, a_precompiled_file_is_refused,
    the_rest_is_asked_for, lines_for_the_shell_are_plain_or_the_shells,
    who_waits_for_a_named_pipe_is_ended,
    removing_takes_the_link_and_not_the_file, renaming_keeps_to_the_folder,
    a_refusal_that_nobody_catches_says_where)
