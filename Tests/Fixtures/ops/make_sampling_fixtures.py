"""Writes the reference values of group normalisation, deformable attention, point samples, rolls and windows, computed by
PyTorch 2.13 in double precision.

    python make_sampling_fixtures.py      # beside this file: group_norm, deformable_attention, point_samples and
                                          # windows .safetensors

Needs torch and safetensors. Each case NAME holds its inputs, NAME.output, NAME.upstream and, for every differentiable
input X, NAME.X_gradient, all in our layout: maps [B, H, W, C], tokens [B, N, C].
"""

import torch
import torch.nn.functional as F

from recording import random, record, save

torch.set_num_threads(1)


def group_norms():
    generator, tensors = torch.Generator().manual_seed(21), {}
    # name: shape, groups, ReLU
    cases = {
        "plain": ((2, 3, 5, 12), 4, False), "relu": ((2, 3, 5, 12), 4, True), "one_group": ((1, 4, 3, 7), 1, False),
        "channels": ((2, 2, 3, 5), 5, False), "wide": ((1, 9, 4, 64), 32, True),
    }
    for name, (shape, groups, relu) in cases.items():
        def operation(input, weight, bias):
            output = F.group_norm(input.movedim(-1, 1), groups, weight, bias, 1e-5).movedim(1, -1)
            return F.relu(output) if relu else output

        inputs = {"input": random(generator, *shape) * 2 + 1, "weight": random(generator, shape[-1])}
        record(tensors, name, operation, inputs | {"bias": random(generator, shape[-1])}, generator)
    save(tensors, "group_norm.safetensors")


def deformable(levels, heads, points, references):
    """The formula with PyTorch's own bilinear samples, as the authors' code without an own kernel has it."""

    def operation(values, offsets, weights):
        batch, _, channels = values.shape
        queries, size = references.shape[0], channels // heads
        offsets = offsets.view(batch, queries, heads, len(levels), points, 2)
        weights = weights.view(batch, queries, heads, len(levels), points)
        total = 0
        for level, (height, width) in enumerate(levels):
            first = sum(h * w for h, w in levels[:level])
            maps = values[:, first:first + height * width].view(batch, height, width, heads, size)
            maps = maps.permute(0, 3, 4, 1, 2).flatten(0, 1)
            extent = torch.tensor([width, height], dtype=torch.float64)
            places = references[None, :, None, None] + offsets[:, :, :, level] / extent
            grid = (2 * places - 1).transpose(1, 2).flatten(0, 1)
            samples = F.grid_sample(maps, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
            shares = weights[:, :, :, level].transpose(1, 2).flatten(0, 1)
            total = total + (samples * shares[:, None]).sum(-1)
        return total.view(batch, heads, size, queries).permute(0, 3, 1, 2).flatten(2)

    return operation


def deformable_attentions():
    generator, tensors = torch.Generator().manual_seed(22), {}
    # name: batch, queries, levels, heads, head size, points, extent of the offsets in cells
    cases = {
        "pyramid": (2, 9, [(2, 3), (4, 5), (7, 9)], 2, 32, 4, 2),
        "odd": (1, 5, [(1, 1), (3, 1)], 3, 5, 2, 1.5),
        "outside": (1, 7, [(3, 4)], 2, 17, 3, 9),
        "half": (2, 4, [(5, 3)], 1, 16, 1, 1),
        "many": (1, 3, [(4, 4)] * 5, 1, 48, 15, 3),
    }
    for name, (batch, queries, levels, heads, size, points, extent) in cases.items():
        cells, samples = sum(h * w for h, w in levels), heads * len(levels) * points
        references = (random(generator, queries, 2) + 1) / 2
        inputs = dict(
            values=random(generator, batch, cells, heads * size),
            offsets=random(generator, batch, queries, samples * 2) * extent,
            weights=random(generator, batch, queries, samples))
        record(tensors, name, deformable(levels, heads, points, references), inputs, generator)
        tensors[f"{name}.references"] = references.float()
    save(tensors, "deformable_attention.safetensors")


def point_samples():
    generator, tensors = torch.Generator().manual_seed(23), {}
    # name: maps, height, width, rows of points, points of a row, maps of the rows
    cases = {
        "rows": (3, 5, 7, 4, 11, [2, 0, 2, 1]), "shared": (3, 4, 4, 1, 9, [0, 1, 2]), "tiny": (1, 1, 1, 2, 6, [0, 0]),
    }
    for name, (maps, height, width, rows, count, read) in cases.items():
        # A few lie outside, where a part of a sample is 0, and further out.
        points = random(generator, rows, count, 2) * 0.7 + 0.5

        def operation(input):
            grid = (2 * points.expand(len(read), -1, -1) - 1)[:, None]
            return F.grid_sample(
                input[torch.tensor(read)][:, None], grid, mode="bilinear", padding_mode="zeros",
                align_corners=False)[:, 0, 0]

        record(tensors, name, operation, {"input": random(generator, maps, height, width)}, generator)
        tensors[f"{name}.points"], tensors[f"{name}.maps"] = points.float(), torch.tensor(read).int()
    save(tensors, "point_samples.safetensors")


def windows(side, shift):
    """Padding, roll and partition as in Swin's code."""

    def operation(input):
        batch, height, width, channels = input.shape
        maps = F.pad(input, (0, 0, 0, -width % side, 0, -height % side))
        maps = torch.roll(maps, shift, (1, 2))
        rows, columns = maps.shape[1] // side, maps.shape[2] // side
        maps = maps.view(batch, rows, side, columns, side, channels).transpose(2, 3)
        return maps.reshape(-1, side * side, channels)

    return operation


def window_cases():
    generator, tensors = torch.Generator().manual_seed(24), {}
    cases = {
        "whole": ((2, 6, 4, 3), 2, (0, 0)), "padded": ((1, 5, 7, 2), 3, (0, 0)), "shifted": ((2, 5, 7, 2), 4, (-2, -2)),
        "small": ((1, 2, 3, 1), 5, (-2, -2)), "other_way": ((1, 6, 6, 2), 3, (1, -1)),
    }
    for name, (shape, side, shift) in cases.items():
        record(tensors, name, windows(side, shift), {"input": random(generator, *shape)}, generator)
    for name, shift in [("both", (2, -3)), ("rows", (1, 0)), ("further", (-7, 9))]:
        record(
            tensors, f"roll_{name}", lambda input: torch.roll(input, shift, (1, 2)),
            {"input": random(generator, 2, 4, 5, 3)}, generator)
    save(tensors, "windows.safetensors")


group_norms()
deformable_attentions()
point_samples()
window_cases()
