"""Writes the reference values of convolution, resize and pooling, computed by PyTorch 2.13 in double precision.

    python make_map_fixtures.py        # beside this file: convolution, resize and pooling .safetensors

Each case NAME holds NAME.input, .output, .upstream, .input_gradient and, for convolutions, .weight, .bias and their
gradients, all in our layout: maps [B, H, W, C], weights [O, kh, kw, I / groups].
"""

import torch
import torch.nn.functional as F

from recording import channels_last, random, record, save

torch.set_num_threads(1)


def convolutions():
    # name: (input B C H W), (outputs, kh, kw), options
    cases = {
        "same": ((2, 32, 5, 7), (5, 3, 3), dict(padding=1)),
        "same_many_outputs": ((1, 2, 6, 5), (35, 3, 3), dict(padding=1)),
        "same_few_channels": ((1, 3, 6, 5), (4, 3, 3), dict(padding=1)),
        "valid": ((1, 32, 5, 4), (3, 3, 2), dict()),
        "wide_padding": ((1, 32, 3, 4), (3, 2, 2), dict(padding=3)),
        "dilated": ((1, 33, 9, 8), (3, 3, 3), dict(padding=2, dilation=2)),
        "dilated_many_outputs": ((1, 2, 9, 8), (32, 3, 3), dict(padding=2, dilation=2)),
        "strided": ((2, 5, 9, 8), (6, 3, 3), dict(stride=2, padding=1)),
        "strided_dilated": ((1, 4, 11, 10), (5, 3, 3), dict(stride=2, padding=1, dilation=2)),
        "patch_embedding": ((1, 3, 13, 14), (8, 7, 7), dict(stride=4, padding=3)),
        "kernel_is_stride": ((1, 6, 9, 8), (5, 4, 4), dict(stride=4)),
        "pointwise": ((2, 7, 3, 2), (5, 1, 1), dict()),
        "pointwise_strided": ((1, 7, 5, 4), (5, 1, 1), dict(stride=2)),
        "stride_beyond_kernel": ((1, 3, 8, 9), (2, 2, 2), dict(stride=3)),
        "grouped": ((1, 12, 5, 6), (6, 3, 3), dict(padding=1, groups=3)),
        "grouped_many_channels": ((1, 64, 4, 3), (6, 3, 2), dict(padding=1, groups=2)),
        "channel_multiplier": ((1, 4, 5, 4), (8, 3, 3), dict(padding=1, groups=4)),
        "one_pixel": ((1, 32, 1, 1), (3, 3, 3), dict(padding=1)),
        "depthwise": ((2, 70, 5, 6), (70, 3, 3), dict(padding=1, groups=70)),
        "depthwise_dilated": ((1, 5, 9, 8), (5, 3, 3), dict(padding=6, dilation=6, groups=5)),
        "depthwise_strided": ((1, 6, 8, 9), (6, 5, 3), dict(stride=2, padding=1, groups=6)),
        "depthwise_strided_dilated": ((1, 3, 10, 11), (3, 3, 3), dict(stride=4, padding=3, dilation=2, groups=3)),
    }
    tensors = {}
    for seed, (name, (shape, (outputs, kh, kw), options)) in enumerate(cases.items()):
        generator = torch.Generator().manual_seed(seed)
        parameters = dict(
            input=random(generator, *shape),
            weight=random(generator, outputs, shape[1] // options.get("groups", 1), kh, kw),
            bias=random(generator, outputs),
        )
        record(
            tensors, name, lambda input, weight, bias: F.conv2d(input, weight, bias, **options), parameters, generator,
            channels_last)
    save(tensors, "convolution.safetensors")


def resizes():
    tensors = {}
    sizes = dict(up=((2, 3, 4, 5), (9, 13)), down=((1, 2, 11, 7), (3, 2)), mixed=((1, 5, 1, 6), (4, 1)),
                 up4=((1, 19, 3, 3), (12, 12)))
    for seed, (name, (shape, size)) in enumerate(sizes.items()):
        for mode, options in dict(corners=dict(mode="bilinear", align_corners=True),
                                  centres=dict(mode="bilinear", align_corners=False),
                                  nearest=dict(mode="nearest")).items():
            generator = torch.Generator().manual_seed(seed)
            record(tensors, f"{name}.{mode}", lambda input: F.interpolate(input, size, **options),
                   dict(input=random(generator, *shape)), generator, channels_last)
    save(tensors, "resize.safetensors")


def poolings():
    cases = dict(
        max=((2, 3, 7, 8), lambda input: F.max_pool2d(input, 3, 2, 1)),
        max_disjoint=((1, 17, 5, 6), lambda input: F.max_pool2d(input, 2, 2)),
        average=((2, 3, 7, 6), lambda input: F.avg_pool2d(input, 3, 2, 1)),
        average_inside=((2, 3, 7, 6), lambda input: F.avg_pool2d(input, 3, 2, 1, count_include_pad=False)),
        average_disjoint=((1, 2, 9, 8), lambda input: F.avg_pool2d(input, 4, 4)),
        adaptive=((1, 3, 7, 5), lambda input: F.adaptive_avg_pool2d(input, (3, 2))),
        adaptive_up=((1, 2, 2, 3), lambda input: F.adaptive_avg_pool2d(input, (3, 6))),
        whole=((2, 5, 4, 3), lambda input: F.adaptive_avg_pool2d(input, 1)),
    )
    tensors = {}
    for seed, (name, (shape, operation)) in enumerate(cases.items()):
        generator = torch.Generator().manual_seed(seed)
        record(tensors, name, operation, dict(input=random(generator, *shape)), generator, channels_last)
    save(tensors, "pooling.safetensors")


convolutions()
resizes()
poolings()
