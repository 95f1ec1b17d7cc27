#!/usr/bin/env python3
"""What kornia's conversions make of colours, and of images that take on the colours of others: python
make_color_transfer_fixtures.py

Needs torch, safetensors and kornia (0.9.0 wrote the file). Images are stored as height x width x channels, in double
precision rounded to single: `<case>.exact` is 255 times the colour before it is cut to whole numbers, so that a reader
can tell where a rounding of single precision may lead to the neighbour.
"""
import os

import kornia
import torch
from safetensors.torch import save_file

torch.manual_seed(0)
torch.set_num_threads(1)
expected = {}


def lab(image):
    return kornia.color.rgb_to_lab((image.double() / 255).permute(2, 0, 1)[None])[0]


def transferred(source, target):
    """Steps 1 to 5 of UDA4Inst's transfer, up to the cut."""
    source, target = lab(source).flatten(1), lab(target).flatten(1)
    mean, deviation = source.mean(1, keepdim=True), source.std(1, keepdim=True)
    changed = (source - mean) / (deviation + 1e-8) * (target.std(1, keepdim=True) + 1e-8) + target.mean(1, keepdim=True)
    return changed


def keep(name, image):
    expected[name] = image.to(torch.int64).clone()


# All corners of the cube, values at the borders of the curves (10 and 11 of 255 lie around 0.04045), and random ones.
colors = torch.randint(0, 256, (24, 31, 3))
colors[0, :27] = torch.cartesian_prod(*[torch.tensor([0, 128, 255])] * 3)
colors[1, :31] = torch.arange(31)[:, None].expand(31, 3)
keep("colors", colors)
expected["lab"] = lab(colors).permute(1, 2, 0).float().contiguous()

height, width = 19, 37
dim = torch.randint(0, 90, (height, width, 3))
bright = torch.randint(120, 256, (height, width, 3))
bluish = (bright * torch.tensor([0.4, 0.6, 1.0])).long()
cases = {
    "dim to bright": (dim, bright),
    "bright to bluish": (bright, bluish),
    "random to dim": (torch.randint(0, 256, (height, width, 3)), dim),
    "own": (bluish, bluish),
    # Other sizes of the two, so that a deviation by n instead of n - 1 shows.
    "of three pixels": (torch.tensor([[[10, 20, 30], [200, 100, 50], [90, 90, 90]]]), torch.tensor([[[5, 5, 5], [250, 240, 200]]])),
}
for name, (source, target) in cases.items():
    changed = transferred(source, target).reshape(3, *source.shape[:2])
    rgb = kornia.color.lab_to_rgb(changed[None], clip=True)[0]
    keep(f"{name}.source", source)
    keep(f"{name}.target", target)
    expected[f"{name}.exact"] = (rgb * 255).permute(1, 2, 0).float().contiguous()
save_file(expected, os.path.join(os.path.dirname(os.path.abspath(__file__)), "color-transfer.safetensors"))
