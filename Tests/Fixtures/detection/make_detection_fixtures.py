#!/usr/bin/env python3
"""Values for DetectionTests: python make_detection_fixtures.py (needs torch, safetensors).

Written from the formulas of mmdetection 2.25 as its papers and documentation give them, a loop or a tensor expression
each, without its code: anchors, overlaps, max-IoU assignment with low-quality matching, box deltas, batched NMS,
proposals, multi-class NMS, RoIAlign of bitmaps (aligned, adaptive sampling), pasting by grid_sample.
"""
import math
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(3)
out = {}


def anchors(strides, sizes, scale=8.0, ratios=(0.5, 1.0, 2.0)):
    boxes = []
    for s, (h, w) in zip(strides, sizes):
        for y in range(h):
            for x in range(w):
                for r in ratios:
                    aw, ah = scale * s / math.sqrt(r), scale * s * math.sqrt(r)
                    boxes.append([x * s - aw / 2, y * s - ah / 2, x * s + aw / 2, y * s + ah / 2])
    return torch.tensor(boxes, dtype=torch.float64).float()


def iou(a, b):
    lt, rb = torch.max(a[:, None, :2], b[None, :, :2]), torch.min(a[:, None, 2:], b[None, :, 2:])
    wh = (rb - lt).clamp(min=0)
    common = wh[..., 0] * wh[..., 1]
    area = lambda t: (t[:, 2] - t[:, 0]) * (t[:, 3] - t[:, 1])
    return common / torch.clamp(area(a)[:, None] + area(b)[None] - common, min=1e-6)


def random_boxes(n, width=90.0, height=70.0, smallest=3.0, largest=40.0):
    c = torch.rand(n, 2) * torch.tensor([width, height])
    s = smallest + torch.rand(n, 2) * (largest - smallest)
    return torch.cat([c - s / 2, c + s / 2], 1)


# Anchors: an image of 100 x 75 pixels.
sizes = [(25, 19), (13, 10), (7, 5), (4, 3), (2, 2)]
strides = [4, 8, 16, 32, 64]
out["anchors"] = anchors(strides, sizes)

# Overlaps.
a, b = random_boxes(40), random_boxes(30)
b[3], b[4, 2] = a[5], b[4, 0]
out |= {"overlaps.a": a, "overlaps.b": b, "overlaps": iou(a, b)}


# Assignment: whole coordinates, so that overlaps tie; two equal objects; one of zero width; one that no box meets well.
def assign(boxes, objects, pos, neg, low):
    o = iou(objects, boxes)
    result = torch.full((len(boxes),), -2, dtype=torch.int32)
    best, owner = o.max(0)
    # The first object among equals.
    owner = (o == best[None]).int().argmax(0)
    result[best < neg] = -1
    positive = best >= pos
    result[positive] = owner[positive].int()
    for g in range(len(objects)):
        top = o[g].max()
        if top >= low:
            result[o[g] == top] = g
    return result


boxes = torch.cat([torch.randint(0, 40, (400, 2)), torch.randint(0, 20, (400, 2))], 1).float()
boxes[:, 2:] += boxes[:, :2]
boxes[100:200] = boxes[:100]
objects = torch.cat([torch.randint(0, 35, (12, 2)), torch.randint(4, 18, (12, 2))], 1).float()
objects[:, 2:] += objects[:, :2]
objects[4] = objects[3]
objects[6, 2] = objects[6, 0]
objects[7] = torch.tensor([200.0, 200, 230, 230])
objects[8] = boxes[7] if (boxes[7, 2:] > boxes[7, :2]).all() else torch.tensor([0.0, 0, 10, 10])
out |= {"assign.boxes": boxes, "assign.objects": objects, "assign.anchors": assign(boxes, objects, 0.7, 0.3, 0.3),
        "assign.proposals": assign(boxes, objects, 0.5, 0.5, 0.5)}
assert (out["assign.anchors"] == -2).any() and (out["assign.anchors"] >= 0).sum() > 12
grid = anchors(strides, sizes)
things = random_boxes(9, largest=60).round()
out |= {"assign.grid.objects": things, "assign.grid": assign(grid, things, 0.7, 0.3, 0.3)}


# Box coder.
def encode(p, g, std):
    pw, ph, gw, gh = p[:, 2] - p[:, 0], p[:, 3] - p[:, 1], g[:, 2] - g[:, 0], g[:, 3] - g[:, 1]
    px, py, gx, gy = [(t[:, i] + t[:, i + 2]) / 2 for t in (p, g) for i in (0, 1)]
    return torch.stack([(gx - px) / pw, (gy - py) / ph, torch.log(gw / pw), torch.log(gh / ph)], 1) / torch.tensor(std)


def decode(p, d, std, height, width):
    d = d * torch.tensor(std)
    size, centre = p[:, 2:] - p[:, :2], (p[:, :2] + p[:, 2:]) / 2
    limit = math.log(1000 / 16)
    side, centre = size * torch.exp(d[:, 2:].clamp(-limit, limit)), centre + size * d[:, :2]
    box = torch.cat([centre - side / 2, centre + side / 2], 1)
    edge = torch.tensor([width, height, width, height], dtype=torch.float32)
    return torch.minimum(box.clamp(min=0), edge)


ones, small = [1.0] * 4, [0.1, 0.1, 0.2, 0.2]
p, g, d = random_boxes(60), random_boxes(60), torch.randn(60, 4)
d[:4] = torch.tensor([[0, 0, 9, 9], [0, 0, -9, -9], [30, 0, 0, 0], [0, -30, 0, 0]])
out |= {"coder.boxes": p, "coder.objects": g, "coder.deltas": d}
for name, std in (("anchors", ones), ("proposals", small)):
    out[f"coder.encoded.{name}"] = encode(p, g, std)
    out[f"coder.decoded.{name}"] = decode(p, d, std, 70, 90)


# NMS: rounded scores tie; the lower index goes first.
def nms(boxes, scores, groups, threshold, limit):
    order = torch.sort(scores, descending=True, stable=True).indices.tolist()
    o, kept = iou(boxes, boxes), []
    for i in order:
        if len(kept) < limit and all(groups[i] != groups[j] or o[i, j] <= threshold for j in kept):
            kept.append(i)
    return kept


boxes, scores, groups = random_boxes(400, largest=60), (torch.rand(400) * 50).round() / 50, torch.randint(0, 3, (400,))
boxes[:399:7] = boxes[1::7]
out |= {"nms.boxes": boxes, "nms.scores": scores, "nms.groups": groups.int()}
for threshold, limit in ((0.5, 1000), (0.7, 1000), (0.5, 25)):
    out[f"nms.{threshold}.{limit}"] = torch.tensor(nms(boxes, scores, groups.tolist(), threshold, limit), dtype=torch.int32)

# Proposals of the image of 100 x 75, 40 of a level, 60 in all.
scores, deltas = torch.randn(len(grid)), torch.randn(len(grid), 4) * 0.3
found, rank, group, start = [], [], [], 0
for level, (h, w) in enumerate(sizes):
    n = h * w * 3
    top = torch.sort(scores[start:start + n], descending=True, stable=True).indices[:40] + start
    box = decode(grid[top], deltas[top], ones, 100, 75)
    good = (box[:, 2] > box[:, 0]) & (box[:, 3] > box[:, 1])
    found, rank, group = found + [box[good]], rank + [scores[top][good]], group + [level] * int(good.sum())
    start += n
found, rank = torch.cat(found), torch.cat(rank)
out |= {"proposals.scores": scores, "proposals.deltas": deltas, "proposals": found[nms(found, rank, group, 0.7, 60)]}

# Detections: 50 proposals of 4 classes; equal scores go by proposal, then class.
p, logits, d = random_boxes(50), torch.randn(50, 5) * 2, torch.randn(50, 16)
p = torch.minimum(p.clamp(min=0), torch.tensor([90.0, 70, 90, 70]))
probabilities = logits.softmax(1)
box = decode(p.repeat_interleave(4, 0), d.reshape(-1, 4), small, 70, 90)
score, label = probabilities[:, :4].reshape(-1), torch.arange(4).repeat(50)
good = torch.nonzero((score > 0.05) & (box[:, 2] > box[:, 0]) & (box[:, 3] > box[:, 1])).flatten()
kept = good[nms(box[good], score[good], label[good].tolist(), 0.5, 30)]
out |= {"detections.proposals": p, "detections.probabilities": probabilities, "detections.deltas": d,
        "detections.boxes": box[kept], "detections.scores": score[kept], "detections.classes": label[kept].int()}

# Levels.
b = random_boxes(200, 1000, 1000, 1, 900)
b[:4] = torch.tensor([[0.0, 0, 112, 112], [0, 0, 111.9, 111.9], [0, 0, 224, 224], [5, 5, 5, 9]])
root = torch.sqrt((b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]))
out |= {"levels.boxes": b, "levels": torch.floor(torch.log2(root / 56 + 1e-6)).clamp(0, 3).int()}


# Mask targets: RoIAlign, point by point, in double precision.
def sample(image, y, x):
    h, w = image.shape
    if y < -1 or y > h or x < -1 or x > w:
        return 0.0
    y, x = min(max(y, 0), h - 1), min(max(x, 0), w - 1)
    y0, x0 = int(y), int(x)
    y1, x1, fy, fx = min(y0 + 1, h - 1), min(x0 + 1, w - 1), y - y0, x - x0
    return float((1 - fy) * ((1 - fx) * image[y0, x0] + fx * image[y0, x1])
                 + fy * ((1 - fx) * image[y1, x0] + fx * image[y1, x1]))


def roi_align(image, box, size):
    x1, y1, x2, y2 = [float(v) for v in box]
    bh, bw = (y2 - y1) / size, (x2 - x1) / size
    nh, nw = math.ceil(bh), math.ceil(bw)
    result = torch.zeros(size, size, dtype=torch.float64)
    for i in range(size):
        for j in range(size):
            total = sum(sample(image, y1 - 0.5 + i * bh + (a + 0.5) * bh / nh, x1 - 0.5 + j * bw + (b + 0.5) * bw / nw)
                        for a in range(nh) for b in range(nw))
            result[i, j] = total / max(nh * nw, 1)
    return result


y, x = torch.meshgrid(torch.arange(50), torch.arange(60), indexing="ij")
masks = torch.stack([
    (y - 20) ** 2 + (x - 30) ** 2 < 250, (x > 10) & (x < 50) & (y > 5) & (y < 45) & ((x // 5) % 2 == 0),
    torch.rand(50, 60) < 0.5]).to(torch.uint8)
regions = torch.cat([random_boxes(9, 60, 50, 2, 50), random_boxes(9, 60, 50, 2, 50).round(),
                     torch.tensor([[0.0, 0, 60, 50], [30, 20, 30.2, 20.1], [59, 49, 60, 50], [2, 2, 58, 30]])])
regions = torch.minimum(regions.clamp(min=0), torch.tensor([60.0, 50, 60, 50]))
regions = regions[(regions[:, 2] > regions[:, 0]) & (regions[:, 3] > regions[:, 1])]
out |= {"target.masks": masks, "target.boxes": regions}
for size in (7, 28):
    out[f"target.{size}"] = torch.stack(
        [roi_align(masks[i % 3].double(), r, size) for i, r in enumerate(regions)]).float()

# Pasting into 70 x 90 pixels.
coarse = torch.randn(8, 1, 5, 5, dtype=torch.float64) * 2
maps = torch.sigmoid(F.interpolate(coarse, (28, 28), mode="bicubic"))[:, 0].float()
places = random_boxes(8, 90, 70, 3, 80)
places[0] = torch.tensor([0.0, 0, 90, 70])
places[1] = torch.tensor([40.3, 20.2, 40.9, 60.7])
places[2] = torch.tensor([-20.0, -30, 40, 45])
maps[3] = 1
pasted = []
for m, (x1, y1, x2, y2) in zip(maps.double(), places.double()):
    gx = (torch.arange(90).double() + 0.5 - x1) / (x2 - x1) * 2 - 1
    gy = (torch.arange(70).double() + 0.5 - y1) / (y2 - y1) * 2 - 1
    points = torch.stack(torch.meshgrid(gx, gy, indexing="xy"), -1)[None]
    value = F.grid_sample(m[None, None], points, mode="bilinear", padding_mode="zeros", align_corners=False)[0, 0]
    assert ((value - 0.5).abs() > 1e-9).all()
    pasted.append(value >= 0.5)
assert 50 < sum(p.any() for p in pasted) * 10
out |= {"paste.maps": maps, "paste.boxes": places, "paste": torch.stack(pasted).to(torch.uint8)}

save_file({k: v.contiguous() for k, v in out.items()},
          os.path.join(os.path.dirname(os.path.abspath(__file__)), "detection.safetensors"))
