#!/usr/bin/env python3
"""Masks at points, and uncertain points: python make_point_fixtures.py (needs torch, transformers, safetensors).

Points that transformers draws are recorded, so that the same can be given to another program.
"""
import os
from unittest import mock

import torch
from safetensors.torch import save_file
from transformers.models.mask2former.modeling_mask2former import Mask2FormerLoss, sample_point

torch.manual_seed(5)
HEIGHT, WIDTH, COUNT, OVERSAMPLING, SHARE = 37, 53, 40, 3, 0.75
masks = torch.zeros(4, HEIGHT, WIDTH)
masks[0, 5:20, 7:30] = 1
masks[0, 9:12, 12:20] = 0               # a hole
masks[1] = (torch.rand(HEIGHT, WIDTH) < 0.3).float()
masks[1, :, 0] = masks[1, 0] = masks[1, -1] = masks[1, :, -1] = 1   # reaches every edge
masks[2, 11, 13] = 1                    # one pixel
points = torch.rand(4, 500, 2)
points[:, :4] = torch.tensor([[0.0, 0], [1 - 2 ** -24, 1 - 2 ** -24], [0, 1 - 2 ** -24], [0.5, 0.5]])
points[2, 4:60] = (torch.tensor([13.0, 11]) + torch.rand(56, 2) * 3 - 1) / torch.tensor([WIDTH, HEIGHT])
values = sample_point(masks[:, None], points, align_corners=False)[:, 0]

logits = torch.randn(3, 1, 9, 13) * 2
drawn = []
rand = torch.rand
criterion = Mask2FormerLoss.__new__(Mask2FormerLoss)
with mock.patch("torch.rand", lambda *size, **_: drawn.append(rand(*size)) or drawn[-1]):
    chosen = Mask2FormerLoss.sample_points_using_uncertainty(
        criterion, logits, lambda x: -x.abs(), COUNT, OVERSAMPLING, SHARE)
candidates, fresh = drawn
at_candidates = sample_point(logits, candidates, align_corners=False)[:, 0]

save_file({k: v.contiguous() for k, v in {
    "masks": masks.to(torch.uint8), "points": points, "values": values, "candidates": candidates, "fresh": fresh,
    "logits": at_candidates, "chosen": chosen}.items()},
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "points.safetensors"))
