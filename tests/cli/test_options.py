"""Options: what netbox knows, and one clear line for what it does not."""
from cli import FOLDER, NETBOX, Program, check, check_complaint, check_words
from cli import ran, run, write


def help_is_a_screen_on_standard_output():
    for option in "--help", "-h":
        got = ran(option)
        assert (got.status, got.err) == (0, ""), got
        lines = got.out.splitlines()
        assert len(lines) <= 26 and max(map(len, lines)) <= 80, got.out
        check_words(got.out, "netbox [options] script.lua [args...]",
                    "netbox [options] -e CODE", "--help", "--version")


def version_is_a_line_on_standard_output():
    version = ran("-e", "print(require('netbox').version)").out.strip()
    got = ran("--version")
    assert (got.status, got.err) == (0, ""), got
    assert got.out.count("\n") == 1, got
    check_words(got.out, "netbox " + version)


def unknown_options_are_named():
    for option in "--frobnicate", "-q", "--helpme", "-7":
        check_complaint(ran(option), 2, option)
        check_complaint(ran(option, "x.lua"), 2, option)


def later_options_are_named_too():
    got = ran("-e", "print(1)", "--frobnicate")
    check_complaint(got, 2, "--frobnicate")


def code_is_missing():
    check_complaint(ran("-e"), 2, "-e")
    check_complaint(ran("-e", "print(1)", "-e"), 2, "-e")


def options_that_take_no_value():
    check_complaint(ran("--help=yes"), 2, "--help")


def wrong_options_of_tracing_are_told_before_the_script_starts():
    write("x.lua", "print('started')")
    files = ["--trace=" + str(number) for number in range(9)]
    for words, *flags in [
            (("--trace-filter", "'prot=80'", "port="),
             "--trace", "--trace-filter=prot=80"),
            (("--trace-filter", "no port", "'http'"),
             "--trace", "--trace-filter", "port=http"),
            (("--trace-filter", "missing"), "--trace", "--trace-filter="),
            (("--trace-filter", "missing after 'or'"),
             "--trace", "--trace-filter", "port=80 or"),
            (("--trace-bytes", "'many'"), "--trace", "--trace-bytes=many"),
            (("--trace-bytes", "'-1'"), "--trace", "--trace-bytes=-1"),
            (("--trace-bytes", "''"), "--trace", "--trace-bytes="),
            (("--trace-bytes", "'1T'"), "--trace", "--trace-bytes=1T"),
            (("--trace-hex", "value"), "--trace", "--trace-hex=16"),
            (("--trace-stable", "value"), "--trace", "--trace-stable=yes"),
            (("--trace=", "file"), "--trace="),
            (("'--trace=a.svg'", "twice"), "--trace=a.svg", "--trace=a.svg"),
            (("'--trace=8'", "8 is the most"), *files),
            (("--trace-hex", "needs --trace"), "--trace-hex"),
            (("--trace-bytes", "needs --trace"), "--trace-bytes=1K"),
            (("--trace-filter", "needs --trace"), "--trace-filter=port=80"),
            (("--trace-stable", "needs --trace"),
             "--trace-stable", "--trace-hex"),
            (("--traces",), "--traces")]:
        check_complaint(ran(*flags, "x.lua"), 2, *words)


def values_of_tracing_are_missing():
    check_complaint(ran("--trace", "--trace-filter"), 2,
                    "--trace-filter", "port=80")
    check_complaint(ran("--trace", "--trace-bytes"), 2, "--trace-bytes", "1K")


def help_of_a_script_is_its_own():
    write("x.lua", "print(...)")
    check(ran("x.lua", "--version"), out="--version\n")


def alone_on_a_terminal_it_shows_the_usage():
    with Program([NETBOX], terminal=True, cwd=FOLDER) as program:
        program.finish(status=2, rest="(?s).*", stderr="(?s).*")
        text = program.seen + program.stderr()
        check_words(text.lower(), "usage: netbox")


run(help_is_a_screen_on_standard_output, version_is_a_line_on_standard_output,
    unknown_options_are_named, later_options_are_named_too, code_is_missing,
    options_that_take_no_value,
    wrong_options_of_tracing_are_told_before_the_script_starts,
    values_of_tracing_are_missing,
    help_of_a_script_is_its_own, alone_on_a_terminal_it_shows_the_usage)
