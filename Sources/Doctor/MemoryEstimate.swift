internal import Configuration
internal import DataParallel
internal import NN
internal import SegmentationModels
internal import TensorEngine
internal import Training

/// The memory that a rank of a job would need, by formula, before there is a job.
///
/// Weights and what goes with them are counted exactly. What a backward pass keeps is a multiple of the pixels and
/// channels of each level of the encoder and of the decoder's maps; the multiples are the components' own, fitted to
/// peaks that `causeway bench step` measured. `JobPlanCommandTests` holds the whole
/// against measured steps, to within a quarter.
public struct MemoryEstimate: Sendable, Equatable {
    /// Weights, gradients, the optimiser's averages, and the networks beside the student's.
    public var networkBytes: Int
    /// What the pass that keeps the most keeps.
    public var activationBytes: Int
    /// Program and libraries, BLAS buffers, images that wait, and the rank's share of the node's sample store.
    public var overheadBytes: Int

    public var totalBytes: Int { networkBytes + activationBytes + overheadBytes }

    /// Bytes of tensors: what the log calls `peakMemoryBytes`.
    public var tensorBytes: Int { networkBytes + activationBytes }
}

extension MemoryEstimate {
    private static let floatBytes = 4
    /// Program, MPI and libraries.
    private static let programBytes = 70 << 20

    /// - Parameters:
    ///   - role: what the rank does.
    ///   - imagesPerStudent: images of each domain.
    ///   - hasLocalTeacher: whether students label for themselves.
    ///   - storeShare: ranks of the node that share its sample store.
    init(
        of configuration: RunConfiguration, role: RankRoles.Role, imagesPerStudent: Int, hasLocalTeacher: Bool,
        storeShare: Int
    ) throws {
        let network = try configuration.makeNetwork(seed: nil, loadsWeights: false)
        let all = network.parameterCount
        let crop = configuration.data.crop
        let activations = ActivationEstimate(configuration.model, configuration.engine.recompute)
        let (height, width) = (crop.height, crop.width)
        var floats = activations.workspaceFloats
        let networks: Int
        switch role {
        case .student:
            let labels = configuration.method.teaching != nil && hasLocalTeacher
            // Values and two averages; the teacher's values; what the method keeps.
            let kept = configuration.method.method.keptNumbers(in: configuration, beside: network)
            networks = 3 * all + (labels ? all : 0) + kept
            let training = activations.trainingFloats(height: height, width: width)
            let labelling = labels ? activations.labellingFloats(height: height, width: width) : 0
            let passes = max(training, labelling) * imagesPerStudent
            // In a step's first pass gradients arrive as activations leave; they stay for those after it.
            floats += configuration.method.teaching == nil ? max(passes, all) : passes + all
        case .teacher(_, let students):
            // Its own values and those that arrive.
            networks = 2 * all
            let together = configuration.distribution.batchNormStatistics == .global ? students.count : 1
            floats += activations.labellingFloats(height: height, width: width) * imagesPerStudent * together
        }
        let images = 6 * imagesPerStudent * crop.height * crop.width * 3 * Self.floatBytes
        self.init(
            networkBytes: networks * Self.floatBytes, activationBytes: floats * Self.floatBytes,
            overheadBytes: Self.programBytes + images
                + Int(configuration.data.storeMegabytes * 1_048_576) / max(1, storeShare))
    }
}

/// How many numbers a pass of a network holds for one image.
struct ActivationEstimate {
    private let encoder: any EncoderConfig
    private let decoder: DecoderMemory
    private let classes: Int
    private let resolutions: MultiResolutionConfig?
    private let recomputation: Recomputation

    init(_ model: ModelConfiguration, _ recomputation: Recomputation) {
        encoder = model.encoder.config
        // The projection's map is kept, and its gradient is as large.
        let projection = model.textProjection.map { DecoderMemory(kept: 2 * Double($0), passing: 0) }
        let decoders = [model.decoder?.config.memory, model.objects?.config.memory, projection].compactMap { $0 }
        decoder = decoders.reduce(DecoderMemory(kept: 0, passing: 0), +)
        classes = model.decoder == nil ? 0 : model.classes
        resolutions = model.multiResolution
        self.recomputation = recomputation
    }

    /// Maps of a pass without a tape at the finest stride, beside the decoder's: in multiples of the encoder's
    /// channels, the classes.
    private static let passingMaps = (encoder: 10.0, classes: 3.0)

    var workspaceFloats: Int { encoder.workspace + decoder.workspace }

    /// Cells of the finest map.
    private func cells(_ pixels: Int) -> Double {
        let stride = encoder.layout.finest.stride
        return Double(pixels) / Double(stride * stride)
    }

    /// Of a pass with its tape.
    func trainingFloats(height: Int, width: Int) -> Int {
        guard let resolutions else { return Int(passFloats(height * width) + decoder.keptOfImage) }
        let detail = min(resolutions.detail.height, height) * min(resolutions.detail.width, width)
        return Int(passFloats(contextPixels(resolutions, height, width)) + passFloats(detail))
    }

    /// Of a pass without a tape, detail everywhere: all windows are one batch.
    func labellingFloats(height: Int, width: Int) -> Int {
        var pixels = height * width
        if let resolutions {
            let windows = windowCount(height, resolutions.detail.height, resolutions)
                * windowCount(width, resolutions.detail.width, resolutions)
            let detail = min(resolutions.detail.height, height) * min(resolutions.detail.width, width)
            pixels = contextPixels(resolutions, height, width) + windows * detail
        }
        let maps = Self.passingMaps
        let floats = decoder.passing + maps.encoder * Double(encoder.layout.finest.channels)
            + maps.classes * Double(classes)
        return Int(cells(pixels) * floats + decoder.passingOfImage)
    }

    private func contextPixels(_ resolutions: MultiResolutionConfig, _ height: Int, _ width: Int) -> Int {
        height * width / (resolutions.contextReduction * resolutions.contextReduction)
    }

    private func windowCount(_ side: Int, _ window: Int, _ resolutions: MultiResolutionConfig) -> Int {
        let stride = max(1, window / (resolutions.overlap ? 2 : 1))
        return max(0, side - window + stride - 1) / stride + 1
    }

    private func passFloats(_ pixels: Int) -> Double {
        zip(encoder.layout.levels, encoder.keptMaps(recomputation)).reduce(cells(pixels) * decoder.kept) { sum, level in
            let (stride, channels) = (Double(level.0.stride), Double(level.0.channels))
            return sum + Double(pixels) / (stride * stride) * channels * level.1
        }
    }
}
