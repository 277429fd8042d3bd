#!/usr/bin/env python3
"""Reference values for the tests of aggregation/robust: made-up changes of eleven sites, of which two are hostile, and
what NumPy makes of them by the papers' formulas.

    python3 tests/reference/combiners.py tests/reference

writes combiners.json into that folder. Debian: python3-numpy.
"""
import json
import pathlib
import sys

import numpy as np

HOSTILE = 2
rng = np.random.default_rng(20)
# Every number is a multiple of 2^-20, so that it is the same double for everybody.
truth = rng.normal(0, 1, 6)
changes = truth + rng.normal(0, 0.2, (11, 6))
changes[3] = 40 * rng.normal(0, 1, 6)
changes[8] = -3 * truth
changes = np.round(changes * 2**20) / 2**20
rows = np.array([120, 80, 200, 150, 60, 90, 310, 45, 100, 75, 130])
n = len(changes)
squared = ((changes[:, None, :] - changes[None, :, :]) ** 2).sum(axis=2)


def krum_order(among, neighbours):
    scores = [np.sort(np.delete(squared[i][among], among.index(i)))[:neighbours].sum() for i in among]
    return [among[k] for k in np.argsort(scores, kind="stable")], scores


order, scores = krum_order(list(range(n)), n - HOSTILE - 2)
left, chosen = list(range(n)), []
while len(chosen) < n - 2 * HOSTILE:
    best = krum_order(left, max(1, len(left) - HOSTILE - 2))[0][0]
    chosen.append(best)
    left.remove(best)
selected = changes[sorted(chosen)]
distance = np.abs(selected - np.median(selected, axis=0))
nearest = np.argsort(distance, axis=0, kind="stable")[: n - 4 * HOSTILE]
shares = rows / rows.sum()


# Weiszfeld's iteration to its end, and the proof that it is one: the weighted unit vectors to all changes cancel out.
geometric = np.median(changes, axis=0)
for _ in range(10_000):
    pull = shares / np.linalg.norm(changes - geometric, axis=1)
    geometric = (pull[:, None] * changes).sum(axis=0) / pull.sum()
directions = (changes - geometric) / np.linalg.norm(changes - geometric, axis=1)[:, None]
assert np.linalg.norm((shares[:, None] * directions).sum(axis=0)) < 1e-12
MAX_NORM = 2.5
norms = np.linalg.norm(changes, axis=1)
shortened = changes * np.minimum(1, MAX_NORM / norms)[:, None]
reference = {
    "hostile_sites": HOSTILE,
    "changes": changes.tolist(),
    "rows": rows.tolist(),
    "honest_mean": np.delete(changes, [3, 8], axis=0).mean(axis=0).tolist(),
    "weighted_mean": (shares[:, None] * changes).sum(axis=0).tolist(),
    "median": np.median(changes, axis=0).tolist(),
    "trimmed_mean": np.sort(changes, axis=0)[HOSTILE : n - HOSTILE].mean(axis=0).tolist(),
    "squared_distances": squared.tolist(),
    "krum_scores": scores,
    "krum": changes[order[0]].tolist(),
    "multi_krum": changes[order[: n - HOSTILE - 2]].mean(axis=0).tolist(),
    "multi_krum_of_4": changes[order[:4]].mean(axis=0).tolist(),
    "bulyan_chosen": sorted(chosen),
    "bulyan": np.take_along_axis(selected, nearest, axis=0).mean(axis=0).tolist(),
    "geometric_median": geometric.tolist(),
    "max_norm": MAX_NORM,
    "norms": norms.tolist(),
    "norm_bound": (shares[:, None] * shortened).sum(axis=0).tolist(),
}
pathlib.Path(sys.argv[1], "combiners.json").write_text(json.dumps(reference, indent=1) + "\n", encoding="utf-8")
