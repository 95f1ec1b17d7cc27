"""What the scripts of this folder share: random inputs, and cases with all their values and gradients."""

from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).parent


def random(generator, *shape):
    """Numbers in [-1, 1) that a float holds exactly."""
    return torch.rand(shape, generator=generator, dtype=torch.float64).float().double() * 2 - 1


def as_it_is(x):
    return x


def channels_last(x):
    return x.permute(0, 2, 3, 1) if x.ndim == 4 else x


def record(tensors, name, operation, inputs, generator, layout=as_it_is):
    """Runs `operation(**inputs)` and its gradient for a random upstream, and keeps all values: NAME.output,
    NAME.upstream, NAME.<input>, NAME.<input>_gradient, each as `layout` turns it."""
    leaves = {key: value.clone().requires_grad_() for key, value in inputs.items()}
    output = operation(**leaves)
    upstream = random(generator, *output.shape)
    output.backward(upstream)
    values = {"output": output, "upstream": upstream}
    for key, leaf in leaves.items():
        values |= {key: leaf, f"{key}_gradient": torch.zeros_like(leaf) if leaf.grad is None else leaf.grad}
    tensors |= {f"{name}.{key}": layout(value.detach()).float().contiguous() for key, value in values.items()}


def save(tensors, name):
    path = FOLDER / name
    save_file({key: value.contiguous() for key, value in tensors.items()}, path)
    path.chmod(0o644)
