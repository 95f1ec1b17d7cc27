#!/usr/bin/env python3
"""Losses and detections of a tiny Mask R-CNN: python make_mask_rcnn_fixtures.py (needs torch, safetensors).

Written from the papers (FPN arXiv:1612.03144, Faster R-CNN arXiv:1506.01497, Mask R-CNN arXiv:1703.06870) and from the
rules of mmdetection 2.25, without its code or torchvision. Two images of 64 x 96 pixels. All candidates are taken, so that
nothing is drawn. Where a comparison would hang on the last bit, the seed is refused.
"""
import math
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HEIGHT, WIDTH, THINGS, CHANNELS, WIDE = 64, 96, 3, [6, 8, 10, 12], 16
STRIDES = [4, 8, 16, 32, 64]
CANDIDATES, KEPT, HIDDEN, MASK = 120, 100, 20, 10
MARGIN = 5e-6
torch.set_num_threads(1)


class Close(Exception):
    """Not a seed for a comparison."""


def apart(values, threshold, margin=MARGIN):
    if len(values.flatten()) and (values - threshold).abs().min() < margin:
        raise Close(threshold, margin)


def weights(generator):
    def normal(*shape, deviation):
        return (torch.randn(*shape, generator=generator) * deviation).requires_grad_()

    w = {}
    for i, c in enumerate(CHANNELS):
        w[f"neck.lateral_convs.{i}.conv.weight"] = normal(WIDE, c, 1, 1, deviation=c ** -0.5)
        w[f"neck.fpn_convs.{i}.conv.weight"] = normal(WIDE, WIDE, 3, 3, deviation=(9 * WIDE) ** -0.5)
        for name in ("lateral", "fpn"):
            w[f"neck.{name}_convs.{i}.conv.bias"] = normal(WIDE, deviation=0.1)
    for name, outputs, inputs, kernel, deviation in (
            ("rpn_head.rpn_conv", WIDE, WIDE, 3, 0.1), ("rpn_head.rpn_cls", 3, WIDE, 1, 0.3),
            ("rpn_head.rpn_reg", 12, WIDE, 1, 0.05)):
        w[name + ".weight"] = normal(outputs, inputs, kernel, kernel, deviation=deviation)
        w[name + ".bias"] = normal(outputs, deviation=0.05)
    for name, outputs, inputs, deviation in (
            ("shared_fcs.0", HIDDEN, WIDE * 49, 0.05), ("shared_fcs.1", HIDDEN, HIDDEN, 0.2),
            ("fc_cls", THINGS + 1, HIDDEN, 0.3), ("fc_reg", 4 * THINGS, HIDDEN, 0.1)):
        w[f"roi_head.bbox_head.{name}.weight"] = normal(outputs, inputs, deviation=deviation)
        w[f"roi_head.bbox_head.{name}.bias"] = normal(outputs, deviation=0.1)
    for name, shape, biases in (
            ("convs.0.conv", (MASK, WIDE, 3, 3), MASK), ("convs.1.conv", (MASK, MASK, 3, 3), MASK),
            ("upsample", (MASK, MASK, 2, 2), MASK), ("conv_logits", (THINGS, MASK, 1, 1), THINGS)):
        w[f"roi_head.mask_head.{name}.weight"] = normal(*shape, deviation=0.2)
        w[f"roi_head.mask_head.{name}.bias"] = normal(biases, deviation=0.1)
    return w


def conv(w, name, x, padding=0):
    return F.conv2d(x, w[name + ".weight"], w[name + ".bias"], padding=padding)


def pyramid(w, maps):
    m = [conv(w, f"neck.lateral_convs.{i}.conv", x) for i, x in enumerate(maps)]
    for i in (2, 1, 0):
        m[i] = m[i] + F.interpolate(m[i + 1], size=m[i].shape[2:], mode="nearest")
    p = [conv(w, f"neck.fpn_convs.{i}.conv", x, 1) for i, x in enumerate(m)]
    return p + [p[3][:, :, ::2, ::2]]


def proposal_head(w, p):
    h = [F.relu(conv(w, "rpn_head.rpn_conv", x, 1)) for x in p]
    flat = lambda t, n: t.permute(0, 2, 3, 1).reshape(t.shape[0], -1, n)
    return ([flat(conv(w, "rpn_head.rpn_cls", x), 1)[..., 0] for x in h],
            [flat(conv(w, "rpn_head.rpn_reg", x), 4) for x in h])


def anchors(p):
    levels = []
    for s, x in zip(STRIDES, p):
        y, x = torch.meshgrid(torch.arange(x.shape[2]) * s, torch.arange(x.shape[3]) * s, indexing="ij")
        r = torch.tensor([0.5, 1, 2], dtype=torch.float64).sqrt()
        w, h = 8 * s / r, 8 * s * r
        base = torch.stack([-w / 2, -h / 2, w / 2, h / 2], 1)
        levels.append((torch.stack([x, y, x, y], -1).reshape(-1, 1, 4) + base).reshape(-1, 4).float())
    return levels


def iou(a, b):
    wh = (torch.min(a[:, None, 2:], b[None, :, 2:]) - torch.max(a[:, None, :2], b[None, :, :2])).clamp(min=0)
    area = lambda t: (t[:, 2:] - t[:, :2]).prod(1)
    common = wh.prod(2)
    return common / (area(a)[:, None] + area(b)[None] - common).clamp(min=1e-6)


def encode(p, g, std):
    side, centre = (lambda t: t[:, 2:] - t[:, :2]), (lambda t: (t[:, 2:] + t[:, :2]) / 2)
    d = torch.cat([(centre(g) - centre(p)) / side(p), (side(g) / side(p)).log()], 1)
    return d / torch.tensor(std)


def decode(p, d, std):
    d = d * torch.tensor(std)
    limit = math.log(1000 / 16)
    side = (p[:, 2:] - p[:, :2]) * d[:, 2:].clamp(-limit, limit).exp()
    centre = (p[:, 2:] + p[:, :2]) / 2 + (p[:, 2:] - p[:, :2]) * d[:, :2]
    edge = torch.tensor([WIDTH, HEIGHT, WIDTH, HEIGHT]).float()
    return torch.minimum(torch.cat([centre - side / 2, centre + side / 2], 1).clamp(min=0), edge)


def assign(boxes, objects, positive, negative, low):
    o = iou(objects, boxes)
    for threshold in (positive, negative, low):
        apart(o, threshold)
    best, owner = o.max(0)
    result = torch.where(best >= positive, owner, torch.where(best < negative, -1, -2))
    for g in range(len(objects)):
        if o[g].max() >= low:
            result[o[g] == o[g].max()] = g
    return result


def nms(boxes, scores, groups, threshold, limit):
    o, kept = iou(boxes, boxes), []
    same = groups[:, None] == groups[None]
    apart(o[same], threshold)
    for i in torch.sort(scores, descending=True, stable=True).indices.tolist():
        if len(kept) < limit and all(not same[i, j] or o[i, j] <= threshold for j in kept):
            kept.append(i)
    return kept


def proposals(levels, scores, deltas):
    boxes, ranks, groups = [], [], []
    for level, (a, s, d) in enumerate(zip(levels, scores, deltas)):
        top = torch.sort(s, descending=True, stable=True).indices[:CANDIDATES]
        if len(s) > CANDIDATES:
            ordered = torch.sort(s, descending=True).values
            apart(ordered[CANDIDATES - 1] - ordered[CANDIDATES], 0, 1e-6)
        box = decode(a[top], d[top], [1.0] * 4)
        good = ((box[:, 2:] - box[:, :2]) > 0).all(1)
        boxes, ranks, groups = boxes + [box[good]], ranks + [s[top][good]], groups + [torch.full((int(good.sum()),), level)]
    boxes, ranks = torch.cat(boxes), torch.cat(ranks)
    kept = nms(boxes, ranks, torch.cat(groups), 0.7, KEPT)
    apart(ranks[kept][:-1] - ranks[kept][1:], 0, 1e-6)
    return boxes[kept]


def axis_weights(start, end, size, cells):
    """[size, cells]: how RoIAlign weighs the cells of an axis; start and end in cells, minus 0.5."""
    bin_size = (end - start) / size
    n = math.ceil(bin_size)
    w = torch.zeros(size, cells, dtype=torch.float64)
    for b in range(size):
        for k in range(n):
            p = start + bin_size * (b + (k + 0.5) / n)
            if -1 <= p <= cells:
                p = min(max(p, 0), cells - 1)
                low = int(p)
                w[b, low] += (1 - (p - low)) / n
                if p > low:
                    w[b, low + 1] += (p - low) / n
    return w


def roi_align(image, box, stride, size):
    """image [C, h, w] -> [C, size, size]"""
    x1, y1, x2, y2 = [float(v) / stride - 0.5 for v in box]
    rows, columns = axis_weights(y1, y2, size, image.shape[1]), axis_weights(x1, x2, size, image.shape[2])
    return torch.einsum("ph,chw,qw->cpq", rows.to(image.dtype), image, columns.to(image.dtype))


def region_features(p, image, boxes, size):
    out = []
    for box in boxes:
        side = float((box[2:] - box[:2]).prod().sqrt())
        level = math.log2(side / 56 + 1e-6) if side else -20
        if min(abs(level - 1), abs(level)) < 1e-5:
            raise Close
        level = min(max(math.floor(level), 0), 3)
        out.append(roi_align(p[level][image], box, STRIDES[level], size))
    return torch.stack(out)


def box_head(w, x):
    name = "roi_head.bbox_head."
    h = x.reshape(len(x), -1)
    for layer in (0, 1):
        h = F.relu(F.linear(h, w[f"{name}shared_fcs.{layer}.weight"], w[f"{name}shared_fcs.{layer}.bias"]))
    return [F.linear(h, w[f"{name}{n}.weight"], w[f"{name}{n}.bias"]) for n in ("fc_cls", "fc_reg")]


def mask_head(w, x):
    name = "roi_head.mask_head."
    for layer in (0, 1):
        x = F.relu(conv(w, f"{name}convs.{layer}.conv", x, 1))
    x = F.relu(F.conv_transpose2d(x, w[name + "upsample.weight"], w[name + "upsample.bias"], stride=2))
    return conv(w, name + "conv_logits", x)


def losses(w, maps, objects):
    """Sums and divisors over the batch: mmdetection's five losses."""
    p = pyramid(w, maps)
    scores, deltas = proposal_head(w, p)
    levels = anchors(p)
    everything = torch.cat(levels)
    sums, anchor_count, region_count, positive_count = [0.0] * 5, 0, 0, 0
    for i, (boxes, labels, bitmaps) in enumerate(objects):
        owner = assign(everything, boxes, 0.7, 0.3, 0.3)
        positive, negative = owner >= 0, owner == -1
        s, d = torch.cat([x[i] for x in scores]), torch.cat([x[i] for x in deltas])
        used = positive | negative
        sums[0] = sums[0] + F.binary_cross_entropy_with_logits(s[used], positive[used].float(), reduction="sum")
        sums[1] = sums[1] + (d[positive] - encode(everything[positive], boxes[owner[positive]], [1.0] * 4)).abs().sum()
        anchor_count += max(int(positive.sum()), 1) + max(int(negative.sum()), 1)

        with torch.no_grad():
            found = proposals(levels, [x[i] for x in scores], [x[i] for x in deltas])
        candidates = torch.cat([boxes, found])
        owner = torch.cat([torch.arange(len(boxes)), assign(found, boxes, 0.5, 0.5, 0.5)])
        positive = owner >= 0
        if int((owner >= 0).sum()) <= len(boxes) or not (owner == -1).any():
            raise Close
        label = torch.where(positive, labels[owner.clamp(min=0)], THINGS)
        c, r = box_head(w, region_features(p, i, candidates, 7))
        sums[2] = sums[2] + F.cross_entropy(c, label, reduction="sum")
        chosen = r.reshape(len(r), THINGS, 4)[positive, label[positive]]
        wanted = encode(candidates[positive], boxes[owner[positive]], [0.1, 0.1, 0.2, 0.2])
        sums[3] = sums[3] + (chosen - wanted).abs().sum()
        region_count += len(candidates)

        m = mask_head(w, region_features(p, i, candidates[positive], 14))
        targets = []
        for box, g in zip(candidates[positive], owner[positive]):
            share = roi_align(bitmaps[g][None].double(), box, 1, 28)[0]
            # Objects' own boxes are whole numbers: a share may be half by construction, but not by rounding.
            apart(share[(share - 0.5).abs() > 1e-9], 0.5, 1e-6)
            targets.append((share >= 0.5 - 1e-9).float())
        own = m[torch.arange(len(m)), label[positive]]
        sums[4] = sums[4] + F.binary_cross_entropy_with_logits(own, torch.stack(targets), reduction="sum")
        positive_count += len(m)
    divisors = [anchor_count, anchor_count, region_count, region_count, positive_count * 28 * 28]
    return [s / n for s, n in zip(sums, divisors)], divisors


def detections(w, maps, size):
    """Masks [height, width] of the image as it was, its side twice as long: scores, classes, boxes and masks."""
    p = pyramid(w, maps)
    scores, deltas = proposal_head(w, p)
    levels, found = anchors(p), []
    for i in range(len(maps[0])):
        boxes = proposals(levels, [x[i] for x in scores], [x[i] for x in deltas])
        c, r = box_head(w, region_features(p, i, boxes, 7))
        probability = c.softmax(1)[:, :THINGS].reshape(-1)
        apart(probability, 0.05, 1e-6)
        box = decode(boxes.repeat_interleave(THINGS, 0), r.reshape(-1, 4), [0.1, 0.1, 0.2, 0.2])
        label = torch.arange(THINGS).repeat(len(boxes))
        good = torch.nonzero((probability > 0.05) & ((box[:, 2:] - box[:, :2]) > 0).all(1)).flatten()
        kept = good[nms(box[good], probability[good], label[good], 0.5, 6)]
        apart(probability[kept][:-1] - probability[kept][1:], 0, 1e-6)
        m = mask_head(w, region_features(p, i, box[kept], 14))
        for k, n in enumerate(kept):
            x1, y1, x2, y2 = [float(v) * 2 for v in box[n]]
            gx = (torch.arange(size[1]).double() + 0.5 - x1) / (x2 - x1) * 2 - 1
            gy = (torch.arange(size[0]).double() + 0.5 - y1) / (y2 - y1) * 2 - 1
            grid = torch.stack(torch.meshgrid(gx, gy, indexing="xy"), -1)[None]
            value = F.grid_sample(m[k, label[n]].sigmoid()[None, None].double(), grid, align_corners=False)[0, 0]
            apart(value, 0.5, 1e-6)
            found.append((i, float(probability[n]), int(label[n]), (value >= 0.5).to(torch.uint8)))
    return found


def disc(y, x, ry, rx):
    rows, columns = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    return (((rows - y) / ry) ** 2 + ((columns - x) / rx) ** 2) < 1


def described(bitmaps, labels):
    boxes = []
    for b in bitmaps:
        rows, columns = torch.nonzero(b.any(1)).flatten(), torch.nonzero(b.any(0)).flatten()
        boxes.append([int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])])
    return torch.tensor(boxes).float(), torch.tensor(labels), bitmaps


def main(seed):
    generator = torch.Generator().manual_seed(seed)
    w = weights(generator)
    maps = [torch.randn(2, c, HEIGHT // s, WIDTH // s, generator=generator, requires_grad=True)
            for c, s in zip(CHANNELS, STRIDES)]
    objects = [described([disc(30, 25, 17, 14), disc(20, 70, 15, 19.5), disc(50, 60, 9, 30)], [0, 2, 1]),
               described([disc(33, 45, 29.5, 40), disc(12, 80, 11, 13.3)], [1, 0])]
    terms, divisors = losses(w, maps, objects)
    out = {name: t.detach() for name, t in w.items()}
    out |= {f"map{i}": m.detach() for i, m in enumerate(maps)}
    for i, (boxes, labels, bitmaps) in enumerate(objects):
        out |= {f"object{i}.masks": torch.stack(bitmaps).to(torch.uint8), f"object{i}.labels": labels.int()}
    out |= {"losses": torch.stack(terms).detach(), "divisors": torch.tensor(divisors).int()}
    for k, term in enumerate(terms):
        gradients = torch.autograd.grad(term, maps, retain_graph=True)
        out |= {f"gradient{k}.map{i}": g for i, g in enumerate(gradients)}
    total = sum(f * t for f, t in zip((1, 0.7, 1.3, 0.5, 2), terms))
    for (name, _), g in zip(w.items(), torch.autograd.grad(total, list(w.values()))):
        out["gradient." + name] = g
    with torch.no_grad():
        found = detections(w, maps, (2 * HEIGHT, 2 * WIDTH))
    out |= {"found.images": torch.tensor([f[0] for f in found]).int(),
            "found.scores": torch.tensor([f[1] for f in found]),
            "found.classes": torch.tensor([f[2] for f in found]).int(),
            "found.masks": torch.stack([f[3] for f in found])}
    assert sum(int(f[3].any()) for f in found) > 6
    print("seed", seed, "losses", [round(t.item(), 4) for t in terms], divisors, len(found), "detections")
    return out


for seed in range(1000):
    try:
        values = main(seed)
        break
    except Close as reason:
        print("seed", seed, "is refused:", reason)
save_file({k: v.contiguous() for k, v in values.items()},
          os.path.join(os.path.dirname(os.path.abspath(__file__)), "mask_rcnn_losses.safetensors"))
