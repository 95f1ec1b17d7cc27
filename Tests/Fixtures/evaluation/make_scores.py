"""Makes label and prediction images with their scores, counted by NumPy alone.

Run in this folder: python make_scores.py
"""

import json
import pathlib

import numpy as np
from PIL import Image

CLASSES = 19
SYNTHIA_16 = [c for c in range(CLASSES) if c not in (9, 14, 16)]

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20)
matrix = np.zeros((CLASSES, CLASSES + 1), dtype=np.int64)

for index, (height, width) in enumerate([(17, 23), (1, 31), (24, 8)]):
    # Class 16 occurs in no truth and no prediction; class 14 only in predictions; class 9 only in truth.
    truth = rng.choice([c for c in range(CLASSES) if c not in (14, 16)] + [255], size=(height, width))
    noise = rng.choice([c for c in range(CLASSES) if c not in (9, 16)] + [255], size=(height, width))
    keep = (rng.random((height, width)) < 0.6) & (truth != 255) & (truth != 9)
    prediction = np.where(keep, truth, noise)
    for folder, suffix, ids in [("labels", "_gtFine_labelTrainIds", truth), ("predictions", "_leftImg8bit", prediction)]:
        (here / folder / "city").mkdir(parents=True, exist_ok=True)
        Image.fromarray(ids.astype(np.uint8)).save(here / folder / "city" / f"scene_{index}{suffix}.png")
    seen = truth != 255
    columns = np.where(prediction == 255, CLASSES, prediction)[seen]
    matrix += np.bincount(truth[seen] * (CLASSES + 1) + columns, minlength=matrix.size).reshape(matrix.shape)

iou = []
for c in range(CLASSES):
    true_positive = matrix[c, c]
    false_negative = matrix[c].sum() - true_positive
    false_positive = matrix[:, c].sum() - true_positive
    union = true_positive + false_positive + false_negative
    iou.append(float(100 * true_positive / union) if union else None)


def mean(classes):
    return float(np.mean([iou[c] for c in classes if iou[c] is not None]))


scores = {
    "counts": matrix.ravel().tolist(),
    "classIoU": iou,
    "meanIoU": mean(range(CLASSES)),
    "meanIoU16": mean(SYNTHIA_16),
    "pixelAccuracy": float(100 * np.trace(matrix[:, :CLASSES]) / matrix.sum()),
}
(here / "scores.json").write_text(json.dumps(scores) + "\n")
