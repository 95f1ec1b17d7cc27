"""Scores of generated panoptic, Cityscapes, KITTI-360 and COCO files by panopticapi, cityscapesScripts, kitti360Scripts and
pycocotools.

    python make_object_scores.py            # writes <kind>.json.gz of each kind beside this file
    python make_object_scores.py --kinds kitti360    # that one alone
    python make_object_scores.py --first 1000 --folder /tmp/cases    # others, with all their files

Written with panopticapi-lite 0.2.0, cityscapesScripts 2.3.0, kitti360scripts 1.0.0, pycocotools 2.0.11, numpy 1.26.4 (2.4.6
for KITTI-360), Pillow 13.0.0. Maps stand in the JSON files as [height, width, [value, length, value, length, ...]]; a test
writes them as PNG.
"""
import argparse, contextlib, gzip, io, json, math, os, shutil, sys, tempfile

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))


# --- maps

def runs(array):
    flat = np.asarray(array).ravel()
    ends = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate([[0], ends])
    lengths = np.diff(np.concatenate([starts, [flat.size]]))
    pairs = [int(v) for pair in zip(flat[starts], lengths) for v in pair]
    return [int(array.shape[0]), int(array.shape[1]), pairs]


def expand(packed):
    height, width, pairs = packed
    return np.repeat(pairs[0::2], pairs[1::2]).reshape(height, width)


def blob(rng, height, width, smallest=2, largest=None):
    """A rectangle or an ellipse, somewhere, perhaps cut by the border."""
    largest = largest or max(height, width) // 2
    h, w = rng.integers(smallest, largest + 1, 2)
    y, x = rng.integers(-h // 2, height - h // 2), rng.integers(-w // 2, width - w // 2)
    ys, xs = np.mgrid[0:height, 0:width]
    if rng.random() < 0.5:
        return (ys >= y) & (ys < y + h) & (xs >= x) & (xs < x + w)
    return ((ys - y - h / 2) / (h / 2)) ** 2 + ((xs - x - w / 2) / (w / 2)) ** 2 <= 1


def moved(rng, mask):
    """A mask like this one: moved, eaten, or grown by another."""
    result = np.roll(mask, tuple(rng.integers(-2, 3, 2)), (0, 1))
    kind = rng.random()
    if kind < 0.3:
        result = result & ~blob(rng, *mask.shape, largest=max(4, int(math.sqrt(mask.sum())) + 2))
    elif kind < 0.6:
        result = result | blob(rng, *mask.shape, largest=6)
    return result


# --- panoptic

def panoptic_case(seed):
    rng = np.random.default_rng([1, seed])
    count = int(rng.integers(1, 6))
    names = ["road", "sky", "person", "car", "wall"]
    numbers = rng.permutation([0, 7, 11, 24, 133])
    categories = [{"id": int(numbers[k]), "name": names[k], "isthing": int(rng.random() < 0.5)} for k in range(count)]
    if seed % 7 == 0:
        for category in categories:
            category["isthing"] = 1     # no stuff at all
    text = seed % 3 == 0                # Cityscapes names its images
    # One draw for the case, so that sets of all-empty and of all-void images occur.
    busy = rng.choice([0, 1, 3, 6], p=[0.1, 0.3, 0.3, 0.3])
    labels, predictions, maps = [], [], {"labels": {}, "predictions": {}}
    for number in range(int(rng.integers(1, 5))):
        height, width = (int(v) for v in rng.integers(6, 28, 2))
        image_id = f"frankfurt_000000_{number:06d}" if text else int(number * 37 + seed)
        name = f"image_{number}.png"
        truth, true_segments = panoptic_map(rng, height, width, categories, busy, crowds=True)
        if rng.random() < 0.15:
            predicted, segments = panoptic_map(rng, height, width, categories, busy, crowds=False)
        else:
            predicted, segments = panoptic_guess(rng, truth, true_segments, categories)
        maps["labels"][name], maps["predictions"][name] = runs(truth), runs(predicted)
        labels.append({"image_id": image_id, "file_name": name, "segments_info": true_segments})
        predictions.append({"image_id": image_id, "file_name": name, "segments_info": segments})
    if seed % 5 == 0:                   # predictions of an image that is not labelled
        predictions.append({"image_id": "other" if text else -1, "file_name": "none.png", "segments_info": []})
    order = rng.permutation(len(predictions))
    return {
        "labels": {"categories": categories, "annotations": labels},
        "predictions": {"annotations": [predictions[k] for k in order]}, "maps": maps,
    }


def segments_of(ids, classes):
    return [{"id": int(i), "category_id": int(classes[i][0]), "area": int((ids == i).sum()), "iscrowd": int(classes[i][1])}
            for i in np.unique(ids) if i in classes]


def new_id(rng, taken):
    while True:
        i = int(rng.choice([rng.integers(1, 300), rng.integers(1, 1 << 24)]))
        if i not in taken:
            return i


def panoptic_map(rng, height, width, categories, busy, crowds):
    ids = np.zeros((height, width), np.int64)
    classes = {}
    for category in categories:
        if not category["isthing"] and rng.random() < 0.7 and busy:
            i = new_id(rng, classes)
            classes[i] = (category["id"], 0)
            ids[blob(rng, height, width)] = i
    for category in categories:
        if not category["isthing"]:
            continue
        if crowds and rng.random() < 0.3 and busy:
            i = new_id(rng, classes)
            classes[i] = (category["id"], 1)
            ids[blob(rng, height, width)] = i
        for _ in range(int(rng.integers(0, busy + 1))):
            i = new_id(rng, classes)
            classes[i] = (category["id"], 0)
            ids[blob(rng, height, width)] = i
    if busy and rng.random() < 0.5:
        ids[blob(rng, height, width)] = 0
    return ids, segments_of(ids, classes)


def panoptic_guess(rng, truth, true_segments, categories):
    ids = np.zeros_like(truth)
    classes = {}
    for segment in true_segments:
        if rng.random() < 0.15:
            continue
        i = segment["id"] if rng.random() < 0.5 and segment["id"] not in classes else new_id(rng, classes)
        category = segment["category_id"] if rng.random() < 0.85 else rng.choice([c["id"] for c in categories])
        classes[i] = (category, 0)
        mask = truth == segment["id"]
        if rng.random() < 0.1 and mask.sum() % 2 == 0:
            # Exactly half of it: no match.
            flat = np.flatnonzero(mask)[: mask.sum() // 2]
            mask = np.zeros_like(mask).ravel()
            mask[flat] = True
            mask = mask.reshape(truth.shape)
        elif rng.random() < 0.7:
            mask = moved(rng, mask)
        ids[mask] = i
    for _ in range(int(rng.integers(0, 3))):
        i = new_id(rng, classes)
        classes[i] = (rng.choice([c["id"] for c in categories]), 0)
        ids[blob(rng, *truth.shape, largest=8)] = i
    if rng.random() < 0.15 and (ids == 0).any():
        classes[0] = (rng.choice([c["id"] for c in categories]), 0)     # void declared as a class
    return ids, segments_of(ids, classes)


def write_panoptic(case, folder):
    for part in ("labels", "predictions"):
        os.makedirs(f"{folder}/{part}", exist_ok=True)
        json.dump(case[part], open(f"{folder}/{part}.json", "w"))
        for name, packed in case["maps"][part].items():
            ids = expand(packed)
            colors = np.stack([ids % 256, ids // 256 % 256, ids // 65536], -1).astype(np.uint8)
            Image.fromarray(colors).save(f"{folder}/{part}/{name}")


def panoptic_scores(folder):
    from panopticapi.evaluation import pq_compute_single_core
    labels = json.load(open(f"{folder}/labels.json"))
    predictions = {a["image_id"]: a for a in json.load(open(f"{folder}/predictions.json"))["annotations"]}
    categories = {c["id"]: c for c in labels["categories"]}
    pairs = [(a, predictions[a["image_id"]]) for a in labels["annotations"]]
    stat = pq_compute_single_core(0, pairs, f"{folder}/labels", f"{folder}/predictions", categories)
    scores = {}
    for name, isthing in (("all", None), ("things", True), ("stuff", False)):
        try:
            average, classes = stat.pq_average(categories, isthing)
            scores[name] = {k: 100 * v if k != "n" else v for k, v in average.items()}
        except ZeroDivisionError:       # panopticapi has no answer where no class occurs
            scores[name] = {"pq": None, "sq": None, "rq": None, "n": 0}
            if isthing is None:
                classes = {c: {"pq": 0.0, "sq": 0.0, "rq": 0.0} for c in categories}
        if isthing is None:
            scores["classes"] = {categories[c]["name"]: {k: 100 * v for k, v in s.items()} for c, s in classes.items()}
    return scores


# --- Cityscapes

def cityscapes_case(seed):
    rng = np.random.default_rng([2, seed])
    things = [24, 25, 26, 27, 28, 31, 32, 33]
    used = [int(v) for v in rng.choice(things, rng.integers(1, 4), replace=False)]
    busy = rng.choice([0, 1, 4], p=[0.1, 0.4, 0.5])
    images = []
    for number in range(int(rng.integers(1, 4))):
        height, width = (int(v) for v in rng.integers(24, 48, 2))
        ids = np.full((height, width), rng.choice([7, 11, 4, 23]), np.int64)
        for _ in range(int(rng.integers(0, 3))):
            ids[blob(rng, height, width)] = rng.choice([0, 3, 7, 21, 29, 29001, 30])    # void, stuff, caravans
        for label in used:
            if rng.random() < 0.3:
                ids[blob(rng, height, width)] = label                                   # a group
            for k in range(int(rng.integers(0, busy + 1))):
                ids[blob(rng, height, width, smallest=8)] = label * 1000 + k
        images.append({"name": f"ulm_{seed % 1000000:06d}_{number:06d}", "ids": runs(ids), "predictions": cityscapes_guess(
            rng, ids, used, busy)})
    return {"images": images}


def cityscapes_guess(rng, ids, used, busy):
    predictions = []

    def add(mask, label):
        score = float(rng.choice([rng.random(), 0.5, 0.9, 1.0, 0.0]))
        predictions.append([runs(mask.astype(np.int64)), int(label), score])

    if rng.random() < 0.1:
        return predictions
    for i in np.unique(ids):
        label = i if i < 1000 else i // 1000
        if label not in used or rng.random() < 0.2:
            continue
        for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
            add(moved(rng, ids == i) if rng.random() < 0.8 else ids == i, label if rng.random() < 0.9 else rng.choice(used))
    for _ in range(int(rng.integers(0, busy + 1))):
        add(blob(rng, *ids.shape), rng.choice(used + [7, 29, 24]))
    if rng.random() < 0.2:
        add(np.zeros(ids.shape, bool), used[0])
    return predictions


def write_cityscapes(case, folder):
    os.makedirs(f"{folder}/labels/ulm", exist_ok=True)
    os.makedirs(f"{folder}/predictions/masks", exist_ok=True)
    for image in case["images"]:
        name = image["name"]
        Image.fromarray(expand(image["ids"]).astype(np.uint16)).save(f"{folder}/labels/ulm/{name}_gtFine_instanceIds.png")
        with open(f"{folder}/predictions/{name}_pred.txt", "w") as lines:
            for k, (packed, label, score) in enumerate(image["predictions"]):
                mask = expand(packed).astype(np.uint8)
                path = f"masks/{name}_{k}.png"
                picture = [
                    Image.fromarray(mask * 255), Image.fromarray(mask), Image.fromarray(mask * 255).convert("1"),
                    Image.fromarray(np.stack([mask * 0, mask * 9, mask * 0], -1)), Image.fromarray(mask.astype(np.uint16) * 256),
                ][k % 5]
                picture.save(f"{folder}/predictions/{path}")
                lines.write(f"{path} {label} {score!r}\n")


def cityscapes_scores(folder):
    np.in1d = np.isin
    from cityscapesscripts.evaluation import evalInstanceLevelSemanticLabeling as tool
    import glob
    args = tool.args
    args.quiet, args.JSONOutput = True, False
    args.gtInstancesFile = f"{folder}/gtInstances.json"
    if os.path.exists(args.gtInstancesFile):
        os.remove(args.gtInstancesFile)
    args.predictionPath, args.predictionWalk = os.path.abspath(f"{folder}/predictions"), None
    labels = sorted(glob.glob(f"{folder}/labels/*/*_gtFine_instanceIds.png"))
    predictions = [tool.getPrediction(path, args) for path in labels]
    here = os.getcwd()
    os.chdir(folder)                    # it writes matches.json where it is
    try:
        with np.errstate(all="ignore"):
            result = tool.evaluateImgLists(predictions, labels, args)
    except IndexError:                  # it has no answer where all predictions are ignored and nothing is found
        return None
    finally:
        os.chdir(here)
        os.remove(args.gtInstancesFile)
    number = lambda v: None if math.isnan(v) else 100 * float(v)
    averages = result["averages"]
    return {
        "AP": number(averages["allAp"]), "AP50": number(averages["allAp50%"]),
        "classes": {k: {"AP": number(v["ap"]), "AP50": number(v["ap50%"])} for k, v in averages["classes"].items()},
    }


# --- KITTI-360

def kitti360_case(seed):
    rng = np.random.default_rng([4, seed])
    things = [24, 25, 26, 27, 28, 31, 32, 33]
    used = [int(v) for v in rng.choice(things, rng.integers(1, 4), replace=False)]
    busy = rng.choice([0, 1, 4], p=[0.1, 0.4, 0.5])
    images = []
    for number in range(int(rng.integers(1, 4))):
        height, width = (int(v) for v in rng.integers(36, 60, 2))
        ids = np.full((height, width), rng.choice([7000, 11001, 4000, 23000]), np.int64)
        for _ in range(int(rng.integers(0, 3))):
            ids[blob(rng, height, width)] = rng.choice([0, 3, 7000, 21000, 29, 29001, 30])
        for label in used:
            if rng.random() < 0.3:
                ids[blob(rng, height, width)] = label                                   # a group
            for k in range(int(rng.integers(0, busy + 1))):
                ids[blob(rng, height, width, smallest=14)] = label * 1000 + k           # the script knows no number 0
        confidence = np.full((height, width), rng.choice([65535, 52000]), np.int64)
        for _ in range(int(rng.integers(0, 5))):
            confidence[blob(rng, height, width)] = rng.choice([0, 20000, 65535, int(rng.integers(0, 65536))])
        images.append({
            "name": f"{seed % 7:04d}_{number:010d}", "ids": runs(ids), "confidence": runs(confidence),
            "predictions": cityscapes_guess(rng, ids, used, busy)})
    return {"images": images}


def write_kitti360(case, folder):
    labels, predictions = f"{folder}/data_2d_semantics/train", f"{folder}/predictions"
    os.makedirs(f"{predictions}/masks", exist_ok=True)
    lines = []
    for image in case["images"]:
        drive, frame = image["name"].split("_")
        place = f"2013_05_28_drive_{drive}_sync/image_00"
        for kind, packed in (("instance", image["ids"]), ("confidence", image["confidence"])):
            os.makedirs(f"{labels}/{place}/{kind}", exist_ok=True)
            Image.fromarray(expand(packed).astype(np.uint16)).save(f"{labels}/{place}/{kind}/{frame}.png")
        lines.append(f"data_2d_raw/{place}/data_rect/{frame}.png data_2d_semantics/train/{place}/semantic/{frame}.png\n")
        with open(f"{predictions}/{image['name']}.txt", "w") as text:
            for k, (packed, label, score) in enumerate(image["predictions"]):
                path = f"masks/{image['name']}_{k}.png"
                Image.fromarray(expand(packed).astype(np.uint8) * 255).save(f"{predictions}/{path}")
                text.write(f"{path} {label} {score!r}\n")
    with open(f"{labels}/2013_05_28_drive_val_frames.txt", "w") as text:
        text.write("".join(lines))


def kitti360_scores(folder):
    np.in1d, np.float, np.bool = np.isin, float, bool
    from kitti360scripts.evaluation.semantic_2d import evalInstanceLevelSemanticLabeling as tool
    args = tool.args
    args.quiet, args.JSONOutput = True, False
    args.gtInstancesFile = f"{folder}/gtInstances.json"
    args.predictionPath, args.predictionWalk = os.path.abspath(f"{folder}/predictions"), None
    os.environ["KITTI360_DATASET"] = os.path.abspath(folder)
    args.instLabels = ["person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"]
    labels = tool.getGroundTruth(f"{folder}/data_2d_semantics/train/2013_05_28_drive_val_frames.txt")
    predictions = [tool.getPrediction(args, path) for path, _ in labels]
    instances = tool.getGtInstances(labels, args)
    matches = tool.matchGtWithPreds(predictions, labels, instances, args)
    try:
        with np.errstate(all="ignore"):
            averages = tool.computeAverages(tool.evaluateMatches(matches, args), args)
    except IndexError:
        return None
    number = lambda v: None if math.isnan(v) else 100 * float(v)
    return {
        "AP": number(averages["allAp"]), "AP50": number(averages["allAp50%"]),
        "classes": {k: {"AP": number(v["ap"]), "AP50": number(v["ap50%"])} for k, v in averages["classes"].items()},
    }


# --- COCO

def coco_case(seed):
    rng = np.random.default_rng([3, seed])
    categories = [{"id": int(i), "name": f"thing {i}"} for i in rng.permutation([1, 2, 5, 17, 90])[: rng.integers(1, 4)]]
    images, annotations, results = [], [], []
    busy = rng.choice([0, 2, 6], p=[0.1, 0.4, 0.5])
    boxes, crowded = seed % 4 == 1, seed % 25 == 0
    for number in range(int(rng.integers(1, 5))):
        large = rng.random() < 0.25
        height, width = (int(v) for v in rng.integers(100 if large else 8, 180 if large else 70, 2))
        image_id = int(rng.integers(0, 10) * 100 + number)
        images.append({"id": image_id, "height": height, "width": width})
        for _ in range(int(rng.integers(0, busy + 1))):
            category = int(rng.choice([c["id"] for c in categories]))
            crowd = rng.random() < 0.2
            if crowd or rng.random() < 0.5:
                mask = blob(rng, height, width)
                segmentation = {"size": [height, width], "counts": columns(mask)}
            else:
                segmentation = polygons(rng, height, width)
                mask = painted(segmentation, height, width)
            area = float(mask.sum()) if rng.random() < 0.7 else float(round(mask.sum() * 0.9, 2))
            annotations.append({
                "id": len(annotations) + (0 if seed % 10 == 3 else 1), "image_id": image_id, "category_id": category,
                "segmentation": segmentation, "area": area, "iscrowd": int(crowd)})
            for _ in range(int(rng.choice([0, 1, 1, 2]))):
                results.append(coco_result(rng, moved(rng, mask), image_id, category, categories, boxes))
        for _ in range(int(rng.integers(0, busy + 1)) + (130 if crowded else 0)):
            category = int(rng.choice([c["id"] for c in categories] + [44]))
            results.append(coco_result(rng, blob(rng, height, width), image_id, category, categories, boxes))
    if boxes and results and "bbox" not in results[0]:
        results = []
    return {"labels": {"images": images, "categories": categories, "annotations": annotations},
            "results": [results[k] for k in rng.permutation(len(results))]}


def coco_result(rng, mask, image_id, category, categories, boxes):
    from pycocotools import mask as tool
    height, width = mask.shape
    text = tool.encode(np.asfortranarray(mask.astype(np.uint8)))
    segmentation = {"size": [height, width], "counts": text["counts"].decode()}
    score = float(rng.choice([rng.random(), 0.5, 0.9]))
    result = {"image_id": image_id, "category_id": int(category), "segmentation": segmentation, "score": score}
    if rng.random() < 0.1:
        result["category_id"] = int(rng.choice([c["id"] for c in categories]))
    if boxes:
        # With boxes pycocotools takes the other forms, and the boxes' areas.
        result["bbox"] = [float(v) for v in tool.toBbox(text)]
        if rng.random() < 0.3:
            result["segmentation"] = {"size": [height, width], "counts": columns(mask)}
        elif rng.random() < 0.3:
            result["segmentation"] = polygons(rng, height, width)
    return result


def columns(mask):
    flat = np.concatenate([[0], mask.astype(np.int64).ravel(order="F")])
    edges = np.flatnonzero(np.diff(flat))
    ends = np.concatenate([edges, [flat.size - 1]])
    return [int(v) for v in np.diff(np.concatenate([[0], ends]))]


def polygons(rng, height, width):
    result = []
    for _ in range(int(rng.choice([1, 1, 2]))):
        corners = int(rng.integers(3, 9))
        y, x = rng.random() * height, rng.random() * width
        radius = rng.random() * max(height, width) / 3 + 1
        angles = np.sort(rng.random(corners)) * 2 * np.pi if rng.random() < 0.7 else rng.random(corners) * 7
        points = np.stack([x + np.cos(angles) * radius, y + np.sin(angles) * radius], -1)
        if rng.random() < 0.8:
            points = np.clip(points, 0, [width, height])
        digits = int(rng.choice([0, 1, 2, 6]))
        result.append([float(v) for v in np.round(points, digits).ravel()])
    return result


def painted(segmentation, height, width):
    from pycocotools import mask as tool
    return tool.decode(tool.merge(tool.frPyObjects(segmentation, height, width))).astype(bool)


def write_coco(case, folder):
    os.makedirs(folder, exist_ok=True)
    json.dump(case["labels"], open(f"{folder}/labels.json", "w"))
    json.dump(case["results"], open(f"{folder}/results.json", "w"))


def coco_scores(folder):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    if not json.load(open(f"{folder}/results.json")):
        return None                     # loadRes takes no empty list
    labels = COCO(f"{folder}/labels.json")
    run = COCOeval(labels, labels.loadRes(f"{folder}/results.json"), "segm")
    run.evaluate()
    run.accumulate()
    run.summarize()
    number = lambda v: None if v < 0 else 100 * float(v)
    scores = dict(zip(["AP", "AP50", "AP75", "APs", "APm", "APl"], map(number, run.stats[:6])))
    scores["classes"] = {}
    for k, category in enumerate(sorted(run.params.catIds)):
        def mean(precision):
            return number(precision[precision > -1].mean()) if (precision > -1).any() else None
        precision = run.eval["precision"]
        scores["classes"][f"thing {category}"] = {
            "AP": mean(precision[:, :, k, 0, -1]), "AP50": mean(precision[0, :, k, 0, -1])}
    return scores


# --- all

KINDS = {
    "panoptic": (panoptic_case, write_panoptic, panoptic_scores),
    "cityscapes": (cityscapes_case, write_cityscapes, cityscapes_scores),
    "kitti360": (kitti360_case, write_kitti360, kitti360_scores),
    "coco": (coco_case, write_coco, coco_scores),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--folder")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    args = parser.parse_args()
    for kind, (make, write, score) in KINDS.items():
        if kind not in args.kinds:
            continue
        cases = []
        for seed in range(args.first, args.first + args.count):
            case = make(seed)
            folder = f"{args.folder}/{kind}/{seed}" if args.folder else tempfile.mkdtemp()
            shutil.rmtree(folder, ignore_errors=True)
            write(case, folder)
            with contextlib.redirect_stdout(io.StringIO()):
                case["expected"] = score(folder)
            if args.folder:
                json.dump(case["expected"], open(f"{folder}/expected.json", "w"))
            else:
                shutil.rmtree(folder)
            cases.append(case)
        if not args.folder:
            text = "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n"
            with open(f"{HERE}/{kind}.json.gz", "wb") as file:
                file.write(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
