"""One step of panoptic self-training (LIDAPS) in eager PyTorch on the CPU: what `causeway bench step` is compared with.

    python pytorch_panoptic_step.py --variant b5 --crop 512 --batch 2 --threads 2 --steps 3

Prints one JSON line: median seconds of a step and of its parts, and the most memory that was resident.

Needs torch, transformers and numpy, and no operation of torchvision. The encoder is that of transformers; DAFormer head,
feature pyramid, proposals and heads of regions are plain PyTorch. Numbers are those of the published setting: head of
768 channels, 256 of the anchors and 512 of the proposals an image, the pixel-text loss on all pixels. RoIAlign is
`grid_sample` with 2 x 2 samples a bin, one call for each map; suppression is a loop of numpy over a matrix of overlaps.

A step: source pass with all losses; the teacher's pass over the target with its classes and its objects; the mixed
pass with classes and text; the pass over the image with pasted objects (the teacher's best, whatever their scores: its
weights are random); AdamW; the teacher's average. The number of regions with an object follows from random weights and
`--objects`, and is printed.
"""

import argparse
import copy
import json
import math
import resource
import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import SegformerConfig, SegformerModel

VARIANTS = {
    "b0": ([32, 64, 160, 256], [2, 2, 2, 2]),
    "b1": ([64, 128, 320, 512], [2, 2, 2, 2]),
    "b2": ([64, 128, 320, 512], [3, 4, 6, 3]),
    "b3": ([64, 128, 320, 512], [3, 4, 18, 3]),
    "b4": ([64, 128, 320, 512], [3, 8, 27, 3]),
    "b5": ([64, 128, 320, 512], [3, 6, 40, 3]),
}
STRIDES = (4, 8, 16, 32, 64)
CLASSES, THINGS, CHANNELS = 19, 8, 256


# The network


def conv_bn(inputs, outputs, kernel, dilation=1, groups=1):
    padding = dilation * (kernel // 2)
    conv = nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class SemanticHead(nn.Module):
    def __init__(self, dims, width, embedded=256):
        super().__init__()
        self.embed = nn.ModuleList(nn.Linear(d, embedded) for d in dims)
        c = 4 * embedded
        self.branches = nn.ModuleList(
            [conv_bn(c, width, 1)]
            + [nn.Sequential(conv_bn(c, c, 3, d, c), conv_bn(c, width, 1)) for d in (6, 12, 18)])
        self.bottleneck = conv_bn(4 * width, width, 3)
        self.dropout = nn.Dropout2d(0.1)
        self.classify = nn.Conv2d(width, CLASSES, 1)

    def forward(self, maps):
        size = maps[0].shape[-2:]
        ups = []
        for x, embed in zip(maps, self.embed):
            y = embed(x.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(x.shape[0], -1, *x.shape[-2:])
            ups.append(F.interpolate(y, size, mode="bilinear", align_corners=False) if y.shape[-2:] != size else y)
        y = torch.cat(ups, 1)
        fused = self.bottleneck(torch.cat([branch(y) for branch in self.branches], 1))
        return self.classify(self.dropout(fused)), fused


class ObjectHeads(nn.Module):
    """Feature pyramid, proposals, boxes and masks of Mask R-CNN."""

    def __init__(self, dims):
        super().__init__()
        c = CHANNELS
        self.lateral = nn.ModuleList(nn.Conv2d(d, c, 1) for d in dims)
        self.output = nn.ModuleList(nn.Conv2d(c, c, 3, padding=1) for _ in dims)
        self.rpn = nn.Conv2d(c, c, 3, padding=1)
        self.rpn_scores, self.rpn_deltas = nn.Conv2d(c, 3, 1), nn.Conv2d(c, 12, 1)
        self.fcs = nn.Sequential(nn.Linear(c * 49, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU())
        self.classes, self.deltas = nn.Linear(1024, THINGS + 1), nn.Linear(1024, 4 * THINGS)
        self.mask_convs = nn.Sequential(
            *[layer for _ in range(4) for layer in (nn.Conv2d(c, c, 3, padding=1), nn.ReLU(inplace=True))],
            nn.ConvTranspose2d(c, c, 2, stride=2), nn.ReLU(inplace=True), nn.Conv2d(c, THINGS, 1))
        for layer in (self.rpn, self.rpn_scores, self.rpn_deltas, self.classes):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.deltas.weight, std=0.001)

    def pyramid(self, maps):
        tops = [lateral(x) for lateral, x in zip(self.lateral, maps)]
        for i in range(len(tops) - 1, 0, -1):
            tops[i - 1] = tops[i - 1] + F.interpolate(tops[i], tops[i - 1].shape[-2:], mode="nearest")
        outputs = [conv(x) for conv, x in zip(self.output, tops)]
        return outputs + [F.max_pool2d(outputs[-1], 1, 2)]

    def proposal_maps(self, pyramid):
        scores, deltas = [], []
        for x in pyramid:
            y = F.relu(self.rpn(x))
            scores.append(self.rpn_scores(y).permute(0, 2, 3, 1).flatten(1))
            deltas.append(self.rpn_deltas(y).permute(0, 2, 3, 1).reshape(x.shape[0], -1, 4))
        return scores, deltas

    def boxes(self, pyramid, regions):
        y = self.fcs(align(pyramid, regions, 7).flatten(1))
        return self.classes(y), self.deltas(y)

    def masks(self, pyramid, regions):
        return self.mask_convs(align(pyramid, regions, 14))


class Panoptic(nn.Module):
    def __init__(self, variant, width):
        super().__init__()
        dims, depths = VARIANTS[variant]
        self.encoder = SegformerModel(SegformerConfig(hidden_sizes=dims, depths=depths))
        self.semantic = SemanticHead(dims, width)
        self.objects = ObjectHeads(dims)

    def maps(self, x):
        return list(self.encoder(x, output_hidden_states=True).hidden_states[-4:])


# Boxes


def align(pyramid, regions, size):
    """RoIAlign with 2 x 2 samples a bin; `regions`: boxes [n, 4] of each image."""
    images = torch.cat([torch.full((len(boxes),), i) for i, boxes in enumerate(regions)])
    boxes = torch.cat(regions)
    sides = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0)
    levels = torch.log2(sides.prod(1).sqrt() / 56 + 1e-6).floor().clamp(0, 3).long()
    steps = (torch.arange(2 * size) + 0.5) / (2 * size)
    parts, places = [], []
    for level in range(4):
        for image in range(len(regions)):
            picked = ((levels == level) & (images == image)).nonzero()[:, 0]
            if len(picked) == 0:
                continue
            x = pyramid[level][image:image + 1]
            h, w = x.shape[-2:]
            b = boxes[picked]
            ys = (b[:, 1:2] + (b[:, 3:] - b[:, 1:2]) * steps) / (STRIDES[level] * h) * 2 - 1
            xs = (b[:, 0:1] + (b[:, 2:3] - b[:, 0:1]) * steps) / (STRIDES[level] * w) * 2 - 1
            grid = torch.stack([xs[:, None].expand(-1, 2 * size, -1), ys[:, :, None].expand(-1, -1, 2 * size)], -1)
            y = F.grid_sample(x, grid.reshape(1, -1, 2 * size, 2), align_corners=False, padding_mode="border")
            y = F.avg_pool2d(y, 2).reshape(x.shape[1], len(picked), size, size).transpose(0, 1)
            parts.append(y)
            places.append(picked)
    if not parts:
        return pyramid[0].new_zeros(0, pyramid[0].shape[1], size, size)
    return torch.cat(parts)[torch.argsort(torch.cat(places))]


def anchors(pyramid):
    result = []
    for x, stride in zip(pyramid, STRIDES):
        ratios = torch.tensor([0.5, 1.0, 2.0]).sqrt()
        half = torch.stack([8 * stride / ratios, 8 * stride * ratios], 1) / 2
        ys, xs = torch.meshgrid(
            torch.arange(x.shape[-2]) * stride, torch.arange(x.shape[-1]) * stride, indexing="ij")
        centres = torch.stack([xs, ys], -1).reshape(-1, 1, 2).float()
        result.append(torch.cat([centres - half, centres + half], -1).reshape(-1, 4))
    return result


def overlaps(a, b):
    low, high = torch.maximum(a[:, None, :2], b[None, :, :2]), torch.minimum(a[:, None, 2:], b[None, :, 2:])
    common = (high - low).clamp(min=0).prod(-1)
    areas = [(x[:, 2:] - x[:, :2]).prod(1) for x in (a, b)]
    return common / (areas[0][:, None] + areas[1][None] - common).clamp(min=1e-6)


def suppress(boxes, scores, limit):
    """Indices that stay, best first."""
    order = scores.argsort(descending=True)
    close = (overlaps(boxes[order], boxes[order]) > limit).numpy()
    gone, kept = np.zeros(len(order), bool), []
    for i in range(len(order)):
        if not gone[i]:
            kept.append(i)
            gone |= close[i]
    return order[kept]


def encode(boxes, targets, deviations):
    sizes, wanted = boxes[:, 2:] - boxes[:, :2], targets[:, 2:] - targets[:, :2]
    shift = ((targets[:, :2] + targets[:, 2:]) - (boxes[:, :2] + boxes[:, 2:])) / 2 / sizes
    return torch.cat([shift, (wanted / sizes).clamp(min=1e-3).log()], 1) / torch.tensor(deviations)


def decode(boxes, deltas, deviations, side):
    deltas = deltas * torch.tensor(deviations)
    sizes, centres = boxes[:, 2:] - boxes[:, :2], (boxes[:, :2] + boxes[:, 2:]) / 2
    limit = math.log(1000 / 16)
    half = sizes * deltas[:, 2:].clamp(-limit, limit).exp() / 2
    centres = centres + deltas[:, :2] * sizes
    return torch.cat([centres - half, centres + half], 1).clamp(0, side)


RPN_DEVIATIONS, BOX_DEVIATIONS = (1.0, 1.0, 1.0, 1.0), (0.1, 0.1, 0.2, 0.2)


@torch.no_grad()
def propose(levels, scores, deltas, image, side, before=2000, after=1000):
    boxes, ranks = [], []
    for boxes_at, scores_at, deltas_at in zip(levels, scores, deltas):
        best, top = scores_at[image].topk(min(before, scores_at.shape[1]))
        decoded = decode(boxes_at[top], deltas_at[image][top], RPN_DEVIATIONS, side)
        valid = ((decoded[:, 2:] - decoded[:, :2]) > 0).all(1)
        decoded, best = decoded[valid], best[valid]
        kept = suppress(decoded, best, 0.7)
        boxes.append(decoded[kept])
        ranks.append(best[kept])
    boxes, ranks = torch.cat(boxes), torch.cat(ranks)
    return boxes[ranks.topk(min(after, len(ranks))).indices]


def sample(positive, negative, count, most):
    positive, negative = positive.nonzero()[:, 0], negative.nonzero()[:, 0]
    positive = positive[torch.randperm(len(positive))[:most]]
    return positive, negative[torch.randperm(len(negative))[:count - len(positive)]]


def object_losses(net, maps, objects, side, counts):
    """All five losses; `objects`: boxes, classes and masks of each image."""
    heads = net.objects
    pyramid = heads.pyramid(maps)
    scores, deltas = heads.proposal_maps(pyramid)
    levels = anchors(pyramid)
    every, score, delta = torch.cat(levels), torch.cat(scores, 1), torch.cat(deltas, 1)
    rpn_class = rpn_box = normaliser = 0
    regions, labels, targets, masks, positives = [], [], [], [], []
    for image, (truth, classes, bitmaps) in enumerate(objects):
        with torch.no_grad():
            overlap = overlaps(every, truth)
            best, which = overlap.max(1)
            tops = overlap.max(0).values
            low = ((overlap == tops) & (tops >= 0.3)).any(1)
            chosen, rest = sample((best >= 0.7) | low, (best < 0.3) & ~low, 256, 128)
        picked = torch.cat([chosen, rest])
        wanted = torch.zeros(len(picked))
        wanted[:len(chosen)] = 1
        rpn_class = rpn_class + F.binary_cross_entropy_with_logits(score[image][picked], wanted, reduction="sum")
        rpn_box = rpn_box + F.l1_loss(
            delta[image][chosen], encode(every[chosen], truth[which[chosen]], RPN_DEVIATIONS), reduction="sum")
        normaliser += max(len(chosen), 1) + max(len(rest), 1)
        with torch.no_grad():
            boxes = torch.cat([truth, propose(levels, scores, deltas, image, side)])
            best, which = overlaps(boxes, truth).max(1)
            chosen, rest = sample(best >= 0.5, best < 0.5, 512, 128)
            regions.append(boxes[torch.cat([chosen, rest])])
            positives.append(boxes[chosen])
            labels.append(torch.cat([classes[which[chosen]], torch.full((len(rest),), THINGS)]))
            targets.append(encode(boxes[chosen], truth[which[chosen]], BOX_DEVIATIONS))
            steps = (torch.arange(28) + 0.5) / 28
            ys = (boxes[chosen][:, 1:2] + (boxes[chosen][:, 3:] - boxes[chosen][:, 1:2]) * steps) / side * 2 - 1
            xs = (boxes[chosen][:, 0:1] + (boxes[chosen][:, 2:3] - boxes[chosen][:, 0:1]) * steps) / side * 2 - 1
            grid = torch.stack([xs[:, None].expand(-1, 28, -1), ys[:, :, None].expand(-1, -1, 28)], -1)
            masks.append((F.grid_sample(bitmaps[which[chosen]][:, None], grid, align_corners=False)[:, 0] >= 0.5).float())
    class_scores, box_deltas = heads.boxes(pyramid, regions)
    labels = torch.cat(labels)
    rows = (labels < THINGS).nonzero()[:, 0]
    class_deltas = box_deltas.reshape(-1, THINGS, 4)[rows, labels[rows]]
    logits = heads.masks(pyramid, positives)[torch.arange(len(rows)), labels[rows]]
    counts.append(len(rows))
    return (
        rpn_class / normaliser + rpn_box / normaliser + F.cross_entropy(class_scores, labels)
        + F.l1_loss(class_deltas, torch.cat(targets), reduction="sum") / len(labels)
        + F.binary_cross_entropy_with_logits(logits, torch.cat(masks)))


@torch.no_grad()
def detect(net, maps, side, most=100):
    """Boxes, classes, scores and masks of each image, by descending score."""
    heads = net.objects
    pyramid = heads.pyramid(maps)
    scores, deltas = heads.proposal_maps(pyramid)
    levels = anchors(pyramid)
    regions = [propose(levels, scores, deltas, image, side, before=1000) for image in range(len(maps[0]))]
    class_scores, box_deltas = heads.boxes(pyramid, regions)
    results, first = [], 0
    for boxes in regions:
        chances = class_scores[first:first + len(boxes)].softmax(1)
        moves = box_deltas[first:first + len(boxes)].reshape(-1, THINGS, 4)
        first += len(boxes)
        found = []
        for c in range(THINGS):
            rows = (chances[:, c] > 0.05).nonzero()[:, 0]
            decoded = decode(boxes[rows], moves[rows, c], BOX_DEVIATIONS, side)
            kept = suppress(decoded, chances[rows, c], 0.5)
            found += [(decoded[k], chances[rows[k], c], c) for k in kept]
        found.sort(key=lambda one: -one[1])
        found = found[:most]
        results.append((torch.stack([one[0] for one in found]), torch.tensor([one[2] for one in found])))
    logits = heads.masks(pyramid, [boxes for boxes, _ in results])
    first, detections = 0, []
    centres = torch.arange(side) + 0.5
    for boxes, classes in results:
        chosen = logits[first:first + len(boxes)][torch.arange(len(boxes)), classes].sigmoid()
        first += len(boxes)
        spans = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1e-3)
        ys = (centres - boxes[:, 1:2]) / spans[:, 1:] * 2 - 1
        xs = (centres - boxes[:, 0:1]) / spans[:, 0:1] * 2 - 1
        bitmaps = []
        for mask, y, x in zip(chosen, ys, xs):
            grid = torch.stack([x[None].expand(side, -1), y[:, None].expand(-1, side)], -1)
            bitmaps.append(F.grid_sample(mask[None, None], grid[None], align_corners=False)[0, 0] >= 0.5)
        detections.append((boxes, classes, torch.stack(bitmaps)))
    return detections


# The step


def pixel_loss(logits, labels, weights=None):
    logits = F.interpolate(logits, labels.shape[-2:], mode="bilinear", align_corners=False)
    loss = F.cross_entropy(logits, labels, ignore_index=255, reduction="none")
    return (loss if weights is None else loss * weights).mean()


def text_loss(fused, table, labels, form):
    size = labels.shape[-2:]
    if form == "literal":
        features = F.normalize(F.interpolate(fused, size, mode="bilinear", align_corners=True), dim=1)
        scores = torch.einsum("nc,bchw->bnhw", table, features)
    else:  # Upsampling is linear: 20 maps are upsampled, and the norm comes from four maps of inner products.
        scores = F.interpolate(
            torch.einsum("nc,bchw->bnhw", table, fused), size, mode="bilinear", align_corners=True)
        scores = scores / upsampled_norm(fused, size)[:, None]
    return F.cross_entropy(scores, torch.where(labels == 255, CLASSES, labels))


def upsampled_norm(fused, size):
    h, w = fused.shape[-2:]

    def axis(count, length):
        position = torch.arange(count) * ((length - 1) / (count - 1))
        low = position.floor().long().clamp(max=length - 2)
        return low, position - low

    (y, fy), (x, fx) = axis(size[0], h), axis(size[1], w)
    rows = [(1 - fy)[:, None], fy[:, None]]
    columns = [(1 - fx)[None], fx[None]]
    corner = [[fused[:, :, i:h - 1 + i, j:w - 1 + j] for j in (0, 1)] for i in (0, 1)]
    square = 0
    pairs = [(a, b) for a in range(4) for b in range(a, 4)]
    for a, b in pairs:
        product = (corner[a // 2][a % 2] * corner[b // 2][b % 2]).sum(1)[:, y][:, :, x]
        weight = rows[a // 2] * columns[a % 2] * rows[b // 2] * columns[b % 2]
        square = square + (1 if a == b else 2) * weight * product
    return square.clamp(min=1e-24).sqrt()


def random_objects(batch, count, side):
    """Ellipses of 24 to 160 pixels, with boxes that hold them."""
    pixels = torch.arange(side) + 0.5
    result = []
    for _ in range(batch):
        size = 24 * (160 / 24) ** torch.rand(count, 2)
        corner = torch.rand(count, 2) * (side - size)
        boxes = torch.cat([corner, corner + size], 1)
        centre, half = corner + size / 2, size / 2
        x = ((pixels - centre[:, 0:1]) / half[:, 0:1]) ** 2
        y = ((pixels - centre[:, 1:2]) / half[:, 1:2]) ** 2
        result.append((boxes, torch.randint(0, THINGS, (count,)), (x[:, None] + y[:, :, None] <= 1).float()))
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--variant", default="b5", choices=VARIANTS)
    parser.add_argument("--width", type=int, default=768, help="channels of the semantic head")
    parser.add_argument("--crop", type=int, default=512)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--objects", type=int, default=20, help="objects of a source image")
    parser.add_argument("--text", default="literal", choices=["literal", "maps", "none"], help="form of the text loss")
    parser.add_argument("--supervised", action="store_true", help="the source pass alone, and AdamW")
    parser.add_argument("--channels-last", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    side, batch = options.crop, options.batch
    student = Panoptic(options.variant, options.width).train()
    if options.channels_last:
        student = student.to(memory_format=torch.channels_last)
    teacher = None if options.supervised else copy.deepcopy(student).requires_grad_(False)
    if teacher is not None:
        teacher.semantic.dropout.eval()
    optimizer = torch.optim.AdamW(student.parameters(), lr=6e-5, weight_decay=0.01)
    table = torch.randn(CLASSES + 1, options.width)
    source, target = (torch.randn(batch, 3, side, side) for _ in range(2))
    if options.channels_last:
        source, target = (x.contiguous(memory_format=torch.channels_last) for x in (source, target))
    labels = torch.randint(0, CLASSES, (batch, side // 32, side // 32)).repeat_interleave(32, 1).repeat_interleave(32, 2)
    objects = random_objects(batch, options.objects, side)
    counts = []

    def semantic_losses(maps, labels, weights=None):
        logits, fused = student.semantic(maps)
        loss = pixel_loss(logits, labels, weights)
        return loss if options.text == "none" else loss + text_loss(fused, table, labels, options.text)

    def source_pass():
        maps = student.maps(source)
        (semantic_losses(maps, labels) + object_losses(student, maps, objects, side, counts)).backward()

    @torch.no_grad()
    def teacher_pass():
        maps = teacher.maps(target)
        logits = F.interpolate(teacher.semantic(maps)[0], (side, side), mode="bilinear", align_corners=False)
        confidence, pseudo = logits.softmax(1).max(1)
        return confidence, pseudo, detect(teacher, maps, side)

    def mixed_pass(confidence, pseudo):
        mask = labels % 2 == 0
        weight = torch.where(mask, torch.ones_like(confidence), (confidence >= 0.968).float().mean())
        mixed = torch.where(mask[:, None], source, target)
        semantic_losses(student.maps(mixed), torch.where(mask, labels, pseudo), weight).backward()

    def pasted_pass(found, most=8):
        images, truths = [], []
        for image, (truth, (_, classes, bitmaps)) in enumerate(zip(objects, found)):
            held = [k for k in range(len(bitmaps)) if bitmaps[k].any()][:most]
            pasted, pasted_classes = bitmaps[held].float(), classes[held]
            union = pasted.amax(0) > 0 if held else torch.zeros(side, side, dtype=torch.bool)
            images.append(torch.where(union, target[image], source[image]))
            rest = truth[2] * ~union
            alive = rest.flatten(1).any(1)
            bitmaps_of = torch.cat([rest[alive], pasted])
            boxes = []
            for bitmap in bitmaps_of:
                ys, xs = bitmap.nonzero(as_tuple=True)
                boxes.append(torch.stack([xs.min(), ys.min(), xs.max(), ys.max()]).float())
            truths.append((torch.stack(boxes), torch.cat([truth[1][alive], pasted_classes]), bitmaps_of))
        object_losses(student, student.maps(torch.stack(images)), truths, side, counts).backward()

    def step():
        times = [time.perf_counter()]
        source_pass()
        times.append(time.perf_counter())
        if teacher is not None:
            confidence, pseudo, found = teacher_pass()
            times.append(time.perf_counter())
            mixed_pass(confidence, pseudo)
            times.append(time.perf_counter())
            pasted_pass(found)
            times.append(time.perf_counter())
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if teacher is not None:
            with torch.no_grad():
                for average, value in zip(teacher.parameters(), student.parameters()):
                    average.mul_(0.999).add_(value, alpha=0.001)
        times.append(time.perf_counter())
        return [b - a for a, b in zip(times, times[1:])] + [times[-1] - times[0]]

    rows = [step() for _ in range(options.warmup + options.steps)][options.warmup:]
    medians = [round(statistics.median(column), 3) for column in zip(*rows)]
    parts = ["source_s", "update_s"] if options.supervised else [
        "source_s", "teacher_s", "mixed_s", "pasted_s", "update_s"]
    print(json.dumps({
        "peer": "pytorch " + torch.__version__, **vars(options),
        "parameters": sum(p.numel() for p in student.parameters()), "step_s": medians[-1],
        "step_s_min": round(min(row[-1] for row in rows), 3), **dict(zip(parts, medians)),
        "regions_with_objects": round(statistics.mean(counts), 1),
        "peak_rss_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 3)}))


if __name__ == "__main__":
    main()
