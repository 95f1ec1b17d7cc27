#!/usr/bin/env python3
"""Writes the reference values of the model tests.

mit_tiny.safetensors: the MiT encoder of Hugging Face transformers at a tiny size that takes every path of the code
    (several heads, key/value reduction 8, 4, 2, 1, a stage of two blocks, sizes that are no multiple of 32): weights
    under the names `save_pretrained` gives them, `pixels`, `stage1`...`stage4`, `upstream.<stage>`, and
    `grad.<weight>` and `grad.pixels` of sum(stage * upstream).
daformer_tiny.safetensors: the DAFormer head of daformer_head.py, with mmseg's names: weights, `input1`...`input4`, `logits.eval`, and for training mode without drop-out
    `logits.train`, the moved running statistics `after.<buffer>`, `upstream.logits`, `grad.<weight>`,
    `grad.input1`...`grad.input4`.
segformer_tiny.safetensors: SegFormer with its own head as transformers has it, under the names `save_pretrained` gives:
    weights, `pixels`, `logits` with running statistics, `upstream.logits`, and `grad.<weight>` of the head.

Needs: pip install "torch==2.13.0+cpu" transformers numpy safetensors. Layer normalisation in transformers 5.23 uses
nn.LayerNorm's default eps of 1e-5 everywhere; `config.layer_norm_eps` is not read by the encoder.
"""
import pathlib
import tempfile

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import SegformerConfig, SegformerForSemanticSegmentation, SegformerModel

from daformer_head import DAFormerHead

HERE = pathlib.Path(__file__).parent
DIMS = [8, 16, 24, 32]
torch.set_num_threads(1)


def scrambled(module):
    """Moves every weight away from its first value, so that no bias is zero and no scale is one."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module


def saved_names(model):
    """Maps the names in memory to the names that save_pretrained writes, by the values."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        files = load_file(pathlib.Path(folder) / "model.safetensors")
    names = {}
    for name, parameter in model.named_parameters():
        (names[name],) = [k for k, v in files.items() if v.shape == parameter.shape and torch.equal(v, parameter)]
    return names


def encoder():
    torch.manual_seed(1)
    config = SegformerConfig(
        hidden_sizes=DIMS, depths=[1, 1, 2, 1], num_attention_heads=[1, 2, 3, 4], drop_path_rate=0.0)
    model = scrambled(SegformerModel(config)).eval()
    pixels = torch.randn(2, 3, 40, 72, requires_grad=True)
    stages = model(pixels, output_hidden_states=True).hidden_states[-4:]
    out = {"pixels": pixels}
    objective = 0
    for index, stage in enumerate(stages, 1):
        upstream = torch.randn_like(stage)
        out[f"stage{index}"], out[f"upstream.stage{index}"] = stage, upstream
        objective = objective + (stage * upstream).sum()
    objective.backward()
    out["grad.pixels"] = pixels.grad
    names = saved_names(model)
    for name, parameter in model.named_parameters():
        out[names[name]], out["grad." + names[name]] = parameter, parameter.grad
    write("mit_tiny", out)


def collect_statistics(model, maps):
    """Gives the batch norms running statistics near those of `maps`, so that ReLU passes about half."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.momentum = 1.0
        model.train()(maps)
        for norm in norms:
            norm.momentum = 0.1
            norm.running_mean.mul_(torch.empty_like(norm.running_mean).uniform_(0.8, 1.2))
            norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.8, 1.2))


def head():
    torch.manual_seed(2)
    model = scrambled(DAFormerHead(DIMS, embedding=6, width=10, classes=5))
    # Stage sizes of a 40x72 image.
    sizes = [(10, 18), (5, 9), (3, 5), (2, 3)]
    maps = [torch.randn(2, d, *s, requires_grad=True) for d, s in zip(DIMS, sizes)]
    collect_statistics(model, maps)
    out = {f"decode_head.{name}": value.clone() for name, value in model.state_dict().items()}
    out["logits.eval"] = model.eval()(maps)
    logits = model.train()(maps)
    upstream = torch.randn_like(logits)
    (logits * upstream).sum().backward()
    out["logits.train"], out["upstream.logits"] = logits, upstream
    for index, x in enumerate(maps, 1):
        out[f"input{index}"], out[f"grad.input{index}"] = x, x.grad
    for name, parameter in model.named_parameters():
        out[f"grad.decode_head.{name}"] = parameter.grad
    for name, buffer in model.named_buffers():
        out[f"after.decode_head.{name}"] = buffer
    write("daformer_tiny", out)


def segformer():
    torch.manual_seed(3)
    config = SegformerConfig(
        hidden_sizes=DIMS, depths=[1, 1, 2, 1], num_attention_heads=[1, 2, 3, 4], drop_path_rate=0.0,
        decoder_hidden_size=12, num_labels=5)
    model = scrambled(SegformerForSemanticSegmentation(config)).eval()
    pixels = torch.randn(2, 3, 40, 72)
    norm = model.decode_head.batch_norm
    norm.momentum = 1.0
    with torch.no_grad():
        norm.train()
        model(pixels)
        norm.eval()
        norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.8, 1.2))
    logits = model(pixels).logits
    upstream = torch.randn_like(logits)
    (logits * upstream).sum().backward()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        out = load_file(pathlib.Path(folder) / "model.safetensors")
    names = {id(p): n for n, p in model.named_parameters()}
    for parameter in model.decode_head.parameters():
        stored = [k for k, v in out.items() if v.shape == parameter.shape and torch.equal(v, parameter)]
        assert len(stored) == 1, names[id(parameter)]
        out[f"grad.{stored[0]}"] = parameter.grad
    out |= {"pixels": pixels, "logits": logits, "upstream.logits": upstream}
    write("segformer_tiny", out)


def write(name, tensors):
    save_file({k: v.detach().contiguous() for k, v in tensors.items() if v.is_floating_point()}, HERE / f"{name}.safetensors")
    (HERE / f"{name}.safetensors").chmod(0o644)


if __name__ == "__main__":
    encoder()
    head()
    segformer()
