internal import CKernels

extension CPUBackend: CrossEntropyKernels {
    /// Pixels whose losses are added on their own, whatever the number of threads.
    private static let pixelsPerBlock = 4096

    func crossEntropy(_ logits: Tensor, _ targets: LabelledPixels, gradient: Tensor?) -> PixelLoss {
        let (pixels, classes) = (targets.labels.count, logits.shape.last ?? 0)
        guard pixels > 0, classes > 0 else { return PixelLoss(sum: 0, badLabels: pixels) }
        let (from, to) = (logits.floats, gradient?.floats)
        let blocks = (pixels + Self.pixelsPerBlock - 1) / Self.pixelsPerBlock
        return withUnsafePointer(to: ck_targets(targets)) { targets in
            sumOfLosses(blocks, scratchFloats: to == nil ? Self.pixelsPerBlock * classes : 0) { block, scratch in
                let first = block * Self.pixelsPerBlock
                let count = min(Self.pixelsPerBlock, pixels - first)
                return ck_cross_entropy(
                    from + first * classes, targets, first, count, classes, to == nil ? 0 : 1,
                    to.map { $0 + first * classes } ?? scratch)
            }
        }
    }

    func upsampledCrossEntropy(_ logits: Tensor, _ targets: LabelledPixels, gradient: Tensor?) -> PixelLoss {
        let size = targets.labels.shape
        if let gradient { fill(gradient, with: 0) }
        guard targets.labels.count > 0, logits.shape[3] > 0 else {
            return PixelLoss(sum: 0, badLabels: targets.labels.count)
        }
        var loss = PixelLoss()
        withResizing(
            .bilinear(alignCorners: false), from: logits.shape, to: size + [logits.shape[3]]
        ) { resizing in
            withUnsafePointer(to: ck_targets(targets)) { targets in
                let bands = UpsampledBands(
                    resizing: resizing, targets: targets, logits: logits.floats, batch: size[0])
                let partial = gradient.map { _ in Tensor(uninitialized: [bands.count, bands.partialFloats]) }
                let sums = partial?.floats
                loss = sumOfLosses(bands.count, scratchFloats: bands.scratchFloats) { band, scratch in
                    bands.loss(band, gradient: sums.map { $0 + band * bands.partialFloats }, scratch: scratch)
                }
                if let sums, let to = gradient?.floats {
                    threads.parallelFor(size[0]) { for map in $0 { bands.collect(sums, map: map, into: to) } }
                }
            }
        }
        return loss
    }

    /// Adds the losses of blocks in the order of the blocks.
    private func sumOfLosses(
        _ blocks: Int, scratchFloats: Int, _ body: (_ block: Int, _ scratch: UnsafeMutablePointer<Float>) -> ck_loss
    ) -> PixelLoss {
        withUnsafeTemporaryAllocation(of: ck_loss.self, capacity: blocks) { losses in
            losses.initialize(repeating: ck_loss())
            nonisolated(unsafe) let results = losses
            forEachTile(blocks, scratchFloats: scratchFloats) { block, scratch in
                results[block] = body(block, scratch)
            }
            return losses.reduce(into: PixelLoss()) { total, loss in
                total.sum += loss.sum
                total.badLabels += loss.bad_labels
            }
        }
    }
}

extension ck_targets {
    /// The pointers live as long as the tensors of `targets`.
    fileprivate init(_ targets: LabelledPixels) {
        self.init(
            labels: targets.labels.indices, weights: targets.weights.map { UnsafePointer($0.floats) },
            class_weights: targets.classWeights.map { UnsafePointer($0.floats) }, ignore_index: targets.ignoreIndex)
    }
}
