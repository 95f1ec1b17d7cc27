#!/usr/bin/env python3
"""Writes `mask2former_swin_tiny.safetensors`: `Mask2FormerForUniversalSegmentation` of transformers on a Swin of tiny
sizes, on an image whose sides are multiples of nothing, so that every stage is padded to whole windows.

It holds the weights under the names that `save_pretrained` writes, `pixels`, every output of `causeway forward` under its
name with `upstream.<output>`, and the gradients of the sum of their products, `grad.pixels` and `grad.<weight>`. Values
are computed in double precision.

Needs: pip install "torch==2.13.0+cpu" numpy safetensors transformers scipy (made with transformers 5.24)
"""
import pathlib
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig

HERE = pathlib.Path(__file__).parent
STAGES = ["stage1", "stage2", "stage3", "stage4"]
# Not in any file. With the published 32 every channel would be a group, whose bias cancels and has no gradient.
GROUPS = 8


def network():
    swin = SwinConfig(
        embed_dim=6, depths=[2, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=3, drop_path_rate=0.0, out_features=STAGES)
    model = Mask2FormerForUniversalSegmentation(Mask2FormerConfig(
        backbone_config=swin, feature_size=32, mask_feature_size=32, hidden_dim=32, num_attention_heads=8,
        encoder_layers=1, encoder_feedforward_dim=12, decoder_layers=5, dim_feedforward=12, num_queries=6, num_labels=4))
    for module in model.modules():
        if isinstance(module, nn.GroupNorm):
            module.num_groups = GROUPS
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "encoder.swin" in name or "hidden_states_norms" in name:
                parameter.add_(0.1 * torch.randn_like(parameter))
            elif parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.6 if "embed" in name or "queries" in name else parameter.shape[1] ** -0.5)
            elif name.endswith("weight"):
                parameter.copy_(1 + 0.2 * torch.randn_like(parameter))
            else:
                parameter.copy_((2 if "sampling_offsets" in name else 0.2) * torch.randn_like(parameter))
    return model.eval()


def saved(model):
    """The weights as a file has them, and the names there of those in memory, by their values."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        stored = load_file(pathlib.Path(folder) / "model.safetensors")
    names = {}
    for name, parameter in model.named_parameters():
        (names[name],) = [k for k, v in stored.items() if v.shape == parameter.shape and torch.equal(v, parameter)]
    return stored, names


def outputs(model, pixels):
    out = model(pixel_values=pixels, output_auxiliary_logits=True, output_hidden_states=True)
    result = {
        "class_logits": out.class_queries_logits, "mask_logits": out.masks_queries_logits,
        "mask_features": out.pixel_decoder_last_hidden_state}
    for index, auxiliary in enumerate(out.auxiliary_logits):
        result |= {f"aux{index}.class_logits": auxiliary["class_queries_logits"],
                   f"aux{index}.mask_logits": auxiliary["masks_queries_logits"]}
    return result


def nearest(model, values):
    """How near a mask logit comes to zero where it blocks a key, relative to the largest."""
    count = sum(name.endswith("mask_logits") for name in values) - 1
    sizes = [tuple(side for side in shape) for shape in model.level_sizes]
    result = 1.0
    for index in range(count):
        logits = values[f"aux{index}.mask_logits"]
        logits = nn.functional.interpolate(logits, size=sizes[index % 3], mode="bilinear", align_corners=False)
        result = min(result, (logits.abs().min() / logits.abs().max()).item())
    return result


def main(seed=1, height=51, width=70):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    model = network()
    stored, names = saved(model)
    model.double()
    model.level_sizes = [(-(-height // stride), -(-width // stride)) for stride in (32, 16, 8)]
    pixels = torch.randn(1, 3, height, width).double().requires_grad_()
    values = outputs(model, pixels)
    distance = nearest(model, values)
    print(f"seed {seed}: nearest to zero {distance:.1e} of the largest")
    if distance < 2e-5:
        return False
    upstream = {name: torch.randn_like(value) for name, value in values.items()}
    sum((values[name] * upstream[name]).sum() for name in values).backward()
    out = {name: value for name, value in stored.items() if value.is_floating_point()}
    out |= {"pixels": pixels, "grad.pixels": pixels.grad} | values
    out |= {f"upstream.{name}": value for name, value in upstream.items()}
    # What no output depends on has no gradient: the norm behind the encoder's last stage.
    out |= {f"grad.{names[name]}": value.grad for name, value in model.named_parameters() if value.grad is not None}
    path = HERE / "mask2former_swin_tiny.safetensors"
    save_file({name: value.detach().float().contiguous() for name, value in out.items()}, path)
    path.chmod(0o644)
    return True


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
