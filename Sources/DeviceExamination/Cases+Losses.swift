internal import DeviceSeam

extension KernelCases {
    /// Classes of pixels, every seventh without one.
    private static func labels(_ shape: [Int], classes: Int, _ side: Side) -> IndexArray {
        var labels = Noise.labels(shape.product, below: classes, seed: 1)
        for index in stride(from: 0, to: labels.count, by: 7) { labels[index] = 255 }
        return side.array(labels, shape)
    }

    static func crossEntropy(_ extent: Extent) -> [KernelCase] {
        let cases: [(labels: [Int], map: [Int])] = extent.pick(
            odd: [([1, 1, 1], [1, 1, 1, 2])], small: [([2, 12, 20], [2, 5, 6, 5])],
            network: [([1, 512, 512], [1, 128, 128, 19])])
        return cases.flatMap { example in
            [false, true].map { crossEntropy(example.labels, example.map, weighted: $0) }
        }
    }

    private static func crossEntropy(_ shape: [Int], _ map: [Int], weighted: Bool) -> KernelCase {
        let classes = map[3]
        let size = "\(shape.sizeText), \(classes) classes\(weighted ? ", weighted" : "")"
        return KernelCase("cross-entropy", size) { side in
            let targets = LabelledPixels(
                labels: labels(shape, classes: classes, side),
                weights: weighted ? side.random(shape, seed: 2, scale: 0.5, shift: 0.5) : nil,
                classWeights: weighted ? side.random([classes], seed: 3, scale: 0.5, shift: 1) : nil, ignoreIndex: 255)
            let (large, small) = (side.random(shape + [classes], seed: 4, scale: 4), side.random(map, seed: 5))
            let (loss, upsampledLoss) = (side.floats([]), side.floats([]))
            let (gradient, upsampledGradient) = (side.floats(large.shape), side.floats(map))
            let (faults, others) = (side.faults(), side.faults())
            return [
                KernelCall(
                    "crossEntropy", reads: [large], writes: ["loss": loss, "gradient": gradient], within: .values(1e-5),
                    results: { ["faults": side.asFloats(faults.words)] }
                ) { side.backend.crossEntropy(large, targets, gradient: gradient, into: loss, faults: faults) },
                KernelCall(
                    "upsampledCrossEntropy", reads: [small],
                    writes: ["loss": upsampledLoss, "gradient": upsampledGradient], otherBytes: 4 * shape.product,
                    within: .values(1e-5), results: { ["faults": side.asFloats(others.words)] }
                ) {
                    side.backend.upsampledCrossEntropy(
                        small, targets, gradient: upsampledGradient, into: upsampledLoss, faults: others)
                },
            ]
        }
    }

    static func elementLosses(_ extent: Extent) -> [KernelCase] {
        extent.pick(odd: [0, 1], small: [3001], network: [100 * 12_544]).map { count in
            KernelCase("element losses", "\(count)") { side in
                let logits = side.random([count], seed: 1, scale: 8)
                let targets = side.random([count], seed: 2, shift: 1)
                let weights = side.array(Noise.floats(count, seed: 3).map { max(0, $0) })
                let (entropy, error) = (side.floats([]), side.floats([]))
                let (ofEntropy, ofError) = (side.floats([count]), side.floats([count]))
                return [
                    KernelCall(
                        "binaryCrossEntropy", reads: [logits, targets, weights],
                        writes: ["loss": entropy, "gradient": ofEntropy], within: .values(5e-6)
                    ) {
                        side.backend.binaryCrossEntropy(
                            logits, targets: targets, weights: weights, gradient: ofEntropy, into: entropy)
                    },
                    KernelCall(
                        "absoluteError", reads: [logits, targets], writes: ["loss": error, "gradient": ofError],
                        within: .values(5e-6)
                    ) { side.backend.absoluteError(logits, targets: targets, gradient: ofError, into: error) },
                ]
            }
        }
    }

    static func classification(_ extent: Extent) -> [KernelCase] {
        let cases: [(scores: [Int], labels: [Int])] = extent.pick(
            odd: [([1, 1, 1, 3], [1, 4, 8])], small: [([2, 5, 7, 6], [2, 16, 30])],
            network: [([1, 128, 128, 19], [1, 512, 512])])
        return cases.map { example in
            let (map, shape) = (example.scores, example.labels)
            return KernelCase("classification", "\(map.sizeText) to \(shape[1])x\(shape[2])") { side in
                let scores = side.random(map, seed: 1, scale: 3)
                let (labels, confidence) = (side.empty(UInt8.self, shape), side.floats(shape))
                let counts = side.empty(Int32.self, [shape[0]])
                let counting = side.array((0..<256).map { Int32($0 % 3 == 0 ? 0 : 1) })
                let cells = side.array(Noise.labels(shape.product, below: 4, seed: 2), shape)
                let mask = side.floats([shape[0], shape[1] / 4, shape[2] / 2])
                func classify() {
                    side.backend.classify(
                        scores, labels: labels, confidence: confidence,
                        confident: ConfidentPixels(threshold: 0.6, counts: counts))
                }
                return [
                    KernelCall(
                        "classify", reads: [scores], writes: ["confidence": confidence],
                        otherBytes: shape.product, within: .values(5e-6), run: classify),
                    KernelCall(
                        "classify labels", reads: [scores, confidence], writes: [:], otherBytes: shape.product,
                        within: .places(1e-4), results: { ["labels": side.asFloats(labels)] }, run: classify),
                    KernelCall(
                        "classify counts", reads: [scores, confidence], writes: [:], otherBytes: shape.product,
                        within: .values(1e-4), results: { ["counts": side.asFloats(counts)] }, run: classify),
                    KernelCall("maskCells", writes: ["mask": mask], otherBytes: 4 * shape.product, within: .values(0)) {
                        side.backend.maskCells(cells, counting: counting, least: 3, into: mask)
                    },
                ]
            }
        }
    }

    static func neighbours(_ extent: Extent) -> [KernelCase] {
        let cases: [(map: [Int], labels: [Int], rows: Int)] = extent.pick(
            odd: [([1, 1, 1, 2], [1, 1, 3], 2)], small: [([2, 4, 5, 19], [2, 9, 14], 6)],
            network: [([1, 128, 128, 256], [1, 512, 512], 20)])
        return cases.map { example in
            let (shape, labelShape, rows) = example
            return KernelCase("neighbours", "\(shape.sizeText), \(rows) rows") { side in
                let (maps, cells) = (side.random(shape, seed: 1), Array(shape[..<3]))
                let (products, ofMaps) = (side.floats(cells + [4]), side.floats(shape))
                let upstream = side.random(cells + [4], seed: 2)
                let scores = side.random(cells + [rows], seed: 4, scale: 3)
                let targets = labels(labelShape, classes: rows, side)
                let (loss, faults) = (side.floats([]), side.faults())
                let gradient = (scores: side.floats(cells + [rows]), products: side.floats(cells + [4]))
                let near = KernelCall.Comparison.values(2e-5)
                return [
                    KernelCall("neighbourProducts", reads: [maps], writes: ["products": products], within: near) {
                        side.backend.neighbourProducts(maps, into: products)
                    },
                    KernelCall(
                        "neighbourProductsGradient", reads: [maps, upstream], writes: ["maps": ofMaps], within: near
                    ) { side.backend.neighbourProductsGradient(maps, upstream, into: ofMaps) },
                    KernelCall(
                        "unitCrossEntropy", reads: [scores, products],
                        writes: ["loss": loss, "scores": gradient.scores, "products": gradient.products],
                        otherBytes: 4 * labelShape.product, within: near,
                        results: { ["faults": side.asFloats(faults.words)] }
                    ) {
                        side.backend.unitCrossEntropy(
                            scores, products: products, labels: targets,
                            ignored: IgnoredRow(label: 255, row: Int32(rows - 1)), gradient: gradient, into: loss,
                            faults: faults)
                    },
                ]
            }
        }
    }
}
