#!/usr/bin/env python3
"""Writes the reference values of the Swin tests.

swin_window7.safetensors, swin_window4.safetensors: `SwinBackbone` of Hugging Face transformers at tiny sizes, computed in
    double precision, at image sizes where every stage is padded to whole windows: weights under the names that
    `save_pretrained` gives them, `pixels`, `stage1`...`stage4`, `upstream.<stage>`, and `grad.<weight>` and
    `grad.pixels` of sum(stage * upstream).
swin_names/: one encoder of two channels, as transformers 5 writes it and has it in memory, alone, in Mask2Former and
    in a classifier; the same under the names of the hub's early files of MaskFormer and Mask2Former, and of the
    authors' releases for segmentation and for classification, which transformers reads by renaming, and of
    mmsegmentation, whose merging of patches reads four cells as `torch.nn.Unfold` gives them.

mask2former_names.txt: name and shape of every tensor that transformers 5 writes for a whole Mask2Former on Swin.

Needs: pip install "torch==2.13.0+cpu" transformers numpy safetensors (made with transformers 5.24)
"""
import pathlib
import re
import tempfile

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinBackbone, SwinConfig, SwinForImageClassification,
    SwinModel)

HERE = pathlib.Path(__file__).parent
STAGES = ["stage1", "stage2", "stage3", "stage4"]
torch.set_num_threads(1)


def config(width, depths, heads, window):
    return SwinConfig(
        embed_dim=width, depths=depths, num_heads=heads, window_size=window, drop_path_rate=0.0, out_features=STAGES)


def scrambled(module):
    """Moves every weight away from its first value, so that no bias is zero and no scale is one."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module.eval()


def files(model):
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return load_file(pathlib.Path(folder) / "model.safetensors")


def saved_names(model):
    """Maps the names in memory to the names that save_pretrained writes, by the values."""
    stored = files(model)
    names = {}
    for name, parameter in model.named_parameters():
        (names[name],) = [k for k, v in stored.items() if v.shape == parameter.shape and torch.equal(v, parameter)]
    return names


def outputs(name, sizes, seed, height, width):
    torch.manual_seed(seed)
    model = scrambled(SwinBackbone(config(*sizes)))
    names = saved_names(model)
    out = {names[key]: parameter.detach().clone() for key, parameter in model.named_parameters()}
    pixels = torch.randn(2, 3, height, width)
    out["pixels"] = pixels
    model, pixels = model.double(), pixels.double().requires_grad_()
    objective = 0
    for stage, value in zip(STAGES, model(pixels).feature_maps):
        upstream = torch.randn(value.shape)
        out[stage], out[f"upstream.{stage}"] = value, upstream
        objective = objective + (value * upstream.double()).sum()
    objective.backward()
    out["grad.pixels"] = pixels.grad
    for key, parameter in model.named_parameters():
        # The norm after the last stage belongs to the classifier alone.
        if parameter.grad is not None:
            out["grad." + names[key]] = parameter.grad
    write(HERE / f"{name}.safetensors", out)


def original(tensors):
    """Names of the authors' releases; queries, keys and values are one tensor there."""
    out = {}
    for name, value in tensors.items():
        name = name.removeprefix("swin.")
        if re.search(r"self\.(query|key)\.", name):
            continue
        if "self.value." in name:
            parts = [tensors[k] for k in (
                next(k for k in tensors if k.endswith(name.replace(".value.", f".{part}."))) for part in
                ("query", "key", "value"))]
            value = torch.cat(parts)
        for old, new in [
            ("embeddings.patch_embeddings.projection", "patch_embed.proj"), ("embeddings.norm", "patch_embed.norm"),
            ("encoder.layers", "layers"), ("layernorm_before", "norm1"), ("layernorm_after", "norm2"),
            ("attention.self.value", "attn.qkv"), ("attention.self.", "attn."), ("attention.output.dense", "attn.proj"),
            ("intermediate.dense", "mlp.fc1"), ("output.dense", "mlp.fc2"), ("layernorm.", "norm."),
            ("classifier", "head")]:
            name = name.replace(old, new)
        name = re.sub(r"hidden_states_norms\.stage(\d)", lambda m: f"norm{int(m[1]) - 1}", name)
        out[name] = value
    # What PyTorch saved with it.
    out["layers.0.blocks.0.attn.relative_position_index"] = torch.zeros(9, 9, dtype=torch.int64)
    return out


def mmsegmentation(tensors):
    """Names of mmsegmentation. Its merging of patches is held against that of the original order of cells."""
    out = {}
    for name, value in tensors.items():
        if "downsample." in name:
            # Cells are those of even and odd rows in even columns, then in odd columns; unfold has channel, row, column.
            channels = value.shape[-1] // 4
            cells = value.reshape(-1, 2, 2, channels)
            unfolded = cells.permute(0, 3, 2, 1).reshape(value.shape).contiguous()
            maps = torch.randn(1, channels, 4, 6)
            rows = torch.cat([maps[:, :, r::2, c::2] for r, c in [(0, 0), (1, 0), (0, 1), (1, 1)]], 1).flatten(2)
            theirs = torch.nn.Unfold(2, stride=2)(maps)
            matrix, other = value.reshape(-1, 4 * channels), unfolded.reshape(-1, 4 * channels)
            assert torch.allclose(matrix @ rows[0], other @ theirs[0], atol=1e-5)
            value = unfolded
        for old, new in [
            (r"^layers", "stages"), (r"patch_embed\.proj\.", "patch_embed.projection."), (r"attn\.", "attn.w_msa."),
            (r"mlp\.fc1", "ffn.layers.0.0"), (r"mlp\.fc2", "ffn.layers.1")]:
            name = re.sub(old, new, name)
        out[name] = value
    return out


def copied(model, source):
    """Fills a Swin below any prefix with the weights of another, by the ends of their names."""
    with torch.no_grad():
        state = {k.removeprefix("swin."): v for k, v in source.state_dict().items()}
        for name, parameter in model.named_parameters():
            match = max((k for k in state if name.endswith(k)), key=len, default=None)
            if match is not None and state[match].shape == parameter.shape and any(word in name for word in ("encoder", "embeddings", "swin.")):
                parameter.copy_(state[match])
    return model


def names():
    torch.manual_seed(3)
    sizes = config(2, [2, 1, 1, 1], [1, 1, 1, 1], 3)
    backbone = scrambled(SwinBackbone(sizes))
    folder = HERE / "swin_names"
    folder.mkdir(exist_ok=True)
    write(folder / "backbone_saved.safetensors", files(backbone))
    write(folder / "backbone_memory.safetensors", backbone.state_dict())
    classifier = copied(SwinForImageClassification(sizes), backbone)
    write(folder / "classifier_saved.safetensors", files(classifier))
    write(folder / "classifier_memory.safetensors", classifier.state_dict())
    write(folder / "model_saved.safetensors", files(copied(SwinModel(sizes), backbone)))
    whole = copied(Mask2FormerForUniversalSegmentation(Mask2FormerConfig(
        backbone_config=sizes, feature_size=32, mask_feature_size=32, hidden_dim=32, num_attention_heads=2,
        encoder_feedforward_dim=8, dim_feedforward=8, decoder_layers=2, encoder_layers=1, num_queries=5)), backbone)

    def encoder(tensors):
        kept = ("model.pixel_level_module.encoder.", "class_predictor.")
        return {k: v for k, v in tensors.items() if k.startswith(kept)}

    write(folder / "mask2former_saved.safetensors", encoder(files(whole)))
    write(folder / "mask2former_memory.safetensors", encoder(whole.state_dict()))
    saved = files(backbone)
    write(folder / "maskformer.safetensors", {
        "model.pixel_level_module.encoder." + re.sub(
            r"norms\.stage(\d)", lambda m: f"norms.{int(m[1]) - 1}",
            k if k.startswith("hidden") else "model." + k.removeprefix("swin.")): v for k, v in saved.items()})
    segmentation = original({k: v for k, v in saved.items() if "swin.layernorm" not in k})
    write(folder / "original.safetensors", {f"backbone.{k}": v for k, v in segmentation.items()})
    mm = mmsegmentation(segmentation)
    write(folder / "mmsegmentation.safetensors", {f"backbone.{k}": v for k, v in mm.items()})
    write(folder / "original_classifier.safetensors", {f"model.{k}": v for k, v in original(files(classifier)).items()})


def whole_names():
    model = Mask2FormerForUniversalSegmentation(Mask2FormerConfig(
        backbone_config=config(4, [2, 1, 1, 1], [1, 1, 2, 2], 5), feature_size=32, mask_feature_size=32, hidden_dim=32,
        num_attention_heads=8, encoder_layers=2, encoder_feedforward_dim=20, decoder_layers=4, dim_feedforward=24,
        num_queries=7, num_labels=3))
    lines = [f"{name} {'x'.join(map(str, value.shape))}\n" for name, value in sorted(files(model).items())]
    (HERE / "swin_names/mask2former_names.txt").write_text("".join(lines))


def write(path, tensors):
    save_file({k: v.detach().float().contiguous() if v.is_floating_point() else v for k, v in tensors.items()}, path)
    path.chmod(0o644)


if __name__ == "__main__":
    # Maps of 15 x 19, 8 x 10, 4 x 5 and 2 x 3 cells.
    outputs("swin_window7", (4, [2, 2, 1, 2], [1, 2, 2, 4], 7), 1, 58, 74)
    # Maps of 11 x 19, 6 x 10, 3 x 5 and 2 x 3 cells; the windows' shift is half of an even side.
    outputs("swin_window4", (4, [2, 1, 3, 2], [2, 1, 4, 2], 4), 2, 42, 74)
    names()
    whole_names()
