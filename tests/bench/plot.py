"""Draws the results: a panel for each workload, a bar for each peer, the
shortest first. Plain SVG without anything from outside: its text is text, and
its colours follow the reader's choice of light or dark."""

from html import escape

from report import RUNTIMES, UNITS, figure, short
from workloads import WORKLOADS

COLUMNS = 3
PANEL = 300  # width; the margin on the left and above is a part of it
NAME = 82  # where the bars begin
LONGEST = 150  # of the bars
ROW = 16
HEAD = 60
CUT = 4  # times what netbox and the baseline need: longer bars are cut
UNIT_NAMES = {"": "CPU time, of what C needs", "ns": "ns of CPU time",
              "ms": "ms of CPU time", "B": "bytes"}

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 18px; font-weight: 600 }
  .panel { font-size: 14px; font-weight: 600 }
  .quiet { fill: #59636e }
  .netbox { font-weight: 600 }
  .ground { fill: #ffffff }
  rect.peer { fill: #c8d1da }
  rect.c { fill: #7d8894 }
  rect.netbox { fill: #0969da }
  .goal { stroke: #cf222e; stroke-width: 2 }
  .cut { stroke: #ffffff; stroke-width: 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .ground { fill: #0d1117 }
    rect.peer { fill: #3d444d }
    rect.c { fill: #768390 }
    rect.netbox { fill: #4493f8 }
    .goal { stroke: #ff7b72 }
    .cut { stroke: #0d1117 }
  }
"""


def text(x, y, words, kind="", anchor="start"):
    return (f'<text x="{x:g}" y="{y:g}" class="{kind}" '
            f'text-anchor="{anchor}">{escape(words)}</text>')


def line(x, y, height, kind, slant=0):
    return (f'<line x1="{x + slant:g}" y1="{y:g}" x2="{x - slant:g}" '
            f'y2="{y + height:g}" class="{kind}"/>')


def kind_of(runtime):
    if runtime in ("c", "epoll"):
        return "c"
    return "netbox" if runtime == "netbox" else "peer"


def limit_of(name, result):
    """The goal in the unit of the panel, or none."""
    workload = WORKLOADS[name]
    baseline = next(iter(result["samples"]))
    for goal in result["goals"]:
        if (goal["subject"] == "netbox" and goal["measure"] == workload.measure
                and goal["other"] == ("" if workload.unit else baseline)):
            return goal["limit"] * UNITS.get(workload.unit, 1)
    return None


def panel(name, result):
    """Returns the lines of a panel that begins at 0, 0, and its height."""
    workload = WORKLOADS[name]
    samples = result["samples"]
    bars = sorted((figure(name, samples, peer), peer)
                  for peer in samples if peer in RUNTIMES)
    longest = CUT * max(figure(name, samples, "netbox"),
                        figure(name, samples, next(iter(samples))))
    longest = min(longest, bars[-1][0])
    scale = LONGEST / longest
    lines = [text(0, 20, workload.title, "panel"),
             text(0, 36, UNIT_NAMES[workload.unit], "quiet")]
    y = 46
    for value, peer in bars:
        length = max(1, min(value, longest) * scale)
        kind = kind_of(peer)
        lines += [
            text(NAME - 6, y + 11, RUNTIMES[peer],
                 "netbox" if kind == "netbox" else "quiet", "end"),
            f'<rect x="{NAME}" y="{y + 1:g}" width="{length:.1f}" '
            f'height="{ROW - 4}" class="{kind}"/>',
            text(NAME + length + 5, y + 11,
                 short(value),
                 "netbox" if kind == "netbox" else "")]
        if value > longest:
            lines.append(line(NAME + length - 12, y, ROW - 2, "cut", 3))
        limit = limit_of(name, result)
        if kind == "netbox" and limit is not None:
            lines.append(line(NAME + min(limit, longest) * scale, y - 1, ROW,
                              "goal"))
        y += ROW
    return lines, y + 20


def move(x, y, lines):
    return [f'<g transform="translate({x:g} {y:g})">', *lines, "</g>"]


def draw(results):
    panels = [panel(name, result)
              for name, result in results["workloads"].items()
              if WORKLOADS[name].title and "netbox" in result["samples"]]
    body = []
    y = HEAD
    for first in range(0, len(panels), COLUMNS):
        row = panels[first:first + COLUMNS]
        for number, (lines, _) in enumerate(row):
            body += move(20 + number * PANEL, y, lines)
        y += max(height for _, height in row)
    width = COLUMNS * PANEL + 20
    caption = (f"{results['date']}, {results['machine']}. The shorter the "
               "better; a red mark is netbox's goal, a gap cuts a long bar.")
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" '
        f'width="{width}" height="{y}" role="img">',
        "<title>What netbox and its peers need</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{width}" height="{y}"/>',
        text(20, 32, "What netbox and its peers need", "title"),
        text(20, 52, caption, "quiet"), *body, "</svg>", ""])


def write_svg(path, results):
    with open(path, "w", encoding="utf-8") as file:
        file.write(draw(results))
