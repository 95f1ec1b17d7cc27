"""EDAPS' network (Saha et al., arXiv:2304.14291) written on plain PyTorch layers, without mmdetection.

SegFormer's encoder, DAFormer's head, and Mask R-CNN with a feature pyramid, under the names that checkpoints of EDAPS and
LIDAPS have (`backbone.`, `decode_head.`, `neck.`, `rpn_head.`, `roi_head.`). RoIAlign is torchvision's with `aligned=True`
and `sampling_ratio=0`: as its samples lie on a grid, it is a product with one matrix for rows and one for columns.

Needs: torch 2.13.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from daformer_head import DAFormerHead

VARIANTS = {
    "tiny": ([8, 16, 24, 32], [1, 1, 2, 1], [1, 2, 3, 4]),
    "b0": ([32, 64, 160, 256], [2, 2, 2, 2], [1, 2, 5, 8]), "b1": ([64, 128, 320, 512], [2, 2, 2, 2], [1, 2, 5, 8]),
    "b2": ([64, 128, 320, 512], [3, 4, 6, 3], [1, 2, 5, 8]), "b3": ([64, 128, 320, 512], [3, 4, 18, 3], [1, 2, 5, 8]),
    "b4": ([64, 128, 320, 512], [3, 8, 27, 3], [1, 2, 5, 8]), "b5": ([64, 128, 320, 512], [3, 6, 40, 3], [1, 2, 5, 8]),
}


# The encoder


class PatchEmbedding(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__()
        self.proj = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
        self.norm = nn.LayerNorm(outputs, eps=1e-5)

    def forward(self, x):
        x = self.proj(x)
        return self.norm(x.flatten(2).transpose(1, 2)), x.shape[2:]


class Attention(nn.Module):
    def __init__(self, channels, heads, reduction):
        super().__init__()
        self.heads = heads
        self.q, self.kv = nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.proj = nn.Linear(channels, channels)
        self.sr = nn.Conv2d(channels, channels, reduction, reduction) if reduction > 1 else None
        if self.sr is not None:
            self.norm = nn.LayerNorm(channels, eps=1e-5)

    def forward(self, x, size):
        batch, count, channels = x.shape
        split = lambda t: t.reshape(batch, -1, self.heads, channels // self.heads).transpose(1, 2)
        source = x
        if self.sr is not None:
            source = self.norm(self.sr(x.transpose(1, 2).reshape(batch, channels, *size)).flatten(2).transpose(1, 2))
        keys, values = self.kv(source).split(channels, dim=2)
        q, k, v = split(self.q(x)), split(keys), split(values)
        weights = (q @ k.transpose(2, 3) / math.sqrt(channels // self.heads)).softmax(3)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, count, channels))


class DepthwiseConvolution(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)

    def forward(self, x, size):
        batch, _, channels = x.shape
        return self.dwconv(x.transpose(1, 2).reshape(batch, channels, *size)).flatten(2).transpose(1, 2)


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)
        self.dwconv = DepthwiseConvolution(4 * channels)

    def forward(self, x, size):
        return self.fc2(F.gelu(self.dwconv(self.fc1(x), size)))


class Block(nn.Module):
    def __init__(self, channels, heads, reduction):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(channels, eps=1e-6), nn.LayerNorm(channels, eps=1e-6)
        self.attn, self.mlp = Attention(channels, heads, reduction), FeedForward(channels)

    def forward(self, x, size):
        x = x + self.attn(self.norm1(x), size)
        return x + self.mlp(self.norm2(x), size)


class MixTransformer(nn.Module):
    def __init__(self, dims, depths, heads):
        super().__init__()
        for stage, (channels, depth) in enumerate(zip(dims, depths), 1):
            first = stage == 1
            embedding = PatchEmbedding(3 if first else dims[stage - 2], channels, 7 if first else 3, 4 if first else 2)
            reduction = (8, 4, 2, 1)[stage - 1]
            setattr(self, f"patch_embed{stage}", embedding)
            blocks = [Block(channels, heads[stage - 1], reduction) for _ in range(depth)]
            setattr(self, f"block{stage}", nn.ModuleList(blocks))
            setattr(self, f"norm{stage}", nn.LayerNorm(channels, eps=1e-6))

    def forward(self, x):
        maps = []
        for stage in range(1, 5):
            tokens, size = getattr(self, f"patch_embed{stage}")(x)
            for block in getattr(self, f"block{stage}"):
                tokens = block(tokens, size)
            tokens = getattr(self, f"norm{stage}")(tokens)
            x = tokens.transpose(1, 2).reshape(x.shape[0], -1, *size)
            maps.append(x)
        return maps


# Objects


class Named(nn.Module):
    """A convolution below the name that mmcv's ConvModule gives it."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)

    def forward(self, x):
        return self.conv(x)


class Pyramid(nn.Module):
    def __init__(self, dims, width):
        super().__init__()
        self.lateral_convs = nn.ModuleList(Named(d, width, 1) for d in dims)
        self.fpn_convs = nn.ModuleList(Named(width, width, 3) for _ in dims)

    def forward(self, maps):
        maps = [lateral(x) for lateral, x in zip(self.lateral_convs, maps)]
        for level in range(len(maps) - 1, 0, -1):
            size = maps[level - 1].shape[2:]
            maps[level - 1] = maps[level - 1] + F.interpolate(maps[level], size=size, mode="nearest")
        maps = [conv(x) for conv, x in zip(self.fpn_convs, maps)]
        return maps + [F.max_pool2d(maps[-1], 1, stride=2)]


class ProposalHead(nn.Module):
    def __init__(self, width, anchors=3):
        super().__init__()
        self.rpn_conv = nn.Conv2d(width, width, 3, padding=1)
        self.rpn_cls, self.rpn_reg = nn.Conv2d(width, anchors, 1), nn.Conv2d(width, 4 * anchors, 1)

    def forward(self, x):
        x = F.relu(self.rpn_conv(x))
        return self.rpn_cls(x), self.rpn_reg(x)


class BoxHead(nn.Module):
    def __init__(self, width, hidden, things):
        super().__init__()
        self.shared_fcs = nn.ModuleList([nn.Linear(width * 49, hidden), nn.Linear(hidden, hidden)])
        self.fc_cls, self.fc_reg = nn.Linear(hidden, things + 1), nn.Linear(hidden, 4 * things)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.shared_fcs:
            x = F.relu(layer(x))
        return self.fc_cls(x), self.fc_reg(x)


class MaskHead(nn.Module):
    def __init__(self, inputs, width, layers, things):
        super().__init__()
        self.convs = nn.ModuleList(Named(inputs if i == 0 else width, width, 3) for i in range(layers))
        self.upsample = nn.ConvTranspose2d(width, width, 2, stride=2)
        self.conv_logits = nn.Conv2d(width, things, 1)

    def forward(self, x):
        for conv in self.convs:
            x = F.relu(conv(x))
        return self.conv_logits(F.relu(self.upsample(x)))


class RegionHeads(nn.Module):
    def __init__(self, width, hidden, mask_width, mask_layers, things):
        super().__init__()
        self.bbox_head = BoxHead(width, hidden, things)
        self.mask_head = MaskHead(width, mask_width, mask_layers, things)


def sampling_matrix(start, end, bins, length, like):
    """[bins, length]: the share of each cell of an axis in each bin; start and end in cells."""
    size = (end - start) / bins
    samples = max(math.ceil(size), 0)
    matrix = torch.zeros(bins, length, dtype=torch.float64)
    for place in range(bins):
        for sample in range(samples):
            at = start + (place + (sample + 0.5) / samples) * size
            if at < -1 or at > length:
                continue
            at = min(max(at, 0.0), length - 1.0)
            low = int(at)
            matrix[place, low] += (1 - at + low) / samples
            if low + 1 < length:
                matrix[place, low + 1] += (at - low) / samples
    return matrix.to(like)


def region_features(maps, strides, boxes, size):
    """[R, C, size, size] of the boxes of every image [B, N, 4], each from the level of its size."""
    features = []
    for image, rows in enumerate(boxes.tolist()):
        for x1, y1, x2, y2 in rows:
            scale = math.sqrt((x2 - x1) * (y2 - y1))
            level = min(max(math.floor(math.log2(scale / 56 + 1e-6)), 0), len(strides) - 1)
            feature, stride = maps[level][image], strides[level]
            rows_ = sampling_matrix(y1 / stride - 0.5, y2 / stride - 0.5, size, feature.shape[1], feature)
            columns = sampling_matrix(x1 / stride - 0.5, x2 / stride - 0.5, size, feature.shape[2], feature)
            features.append(rows_ @ feature @ columns.T)
    return torch.stack(features)


class PanopticNetwork(nn.Module):
    def __init__(
        self, variant, embedding=256, width=256, classes=19, things=8, pyramid=256, hidden=1024, mask_width=256,
        mask_layers=4
    ):
        super().__init__()
        dims, depths, heads = VARIANTS[variant]
        self.backbone = MixTransformer(dims, depths, heads)
        self.decode_head = DAFormerHead(dims, embedding, width, classes)
        self.neck = Pyramid(dims, pyramid)
        self.rpn_head = ProposalHead(pyramid)
        self.roi_head = RegionHeads(pyramid, hidden, mask_width, mask_layers, things)

    def forward(self, pixels, boxes):
        """The outputs of `causeway forward`, by name."""
        encoded = self.backbone(pixels)
        out = {"logits": self.decode_head(encoded)}
        maps = self.neck(encoded)
        for level, x in enumerate(maps, 1):
            out[f"fpn{level}"] = x
            out[f"rpn.scores{level}"], out[f"rpn.deltas{level}"] = self.rpn_head(x)
        strides, count = (4, 8, 16, 32), boxes.shape[:2]
        classes, deltas = self.roi_head.bbox_head(region_features(maps[:4], strides, boxes, 7))
        masks = self.roi_head.mask_head(region_features(maps[:4], strides, boxes, 14))
        out["roi.classes"], out["roi.deltas"] = classes.reshape(*count, -1), deltas.reshape(*count, -1)
        out["roi.masks"] = masks.reshape(*count, *masks.shape[1:])
        return out


def prepare(model, pixels):
    """Moves every weight away from its first value, and gives batch norms running statistics near those of `pixels`."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.5 * parameter.std().nan_to_num(0).clamp(min=0.02) * torch.randn_like(parameter))
        for norm in norms:
            norm.momentum = 1.0
        model.train().decode_head(model.backbone(pixels))
        for norm in norms:
            norm.momentum = 0.1
            norm.running_mean.mul_(torch.empty_like(norm.running_mean).uniform_(0.8, 1.2))
            norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.8, 1.2))


def draw_boxes(images, count, height, width, generator):
    """Of all sizes, some without width, some beyond the border, one outside of the image."""
    corners = torch.rand(images, count, 2, generator=generator) * torch.tensor([width, height])
    sizes = torch.rand(images, count, 2, generator=generator) ** 2 * torch.tensor([width, height]) * 1.2
    boxes = torch.cat([corners - sizes / 2, corners + sizes / 2], 2)
    boxes[:, 0, 2] = boxes[:, 0, 0]
    boxes[:, 1] += 3 * width
    return boxes
