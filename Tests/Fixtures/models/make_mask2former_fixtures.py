#!/usr/bin/env python3
"""Writes `mask2former_tiny.safetensors`: the pixel decoder and the transformer decoder of transformers' Mask2Former at a
tiny size, on the maps of an image whose sides are no multiples of anything.

It holds the weights under the names of the authors' code, the encoder's maps as `map0`…`map3`, every output of
`causeway forward` under its name with `upstream.<output>`, and the gradients of the sum of their products:
`grad.map0`…, `grad.<weight>`. Values are computed in double precision.

Blocked keys jump where a mask logit crosses zero, so the script insists that none is so near that single precision could
cross it, and that there are queries with all keys blocked, which see all of them, and others.

Needs: pip install "torch==2.13.0+cpu" numpy safetensors transformers scipy
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import Mask2FormerConfig, SwinConfig
from transformers.models.mask2former import modeling_mask2former as reference

from mask2former_names import authors_tensors

HERE = pathlib.Path(__file__).parent
CHANNELS = [6, 8, 10, 12]
SIZES = [(11, 19), (6, 10), (3, 5), (2, 3)]
GROUPS = 8


class Decoders(nn.Module):
    """What stands behind the encoder, under transformers' names."""

    def __init__(self):
        super().__init__()
        config = Mask2FormerConfig(
            backbone_config=SwinConfig(), feature_size=32, mask_feature_size=32, hidden_dim=32, num_attention_heads=8,
            encoder_layers=2, encoder_feedforward_dim=20, decoder_layers=5, dim_feedforward=24, num_queries=7,
            num_labels=3)
        self.model = nn.ModuleDict({
            "pixel_level_module": nn.ModuleDict({"decoder": reference.Mask2FormerPixelDecoder(config, CHANNELS)}),
            "transformer_module": reference.Mask2FormerTransformerModule(32, config)})
        self.class_predictor = nn.Linear(32, 4)
        for module in self.modules():
            if isinstance(module, nn.GroupNorm):
                module.num_groups = GROUPS

    def forward(self, maps):
        pixels = self.model["pixel_level_module"]["decoder"](maps, output_hidden_states=False, return_dict=True)
        decoded = self.model["transformer_module"](pixels.multi_scale_features, pixels.mask_features)
        predictions = [
            (self.class_predictor(hidden.transpose(0, 1)), masks)
            for hidden, masks in zip(decoded.intermediate_hidden_states, decoded.masks_queries_logits)]
        out = {"mask_features": pixels.mask_features}
        for index, (classes, masks) in enumerate(predictions):
            prefix = "" if index == len(predictions) - 1 else f"aux{index}."
            out |= {f"{prefix}class_logits": classes, f"{prefix}mask_logits": masks}
        return out, [masks for _, masks in predictions[:-1]]


def examine(masks):
    """Nearness of mask logits to zero at the sizes of levels, and queries that see nothing."""
    nearest, blind, seeing = 1.0, 0, 0
    for index, logits in enumerate(masks):
        size = SIZES[::-1][index % 3]
        logits = nn.functional.interpolate(logits, size=size, mode="bilinear", align_corners=False).flatten(2)
        nearest = min(nearest, (logits.abs().min() / logits.abs().max()).item())
        none = (logits < 0).all(-1)
        blind, seeing = blind + int(none.sum()), seeing + int((~none & (logits < 0).any(-1)).sum())
    return nearest, blind, seeing


def main():
    torch.manual_seed(12)
    torch.set_num_threads(1)
    model = Decoders().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.6 if "embed" in name or "queries" in name else parameter.shape[1] ** -0.5)
            elif name.endswith("weight"):
                parameter.copy_(1 + 0.2 * torch.randn_like(parameter))
            else:
                # Offsets of several cells, so that points lie outside of maps too.
                parameter.copy_((2 if "sampling_offsets" in name else 0.2) * torch.randn_like(parameter))
    weights = authors_tensors({name: value.clone() for name, value in model.state_dict().items()})
    maps = [torch.randn(2, channels, *size) for channels, size in zip(CHANNELS, SIZES)]
    model.double()
    leaves = [value.double().requires_grad_() for value in maps]
    outputs, masks = model(leaves)
    nearest, blind, seeing = examine(masks)
    print(f"nearest to zero {nearest:.1e} of the largest; {blind} queries see nothing, {seeing} a part")
    assert nearest > 2e-5 and blind > 2 and seeing > 2
    upstream = {name: torch.randn_like(value) for name, value in outputs.items()}
    sum((outputs[name] * upstream[name]).sum() for name in outputs).backward()
    gradients = authors_tensors({name: value.grad for name, value in model.named_parameters()})
    out = weights | {f"map{index}": value for index, value in enumerate(maps)} | outputs
    out |= {f"upstream.{name}": value for name, value in upstream.items()}
    out |= {f"grad.{name}": value for name, value in gradients.items()}
    out |= {f"grad.map{index}": value.grad for index, value in enumerate(leaves)}
    path = HERE / "mask2former_tiny.safetensors"
    save_file({name: value.detach().float().contiguous() for name, value in out.items()}, path)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
