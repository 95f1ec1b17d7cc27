"""Writes the reference values of the operations of object detectors, computed by PyTorch 2.13 in double precision.

    python make_region_fixtures.py        # beside this file: regions, transposed_convolution, element_losses .safetensors

Needs torch, numpy and safetensors. Each case NAME holds its inputs, NAME.output, NAME.upstream and the gradients
NAME.<input>_gradient, all in our layout: maps [B, H, W, C], weights of transposed convolutions [I, 2, 2, O].

RoIAlign is written out sample by sample from the formula that torchvision publishes (torchvision/csrc/ops/cpu/
roi_align_kernel.cpp, `aligned`, `sampling_ratio` 0): as there, positions are single-precision numbers.
"""

import math
import numpy as np
import torch
import torch.nn.functional as F

from recording import random, record, save

torch.set_num_threads(1)
f32 = np.float32


# Regions


def sample_taps(y, x, height, width):
    """The cells of one bilinear sample with their weights, `bilinear_interpolate` of torchvision."""
    if y < -1.0 or y > height or x < -1.0 or x > width:
        return []
    y, x = max(float(y), 0.0), max(float(x), 0.0)
    y_low, x_low = int(y), int(x)
    if y_low >= height - 1:
        y_low = y_high = height - 1
        y = float(y_low)
    else:
        y_high = y_low + 1
    if x_low >= width - 1:
        x_low = x_high = width - 1
        x = float(x_low)
    else:
        x_high = x_low + 1
    ly, lx = y - y_low, x - x_low
    hy, hx = 1 - ly, 1 - lx
    return [(y_low, x_low, hy * hx), (y_low, x_high, hy * lx), (y_high, x_low, ly * hx), (y_high, x_high, ly * lx)]


def sampling_matrix(region, stride, height, width, size):
    """[size * size, height * width]: what each bin reads."""
    scale = f32(1.0 / stride)
    x1, y1, x2, y2 = (f32(value) * scale - f32(0.5) for value in region)
    bin_h, bin_w = (y2 - y1) / f32(size), (x2 - x1) / f32(size)
    grid_h, grid_w = math.ceil((y2 - y1) / f32(size)), math.ceil((x2 - x1) / f32(size))
    count = max(grid_h * grid_w, 1)
    matrix = np.zeros((size, size, height, width))
    for ph in range(size):
        for pw in range(size):
            for iy in range(grid_h):
                y = y1 + f32(ph) * bin_h + f32(iy + 0.5) * bin_h / f32(grid_h)
                for ix in range(grid_w):
                    x = x1 + f32(pw) * bin_w + f32(ix + 0.5) * bin_w / f32(grid_w)
                    for cell_y, cell_x, weight in sample_taps(y, x, height, width):
                        matrix[ph, pw, cell_y, cell_x] += weight / count
    return torch.from_numpy(matrix.reshape(size * size, height * width))


def roi_align(maps, strides, regions, size):
    """`regions`: rows of image, map, x1, y1, x2, y2."""
    bins = []
    for image, level, *box in regions.tolist():
        features = maps[int(level)][int(image)]
        height, width, channels = features.shape
        matrix = sampling_matrix(box, strides[int(level)], height, width, size)
        bins.append((matrix @ features.reshape(height * width, channels)).reshape(size, size, channels))
    return torch.stack(bins)


def regions():
    generator = torch.Generator().manual_seed(1)
    corner = torch.rand((24, 2), generator=generator) * 50 - 8
    extent = torch.rand((24, 2), generator=generator) * 40
    places = torch.stack([torch.arange(24) % 2, torch.arange(24) % 3], 1)
    anywhere = torch.cat([places.float(), corner, corner + extent], 1)
    # On one map of 8 x 12 cells of 4 pixels, image 0.
    odd_boxes = [
        (-40, -40, -10, -10), (100, 3, 120, 9), (-3, -3, 3, 3), (44, 28, 52, 36),  # outside, and across corners
        (10, 10, 10, 20), (10, 10, 10, 10), (20, 20, 12, 12), (7.25, 9.5, 7.5, 9.75),  # without size, reversed, tiny
        (-100, -200, 300, 150), (0, 0, 48, 32), (-2000, 4, 3000, 5), (-5.9, 8, -2.1, 12),  # larger than the map, all of it
        (10, 10, 38, 38), (10.1, 10.1, 38.1, 38.1), (0.3, 0.7, 24.3, 24.7),  # as many cells as bins, up to rounding
    ]
    odd = torch.tensor([(0, 0, *box) for box in odd_boxes], dtype=torch.float32)
    large = torch.tensor([(0, 0, 3.3, 1.7, 61.9, 47.2), (0, 0, -7.7, 20.1, 70.3, 40.9)], dtype=torch.float32)
    cases = dict(
        levels=([(2, 14, 16, 5), (2, 7, 8, 5), (2, 4, 4, 5)], (4, 8, 16), anywhere, 7),
        odd=([(1, 8, 12, 35)], (4,), odd, 3),
        many_samples=([(1, 24, 32, 3)], (2,), large, 2),
    )
    tensors = {}
    for name, (shapes, strides, boxes, size) in cases.items():
        maps = {f"map{index}": random(generator, *shape) for index, shape in enumerate(shapes)}
        tensors[f"{name}.regions"] = boxes
        record(tensors, name, lambda **maps: roi_align(list(maps.values()), strides, boxes, size), maps, generator)
    save(tensors, "regions.safetensors")


# Transposed convolution, subsampling, losses


def first(x):
    """Maps and weights in PyTorch's order."""
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


def transposed_convolutions():
    tensors = {}
    for seed, (name, shape, outputs) in enumerate([("plain", (2, 3, 5, 6), 4), ("wide", (2, 3, 14, 32), 48)]):
        generator = torch.Generator().manual_seed(seed)
        inputs = dict(
            input=random(generator, *shape), weight=random(generator, shape[3], 2, 2, outputs),
            bias=random(generator, outputs))
        record(
            tensors, name, lambda input, weight, bias: last(
                F.conv_transpose2d(first(input), first(weight), bias, stride=2)), inputs, generator)
    generator = torch.Generator().manual_seed(9)
    record(
        tensors, "subsampled", lambda input: last(F.max_pool2d(first(input), kernel_size=1, stride=2)),
        dict(input=random(generator, 2, 5, 4, 3)), generator)
    save(tensors, "transposed_convolution.safetensors")


def element_losses():
    tensors = {}
    generator = torch.Generator().manual_seed(3)
    logits = random(generator, 60, 13) * 12
    targets = (random(generator, 60, 13) > 0).double()
    targets[:9] = random(generator, 9, 13).abs()
    weights = random(generator, 60, 13).clamp(min=0)
    tensors["binary.targets"], tensors["binary.weights"] = targets.float(), weights.float()
    record(
        tensors, "binary", lambda input: F.binary_cross_entropy_with_logits(
            input, targets, weight=weights, reduction="sum"), dict(input=logits), generator)
    values, wanted = random(generator, 60, 13), random(generator, 60, 13)
    values[3] = wanted[3]
    tensors["absolute.targets"] = wanted.float()
    record(
        tensors, "absolute", lambda input: F.l1_loss(input, wanted, reduction="sum"), dict(input=values), generator)
    save(tensors, "element_losses.safetensors")


regions()
transposed_convolutions()
element_losses()
