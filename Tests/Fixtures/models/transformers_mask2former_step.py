"""One supervised step of transformers' own Mask2Former on the CPU: what `causeway bench step` is compared with.

    python transformers_mask2former_step.py --variant t --crop 512 --batch 1 --threads 2 --steps 5
    causeway bench step --config SETTING --batch 1 --steps 5      # the same of ours: model mask2former-swin-t, crop 512

Prints one JSON line: median seconds of a step and of its parts, and the most memory that was resident.

Needs torch, transformers, scipy and numpy. Network, losses and matching are those of transformers, with random weights:
Swin of the size, 100 queries (200 for `l`), 8 classes, deep supervision, 12544 points. A step is forward, backward,
clipping to a norm of 0.01 and AdamW with two learning rates and no decay of norms and embeddings, as in Mask2Former's
recipe. The images show as many random ellipses as those of the benchmark of ours.
"""

import argparse
import json
import resource
import statistics
import time

import torch
from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig

VARIANTS = {
    "t": (96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 100),
    "s": (96, [2, 2, 18, 2], [3, 6, 12, 24], 7, 100),
    "b": (128, [2, 2, 18, 2], [4, 8, 16, 32], 12, 100),
    "l": (192, [2, 2, 18, 2], [6, 12, 24, 48], 12, 200),
}
CLASSES = 8


def network(variant):
    width, depths, heads, window, queries = VARIANTS[variant]
    backbone = SwinConfig(
        image_size=224 if window == 7 else 384, embed_dim=width, depths=depths, num_heads=heads, window_size=window,
        drop_path_rate=0.3, out_features=["stage1", "stage2", "stage3", "stage4"])
    return Mask2FormerForUniversalSegmentation(Mask2FormerConfig(
        backbone_config=backbone, num_queries=queries, num_labels=CLASSES,
        id2label={index: str(index) for index in range(CLASSES)}))


def random_objects(batch, count, side):
    """Ellipses anywhere in the image, their sides from a sixteenth of its own to a half, and their classes."""
    pixels = torch.arange(side) + 0.5
    masks, classes = [], []
    for _ in range(batch):
        size = side * (0.0625 + 0.4375 * torch.rand(count, 2))
        centre, half = torch.rand(count, 2) * (side - size) + size / 2, size / 2
        x = ((pixels - centre[:, 0:1]) / half[:, 0:1]) ** 2
        y = ((pixels - centre[:, 1:2]) / half[:, 1:2]) ** 2
        masks.append((x[:, None] + y[:, :, None] <= 1).float())
        classes.append(torch.randint(0, CLASSES, (count,)))
    return masks, classes


def parameter_groups(model):
    still = ("norm", "embed", "relative_position_bias", "queries")
    groups = {}
    for name, parameter in model.named_parameters():
        scale = 0.1 if "pixel_level_module.encoder" in name else 1
        decay = 0 if any(word in name for word in still) else 0.05
        groups.setdefault((scale, decay), []).append(parameter)
    return [dict(params=params, lr=1e-4 * scale, weight_decay=decay) for (scale, decay), params in groups.items()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--variant", default="t", choices=VARIANTS)
    parser.add_argument("--crop", type=int, default=512)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--objects", type=int, default=12, help="objects of an image")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = network(options.variant).train()
    optimizer = torch.optim.AdamW(parameter_groups(model))
    images = torch.randn(options.batch, 3, options.crop, options.crop)
    masks, classes = random_objects(options.batch, options.objects, options.crop)

    def step():
        times = [time.perf_counter()]
        loss = model(pixel_values=images, mask_labels=masks, class_labels=classes).loss
        times.append(time.perf_counter())
        loss.backward()
        times.append(time.perf_counter())
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        times.append(time.perf_counter())
        assert torch.isfinite(loss)
        return [b - a for a, b in zip(times, times[1:])] + [times[-1] - times[0]]

    rows = [step() for _ in range(options.warmup + options.steps)][options.warmup:]
    medians = [round(statistics.median(column), 3) for column in zip(*rows)]
    print(json.dumps({
        "peer": "pytorch " + torch.__version__, **vars(options),
        "parameters": sum(p.numel() for p in model.parameters()), "step_s": medians[-1],
        "step_s_min": round(min(row[-1] for row in rows), 3),
        **dict(zip(["forward_s", "backward_s", "update_s"], medians)),
        "peak_rss_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 3)}))


if __name__ == "__main__":
    main()
