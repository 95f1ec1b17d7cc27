#!/usr/bin/env python3
"""Values of MIC's masked loss for MaskedConsistencyTests: python make_masked_consistency.py (needs torch, safetensors).

Written from the paper (arXiv:2212.01322, section 3.2) with PyTorch: a mask of random blocks, enlarged by nearest
neighbour, multiplies a normalised image; a network (here one 4x4 convolution of stride 4) sees the result, and
cross-entropy of its enlarged scores against pseudo-labels is weighted by the share q of confident pixels, by 0 on the
margins, and divided by all pixels. The last block is ignored (255).
"""
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(4)
images, height, width, block, classes, q = 2, 24, 40, 7, 5, 0.375
grid = (images, 1, round(height / block), round(width / block))
visible = (torch.rand(grid) > 0.7).float()
mask = F.interpolate(visible, (height, width), mode="nearest")
image = torch.randn(images, 3, height, width)
labels = torch.randint(0, classes, (images, height // 8, width // 8)).repeat_interleave(8, 1).repeat_interleave(8, 2)
labels[:, -8:, -8:] = 255
weights = torch.full((images, height, width), q)
weights[:, :3] = 0
weights[:, -5:] = 0
weight = (torch.randn(classes, 3, 4, 4) * 0.2).requires_grad_()
logits = F.interpolate(F.conv2d(image * mask, weight, stride=4), (height, width), mode="bilinear")
loss = (F.cross_entropy(logits, labels, reduction="none", ignore_index=255) * weights).mean()
loss.backward()
save_file(
    {"visible": visible.reshape(images, *grid[2:]), "image": image.permute(0, 2, 3, 1).contiguous(),
     "masked": (image * mask).permute(0, 2, 3, 1).contiguous(), "labels": labels.to(torch.uint8), "weights": weights,
     "weight": weight.detach(), "loss": loss.detach().reshape(1), "gradient": weight.grad},
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "masked_consistency.safetensors"))
