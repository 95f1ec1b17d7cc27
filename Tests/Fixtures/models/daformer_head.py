"""DAFormer's head, written from the paper (arXiv:2111.14887) on plain PyTorch layers, with mmsegmentation's names.

Needs: torch 2.13.
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvModule(nn.Module):
    def __init__(self, inputs, outputs, kernel, dilation=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Separable(nn.Module):
    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.depthwise_conv = ConvModule(inputs, inputs, 3, dilation, inputs)
        self.pointwise_conv = ConvModule(inputs, outputs, 1)

    def forward(self, x):
        return self.pointwise_conv(self.depthwise_conv(x))


class Embed(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.proj = nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.proj(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Fuse(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.aspp_modules = nn.ModuleList(
            [ConvModule(inputs, width, 1)] + [Separable(inputs, width, d) for d in (6, 12, 18)])
        self.bottleneck = ConvModule(4 * width, width, 3)

    def forward(self, x):
        return self.bottleneck(torch.cat([branch(x) for branch in self.aspp_modules], 1))


class DAFormerHead(nn.Module):
    def __init__(self, dims, embedding, width, classes):
        super().__init__()
        self.embed_layers = nn.ModuleList(Embed(d, embedding) for d in dims)
        self.fuse_layer = Fuse(embedding * len(dims), width)
        self.conv_seg = nn.Conv2d(width, classes, 1)

    def forward(self, maps):
        size = maps[0].shape[-2:]
        embedded = [embed(x) for embed, x in zip(self.embed_layers, maps)]
        embedded = [F.interpolate(x, size, mode="bilinear", align_corners=False) for x in embedded]
        return self.conv_seg(self.fuse_layer(torch.cat(embedded, 1)))
