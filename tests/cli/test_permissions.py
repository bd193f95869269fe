"""Permissions on the command line: which flags there are, and what is shown."""
import os

from cli import FOLDER, check, check_complaint, check_words, ran, run, write

KINDS = ["net", "listen", "read", "write", "env", "run", "unix"]
CLOSED = {
    "net": "127.0.0.0/8, ::1", "listen": "127.0.0.0/8, ::1",
    "read": "nothing", "write": "nothing", "env": "nothing",
    "run": "nothing", "unix": "nothing", "raw": "no", "native": "no",
    "modules": os.path.realpath(FOLDER),
}


def shown(*flags):
    """What --permissions shows with the flags, as a dictionary."""
    got = ran("--permissions", *flags, "x.lua")
    assert (got.status, got.err) == (0, ""), got
    lines = [line.split(None, 1) for line in got.out.splitlines()]
    assert [name for name, _ in lines] == list(CLOSED), got
    return {name: rest for name, rest in lines}


def check_shown(*flags, **changes):
    expected = {**CLOSED, **changes}
    got = shown(*flags)
    assert got == expected, f"{flags}: {got} is not {expected}"


def everything_is_closed_by_default():
    check_shown()


def nothing_is_run():
    write("x.lua", "print('run')")
    check_words(ran("--permissions", "x.lua").out, "net ")
    got = ran("--permissions", "-e", "print('run')")
    assert got.status == 0 and "run'" not in got.out, got
    assert ran("--permissions", "no-such.lua").status == 0
    assert ran("--permissions").status == 0


def flags_without_a_value_are_about_everything():
    for kind in KINDS:
        changes = {kind: "everything"}
        if kind == "net":
            changes["listen"] = "everything"
        check_shown(f"--allow-{kind}", **changes)
    check_shown("--allow-raw", raw="yes")
    check_shown("--allow-native", native="yes")


def flags_with_values_are_about_these():
    check_shown("--allow-net=Example.ORG:80,10.1.2.3/8",
                net="127.0.0.0/8, ::1, example.org:80, 10.0.0.0/8",
                listen="127.0.0.0/8, ::1, example.org:80, 10.0.0.0/8")
    check_shown("--allow-listen=0.0.0.0:8000-8010",
                listen="127.0.0.0/8, ::1, 0.0.0.0:8000-8010")
    check_shown("--allow-net=[2001:db8::1]:80", "--allow-net=::ffff:192.0.2.1",
                net="127.0.0.0/8, ::1, [2001:db8::1]:80, 192.0.2.1",
                listen="127.0.0.0/8, ::1, [2001:db8::1]:80, 192.0.2.1")
    check_shown("--allow-read=/etc/../dev/,/a,,b", read="/dev, /a,b")
    check_shown("--allow-write=out", write=os.path.join(CLOSED["modules"],
                                                        "out"))
    check_shown("--allow-env=HOME,PATH", env="HOME, PATH")
    check_shown("--allow-run=ls", "--allow-run=id", run="ls, id")
    check_shown("--allow-unix=/run/s,@name", unix="/run/s, @name")


def what_is_denied_is_shown():
    for kind in KINDS:
        changes = {kind: "nothing"}
        if kind == "net":
            changes["listen"] = "nothing"
        check_shown(f"--deny-{kind}", **changes)
        check_shown(f"--allow-{kind}", f"--deny-{kind}", **changes)
    check_shown("--deny-raw", "--allow-raw")
    check_shown("--deny-native", "--allow-native")
    check_shown("--allow-net", "--deny-net=192.0.2.1,evil.example",
                net="everything, but not 192.0.2.1, evil.example",
                listen="everything, but not 192.0.2.1, evil.example")
    check_shown("--deny-listen=127.0.0.1:80",
                listen="127.0.0.0/8, ::1, but not 127.0.0.1:80")
    check_shown("--allow-env", "--deny-env=HOME",
                env="everything, but not HOME")


def all_is_all_but_native():
    for flag in "-A", "--allow-all":
        everything = {kind: "everything" for kind in KINDS}
        check_shown(flag, **everything, raw="yes")
        check_shown(flag, "--allow-native", **everything, raw="yes",
                    native="yes")
        check_shown(flag, "--deny-net", **{**everything, "net": "nothing",
                                           "listen": "nothing"}, raw="yes")


def modules_come_from_the_scripts_folder():
    write("deep/x.lua", "")
    got = ran("--permissions", "deep/x.lua").out
    check_words(got, f"modules  {CLOSED['modules']}/deep\n")
    got = ran("--permissions", "-e", "").out
    check_words(got, f"modules  {CLOSED['modules']}\n")


def a_wrong_value_ends_netbox_before_the_script():
    write("x.lua", "print('run')")
    for flag, *words in (
            ("--allow-net=300.1.1.1", "'300.1.1.1' is neither"),
            ("--allow-net=127.1", "'127.1' is neither an address nor a name"),
            ("--allow-net=192.0.2.1:http", "has no port"),
            ("--allow-net=192.0.2.1:90-80", "range of ports"),
            ("--allow-net=192.0.2.1/33", "length of a prefix"),
            ("--allow-net=::1:80", "brackets"),
            ("--allow-net=example.org,*", "'*' is neither"),
            ("--allow-net=", "'' is empty"),
            ("--allow-net=example.org,", "'' is empty"),
            ("--allow-listen=:80", "':80' is neither"),
            ("--deny-net=x y", "'x y' is neither"),
            ("--deny-listen=1.2.3.4:70000", "has no port"),
            ("--allow-read=", "'' is empty"),
            ("--allow-write=/nowhere/../x", "leads nowhere"),
            ("--deny-env=", "'' is empty"),
            ("--allow-run=", "'' is empty"),
            ("--allow-unix=", "'' is empty")):
        check_complaint(ran(flag, "x.lua"), 2, flag.split("=")[0], *words)
        check_complaint(ran("--permissions", flag, "x.lua"), 2, *words)


def flags_that_take_no_value():
    for flag in ("--allow-all=1", "--allow-raw=1", "--allow-native=yes",
                 "--deny-raw=1", "--deny-native=1", "--permissions=1"):
        check_complaint(ran(flag, "-e", "print(1)"), 2, flag, "takes no value")


def flags_that_are_none():
    for flag in ("--allow", "--deny", "--allow-", "--allow-nets",
                 "--allow-net-x", "--deny-all", "--deny-foo=1"):
        check_complaint(ran(flag, "-e", "print(1)"), 2, flag, "unknown option")


def flags_behind_the_script_are_its_own():
    write("x.lua", "print(...)")
    check(ran("x.lua", "--allow-net=300.1.1.1"), out="--allow-net=300.1.1.1\n")


run(everything_is_closed_by_default, nothing_is_run,
    flags_without_a_value_are_about_everything,
    flags_with_values_are_about_these, what_is_denied_is_shown,
    all_is_all_but_native, modules_come_from_the_scripts_folder,
    a_wrong_value_ends_netbox_before_the_script, flags_that_take_no_value,
    flags_that_are_none, flags_behind_the_script_are_its_own)
