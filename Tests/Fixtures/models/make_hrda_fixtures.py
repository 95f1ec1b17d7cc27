#!/usr/bin/env python3
"""Writes the reference values of the tests of networks at two resolutions: hrda_tiny.safetensors.

HRDA (arXiv:2204.13132), written here from the paper and the behaviour of its code, around the tiny encoder and head of
make_model_fixtures.py. Batch norms of the head use running statistics in evaluation and those of the batch in training
mode; there is no drop-out in either.

    weights                     transformers' names for the encoder, `decode_head.head`, `decode_head.scale_attention`
    pixels, labels, weights     [2, 3, 80, 112]; [2, 80, 112] train ids with 255; [2, 80, 112] weights of pixels
    evaluation.<attention>      logits of the inference pass: windows of 48x64 that overlap by half, the last shifted
    evaluation.side-by-side     the same with windows side by side, and class-wise attention
    statistics.<attention>      the inference pass in training mode: all windows of all images are one batch
    training.<attention>        fused logits of the training pass with the window of 48x64 at row 16, column 24
    training.detail, training.loss, grad.<weight>, grad.pixels, after.<buffer>
                                of the training pass with class-wise attention and the loss 0.9 fused + 0.1 detail;
                                of the encoder's weights those of the patch embeddings

Attention is class-wise, single-channel (of the first class alone) or fixed (0.3).

Needs: pip install "torch==2.13.0+cpu" transformers numpy safetensors.
"""
import copy

import torch
import torch.nn.functional as F
from torch import nn
from transformers import SegformerConfig, SegformerModel

from daformer_head import ConvModule, DAFormerHead, Embed
from make_model_fixtures import DIMS, collect_statistics, saved_names, scrambled, write

DETAIL = (48, 64)
WINDOW = (16, 24, *DETAIL)
FIXED = 0.3
CLASSES = 5


def resize(x, scale):
    return F.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)


class ScaleAttention(nn.Module):
    """The head with one 1x1 convolution for fusion."""

    def __init__(self, dims, embedding, width, outputs):
        super().__init__()
        self.embed_layers = nn.ModuleList(Embed(d, embedding) for d in dims)
        self.fuse_layer = ConvModule(embedding * len(dims), width, 1)
        self.conv_seg = nn.Conv2d(width, outputs, 1)

    def forward(self, maps):
        size = maps[0].shape[-2:]
        embedded = [embed(x) for embed, x in zip(self.embed_layers, maps)]
        embedded = [F.interpolate(x, size, mode="bilinear", align_corners=False) for x in embedded]
        return self.conv_seg(self.fuse_layer(torch.cat(embedded, 1)))


class HRDA(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.decode_head = nn.ModuleDict({
            "head": DAFormerHead(DIMS, embedding=6, width=10, classes=CLASSES),
            "scale_attention": ScaleAttention(DIMS, embedding=6, width=10, outputs=CLASSES),
        })
        self.kind = "class-wise"

    def features(self, x):
        return self.encoder(x, output_hidden_states=True).hidden_states[-4:]

    def attention(self, maps):
        if self.kind == "fixed":
            return torch.full((maps[0].shape[0], 1, *maps[0].shape[-2:]), FIXED)
        a = torch.sigmoid(self.decode_head["scale_attention"](maps))
        return a[:, :1] if self.kind == "single-channel" else a

    def train_pass(self, x, window):
        y, x0, h, w = window
        low = self.features(resize(x, 0.5))
        high = self.features(x[:, :, y:y + h, x0:x0 + w])
        zl = self.decode_head["head"](low)
        zh = self.decode_head["head"](high)
        a = self.attention(low)
        mask = torch.zeros_like(a)
        mask[:, :, y // 8:(y + h) // 8, x0 // 8:(x0 + w) // 8] = 1
        a = a * mask
        inserted = torch.zeros(x.shape[0], CLASSES, x.shape[2] // 4, x.shape[3] // 4)
        inserted[:, :, y // 4:(y + h) // 4, x0 // 4:(x0 + w) // 4] = zh
        return resize(a, 2) * inserted + resize((1 - a) * zl, 2), zh

    def windows(self, x, overlap):
        """Logits of windows, averaged."""
        n, _, height, width = x.shape
        h, w = DETAIL
        dy, dx = (h // 2, w // 2) if overlap else (h, w)
        places = []
        for i in range(max(height - h + dy - 1, 0) // dy + 1):
            for j in range(max(width - w + dx - 1, 0) // dx + 1):
                y2, x2 = min(i * dy + h, height), min(j * dx + w, width)
                places.append((max(y2 - h, 0), y2, max(x2 - w, 0), x2))
        crops = torch.cat([x[:, :, y1:y2, x1:x2] for y1, y2, x1, x2 in places])
        logits = self.decode_head["head"](self.features(crops))
        total = torch.zeros(n, CLASSES, height // 4, width // 4)
        count = torch.zeros(1, 1, height // 4, width // 4)
        for k, (y1, y2, x1, x2) in enumerate(places):
            total[:, :, y1 // 4:y2 // 4, x1 // 4:x2 // 4] += logits[k * n:(k + 1) * n]
            count[:, :, y1 // 4:y2 // 4, x1 // 4:x2 // 4] += 1
        return total / count

    def inference_pass(self, x, overlap=True):
        low = self.features(resize(x, 0.5))
        zl = self.decode_head["head"](low)
        zh = self.windows(x, overlap)
        a = self.attention(low)
        return resize(a, 2) * zh + resize((1 - a) * zl, 2)


def cross_entropy(logits, labels, weights):
    """Ignored pixels add nothing and stay in the number of pixels."""
    logits = F.interpolate(logits, labels.shape[-2:], mode="bilinear", align_corners=False)
    return (F.cross_entropy(logits, labels, ignore_index=255, reduction="none") * weights).sum() / labels.numel()


def network():
    config = SegformerConfig(
        hidden_sizes=DIMS, depths=[1, 1, 2, 1], num_attention_heads=[1, 2, 3, 4], drop_path_rate=0.0)
    model = HRDA(scrambled(SegformerModel(config)).eval())
    scrambled(model.decode_head)
    return model


def head_mode(model, training):
    model.decode_head.train(training)
    model.encoder.eval()
    return model


def main():
    torch.manual_seed(3)
    model = network()
    pixels = torch.randn(2, 3, 80, 112)
    labels = torch.randint(0, CLASSES, (2, 80, 112))
    labels[torch.rand(labels.shape) < 0.1] = 255
    weights = torch.rand(2, 80, 112)
    with torch.no_grad():
        low = model.features(resize(pixels, 0.5))
    for part in model.decode_head.values():
        collect_statistics(part, low)

    names = saved_names(model.encoder)
    file_name = lambda name: names[name[len("encoder."):]] if name.startswith("encoder.") else name
    out = {file_name(name): value.clone() for name, value in model.named_parameters()}
    out |= {name: value.clone() for name, value in model.named_buffers() if name.startswith("decode_head.")}
    out |= {"pixels": pixels, "labels": labels.float(), "weights": weights}

    with torch.no_grad():
        for kind in ("class-wise", "single-channel", "fixed"):
            twin = copy.deepcopy(model)
            twin.kind = kind
            out[f"evaluation.{kind}"] = head_mode(twin, False).inference_pass(pixels)
            out[f"statistics.{kind}"] = head_mode(twin, True).inference_pass(pixels)
            out[f"training.{kind}"], _ = head_mode(twin, True).train_pass(pixels, WINDOW)
        out["evaluation.side-by-side"] = head_mode(model, False).inference_pass(pixels, overlap=False)

    pixels.requires_grad_()
    fused, detail = head_mode(model, True).train_pass(pixels, WINDOW)
    y, x, h, w = WINDOW
    part = (slice(None), slice(y, y + h), slice(x, x + w))
    loss = 0.9 * cross_entropy(fused, labels, weights) + 0.1 * cross_entropy(detail, labels[part], weights[part])
    loss.backward()
    assert torch.allclose(fused, out["training.class-wise"])
    out["training.detail"], out["training.loss"] = detail, loss.reshape(1)
    out["grad.pixels"] = pixels.grad
    for name, parameter in model.named_parameters():
        if name.startswith("decode_head.") or "patch_embeddings" in file_name(name):
            out["grad." + file_name(name)] = parameter.grad
    for name, buffer in model.named_buffers():
        if name.startswith("decode_head.") and not name.endswith("num_batches_tracked"):
            out["after." + name] = buffer
    write("hrda_tiny", {k: v.float() for k, v in out.items() if not k.endswith("num_batches_tracked")})


main()
