internal import Annotations
package import DataLoading
internal import ImageIO
package import SegmentationModels
package import TensorEngine

extension TrainingBatch {
    /// Normalised colours `[B, H, W, 3]`.
    package var images: Tensor { Tensor(pixels, shape: [count, height, width, 3]) }
    /// Train ids `[B, H, W]`, 255 where ignored.
    package var targets: IndexTensor { IndexTensor(labels, shape: [count, height, width]) }
    /// Loss weights `[B, H, W]`; nil when all are 1.
    package var pixelWeights: Tensor? { weights.map { Tensor($0, shape: [count, height, width]) } }

    /// The part of every image inside a window.
    package func cropped(to window: DetailWindow) -> TrainingBatch {
        TrainingBatch(
            count: count, height: window.height, width: window.width, pixels: cut(pixels, window, channels: 3),
            labels: cut(labels, window), weights: weights.map { cut($0, window) },
            objects: objects?.map { objects in
                objects.cropped(
                    to: PixelBox(top: window.top, left: window.left, height: window.height, width: window.width))
            })
    }

    private func cut<Value>(_ values: [Value], _ window: DetailWindow, channels: Int = 1) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(count * window.height * window.width * channels)
        for image in 0..<count {
            for row in window.top..<window.top + window.height {
                let start = ((image * height + row) * width + window.left) * channels
                result += values[start..<start + window.width * channels]
            }
        }
        return result
    }
}

extension BatchBuilder {
    /// Normalised images of samples without labels, `[B, H, W, 3]`.
    package func images(of samples: [Sample]) -> Tensor {
        let size = samples.first?.image
        return Tensor(pixels(of: samples), shape: [samples.count, size?.height ?? 0, size?.width ?? 0, 3])
    }
}
