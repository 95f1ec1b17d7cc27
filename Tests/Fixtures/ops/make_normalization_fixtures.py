"""Writes the reference values of activations, normalisation, softmax, attention and cross-entropy, computed by
PyTorch 2.13 in double precision.

    python make_normalization_fixtures.py    # beside this file: activation, normalization, attention and
                                             # cross_entropy .safetensors

Each case NAME holds NAME.output, .upstream and, for every differentiable input X, .X and .X_gradient, all in our layout
(channels last).
"""

import torch
import torch.nn.functional as F

from recording import random, record, save

torch.set_num_threads(1)


def activations():
    generator, tensors = torch.Generator().manual_seed(11), {}
    wide = torch.cat([random(generator, 61) * 4, torch.tensor([0.0, -0.0, -9.5, 9.5, -30, 30], dtype=torch.float64)])
    for name, operation in {"gelu": F.gelu, "relu": F.relu, "sigmoid": torch.sigmoid}.items():
        record(tensors, name, lambda input: operation(input), {"input": wide}, generator)
    for columns in (1, 19, 150):
        rows = random(generator, 3, 5, columns) * 10
        record(tensors, f"softmax_{columns}", lambda input: F.softmax(input, -1), {"input": rows}, generator)
        record(tensors, f"log_softmax_{columns}", lambda input: F.log_softmax(input, -1), {"input": rows}, generator)
    save(tensors, "activation.safetensors")


def layer_norm(input, weight, bias):
    return F.layer_norm(input, input.shape[-1:], weight, bias, 1e-6)


def batch_norm(statistics=None, relu=False):
    """`[B, H, W, C]`, with the batch's own statistics where none are given."""

    def operation(input, weight, bias):
        mean, variance = statistics if statistics else (None, None)
        maps = input.movedim(-1, 1)
        output = F.batch_norm(maps, mean, variance, weight, bias, statistics is None, 0.1, 1e-5).movedim(1, -1)
        return F.relu(output) if relu else output

    return operation


def normalizations():
    generator, tensors = torch.Generator().manual_seed(12), {}
    for name, shape, shift in [("tokens", (2, 7, 32), 0), ("odd", (3, 1, 37), 5), ("three_channels", (4, 3), 0)]:
        inputs = {"input": random(generator, *shape) + shift, "weight": random(generator, shape[-1]) + 1.5}
        record(tensors, f"layer_norm_{name}", layer_norm, inputs | {"bias": random(generator, shape[-1])}, generator)
    for channels in (5, 33):
        inputs = {"input": random(generator, 2, 3, 5, channels) + 2, "weight": random(generator, channels)}
        inputs["bias"] = random(generator, channels)
        record(tensors, f"batch_norm_{channels}", batch_norm(), inputs, generator)
        record(tensors, f"batch_norm_relu_{channels}", batch_norm(relu=True), inputs, generator)
        running = (random(generator, channels), random(generator, channels) + 1.5)
        record(tensors, f"batch_norm_running_{channels}", batch_norm(running, True), inputs, generator)
        for key, value in zip(("mean", "variance"), running):
            tensors[f"batch_norm_running_{channels}.{key}"] = value.float()
        # What one training step makes of running statistics 0 and 1.
        module = torch.nn.BatchNorm2d(channels).double()
        module(inputs["input"].movedim(-1, 1))
        tensors[f"batch_norm_{channels}.updated_mean"] = module.running_mean.float()
        tensors[f"batch_norm_{channels}.updated_variance"] = module.running_var.float()
    save(tensors, "normalization.safetensors")


def attention(heads):
    """`[B, N, C]` with keys and values side by side in `[B, M, 2 C]`."""

    def operation(queries, keysAndValues):
        def split(x):
            return x.unflatten(-1, (heads, -1)).transpose(1, 2)

        keys, values = keysAndValues.chunk(2, -1)
        return F.scaled_dot_product_attention(split(queries), split(keys), split(values)).transpose(1, 2).flatten(2)

    return operation


def attentions():
    # name: (B, N, M, C, heads)
    cases = {
        "one_head": (1, 9, 5, 8, 1),
        "several_heads": (2, 7, 11, 15, 5),
        "one_key": (1, 4, 1, 6, 2),
        "many_queries": (1, 150, 3, 4, 2),
    }
    generator, tensors = torch.Generator().manual_seed(13), {}
    for name, (batch, queries, keys, channels, heads) in cases.items():
        inputs = {
            "queries": random(generator, batch, queries, channels) * 3,
            "keysAndValues": random(generator, batch, keys, 2 * channels) * 3,
        }
        record(tensors, name, attention(heads), inputs, generator)
    save(tensors, "attention.safetensors")


def cross_entropies():
    # name: (logits B h w C), (label H W)
    cases = {
        "plain": ((2, 3, 5, 19), (3, 5)),
        "two_classes": ((1, 4, 3, 2), (4, 3)),
        "upsampled": ((2, 5, 4, 19), (20, 16)),
        "upsampled_many_rows": ((1, 11, 3, 4), (75, 7)),
        "downsampled": ((1, 9, 8, 3), (4, 5)),
    }
    generator, tensors = torch.Generator().manual_seed(14), {}
    for name, (shape, size) in cases.items():
        classes = shape[-1]
        labels = torch.randint(0, classes, (shape[0], *size), generator=generator)
        labels[torch.rand(labels.shape, generator=generator) < 0.2] = 255
        weights = (random(generator, *labels.shape) + 1).float()
        class_weights = (random(generator, classes) + 1.5).float()

        def loss(input):
            maps = F.interpolate(input.movedim(-1, 1), size, mode="bilinear", align_corners=False)
            each = F.cross_entropy(maps, labels, class_weights.double(), ignore_index=255, reduction="none")
            return (each * weights).sum()

        record(tensors, name, loss, {"input": random(generator, *shape) * 5}, generator)
        tensors |= {
            f"{name}.labels": labels.int(),
            f"{name}.weights": weights,
            f"{name}.class_weights": class_weights,
        }
    save(tensors, "cross_entropy.safetensors")


activations()
normalizations()
attentions()
cross_entropies()
