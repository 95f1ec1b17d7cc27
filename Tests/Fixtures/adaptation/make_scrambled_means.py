#!/usr/bin/env python3
"""Values of CoPT's class means as its released code has them, for ScrambledMeansTests: python make_scrambled_means.py
(needs numpy, safetensors).

The released code takes the features of a class out of a batch [N, C, h, w] with a mask, which leaves them sample by
sample, within a sample channel by channel, within a channel position by position, and then reads this row as [C, count].
Where one sample shows the class that is right; where several do, a row of the result mixes channels and samples. Class 0
is in both samples, in unequal numbers, class 1 in the first alone, class 2 in the second alone, class 3 in none, class 4
in both in equal numbers, and some positions are ignored.
"""
import os

import numpy as np
from safetensors.numpy import save_file

random = np.random.default_rng(5)
samples, channels, rows, columns, classes = 2, 6, 3, 4, 5
features = random.standard_normal((samples, channels, rows, columns)).astype(np.float32)
labels = np.array([[[0, 0, 1, 1], [0, 4, 4, 255], [0, 1, 255, 0]],
                   [[2, 2, 0, 255], [4, 2, 4, 0], [255, 2, 2, 2]]], dtype=np.uint8)
weights = random.standard_normal((classes, channels)).astype(np.float32)

means = np.zeros((classes, channels), dtype=np.float32)
# Of sum(weights * means): every element belongs to one row of the mean of one class.
gradients = np.zeros_like(features)
for c in range(classes):
    showing = [i for i in range(samples) if (labels[i] == c).any()]
    if not showing:
        continue
    row = np.concatenate([features[i][:, labels[i] == c].reshape(-1) for i in showing])
    table = row.reshape(channels, -1)
    means[c] = table.mean(1)
    flat = np.repeat(weights[c] / table.shape[1], table.shape[1])
    start = 0
    for i in showing:
        count = int((labels[i] == c).sum())
        gradients[i][:, labels[i] == c] = flat[start:start + channels * count].reshape(channels, count)
        start += channels * count
assert not np.allclose(means[0], np.concatenate([features[i][:, labels[i] == 0] for i in range(2)], 1).mean(1))
assert np.allclose(means[1], features[0][:, labels[0] == 1].mean(1), atol=1e-6)


def last(values):
    """Channels last."""
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1))


save_file({"features": last(features), "labels": labels, "weights": weights, "means": means,
           "gradients": last(gradients)},
          os.path.join(os.path.dirname(os.path.abspath(__file__)), "scrambled_means.safetensors"))
