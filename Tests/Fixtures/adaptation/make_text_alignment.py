#!/usr/bin/env python3
"""Values of CoPT's loss for TextAlignmentTests: python make_text_alignment.py (needs torch, safetensors).

Written from the paper and its released code's behaviour with PyTorch's autograd: labels are taken at
torch.linspace positions cut to integers, class means are over the cells of both images that show the class, a bank
mixes them with past means, class vectors are centred over their channels, and K x K covariances are compared. Two steps in
a row, so that the bank matters. Class 3 is in both images, class 5 in none, class 1 only in the second step, and part of
the labels is ignored.
"""
import os

import torch
from safetensors.torch import save_file

torch.manual_seed(3)
images, rows, columns, channels, classes, side, width = 2, 3, 4, 6, 7, 8, 9
height_px, width_px = rows * side, columns * side


def labels_of(choices):
    blocks = torch.tensor(choices).reshape(images, rows, columns)
    labels = blocks.repeat_interleave(side, 1).repeat_interleave(side, 2).clone()
    noise = torch.rand(labels.shape) < 0.15
    labels[noise] = torch.tensor([0, 2, 3, 4, 6, 255])[torch.randint(0, 6, (int(noise.sum()),))]
    return labels


steps = [
    (torch.randn(images, rows, columns, channels) + 0.5,
     labels_of([0, 0, 3, 3, 0, 2, 3, 255, 0, 2, 2, 255, 3, 4, 4, 4, 3, 3, 6, 6, 255, 4, 6, 6])),
    (torch.randn(images, rows, columns, channels) - 0.3,
     labels_of([1, 1, 3, 3, 1, 2, 3, 255, 0, 0, 2, 2, 3, 3, 4, 4, 4, 4, 6, 3, 255, 3, 6, 6])),
]
text = torch.randn(classes, width)
ys = torch.linspace(0, height_px - 1, rows).long()
xs = torch.linspace(0, width_px - 1, columns).long()


def covariance(x):
    x = x - x.mean(1, keepdim=True)
    return x @ x.T / (x.shape[1] - 1)


def cosine(x):
    x = torch.nn.functional.normalize(x, dim=1)
    return x @ x.T


def distance(kind, p, t):
    if kind == "cosine":
        return 1 - torch.nn.functional.cosine_similarity(p.flatten(), t.flatten(), dim=0)
    return (p - t).abs().mean() if kind == "l1" else ((p - t) ** 2).mean()


result = {"text": text, "labels": torch.stack([y for _, y in steps]).to(torch.uint8),
          "sampled": torch.stack([y[:, ys][:, :, xs] for _, y in steps]).to(torch.uint8).contiguous(),
          "features": torch.stack([f for f, _ in steps]),
          "rows1024": torch.linspace(0, 1023, 16).long()}
variants = {
    "covariance-cosine-zeros": (covariance, "cosine", False), "covariance-l1-zeros": (covariance, "l1", False),
    "covariance-l2-zeros": (covariance, "l2", False), "cosine-cosine-zeros": (cosine, "cosine", False),
    "covariance-cosine-features": (covariance, "cosine", True),
}
decay = 0.3
for name, (similarity, kind, debiased) in variants.items():
    bank, visited = torch.zeros(classes, channels), set()
    losses, gradients = [], []
    for features, labels in steps:
        features = features.clone().requires_grad_()
        cells = labels[:, ys][:, :, xs]
        present = [c for c in range(classes) if (cells == c).any()]
        assert 5 not in present and 3 in cells[0] and 3 in cells[1] and (cells == 255).any()
        mixed = []
        for c in present:
            mean = features[cells == c].mean(0)
            d = 1.0 if debiased and c not in visited else decay
            mixed.append((1 - d) * bank[c] + d * mean)
            visited.add(c)
        mixed = torch.stack(mixed)
        loss = distance(kind, similarity(mixed), similarity(text[present]))
        loss.backward()
        bank[present] = mixed.detach()
        losses.append(loss.detach())
        gradients.append(features.grad)
    result |= {f"{name}.losses": torch.stack(losses), f"{name}.gradients": torch.stack(gradients),
               f"{name}.bank": bank.clone()}
save_file(result, os.path.join(os.path.dirname(os.path.abspath(__file__)), "text_alignment.safetensors"))
