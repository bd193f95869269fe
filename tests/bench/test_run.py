"""The benchmark itself: that it measures, checks, concludes and shows. How
fast anything is does not matter here."""
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "examples"))

from judge import compare, interval, judge  # noqa: E402 (needs the path)
from measure import measure_server  # noqa: E402
from program import run  # noqa: E402
from programs import BUILD, NETBOX, Failure, build  # noqa: E402
from report import BEGIN, END  # noqa: E402
from workloads import Goal  # noqa: E402

# Answers every message with as many other bytes.
LIAR = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
conn, _ = server.accept()
while data := conn.recv(65536):
    conn.sendall(bytes(255 - byte for byte in data))
"""


def bench(*words, status=(0, 1, 3)):
    """Runs the benchmark; a met, a missed and an open goal are all right."""
    done = subprocess.run([os.path.join(HERE, "run"), *words], check=False,
                          capture_output=True, text=True)
    assert done.returncode in status, done
    return done


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def netbox_is_measured_beside_c():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.json")
        bench("--quick", "--json", path, "tcp64")
        results = json.loads(read(path))
        result = results["workloads"]["tcp64"]
        assert list(result["samples"]) == ["c", "netbox"], result
        for samples in result["samples"].values():
            assert len(samples) == 5, samples
            assert all(sample["cpu"] > 0 for sample in samples), samples
        assert [goal["limit"] for goal in result["goals"]] == [1.06, 0.95]

        table = os.path.join(folder, "x.md")
        plot = os.path.join(folder, "x.svg")
        with open(table, "w", encoding="utf-8") as file:
            file.write(f"before\n{BEGIN}\nold\n{END}\nafter\n")
        bench("--read", path, "--table", table, "--svg", plot)
        lines = read(table).splitlines()
        assert lines[:2] == ["before", BEGIN] and lines[-2:] == [END, "after"]
        assert any(line.startswith("| `tcp64` | ") for line in lines), lines
        drawn = xml.etree.ElementTree.parse(plot).getroot()
        words = [text.text for text in drawn.iter() if text.tag.endswith("text")]
        assert "TCP echo, 64 bytes" in words and "netbox" in words, words


def a_build_is_compared_with_itself():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.json")
        done = bench("--quick", "--json", path, "--compare", NETBOX, NETBOX,
                     "coroutine")
        row, = json.loads(read(path))["workloads"]["coroutine"]
        assert row["before"] > 0 and row["after"] > 0, row
        assert row["low"] <= row["ratio"] <= row["high"], row
        assert done.stdout.splitlines()[3].startswith("coroutine"), done


def an_echo_that_differs_is_noticed():
    build(BUILD / "load")
    try:
        measure_server([sys.executable, "-c", LIAR], "tcp 64 1 1", 0.1)
    except Failure as failure:
        assert "the echo differs from message 0" in str(failure), failure
    else:
        raise AssertionError("it is not")


def what_cannot_be_started_is_told():
    done = bench("--compare", "nowhere", NETBOX, "coroutine", status=[2])
    assert "there is no " in done.stderr, done
    done = bench("--table", os.devnull, "coroutine", status=[2])
    assert "no place for the table" in done.stderr, done
    done = bench("--json", "/nowhere/x", "coroutine", status=[2])
    assert "/nowhere/x" in done.stderr, done
    done = bench("nothing", status=[2])
    assert "no such workload: nothing" in done.stderr, done


def builds_differ_only_where_the_noise_allows_it():
    noise = [0.8, 0.9, 0.95, 0.97, 0.99, 1.0, 1.01, 1.03, 1.05, 1.1, 1.2]
    cases = [
        ("less", [1.0] * 11, [0.9] * 11), ("more", [1.0] * 11, [1.1] * 11),
        ("same", [1.0] * 11, [1.0] * 11), ("same", [1.0] * 11, [0.995] * 11),
        ("unclear", [1.0] * 11, noise), ("unclear", [1.0] * 11, [-1.0] * 11),
        ("less", noise, [0.9 * value for value in noise]),
    ]
    for verdict, before, after in cases:
        assert compare(before, after)["verdict"] == verdict, (before, after)


def the_median_is_within_its_interval():
    assert interval([3]) == (3, 3)
    assert interval([5, 1, 4, 2, 3]) == (1, 5)
    assert interval(list(range(11))) == (1, 9)


def a_restless_machine_leaves_a_goal_open():
    goal = Goal("netbox", "cpu", "at most", 1.1, "c")
    quiet = [{"cpu": cost} for cost in (100, 101, 102, 103)]
    restless = [{"cpu": cost} for cost in (100, 130, 160, 190)]
    doubtful = [{"cpu": cost} for cost in (100, 115, 120, 125)]
    dear = [{"cpu": 2 * sample["cpu"]} for sample in quiet]
    for verdict, c, netbox in (("met", quiet, quiet), ("missed", quiet, dear),
                               ("open", quiet, doubtful),
                               ("open", restless, restless)):
        found = judge(goal, {"c": c, "netbox": netbox})
        assert found["verdict"] == verdict, found


if len(os.sched_getaffinity(0)) < 2:
    sys.exit(77)
run(netbox_is_measured_beside_c, a_build_is_compared_with_itself,
    an_echo_that_differs_is_noticed, what_cannot_be_started_is_told,
    builds_differ_only_where_the_noise_allows_it,
    the_median_is_within_its_interval, a_restless_machine_leaves_a_goal_open)
