"""Shows results: as text, as JSON, and as the table of a README."""

import datetime
import json
import os
import platform
import re
import textwrap

from judge import column, has, interval, median, ratio, ratios
from programs import Failure
from workloads import WORKLOADS

BEGIN = "<!-- the table that tests/bench/run makes -->"
END = "<!-- its end -->"

UNITS = {"ns": 1, "ms": 1e-6, "B": 1}
RUNTIMES = {  # the columns of the table
    "netbox": "netbox", "c": "C, libev", "epoll": "C, epoll", "go": "Go",
    "node": "Node", "asyncio": "asyncio", "luv": "luv", "cqueues": "cqueues",
    "luasocket": "LuaSocket", "python": "Python", "lua5.4": "Lua",
}
VERDICTS = {"met": "met", "missed": "missed", "open": "not decided"}
COMPARED = {"less": "B needs less", "more": "B needs more",
            "same": "the same", "unclear": "no verdict: too restless"}


def short(value):
    """A number in two decimals, or whole."""
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.2f}"


# As text.

def print_peers(name, samples):
    baseline = next(iter(samples))
    sizes = [measure for measure in ("wall", "rss", "heap")
             if has(samples, baseline, measure)]
    timed = has(samples, baseline, "cpu")
    rated = has(samples, baseline, "rate")
    print(f"{name}: {WORKLOADS[name].about}")
    print(f"  {'peer':22}"
          + (f"{'rate/s':>10}{'ratio':>7}" if rated else "")
          + (f"{'CPU ns':>13}{'ratio':>8}{'within':>16}{'least':>13}"
             if timed else "")
          + "".join(f"{measure:>11}" for measure in sizes))
    for peer in samples:
        line = f"  {peer:22}"
        if rated:
            line += (f"{median(samples, peer, 'rate'):10.0f}"
                     f"{ratio(samples, peer, 'rate', baseline):7.2f}")
        if timed:
            low, high = interval(ratios(samples, peer, "cpu", baseline))
            line += (f"{median(samples, peer, 'cpu'):13.1f}"
                     f"{ratio(samples, peer, 'cpu', baseline):8.2f}"
                     f"{f'{low:.2f}..{high:.2f}':>16}"
                     f"{min(column(samples, peer, 'cpu')):13.1f}")
        for measure in sizes:
            if has(samples, peer, measure):
                line += f"{median(samples, peer, measure):11.0f}"
        print(line)


def print_goal(goal):
    label = f"{goal['measure']} {goal['subject']}"
    if goal["other"]:
        label += f" / {goal['other']}"
    print(f"  {goal['verdict']:8}{label:42}{short(goal['found'])}, "
          f"goal {goal['bound']} {short(goal['limit'])}")
    if goal["verdict"] == "open":
        print(f"          no conclusion: it is within {short(goal['low'])}.."
              f"{short(goal['high'])}, and what it is measured by varied by "
              f"{goal['spread']:.0%}")


def print_result(name, result):
    print_peers(name, result["samples"])
    for goal in result["goals"]:
        print_goal(goal)
    print(flush=True)


def print_comparison(name, rows):
    for row in rows:
        found = f"{'-':>8}{'-':>14}"
        if row["ratio"]:
            within = f"{row['low']:.3f}..{row['high']:.3f}"
            found = f"{row['ratio']:8.3f}{within:>14}"
        print(f"{name:14}{row['peer']:24}{row['measure']:6}"
              f"{row['before']:13.1f}{row['after']:13.1f}{found}  "
              f"{COMPARED[row['verdict']]}", flush=True)


def print_comparison_head(a, b):
    print(f"A: {a}\nB: {b}\n{'workload':14}{'netbox':24}{'what':6}{'A':>13}"
          f"{'B':>13}{'B / A':>8}{'within':>14}")


# As JSON.

def machine():
    """What it was measured on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = re.findall(r"model name\s*: (.*)", file.read())
    return (f"{len(os.sched_getaffinity(0))} cores"
            f" {models[0] if models else platform.machine()}, "
            f"{platform.system()} {platform.release().split('-')[0]}")


def circumstances(command):
    """When, where and how."""
    today = datetime.datetime.now(datetime.timezone.utc)
    return {"date": today.date().isoformat(), "machine": machine(),
            "command": command}


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


# As a table.

def figure(name, samples, peer):
    """The number that stands for a peer in a workload: how often it needs
    what the baseline needs, or nanoseconds, milliseconds or bytes."""
    workload = WORKLOADS[name]
    if not workload.unit:
        return ratio(samples, peer, workload.measure, next(iter(samples)))
    return median(samples, peer, workload.measure) * UNITS[workload.unit]


def cell(name, samples, peer):
    if peer not in samples:
        return ""
    value = figure(name, samples, peer)
    text = short(value)
    if "netbox" in samples and value < figure(name, samples, "netbox"):
        return f"**{text}**"
    return text


def goal_text(goal):
    bound = "≤" if goal["bound"] == "at most" else "≥"
    scale = UNITS["ms"] if goal["limit"] > 1e6 and goal["measure"] == "cpu" \
        else 1
    return f"{bound} {short(goal['limit'] * scale)}", scale


def row_of_goal(name, goal, columns):
    """A row for a goal that is not about the figure of the workload."""
    text, scale = goal_text(goal)
    what = f"{goal['subject']}, {goal['measure']}"
    if goal["other"]:
        what += f" / {goal['other']}"
    cells = [""] * len(columns)
    cells[0] = short(goal["found"] * scale)
    return [f"`{name}`: {what}", *cells, text, VERDICTS[goal["verdict"]]]


def is_of_figure(name, goal, baseline):
    workload = WORKLOADS[name]
    return (goal["subject"] == "netbox"
            and goal["measure"] == workload.measure
            and goal["other"] == ("" if workload.unit else baseline))


def rows_of(name, result, columns):
    samples = result["samples"]
    baseline = next(iter(samples))
    mine = [goal for goal in result["goals"]
            if is_of_figure(name, goal, baseline)]
    unit = WORKLOADS[name].unit
    rows = []
    if len(set(samples) & set(columns)) > 1:
        rows.append([f"`{name}`" + (f", {unit}" if unit else ""),
                     *(cell(name, samples, peer) for peer in columns),
                     goal_text(mine[0])[0] if mine else "",
                     VERDICTS[mine[0]["verdict"]] if mine else ""])
    return rows + [row_of_goal(name, goal, columns)
                   for goal in result["goals"] if goal not in mine]


def table(results):
    """The results in Markdown: netbox first, then whoever took part."""
    workloads = results["workloads"]
    columns = [runtime for runtime in RUNTIMES if any(
        runtime in result["samples"] for result in workloads.values())]
    lines = [["", *(RUNTIMES[runtime] for runtime in columns), "goal", ""],
             ["---", *["--:"] * len(columns), "--:", "---"]]
    for name, result in workloads.items():
        lines += rows_of(name, result, columns)
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    caption = (
        f"Measured on {results['date']}, on {results['machine']}, by "
        f"`{results['command']}`. A figure without unit is CPU time, in units "
        "of what plain C on libev needs; bold is what is ahead of netbox.")
    if any(goal["verdict"] == "open" for result in workloads.values()
           for goal in result["goals"]):
        caption += (" Where a goal is not decided, the machine was too busy to "
                    "tell.")
    return f"{textwrap.fill(caption, 80)}\n\n{text}\n"


def split_at_table(path):
    """Returns what is before and after the table's place in the file."""
    with open(path, encoding="utf-8") as file:
        before, begin, rest = file.read().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Failure(f"{path} has no place for the table: {BEGIN} {END}")
    return before, after


def put_table(path, results):
    before, after = split_at_table(path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n{table(results)}{END}{after}")
