#!/usr/bin/env python3
"""What kornia 0.5.8 makes of a small image: python make_mixing_fixtures.py

Needs torch, safetensors and kornia==0.5.8, the version the reference code of DACS and DAFormer pins. Images are stored
as height x width x channels.
"""
import math
import os

import kornia
import torch
from kornia.filters import GaussianBlur2d
from safetensors.torch import save_file

torch.manual_seed(0)
torch.set_num_threads(1)
expected = {}
OPERATIONS = {
    "brightness": lambda image, amount: kornia.enhance.adjust_brightness(image, amount),
    "contrast": lambda image, amount: kornia.enhance.adjust_contrast(image, amount),
    "saturation": lambda image, amount: kornia.enhance.adjust_saturation(image, amount),
    "hue": lambda image, amount: kornia.enhance.adjust_hue(image, amount * 2 * math.pi),
}


def keep(name, image):
    expected[name] = image[0].permute(1, 2, 0).contiguous()


# Random colours, then the awkward ones: black, white, greys, primaries, ties of the largest channel.
colors = torch.rand(1, 3, 24, 31)
corners = torch.cartesian_prod(*[torch.tensor([0.0, 0.5, 1.0])] * 3).T
colors[0, :, 0, :27] = corners
keep("colors", colors)
for name, amounts in {
    "brightness": (-0.2, 0.13), "contrast": (0.8, 1.2), "saturation": (0.8, 1.2, 0.0), "hue": (-0.2, 0.07, 0.2, 0.5)
}.items():
    for amount in amounts:
        keep(f"{name}.{amount}", OPERATIONS[name](colors, amount))

chain = colors
for name, amount in (("hue", -0.11), ("contrast", 1.17), ("saturation", 0.83), ("brightness", -0.05)):
    chain = OPERATIONS[name](chain, amount)
keep("chain", chain)

# Kernel sizes of the reference at 512 (51) leave taps that do not matter; small images have few taps.
for height, width in ((70, 31), (10, 100), (181, 7)):
    image = torch.rand(1, 3, height, width)
    keep(f"blur.{height}x{width}", image)
    sizes = []
    for length in (height, width):
        tenth = math.ceil(0.1 * length)
        sizes.append(int(math.floor(tenth - 0.5 + tenth % 2)))
    expected[f"sizes.{height}x{width}"] = torch.tensor(sizes)
    for sigma in (0.15, 0.6, 1.15):
        keep(f"blurred.{height}x{width}.{sigma}", GaussianBlur2d(tuple(sizes), (sigma, sigma))(image))
save_file(expected, os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected.safetensors"))
