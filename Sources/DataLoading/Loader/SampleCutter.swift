internal import Annotations
internal import ImageIO

/// Cuts crops out of a record.
struct SampleCutter {
    /// The usual colour of padding: the mean that normalisation subtracts, rounded.
    ///
    /// - Note: the reference pads with exactly the mean, after normalisation; the difference is below 0.009 standard
    ///   deviations.
    static let mean: [UInt8] = [124, 116, 104]
    /// Of images that belong into a padded box.
    static let black: [UInt8] = [0, 0, 0]

    let height: Int
    let width: Int
    let margins: IgnoredMargins
    /// Whether objects outside of a crop stay among its own, with empty masks.
    var keepsCutOffObjects = false

    /// What is done to a crop besides mirroring it.
    struct Changes {
        /// Size of the whole image that the crop counts in; another than the record's resizes it.
        var size: (height: Int, width: Int)
        var colors: SSDColorJitter?
    }

    func sample(
        _ planned: PlannedSample, name: String, from view: SampleRecordView, crop: Crop, changes: Changes,
        padding: [UInt8], skipped: [String]
    ) -> Sample {
        let size = changes.size
        return Sample(
            planned: planned, name: name, image: image(of: view, crop, changes, padding: padding),
            annotation: view.labels.map { annotation($0, of: view, crop, size) },
            validity: planned.domain == .target ? validity(of: crop, in: view, size) : nil, crop: crop,
            imageHeight: size.height, imageWidth: size.width, skipped: skipped)
    }

    private func image(
        of view: SampleRecordView, _ crop: Crop, _ changes: Changes, padding: [UInt8]
    ) -> RGBImage {
        let isResized = changes.size != (view.height, view.width)
        guard isResized || changes.colors != nil else {
            return cut(view.image, view.width, channels: 3, crop, padding: padding)
        }
        // The size does not matter to pixels outside, so that only the crop is made.
        var piece = ResizeFilter.bilinear.resized(
            view.image, height: view.height, width: view.width, channels: 3, to: changes.size, rows: crop.rows,
            columns: crop.columns)
        changes.colors?.apply(to: &piece)
        return piece.pixels.withUnsafeBufferPointer {
            cut($0, crop.width, channels: 3, crop.atOrigin, padding: padding)
        }
    }

    private func annotation(
        _ labels: UnsafeBufferPointer<UInt8>, of view: SampleRecordView, _ crop: Crop, _ size: (height: Int, width: Int)
    ) -> Annotation {
        let old = (height: view.height, width: view.width)
        let classes: LabelMap
        if size == old {
            classes = cut(labels, view.width, channels: 1, crop, padding: [Annotation.ignored])
        } else {
            let piece = Self.resizedLabels(labels, old, to: size, rows: crop.rows, columns: crop.columns)
            classes = piece.withUnsafeBufferPointer {
                cut($0, crop.width, channels: 1, crop.atOrigin, padding: [Annotation.ignored])
            }
        }
        return Annotation(
            classes: classes,
            objects: view.decodedObjects.map { objects in
                let box = PixelBox(top: crop.top, left: crop.left, height: crop.height, width: crop.width)
                return objects.withMasks(keepsEmpty: keepsCutOffObjects) { mask in
                    let inside = mask.resizedNearest(from: old, to: size, sampling: .center).cropped(to: box)
                    return crop.isFlipped ? inside.flippedHorizontally(width: crop.width) : inside
                }
            })
    }

    /// Part of a map of labels as `PixelImage.resizedNearest` resizes it, by the pixels' centres.
    static func resizedLabels(
        _ labels: UnsafeBufferPointer<UInt8>, _ old: (height: Int, width: Int), to new: (height: Int, width: Int),
        rows: Range<Int>, columns: Range<Int>
    ) -> [UInt8] {
        let places = columns.map { NearestSampling.center.source(of: $0, old: old.width, new: new.width) }
        return [UInt8](unsafeUninitializedCapacity: rows.count * columns.count) { output, initialized in
            places.withUnsafeBufferPointer { places in
                for (y, row) in rows.enumerated() {
                    let base = NearestSampling.center.source(of: row, old: old.height, new: new.height) * old.width
                    for x in 0..<places.count { output[y &* places.count &+ x] = labels[base &+ places[x]] }
                }
            }
            initialized = rows.count * columns.count
        }
    }

    /// A crop of a `[rows, imageWidth, channels]` buffer, padded at the right and bottom.
    private func cut<Scalar: BitwiseCopyable & Sendable>(
        _ source: UnsafeBufferPointer<Scalar>, _ imageWidth: Int, channels: Int, _ crop: Crop, padding: [Scalar]
    ) -> PixelImage<Scalar> {
        let count = height * width * channels
        let pixels = [Scalar](unsafeUninitializedCapacity: count) { output, initialized in
            for y in 0..<crop.height {
                let from = ((crop.top + y) * imageWidth + crop.left) * channels
                let row = UnsafeBufferPointer(rebasing: source[from..<from + crop.width * channels])
                let target = UnsafeMutableBufferPointer(rebasing: output[(y * width * channels)...])
                if crop.isFlipped { copyFlipped(row, to: target, channels) } else { _ = target.update(from: row) }
            }
            let isPadded = crop.height < height || crop.width < width
            if isPadded { pad(output, crop, padding) }
            initialized = count
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    }

    private func copyFlipped<Scalar>(
        _ row: UnsafeBufferPointer<Scalar>, to output: UnsafeMutableBufferPointer<Scalar>, _ channels: Int
    ) {
        if channels == 1 {
            let last = row.count - 1
            for x in 0..<row.count { output[x] = row[last &- x] }
            return
        }
        for start in stride(from: 0, to: row.count, by: channels) {
            let from = row.count &- channels &- start
            for c in 0..<channels { output[start &+ c] = row[from &+ c] }
        }
    }

    private func pad<Scalar>(_ output: UnsafeMutableBufferPointer<Scalar>, _ crop: Crop, _ padding: [Scalar]) {
        for y in 0..<height {
            for x in (y < crop.height ? crop.width : 0)..<width {
                for (c, value) in padding.enumerated() { output[(y * width + x) * padding.count + c] = value }
            }
        }
    }

    /// 1 on the pixels of a target crop that are neither margin nor padding; nil when that is all of them.
    private func validity(
        of crop: Crop, in view: SampleRecordView, _ size: (height: Int, width: Int)
    ) -> LabelMap? {
        if margins == .none && crop.height == height && crop.width == width { return nil }
        let rows = (0..<height).map { isValid(row: $0, of: crop, in: view, size) }
        let columns = (0..<width).map { isValid(column: $0, of: crop, in: view, size) }
        let pixels = rows.flatMap { row in columns.map { UInt8(row && $0 ? 1 : 0) } }
        return LabelMap(height: height, width: width, channels: 1, pixels: pixels)
    }

    private func isValid(
        row: Int, of crop: Crop, in view: SampleRecordView, _ size: (height: Int, width: Int)
    ) -> Bool {
        guard row < crop.height else { return false }
        switch margins {
        case .none: return true
        case .crop(let margins): return row >= margins.top && row < height - margins.bottom
        case .image(let margins):
            // The row of the file that nearest-neighbour resizing takes.
            let fileRow = (crop.top + row) * view.fileHeight / size.height
            return fileRow >= margins.top && fileRow < view.fileHeight - margins.bottom
        }
    }

    private func isValid(
        column: Int, of crop: Crop, in view: SampleRecordView, _ size: (height: Int, width: Int)
    ) -> Bool {
        guard column < crop.width else { return false }
        guard case .image(let margins) = margins else { return true }
        let inCrop = crop.isFlipped ? crop.width - 1 - column : column
        let fileColumn = (crop.left + inCrop) * view.fileWidth / size.width
        return fileColumn >= margins.left && fileColumn < view.fileWidth - margins.right
    }
}

extension Crop {
    var rows: Range<Int> { top..<top + height }
    var columns: Range<Int> { left..<left + width }

    /// The same of a piece that is this crop alone.
    var atOrigin: Crop { Crop(top: 0, left: 0, height: height, width: width, isFlipped: isFlipped) }
}
