"""Masks of polygons and of run lengths by pycocotools 2.0.11 (numpy 1.26.4).

    python make_column_masks.py [count]     # writes column_masks.json beside this file
"""
import json, os, sys

import numpy as np
from pycocotools import mask as tool

count = int(sys.argv[1]) if len(sys.argv) > 1 else 120
rng = np.random.default_rng(5)
cases = []
for case in range(count):
    height, width = (int(v) for v in rng.integers(1, 40, 2))
    polygons = []
    for _ in range(int(rng.choice([1, 1, 2, 3]))):
        corners = int(rng.integers(3, 9))
        spread = rng.choice([1.0, 1.6])     # also corners outside
        points = (rng.random((corners, 2)) - 0.5) * spread * [width, height] + [width / 2, height / 2]
        kind = rng.random()
        if kind < 0.2:
            points = np.round(points)
        elif kind < 0.4:
            points = np.round(points * 2) / 2
        elif kind < 0.5:
            points[1] = points[0]           # an edge without length
        elif kind < 0.6:
            points[1, case % 2] = points[0, case % 2]
        elif kind < 0.65:
            points[:] = points[0]           # a point
        polygons.append([float(v) for v in np.round(points, int(rng.choice([1, 2, 7]))).ravel()])
    runs = tool.merge(tool.frPyObjects(polygons, height, width))
    other = tool.encode(np.asfortranarray((rng.random((height, width)) < rng.random()).astype(np.uint8)))
    cases.append({
        "height": height, "width": width, "polygons": polygons, "text": runs["counts"].decode(),
        "area": int(tool.area(runs)), "other": other["counts"].decode(),
        "common": int(tool.area(tool.merge([runs, other], intersect=True))),
        "either": tool.merge([runs, other])["counts"].decode(),
        "rows": [[int(v) for v in row] for row in tool.decode(runs)] if case < 30 else None,
    })
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "column_masks.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
