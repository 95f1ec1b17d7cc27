#!/usr/bin/env python3
"""Images and labels resized by Pillow, for GeometryTests: python make_bicubic_fixtures.py

Needs pillow and numpy.
"""
import os

import numpy as np
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(5)
source = Image.fromarray(rng.integers(0, 256, (19, 13, 3), dtype=np.uint8))
labels = Image.fromarray(rng.integers(0, 256, (19, 13), dtype=np.uint8))
source.save(os.path.join(here, "source.png"))
labels.save(os.path.join(here, "labels.png"))
for height, width in [(5, 4), (38, 31), (19, 7), (8, 13), (1, 1), (18, 12), (40, 3)]:
    source.resize((width, height), Image.BICUBIC).save(os.path.join(here, f"{height}x{width}.png"))
    labels.resize((width, height), Image.NEAREST).save(os.path.join(here, f"labels-{height}x{width}.png"))
