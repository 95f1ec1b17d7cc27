#!/usr/bin/env python3
"""What SciPy assigns in 100 cases: python make_assignment_fixtures.py (needs numpy, scipy, safetensors)."""
import os

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import linear_sum_assignment

random = np.random.default_rng(13)
costs, sizes, rows, columns = [], [], [], []
for case in range(100):
    # Wide, high, square, one row or column, none at all; 25 of them small whole numbers, where many costs are equal.
    shape = (random.integers(1, 31), random.integers(1, 15))
    shape = [shape, shape[::-1], (shape[0], shape[0]), (1, shape[0]), (shape[0], 1)][random.choice(5, p=[.35, .35, .2, .05, .05])]
    shape = {0: (0, 4), 1: (4, 0), 2: (0, 0), 3: (200, 31)}.get(case, shape)
    if case % 4 == 3:
        cost = random.integers(-2, 3, shape).astype(np.float32)
    else:  # the range of a matching's costs: class, cross-entropy, Dice
        cost = (-2 * random.random(shape) + 5 * random.exponential(1, shape) + 5 * random.random(shape)).astype(np.float32)
    row, column = linear_sum_assignment(cost)
    costs.append(cost.ravel())
    sizes.append(shape)
    rows.append(row)
    columns.append(column)
assert sum(s[0] > s[1] for s in sizes) > 30 and sum(s[0] < s[1] for s in sizes) > 30

save_file({"costs": np.concatenate(costs), "sizes": np.array(sizes, np.int32),
           "rows": np.concatenate(rows).astype(np.uint8), "columns": np.concatenate(columns).astype(np.uint8)},
          os.path.join(os.path.dirname(os.path.abspath(__file__)), "assignment.safetensors"))
