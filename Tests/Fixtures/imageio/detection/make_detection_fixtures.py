#!/usr/bin/env python3
"""Images resized by Pillow's bilinear filter, and the colour changes of detectron2's ColorAugSSDTransform by OpenCV, for
GeometryTests and SSDColorJitterTests: python make_detection_fixtures.py

Needs pillow, numpy and opencv-python-headless. OpenCV cuts values off, or rounds them in the last columns where their
number is no
multiple of 32, so that it is one here. The resized ones are of imageio/bicubic/source.png.
"""
import os

import cv2
import numpy as np
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
source = Image.open(os.path.join(here, "..", "bicubic", "source.png"))
for height, width in [(5, 4), (38, 31), (19, 7), (8, 13), (1, 1), (40, 3)]:
    source.resize((width, height), Image.BILINEAR).save(os.path.join(here, f"bilinear-{height}x{width}.png"))

rng = np.random.default_rng(7)
colors = rng.integers(0, 256, (40, 64, 3), dtype=np.uint8)
colors[0, :30] = np.arange(30, dtype=np.uint8)[:, None] * 8  # greys
colors[0, 30:36] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 0, 255]]
colors[1] //= 16  # dark ones, whose hues are coarse
Image.fromarray(colors).save(os.path.join(here, "colors.png"))


def convert(image, alpha=1.0, beta=0.0):
    image = image.astype(np.float32) * alpha + beta
    return np.clip(image, 0, 255).astype(np.uint8)


def saturation(image, alpha):
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hsv[:, :, 1] = convert(hsv[:, :, 1], alpha=alpha)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def hue(image, turn):
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hsv[:, :, 0] = (hsv[:, :, 0].astype(int) + turn) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def save(image, name):
    Image.fromarray(image).save(os.path.join(here, f"colors-{name}.png"))


save(convert(colors, beta=-20.25), "brightness")
save(convert(colors, alpha=1.375), "contrast")
save(saturation(colors, 0.5625), "pale")
save(saturation(colors, 1.4375), "rich")
save(hue(colors, -18), "back")
save(hue(colors, 11), "forth")
save(hue(saturation(convert(convert(colors, beta=13.5), alpha=0.75), 1.25), 7), "contrast-first")
save(convert(hue(saturation(convert(colors, beta=-7.5), 0.875), -3), alpha=1.25), "contrast-last")
