internal import CKernels
package import DeviceSeam

extension CPUBackend {
    /// Pixels whose losses are added on their own, whatever the number of threads.
    private static let pixelsPerBlock = 4096

    package func crossEntropy(
        _ logits: FloatArray, _ targets: LabelledPixels, gradient: FloatArray?, into loss: FloatArray, faults: Faults
    ) {
        let (pixels, classes) = (targets.labels.count, logits.shape.last ?? 0)
        guard pixels > 0, classes > 0 else { return store(0, badLabels: pixels, classes, in: loss, faults) }
        let (from, to) = (logits.floats, gradient?.floats)
        let blocks = (pixels + Self.pixelsPerBlock - 1) / Self.pixelsPerBlock
        withUnsafePointer(to: ck_targets(targets)) { targets in
            let sum = sumOfLosses(blocks, scratchFloats: to == nil ? Self.pixelsPerBlock * classes : 0) {
                block, scratch in
                let first = block * Self.pixelsPerBlock
                let count = min(Self.pixelsPerBlock, pixels - first)
                return ck_cross_entropy(
                    from + first * classes, targets, first, count, classes, to == nil ? 0 : 1,
                    to.map { $0 + first * classes } ?? scratch)
            }
            store(sum.sum, badLabels: Int(sum.bad_labels), classes, in: loss, faults)
        }
    }

    package func upsampledCrossEntropy(
        _ logits: FloatArray, _ targets: LabelledPixels, gradient: FloatArray?, into loss: FloatArray, faults: Faults
    ) {
        let (size, classes) = (targets.labels.shape, logits.shape[3])
        if let gradient { fill(gradient, with: 0) }
        guard targets.labels.count > 0, classes > 0 else {
            return store(0, badLabels: targets.labels.count, classes, in: loss, faults)
        }
        withResizing(.bilinear(alignCorners: false), from: logits.shape, to: size + [classes]) { resizing in
            withUnsafePointer(to: ck_targets(targets)) { targets in
                let bands = UpsampledBands(
                    resizing: resizing, targets: targets, logits: logits.floats, batch: size[0])
                let partial = gradient.map { _ in floats([bands.count, bands.partialFloats]) }
                let sums = partial?.floats
                let sum = sumOfLosses(bands.count, scratchFloats: bands.scratchFloats) { band, scratch in
                    bands.loss(band, gradient: sums.map { $0 + band * bands.partialFloats }, scratch: scratch)
                }
                if let sums, let to = gradient?.floats {
                    threads.parallelFor(size[0]) { for map in $0 { bands.collect(sums, map: map, into: to) } }
                }
                store(sum.sum, badLabels: Int(sum.bad_labels), classes, in: loss, faults)
            }
        }
    }

    /// Adds the losses of blocks in the order of the blocks.
    func sumOfLosses(
        _ blocks: Int, scratchFloats: Int, _ body: (_ block: Int, _ scratch: UnsafeMutablePointer<Float>) -> ck_loss
    ) -> ck_loss {
        withUnsafeTemporaryAllocation(of: ck_loss.self, capacity: blocks) { losses in
            losses.initialize(repeating: ck_loss())
            nonisolated(unsafe) let results = losses
            forEachTile(blocks, scratchFloats: scratchFloats) { block, scratch in
                results[block] = body(block, scratch)
            }
            return losses.reduce(into: ck_loss()) { total, loss in
                total.sum += loss.sum
                total.bad_labels += loss.bad_labels
            }
        }
    }

    func store(_ sum: Double, badLabels: Int, _ classes: Int, in loss: FloatArray, _ faults: Faults) {
        loss.floats[0] = Float(sum)
        guard badLabels > 0 else { return }
        faults.add(badLabels, to: .badLabels)
        faults.raise(.classesOfBadLabels, to: classes)
    }
}

extension Faults {
    func add(_ count: Int, to word: Word) {
        words.pointer[word.rawValue] = Int32(clamping: Int(words.pointer[word.rawValue]) + count)
    }

    func raise(_ word: Word, to value: Int) {
        words.pointer[word.rawValue] = max(words.pointer[word.rawValue], Int32(clamping: value))
    }
}

extension ck_targets {
    /// The pointers live as long as the arrays of `targets`.
    fileprivate init(_ targets: LabelledPixels) {
        self.init(
            labels: targets.labels.pointer, weights: targets.weights.map { UnsafePointer($0.floats) },
            class_weights: targets.classWeights.map { UnsafePointer($0.floats) }, ignore_index: targets.ignoreIndex)
    }
}
