#!/usr/bin/env python3
"""Writes `mask2former_postprocessing.safetensors`: what the outputs in `mask2former_tiny.safetensors` show, as objects, as
classes of pixels and as segments, by the formulas of Mask2Former's `MaskFormer` (instance_inference, semantic_inference,
panoptic_inference) and of detectron2's `sem_seg_postprocess`.

`<case>.<image>.…` for each of two cases and two images: `scores`, `labels`, `areas`, and the sums of rows and columns of
the pixels of the 10 best pairs of a query and a class (`rows`, `columns`); `semantic` `[3, H, W]`; `segments` (a map: class, 255
for none), `segment.labels` and `segment.areas` in order of queries. In the case `whole` images of 41x73 enter as they are,
in `padded` they have 35x60 pixels and are padded to 44x76; both are brought to 50x90.

Needs: pip install "torch==2.13.0+cpu" numpy safetensors
"""
import pathlib

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import interpolate

HERE = pathlib.Path(__file__).parent
SIZE = (50, 90)
CASES = {"whole": ((41, 73), (41, 73)), "padded": ((44, 76), (35, 60))}
# So low that random weights have segments.
SCORE, SHARE, LIMIT = 0.45, 0.3, 10


def resized(masks, size):
    return interpolate(masks[None], size=size, mode="bilinear", align_corners=False)[0]


def instances(classes, masks):
    scores = classes.softmax(-1)[:, :-1]
    values, places = scores.flatten().topk(LIMIT)
    queries, labels = places // scores.shape[1], places % scores.shape[1]
    logits = masks[queries]
    inside = (logits > 0).double()
    quality = (logits.sigmoid() * inside).flatten(1).sum(1) / (inside.flatten(1).sum(1) + 1e-6)
    order = (values * quality).argsort(descending=True)
    order = order[inside.flatten(1).sum(1)[order] > 0]
    rows, columns = torch.meshgrid(torch.arange(SIZE[0]), torch.arange(SIZE[1]), indexing="ij")
    inside = inside[order]
    return {
        "scores": (values * quality)[order], "labels": labels[order], "areas": inside.flatten(1).sum(1),
        "rows": (inside * rows).flatten(1).sum(1), "columns": (inside * columns).flatten(1).sum(1)}


def segments(classes, masks):
    scores, labels = classes.softmax(-1).max(-1)
    keep = labels.ne(classes.shape[-1] - 1) & (scores > SCORE)
    scores, labels, masks = scores[keep], labels[keep], masks[keep].sigmoid()
    owner = (scores.view(-1, 1, 1) * masks).argmax(0)
    result = torch.full(masks.shape[-2:], 255)
    kept, areas = [], []
    for k in range(len(scores)):
        won, whole = (owner == k).sum().item(), (masks[k] >= 0.5).sum().item()
        mask = (owner == k) & (masks[k] >= 0.5)
        if won > 0 and whole > 0 and mask.sum() > 0 and won / whole >= SHARE:
            result[mask] = labels[k]
            kept.append(labels[k].item())
            areas.append(mask.sum().item())
    return {"segments": result, "segment.labels": torch.tensor(kept), "segment.areas": torch.tensor(areas)}


def main():
    tensors = load_file(HERE / "mask2former_tiny.safetensors")
    out = {}
    for case, (entered, content) in CASES.items():
        for image in range(2):
            classes = tensors["class_logits"][image].double()
            masks = resized(tensors["mask_logits"][image].double(), entered)[:, : content[0], : content[1]]
            full = resized(masks, SIZE)
            values = instances(classes, full) | segments(classes, full)
            values["semantic"] = torch.einsum("qc,qhw->chw", classes.softmax(-1)[:, :-1], masks.sigmoid())
            print(case, image, values["scores"].tolist()[:3], values["segment.labels"].tolist(), values["segment.areas"].tolist())
            out |= {f"{case}.{image}.{name}": value for name, value in values.items()}
    path = HERE / "mask2former_postprocessing.safetensors"
    whole = {"labels", "segments", "segment.labels", "segment.areas", "areas", "rows", "columns"}
    save_file({
        name: (value.int() if name.split(".", 2)[2] in whole else value.float()).contiguous()
        for name, value in out.items()}, path)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
