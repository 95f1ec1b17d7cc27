"""Names of Mask2Former's decoders in transformers as those of the authors' code, for scripts of fixtures.

Written from the authors' modules and not from ours, so that the two can be held against each other.
"""
import re

import torch

RULES = [
    (r"^model\.pixel_level_module\.decoder\.input_projections\.", "sem_seg_head.pixel_decoder.input_proj."),
    (r"^model\.pixel_level_module\.decoder\.level_embed$", "sem_seg_head.pixel_decoder.transformer.level_embed"),
    (r"^model\.pixel_level_module\.decoder\.encoder\.", "sem_seg_head.pixel_decoder.transformer.encoder."),
    (r"(pixel_decoder\..*)\.self_attn_layer_norm\.", r"\1.norm1."),
    (r"(pixel_decoder\..*)\.final_layer_norm\.", r"\1.norm2."),
    (r"(pixel_decoder\..*)\.fc([12])\.", r"\1.linear\2."),
    (r"^model\.pixel_level_module\.decoder\.(adapter|layer)_1\.0\.", r"sem_seg_head.pixel_decoder.\1_1."),
    (r"^model\.pixel_level_module\.decoder\.(adapter|layer)_1\.1\.", r"sem_seg_head.pixel_decoder.\1_1.norm."),
    (r"^model\.pixel_level_module\.decoder\.mask_projection\.", "sem_seg_head.pixel_decoder.mask_features."),
    (r"^model\.transformer_module\.", "sem_seg_head.predictor."),
    (r"\.queries_features\.", ".query_feat."),
    (r"\.queries_embedder\.", ".query_embed."),
    (r"\.decoder\.layernorm\.", ".decoder_norm."),
    (r"\.decoder\.mask_predictor\.mask_embedder\.(\d)\.0\.", r".mask_embed.layers.\1."),
    (r"\.decoder\.layers\.(\d+)\.cross_attn\.", r".transformer_cross_attention_layers.\1.multihead_attn."),
    (r"\.decoder\.layers\.(\d+)\.cross_attn_layer_norm\.", r".transformer_cross_attention_layers.\1.norm."),
    (r"\.decoder\.layers\.(\d+)\.self_attn\.", r".transformer_self_attention_layers.\1.self_attn."),
    (r"\.decoder\.layers\.(\d+)\.self_attn_layer_norm\.", r".transformer_self_attention_layers.\1.norm."),
    (r"\.decoder\.layers\.(\d+)\.fc([12])\.", r".transformer_ffn_layers.\1.linear\2."),
    (r"\.decoder\.layers\.(\d+)\.final_layer_norm\.", r".transformer_ffn_layers.\1.norm."),
    (r"^class_predictor\.", "sem_seg_head.predictor.class_embed."),
]


def authors_name(name):
    for pattern, replacement in RULES:
        name = re.sub(pattern, replacement, name)
    return name


def authors_tensors(tensors):
    """The same tensors with the authors' names; projections of self-attention lie together there."""
    out = {authors_name(name): value for name, value in tensors.items() if not name.startswith("criterion.")}
    for name in [name for name in out if name.endswith(".q_proj.weight")]:
        stem = name[: -len("q_proj.weight")]
        for kind in ("weight", "bias"):
            out[f"{stem}in_proj_{kind}"] = torch.cat([out.pop(f"{stem}{part}_proj.{kind}") for part in "qkv"])
    return out
