#!/usr/bin/env python3
"""Matching and losses of Mask2Former: python make_mask_criterion_fixtures.py (needs torch, transformers, scipy,
safetensors).

transformers' `Mask2FormerLoss` on three images of 32 x 48 pixels: three objects, one, and more than queries. Mask logits are
inner products of embeddings and features; gradients are those of classes, embeddings and features. Points that it draws
are recorded, so that the same can be given to another program. Where a comparison would hang on the last bit, the seed is
refused.
"""
import os
from unittest import mock

import torch
from safetensors.torch import save_file
from transformers import Mask2FormerConfig
from transformers.models.mask2former.modeling_mask2former import Mask2FormerLoss, sample_point

QUERIES, CLASSES, WIDTH, POINTS, OBJECTS = 6, 3, 5, 60, (3, 1, 8)
CANDIDATES, UNCERTAIN = 180, 45
WEIGHTS = {"loss_cross_entropy": 2.0, "loss_mask": 5.0, "loss_dice": 5.0}
torch.set_num_threads(1)


def boxes(count, generator):
    masks = torch.zeros(count, 32, 48)
    for m in masks:
        y, x = torch.randint(0, 28, (1,), generator=generator), torch.randint(0, 40, (1,), generator=generator)
        h, w = torch.randint(3, 20, (2,), generator=generator)
        m[y:y + h, x:x + w] = 1
        m[y + 1:y + 2, x + 1:x + 2] = 0
    return masks


def run(seed):
    g = torch.Generator().manual_seed(seed)
    features = torch.randn(3, WIDTH, 8, 12, generator=g).requires_grad_()
    masks = [boxes(n, g) for n in OBJECTS]
    labels = [torch.randint(0, CLASSES, (n,), generator=g) for n in OBJECTS]
    config = Mask2FormerConfig(num_labels=CLASSES, train_num_points=POINTS)
    assert (config.class_weight, config.mask_weight, config.dice_weight) == (2, 5, 5)
    assert (config.no_object_weight, config.oversample_ratio, config.importance_sample_ratio) == (0.1, 3, 0.75)
    criterion = Mask2FormerLoss(config, WEIGHTS)
    out = {"features": features}
    total, rand = 0, torch.rand
    torch.manual_seed(seed)
    for p in range(2):
        classes = (torch.randn(3, QUERIES, CLASSES + 1, generator=g) * 2).requires_grad_()
        embeddings = torch.randn(3, QUERIES, WIDTH, generator=g).requires_grad_()
        logits = torch.einsum("bqc,bchw->bqhw", embeddings, features)
        drawn = []
        with mock.patch("torch.rand", lambda *size, **_: drawn.append(rand(*size)) or drawn[-1]):
            losses = criterion(logits, classes, masks, labels)
        with mock.patch("torch.rand", mock.Mock(side_effect=drawn[:3])):
            pairs = criterion.matcher(logits, classes, masks, labels)
        owners = [(i, int(q)) for i, (rows, _) in enumerate(pairs) for q in rows]
        assert len(drawn) == 5 and drawn[3].shape == (len(owners), CANDIDATES, 2)
        for k, (i, q) in enumerate(owners):
            sizes = sample_point(logits[i:i + 1, q:q + 1], drawn[3][k:k + 1]).abs().flatten().sort()[0]
            if sizes[UNCERTAIN] - sizes[UNCERTAIN - 1] < 1e-4:
                return None
        total = total + sum(WEIGHTS[k] * v for k, v in losses.items())
        out |= {f"classes{p}": classes, f"embeddings{p}": embeddings, f"matching{p}": torch.cat(drawn[:3]),
                f"candidates{p}": drawn[3], f"fresh{p}": drawn[4],
                f"losses{p}": torch.stack([losses[k] for k in ("loss_cross_entropy", "loss_mask", "loss_dice")]),
                f"queries{p}": torch.cat([q for q, _ in pairs]), f"objects{p}": torch.cat([m for _, m in pairs])}
    total.backward()
    out |= {f"gradient.{k}": out[k].grad for k in ("features", "classes0", "classes1", "embeddings0", "embeddings1")}
    for i in range(3):
        out |= {f"object{i}.labels": labels[i], f"object{i}.masks": masks[i].to(torch.uint8)}
    return out


seed = 0
while (result := run(seed)) is None:
    seed += 1
print("seed", seed)
save_file({k: v.detach().contiguous() for k, v in result.items()},
          os.path.join(os.path.dirname(os.path.abspath(__file__)), "mask_criterion.safetensors"))
