#!/usr/bin/env python3
"""Colour jitter and blur of a small image, for MixingTests: python make_jitter_fixtures.py (numpy, torch).

The jitter formulas are those of kornia 0.5.8 written out with colorsys; the blur is torch's convolution over a
reflection-padded image.
"""
import colorsys
import os

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

rng = np.random.default_rng(3)
image = rng.random((21, 30, 3))
image[0, 0] = 0.5  # grey: no hue
image[0, 1] = 0.0
image[0, 2] = 1.0
out = {"image": image.astype(np.float32)}


def hsv(pixels, function):
    flat = [colorsys.hsv_to_rgb(*function(*colorsys.rgb_to_hsv(*p))) for p in pixels.reshape(-1, 3)]
    return np.array(flat).reshape(pixels.shape)


out["brightness"] = np.clip(image + 0.15, 0, 1)
out["contrast"] = np.clip(image * 1.2, 0, 1)
out["saturation"] = hsv(image, lambda h, s, v: (h, min(s * 1.3, 1), v))
out["hue"] = hsv(image, lambda h, s, v: ((h - 0.17) % 1.0, s, v))
out["all"] = hsv(
    np.clip(hsv(np.clip(image * 0.9, 0, 1), lambda h, s, v: ((h + 0.1) % 1.0, s, v)) - 0.1, 0, 1),
    lambda h, s, v: (h, min(s * 0.8, 1), v))


def blurred(sigma, kernel_y, kernel_x):
    def taps(size):
        x = torch.arange(size, dtype=torch.float64) - size // 2
        k = torch.exp(-x * x / (2 * sigma * sigma))
        return k / k.sum()
    x = torch.from_numpy(image).permute(2, 0, 1)[:, None]
    ry, rx = kernel_y // 2, kernel_x // 2
    x = F.pad(x, (rx, rx, ry, ry), mode="reflect")
    x = F.conv2d(x, taps(kernel_y)[None, None, :, None])
    x = F.conv2d(x, taps(kernel_x)[None, None, None, :])
    return x[:, 0].permute(1, 2, 0).numpy()


# Kernel sizes of the reference for 21 and 30 rows or columns: ceil(2.1) = 3 and ceil(3.0) = 3.
out["blur"] = blurred(0.9, 3, 3)
save_file(
    {k: np.ascontiguousarray(v.astype(np.float32)) for k, v in out.items()},
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "jitter.safetensors"))
