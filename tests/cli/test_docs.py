"""The documents say what is: every example in them runs and prints what they
show, and the reference knows every function, no more and no less.

An example is a ```lua block; it ends with status 0. A ```text block right after
it is all that it prints. If that begins with "$ ", it is a session in a shell
instead: commands, each followed by all that it prints, whatever its status; the
example is the file example.lua. What needs more than loopback begins with a
line "-- netbox: FLAGS". The ports of 127.0.0.1 may be others.
"""
import glob
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from cli import BOUND, FOLDER, NETBOX, check, ran, run, write

REFERENCE = "lua/README.md"
DEFINITIONS = "doc/netbox.d.lua"
MANUAL = "doc/netbox.1"

# The classes of netbox, and what the reference and the definitions call one.
CLASSES = {
    "socket": ("s", "Socket"), "timer": ("tm", "Timer"),
    "thread": ("t", "Thread"), "lock": ("lock", "Lock"),
    "condition": ("condition", "Condition"),
    "semaphore": ("semaphore", "Semaphore"), "event": ("event", "Event"),
    "barrier": ("barrier", "Barrier"), "queue": ("queue", "Queue"),
    "group": ("g", "Group"),
}

# Prints the name of everything that scripts are given.
INVENTORY = """
local function list(name, value)
  if type(value) ~= "table" then print(name) end
  if (getmetatable(value) or {}).__call then print(name) end
  for key, field in pairs(type(value) == "table" and value or {}) do
    local open = key == "sinkt" or key == "sourcet"
    if not open then list(name .. "." .. key, field) end
  end
end
local netbox = require("netbox")
netbox.version = nil
for name, value in pairs(netbox) do list(name, value) end
for name, class in pairs(debug.getregistry()) do
  if name ~= "FILE*" and type(class) == "table" and class.__name == name then
    local methods = class.methods or class.__index or {}
    for key in pairs(methods) do print(name .. ":" .. key) end
  end
end
"""


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def unfenced(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def same_ports(text):
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)


class Example(NamedTuple):
    place: str
    code: str
    shown: str  # None where nothing is

    def problems(self):
        """What is wrong with it, as a list of texts."""
        write(os.path.join(self.place, "example.lua"), self.code)
        if self.shown is None or not self.shown.startswith("$ "):
            flags = re.findall("^-- netbox: (.*)", self.code)
            return self.problems_of(" ".join(["netbox", *flags, "example.lua"]),
                                    self.shown, status=0)
        session = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", self.shown, re.M)
        return sum((self.problems_of(*part) for part in session), [])

    def problems_of(self, command, shown, status=None):
        path = os.pathsep.join((os.path.dirname(NETBOX), os.environ["PATH"]))
        done = subprocess.run(
            ["sh", "-c", command], cwd=os.path.join(FOLDER, self.place),
            env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BOUND,
            check=False)
        got = done.stdout.decode("utf-8", "backslashreplace")
        if status is not None and done.returncode != status:
            return [f"{self.place}: status {done.returncode}: {got}"]
        if shown is not None and same_ports(got) != same_ports(shown):
            return [f"{self.place}: {command}: not\n{shown}but\n{got}"]
        return []


def examples_of(path):
    text = text_of(path)
    blocks = re.finditer(r"^```lua\n(.*?)^```\n(?:\n*^```text\n(.*?)^```\n)?",
                         text, re.M | re.S)
    for block in blocks:
        line = text.count("\n", 0, block.start()) + 1
        yield Example(f"{path}:{line}", block[1], block[2])


def check_examples(path, at_least):
    examples = list(examples_of(path))
    assert len(examples) >= at_least, f"only {len(examples)} examples"
    with ThreadPoolExecutor(4) as pool:
        problems = sum(pool.map(Example.problems, examples), [])
    assert not problems, "\n".join(problems)


def examples_of_the_readme_print_what_is_shown():
    check_examples("README.md", 1)


def examples_of_the_sandbox_print_what_is_shown():
    check_examples("doc/sandbox.md", 1)


def examples_of_the_trace_print_what_is_shown():
    check_examples("doc/trace.md", 1)


def examples_of_the_reference_print_what_is_shown():
    check_examples(REFERENCE, 50)


def inventory():
    """The names of everything, those of methods as the reference has them."""
    got = ran("--allow-native", "-e", INVENTORY)
    assert (got.status, got.err) == (0, ""), got
    for name in got.out.split():
        class_name, colon, method = name.partition(":")
        yield CLASSES[class_name][0] + ":" + method if colon else name


def functions():
    return {name for name in inventory()
            if not name.rpartition(".")[2].isupper()}


def constants():
    keys = (name.rpartition(".")[2] for name in inventory())
    return {key for key in keys if key.isupper()}


def parameters(text):
    return [name for name in re.split(r"[\s,\[\]]+", text) if name]


def signatures(text):
    """The parameters of each function that an indented line shows."""
    found = {}
    lines = re.findall(r"^ {4}((?:\w+[.:])*\w+)\(([^)]*)\)(?: ⏸)?(?: → .*)?$",
                       unfenced(text), re.M)
    for name, params in lines:
        found.setdefault(name, parameters(params))
    return found


def definitions():
    receivers = {definition: name for name, definition in CLASSES.values()}
    lines = re.findall(r"^function (?:([\w.]+)([.:]))?(\w+)\((.*)\) end$",
                       text_of(DEFINITIONS), re.M)
    return {receivers.get(owner, owner) + separator + name: parameters(params)
            for owner, separator, name, params in lines}


def check_same(documented, existing):
    assert existing, "there is nothing"
    assert documented == existing, (
        f"not documented: {sorted(existing - documented)}, "
        f"not there: {sorted(documented - existing)}")


def reference_has_every_function():
    check_same(set(signatures(text_of(REFERENCE))), functions())


def reference_has_every_constant():
    section = text_of(REFERENCE).split("\n### Constants\n")[1].split("\n#")[0]
    check_same(set(re.findall(r"`([A-Z0-9_]+)`", section)), constants())


def definitions_have_every_function():
    check_same(set(definitions()), functions())


def definitions_have_every_constant():
    fields = re.findall(r"^---@field ([A-Z0-9_]+) (?:integer|string)$",
                        text_of(DEFINITIONS), re.M)
    assert len(fields) == len(set(fields)), "one is there twice"
    check_same(set(fields), constants())


def definitions_have_the_parameters_of_the_reference():
    assert definitions() == signatures(text_of(REFERENCE))


def definitions_are_lua():
    check(ran(os.path.abspath(DEFINITIONS)))


def every_function_has_an_example():
    sections = re.split(r"^#+ ", text_of(REFERENCE), flags=re.M)
    without = [section.splitlines()[0] for section in sections
               if signatures(section) and "```lua" not in section]
    assert not without, without


def anchor(heading):
    """As GitHub makes them."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def leads_somewhere(path, link):
    name, _, fragment = link.partition("#")
    target = os.path.join(os.path.dirname(path), name) if name else path
    if not os.path.exists(target) or not fragment:
        return os.path.exists(target)
    headings = re.findall(r"^#+ (.*)$", unfenced(text_of(target)), re.M)
    return fragment in map(anchor, headings)


def links_lead_somewhere():
    documents = [path for path in glob.glob("**/*.md", recursive=True)
                 if not path.startswith("build")]
    links = [(path, link) for path in documents
             for link in re.findall(r"\]\(([^)]+)\)", unfenced(text_of(path)))
             if "://" not in link]
    broken = [link for link in links if not leads_somewhere(*link)]
    assert links and not broken, broken


def manual_has_every_option():
    text = text_of(MANUAL).replace("\\-", "-")
    help = ran("--help").out
    options = re.findall(r"(?<![\w-])(?:-\w|--[a-z]+(?:-[a-z]+)*)(?![\w-])",
                         help)
    assert len(options) >= 8, options
    for option in options:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", text), option


def version_is_the_same_everywhere():
    version = ran("--version").out.split()[1]
    assert f'"netbox {version}"' in text_of(MANUAL)
    assert f"\n## [{version}]" in text_of("CHANGELOG.md")


run(examples_of_the_readme_print_what_is_shown,
    examples_of_the_sandbox_print_what_is_shown,
    examples_of_the_trace_print_what_is_shown,
    examples_of_the_reference_print_what_is_shown,
    reference_has_every_function, reference_has_every_constant,
    definitions_have_every_function, definitions_have_every_constant,
    definitions_have_the_parameters_of_the_reference, definitions_are_lua,
    every_function_has_an_example, links_lead_somewhere,
    manual_has_every_option, version_is_the_same_everywhere)
