"""What samples say: medians, ratios within a round, and whether the machine
was quiet enough to conclude from them.

Samples are a list of numbers for each peer and measure, one a round."""

import math
import statistics

MAX_SPREAD = 0.10  # between quartiles, over the median
FEWEST = 3  # samples of a time that can be judged
CONFIDENCE = 0.95  # that the true median lies within `interval`
LEAST = 0.01  # a smaller difference between builds is none
SAME = 0.03  # so near to each other that builds are called the same


def column(samples, peer, measure):
    return [sample[measure] for sample in samples[peer]]


def has(samples, peer, measure):
    return all(measure in sample for sample in samples[peer])


def median(samples, peer, measure):
    return statistics.median(column(samples, peer, measure))


def ratios(samples, peer, measure, other):
    return [mine / its for mine, its in zip(column(samples, peer, measure),
                                            column(samples, other, measure))]


def ratio(samples, peer, measure, other):
    """The median of the ratios within a round."""
    return statistics.median(ratios(samples, peer, measure, other))


def spread(values):
    """How restless the values are."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4)
    return abs((high - low) / middle) if middle else 1.0


def interval(values):
    """Bounds between which the median lies, whatever the distribution: the
    closest order statistics that are sure enough, or the extremes."""
    values = sorted(values)
    n = len(values)
    outside = 0.0
    skip = 0
    for k in range((n - 1) // 2):
        outside += 2 * math.comb(n, k) / 2 ** n
        if 1 - outside < CONFIDENCE:
            break
        skip = k
    return values[skip], values[n - 1 - skip]


def is_met(goal, found):
    if goal.bound == "at most":
        return found <= goal.limit
    return found >= goal.limit


def judge(goal, samples):
    """Returns the goal with what was found, and "met", "missed" or "open". It
    is missed only if all that the median may be misses it."""
    base = column(samples, goal.other or goal.subject, goal.measure)
    values = base
    if goal.other:
        values = ratios(samples, goal.subject, goal.measure, goal.other)
    found = statistics.median(values)
    low, high = interval(values)
    restless = spread(base)
    if len(base) < FEWEST and goal.measure not in ("rss", "heap"):
        restless = 1.0  # nobody knows
    if restless > MAX_SPREAD:
        verdict = "open"
    elif is_met(goal, found):
        verdict = "met"
    elif is_met(goal, low) or is_met(goal, high):
        verdict = "open"
    else:
        verdict = "missed"
    return {**goal._asdict(), "found": found, "low": low, "high": high,
            "spread": restless, "verdict": verdict}


def compare(before, after):
    """Compares two lists of costs, element by element of the same round. They
    differ where the interval says so, and are the same where it is narrow."""
    costs = {"before": statistics.median(before),
             "after": statistics.median(after)}
    if min(before) <= 0 or min(after) <= 0:  # differences lost in the noise
        return {**costs, "ratio": None, "verdict": "unclear"}
    each = [b / a for a, b in zip(before, after)]
    found = statistics.median(each)
    low, high = interval(each)
    if high < 1 and found <= 1 - LEAST:
        verdict = "less"
    elif low > 1 and found >= 1 + LEAST:
        verdict = "more"
    elif low >= 1 - SAME and high <= 1 + SAME:
        verdict = "same"
    else:
        verdict = "unclear"
    return {**costs, "ratio": found, "low": low, "high": high,
            "verdict": verdict}
