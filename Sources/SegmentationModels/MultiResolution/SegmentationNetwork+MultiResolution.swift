import NN
import TensorEngine

// What is at full resolution costs most: a training pass sees one window of it, an inference pass all, in windows that
// overlap. Feature maps of encoders depend on where borders are, so windows are those the network was trained on.
extension SegmentationNetwork {
    /// A training pass of HRDA: context everywhere, detail in one window.
    ///
    /// Batch norms see context, detail and the attention's features in this order, as in HRDA's code.
    func trainingPass(
        _ images: Tensor, _ window: DetailWindow, _ head: MultiResolutionHead, in context: ForwardContext
    ) -> Output {
        check(window, images, head.config)
        let stride = outputStride
        let contextImages = featureImages(images)
        let contextMaps = encoder.maps(contextImages, in: context)
        var detailContext = context
        detailContext.noise = context.noise?.branch("detail")
        let detailMaps = encoder.maps(images.cropped(to: window), in: detailContext)
        let contextOutput = head.head.output(contextMaps, in: context)
        let detailLogits = head.head.output(detailMaps, in: detailContext).logits
        // Masked before it is upsampled: the border of the window is blurred towards context.
        let attention = head.attention(contextMaps, in: context)
            * Self.mask(window, images, cell: head.config.alignment(stride: stride))
        let inserted = detailLogits.placed(
            inHeight: images.shape[1] / stride, width: images.shape[2] / stride, top: window.top / stride,
            left: window.left / stride)
        return Output(
            decoded: DecoderOutput(
                logits: MultiResolutionHead.fused(
                    context: contextOutput.logits, detail: inserted, attention: attention),
                fused: contextOutput.fused),
            features: contextMaps, featureImages: contextImages,
            detail: Output.Detail(logits: detailLogits, window: window))
    }

    /// A pass of HRDA that has detail everywhere, in windows.
    func inferencePass(_ images: Tensor, _ head: MultiResolutionHead, in context: ForwardContext) -> Output {
        precondition(
            context.noise == nil,
            "SegmentationNetwork: a pass with dropout at two resolutions needs a detail window; draw one")
        let config = head.config
        let images = images.resized(
            height: config.aligned(images.shape[1], stride: outputStride),
            width: config.aligned(images.shape[2], stride: outputStride))
        let contextImages = featureImages(images)
        let contextMaps = encoder.maps(contextImages, in: context)
        let contextOutput = head.head.output(contextMaps, in: context)
        var detailContext = context
        // With a momentum of 1 running statistics are to become those of the pass, that is of both resolutions.
        if context.runningMomentum == 1 { detailContext.runningMomentum = 0.5 }
        let detailLogits = windowLogits(images, head, in: detailContext)
        let attention = head.attention(contextMaps, in: context)
        return Output(
            decoded: DecoderOutput(
                logits: MultiResolutionHead.fused(
                    context: contextOutput.logits, detail: detailLogits, attention: attention),
                fused: contextOutput.fused),
            features: contextMaps, featureImages: contextImages, detail: nil)
    }

    /// Logits of all windows of the grid, averaged where they overlap.
    private func windowLogits(_ images: Tensor, _ head: MultiResolutionHead, in context: ForwardContext) -> Tensor {
        let config = head.config
        let (height, width, stride) = (images.shape[1], images.shape[2], outputStride)
        let (rows, columns) = (config.grid.rows(imageHeight: height), config.grid.columns(imageWidth: width))
        let windows = rows.starts.flatMap { top in
            columns.starts.map { left in
                DetailWindow(top: top, left: left, height: rows.windowLength, width: columns.windowLength)
            }
        }
        var sum: Tensor?
        for group in Self.groups(windows, imageCount: images.shape[0], in: context) {
            // [B, H, W, 3] -> [windows * B, h, w, 3], window after window
            let crops = Tensor.concatenated(group.map { images.cropped(to: $0) }, axis: 0)
            let logits = head.head.output(encoder.maps(crops, in: context), in: context).logits
            for (index, window) in group.enumerated() {
                let placed = logits.sliced(index * images.shape[0]..<(index + 1) * images.shape[0], axis: 0)
                    .placed(
                        inHeight: height / stride, width: width / stride, top: window.top / stride,
                        left: window.left / stride)
                sum = sum.map { $0 + placed } ?? placed
            }
        }
        guard let sum else { preconditionFailure("SegmentationNetwork: an image without windows") }
        guard windows.count > 1 else { return sum }
        return sum * Self.shares(windows, height: height / stride, width: width / stride, stride: stride)
    }

    /// Pixels of the windows that pass through the network together where nothing depends on it.
    private static let groupPixels = 1 << 20

    /// Windows that pass through the network as one batch: all where batch norms take the batch's statistics, and else
    /// as many as keep the memory within that of a large crop.
    private static func groups(
        _ windows: [DetailWindow], imageCount: Int, in context: ForwardContext
    ) -> [ArraySlice<DetailWindow>] {
        guard case .running = context.batchStatistics, let first = windows.first else { return [windows[...]] }
        let size = max(groupPixels / max(imageCount * first.height * first.width, 1), 1)
        return stride(from: 0, to: windows.count, by: size).map { windows[$0..<min($0 + size, windows.count)] }
    }

    /// One over the number of windows at each cell, `[1, height, width, 1]`.
    private static func shares(_ windows: [DetailWindow], height: Int, width: Int, stride: Int) -> Tensor {
        var counts = [Float](repeating: 0, count: height * width)
        for window in windows {
            for row in window.top / stride..<(window.top + window.height) / stride {
                for column in window.left / stride..<(window.left + window.width) / stride {
                    counts[row * width + column] += 1
                }
            }
        }
        return Tensor(counts.map { 1 / $0 }, shape: [1, height, width, 1])
    }

    /// 1 in the cells of the window, else 0, `[1, h, w, 1]`.
    private static func mask(_ window: DetailWindow, _ images: Tensor, cell: Int) -> Tensor {
        Tensor.ones([1, window.height / cell, window.width / cell, 1]).placed(
            inHeight: images.shape[1] / cell, width: images.shape[2] / cell, top: window.top / cell,
            left: window.left / cell)
    }

    private func check(_ window: DetailWindow, _ images: Tensor, _ config: MultiResolutionConfig) {
        let alignment = config.alignment(stride: outputStride)
        let numbers = [images.shape[1], images.shape[2], window.top, window.left, window.height, window.width]
        precondition(
            numbers.allSatisfy { $0.isMultiple(of: alignment) },
            "SegmentationNetwork: crops and their windows must be multiples of \(alignment), got crops of "
                + "\(images.shape[1]) x \(images.shape[2]) and the window \(window)")
    }
}

extension Tensor {
    /// The pixels of a window of images `[B, H, W, C]`.
    fileprivate func cropped(to window: DetailWindow) -> Tensor {
        cropped(top: window.top, left: window.left, height: window.height, width: window.width)
    }
}
