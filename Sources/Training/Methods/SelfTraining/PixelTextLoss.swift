internal import Annotations
internal import DomainAdaptation
package import SegmentationModels
package import TensorEngine

/// CDA's loss within a step: what a pass says of every pixel against text, a mean over the pixels of the global batch.
package struct PixelTextLoss {
    private let loss: PixelText
    private let network: SegmentationNetwork
    /// Pixels of the global batch.
    private let pixels: Int

    /// - Parameters:
    ///   - table: `[classes + 1, W]`, the last row for pixels without a class.
    ///   - network: the student's.
    ///   - pixels: of the global batch.
    package init(_ settings: PixelTextConfiguration, table: Tensor, of network: SegmentationNetwork, pixels: Int) {
        loss = PixelText(settings.loss, table: table, ignoredLabel: Int(Annotation.ignored))
        self.network = network
        self.pixels = pixels
    }

    /// The student's part of the mean over all pixels of the global batch; those of pseudo-labels weigh as much as
    /// others, and those that are ignored are held to the words for nothing (LIDAPS code). At two resolutions it is of
    /// the context, which sees the whole crop.
    ///
    /// - Parameter targets: train ids of the crop, `[B, H, W]`.
    package func callAsFunction(_ output: SegmentationNetwork.Output, targets: IndexTensor) -> Tensor {
        loss.weightedSum(features: network.textFeatures(output), labels: targets) / Float(pixels)
    }
}
