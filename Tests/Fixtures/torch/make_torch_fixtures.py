#!/usr/bin/env python3
"""Writes files of torch.save beside itself, and what is in them as safetensors.

    kinds.pth, kinds_legacy.pth     every element type, views, shared storages, wrappers, and data beside the tensors
    kinds.safetensors               the tensors of both, dense, under the names the reader gives them
    module.pth                      a whole pickled module, which is no dictionary of tensors
    function.pth                    a tensor made by a function that is not known
    hostile.pth                     a call of os.system beside a tensor
    script.pt                       a TorchScript program
    mit_original.pth                a student, its teacher and a frozen copy as DAFormer saves them
    mit_mmseg.pth                   the same encoder under the names of mmsegmentation, with the meta data of mmengine
                                    element i of tensor k of the encoder is ((7 i + 11 k) mod 61 - 30) / 8

Made with torch 2.13.0+cpu, numpy 2.4.6.
Needs: pip install "torch==2.13.0+cpu" numpy safetensors
"""
import argparse
import collections
import datetime
import pathlib
import pickle
import zipfile

import numpy
import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent
CHANNELS, DEPTHS, REDUCTIONS = [8, 16, 24, 32], [1, 1, 2, 1], [8, 4, 2, 1]


def kinds():
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 8 - 1
    return collections.OrderedDict(
        single=base,
        transposed=base.transpose(0, 2),
        strided=base[:, ::2, 1:],
        expanded=torch.tensor([[1.5], [-2.0]]).expand(2, 3),
        shared_head=base[0],
        parameter=torch.nn.Parameter(torch.tensor([0.5, -0.25])),
        scalar=torch.tensor(3.25),
        empty=torch.zeros(0, 4),
        half=torch.tensor([[0.5, -65504.0]], dtype=torch.float16),
        brain=torch.tensor([1.0, -3.0e38], dtype=torch.bfloat16),
        double=torch.tensor([0.1, 1e-3], dtype=torch.float64),
        num_batches_tracked=torch.tensor(40_000),
        int32=torch.tensor([-7, 2**31 - 1], dtype=torch.int32),
        int16=torch.tensor([-7, 300], dtype=torch.int16),
        int8=torch.tensor([-7, 127], dtype=torch.int8),
        uint8=torch.tensor([0, 255], dtype=torch.uint8),
        truth=torch.tensor([True, False, True]),
    )


def write_kinds():
    tensors = kinds()
    tensors._metadata = {"": {"version": 1}}
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))], lr=0.1)
    document = {
        "state_dict": tensors,
        "epoch": 3, "score": 0.5, "best": None, "big": 1 << 80,
        "args": argparse.Namespace(lr=1e-4, names=["a", "b"]),
        "meta": {"time": datetime.datetime(2024, 1, 2), "mean": numpy.float64(0.5), "array": numpy.arange(3),
                 "path": pathlib.PurePosixPath("a/b"), "classes": ("road", "sky"), "set": {1, 2}, "device": torch.device("cpu"),
                 "dtype": torch.float32, "method": collections.OrderedDict.fromkeys},
        "optimizer": optimizer.state_dict(),
        "list": [torch.tensor([7.0])],
    }
    torch.save(document, FOLDER / "kinds.pth")
    torch.save(document, FOLDER / "kinds_legacy.pth", _use_new_zipfile_serialization=False)
    dense = {f"state_dict.{name}": value.detach().clone().contiguous() for name, value in tensors.items()}
    dense["list.0"] = torch.tensor([7.0])
    save_file(dense, FOLDER / "kinds.safetensors")


class Call:
    def __init__(self, function, arguments):
        self.pair = function, arguments

    def __reduce__(self):
        return self.pair


def unknown_function(tensor):
    return tensor


def write_refused():
    torch.save(torch.nn.Linear(2, 1), FOLDER / "module.pth")
    torch.save({"weight": Call(unknown_function, (torch.ones(2),))}, FOLDER / "function.pth")
    import os
    torch.save({"weight": torch.ones(2), "x": Call(os.system, ("true",))}, FOLDER / "hostile.pth")
    torch.jit.script(torch.nn.Linear(2, 1)).save(FOLDER / "script.pt")


def encoder():
    """Names of the SegFormer release, values by a rule, in half precision, which holds them."""
    tensors = collections.OrderedDict()

    def add(name, *shape):
        elements = torch.arange(torch.Size(shape).numel()).reshape(shape)
        tensors[name] = (((7 * elements + 11 * len(tensors)) % 61 - 30) / 8).half()

    def both(name, outputs, *inputs):
        add(f"{name}.weight", outputs, *inputs)
        add(f"{name}.bias", outputs)

    inputs = 3
    for stage, (channels, depth, reduction) in enumerate(zip(CHANNELS, DEPTHS, REDUCTIONS), 1):
        kernel = 7 if stage == 1 else 3
        both(f"patch_embed{stage}.proj", channels, inputs, kernel, kernel)
        both(f"patch_embed{stage}.norm", channels)
        for block in range(depth):
            here = f"block{stage}.{block}"
            both(f"{here}.norm1", channels)
            both(f"{here}.attn.q", channels, channels)
            both(f"{here}.attn.kv", 2 * channels, channels)
            if reduction > 1:
                both(f"{here}.attn.sr", channels, channels, reduction, reduction)
                both(f"{here}.attn.norm", channels)
            both(f"{here}.attn.proj", channels, channels)
            both(f"{here}.norm2", channels)
            both(f"{here}.mlp.fc1", 4 * channels, channels)
            both(f"{here}.mlp.dwconv.dwconv", 4 * channels, 1, 3, 3)
            both(f"{here}.mlp.fc2", channels, 4 * channels)
        both(f"norm{stage}", channels)
        inputs = channels
    return tensors


def in_mmseg(tensors):
    """The names of mmsegmentation's MixVisionTransformer: queries, keys and values are one tensor, linear layers of the
    feed-forward net are convolutions of one pixel (mmseg/models/backbones/mit.py, tools/model_converters/mit2mmseg.py)."""
    result = collections.OrderedDict()
    for name, value in tensors.items():
        parts = name.split(".")
        stage = int(parts[0][-1]) - 1
        if parts[0].startswith("patch_embed"):
            module = {"proj": "projection", "norm": "norm"}[parts[1]]
            result[f"layers.{stage}.0.{module}.{parts[2]}"] = value
        elif parts[0].startswith("norm"):
            result[f"layers.{stage}.2.{parts[1]}"] = value
        else:
            here, inner, kind = f"layers.{stage}.1.{parts[1]}", ".".join(parts[2:-1]), parts[-1]
            if inner == "attn.q":
                pair = tensors[name.replace("attn.q", "attn.kv")]
                result[f"{here}.attn.attn.in_proj_{kind}"] = torch.cat([value, pair])
            elif inner == "attn.proj":
                result[f"{here}.attn.attn.out_proj.{kind}"] = value
            elif inner in ("mlp.fc1", "mlp.fc2"):
                layer = {"mlp.fc1": 0, "mlp.fc2": 4}[inner]
                result[f"{here}.ffn.layers.{layer}.{kind}"] = value[:, :, None, None] if kind == "weight" else value
            elif inner == "mlp.dwconv.dwconv":
                result[f"{here}.ffn.layers.1.{kind}"] = value
            elif inner != "attn.kv":
                result[f"{here}.{inner}.{kind}"] = value
    return result


def pack(path):
    """The same zip file with its records deflated, as other programs write it: a few KB less."""
    with zipfile.ZipFile(path) as archive:
        records = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in records:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def write_encoders():
    tensors = encoder()
    state = collections.OrderedDict((f"model.backbone.{name}", value) for name, value in tensors.items())
    for copy, shift in [("ema_model", 1), ("imnet_model", 2)]:
        for name in ["patch_embed1.proj.weight", "norm4.bias"]:
            state[f"{copy}.backbone.{name}"] = tensors[name] + shift
    torch.save({"meta": {"iter": 40_000}, "state_dict": state}, FOLDER / "mit_original.pth")
    mmseg = collections.OrderedDict((f"backbone.{name}", value) for name, value in in_mmseg(tensors).items())
    torch.save({"meta": {"cfg": "model = dict()", "seed": numpy.int64(3)}, "state_dict": mmseg,
                "message_hub": {"runtime_info": argparse.Namespace(iter=40_000)}}, FOLDER / "mit_mmseg.pth")
    for name in ["mit_original.pth", "mit_mmseg.pth"]:
        pack(FOLDER / name)


if __name__ == "__main__":
    write_kinds()
    write_refused()
    write_encoders()
