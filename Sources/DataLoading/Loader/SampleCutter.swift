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

    func sample(
        _ planned: PlannedSample, name: String, from view: SampleRecordView, crop: Crop, padding: [UInt8],
        skipped: [String]
    ) -> Sample {
        Sample(
            planned: planned, name: name,
            image: cut(view.image, view.width, channels: 3, crop, padding: padding),
            annotation: view.labels.map { annotation($0, of: view, crop) },
            validity: planned.domain == .target ? validity(of: crop, in: view) : nil, crop: crop,
            imageHeight: view.height, imageWidth: view.width, skipped: skipped)
    }

    private func annotation(
        _ labels: UnsafeBufferPointer<UInt8>, of view: SampleRecordView, _ crop: Crop
    ) -> Annotation {
        Annotation(
            classes: cut(labels, view.width, channels: 1, crop, padding: [Annotation.ignored]),
            objects: view.decodedObjects.map { objects in
                let box = PixelBox(top: crop.top, left: crop.left, height: crop.height, width: crop.width)
                let inside = objects.cropped(to: box)
                return crop.isFlipped ? inside.flippedHorizontally(width: crop.width) : inside
            })
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
    private func validity(of crop: Crop, in view: SampleRecordView) -> LabelMap? {
        if margins == .none && crop.height == height && crop.width == width { return nil }
        let rows = (0..<height).map { isValid(row: $0, of: crop, in: view) }
        let columns = (0..<width).map { isValid(column: $0, of: crop, in: view) }
        let pixels = rows.flatMap { row in columns.map { UInt8(row && $0 ? 1 : 0) } }
        return LabelMap(height: height, width: width, channels: 1, pixels: pixels)
    }

    private func isValid(row: Int, of crop: Crop, in view: SampleRecordView) -> Bool {
        guard row < crop.height else { return false }
        switch margins {
        case .none: return true
        case .crop(let margins): return row >= margins.top && row < height - margins.bottom
        case .image(let margins):
            // The row of the file that nearest-neighbour resizing takes.
            let fileRow = (crop.top + row) * view.fileHeight / view.height
            return fileRow >= margins.top && fileRow < view.fileHeight - margins.bottom
        }
    }

    private func isValid(column: Int, of crop: Crop, in view: SampleRecordView) -> Bool {
        guard column < crop.width else { return false }
        guard case .image(let margins) = margins else { return true }
        let inCrop = crop.isFlipped ? crop.width - 1 - column : column
        let fileColumn = (crop.left + inCrop) * view.fileWidth / view.width
        return fileColumn >= margins.left && fileColumn < view.fileWidth - margins.right
    }
}
