#!/usr/bin/env python3
"""Values of the feature distance for FeatureDistanceTests: python make_feature_distance.py (needs torch, safetensors).

Written from the paper (arXiv:2111.14887, section 3.3) with PyTorch's pooling: labels of 4x6 cells of 8x8 pixels are
averaged one-hot over 20 slots (ignore is the last); a cell counts if its largest share is a thing's and reaches 0.75.
"""
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(1)
rows, columns, side, channels = 4, 6, 8, 5
things = [6, 7, 11, 12, 13, 14, 15, 16, 17, 18]
labels = torch.randint(0, 19, (2, rows, columns)).repeat_interleave(side, 1).repeat_interleave(side, 2)
labels[labels % 3 == 0] = 13
noise = torch.rand(labels.shape) < 0.2
labels[noise] = torch.randint(0, 19, (int(noise.sum()),))
labels[:, :side, :side] = 255
slots = torch.where(labels == 255, 19, labels)
shares = F.avg_pool2d(F.one_hot(slots, 20).permute(0, 3, 1, 2).float(), side)
best, winner = shares.max(1)
mask = (best >= 0.75) & torch.isin(winner, torch.tensor(things))
student = torch.randn(2, rows, columns, channels, requires_grad=True)
frozen = torch.randn(2, rows, columns, channels)
loss = 0.005 * (student - frozen).norm(dim=-1)[mask].mean()
loss.backward()
assert 4 < mask.sum() < mask.numel() - 4
save_file(
    {"labels": labels.to(torch.uint8), "mask": mask.float(), "student": student.detach(), "frozen": frozen,
     "loss": loss.detach().reshape(1), "gradient": student.grad},
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "feature_distance.safetensors"))
