public import Configuration
public import ImageIO
public import SegmentationModels

/// How an image passes through the network.
public enum InferenceConfiguration: Sendable, Equatable {
    /// At once (DAFormer).
    case whole
    /// In overlapping windows whose logits are averaged.
    case sliding(SlidingWindowConfiguration)
}

extension InferenceConfiguration: ConfigurationVariant {
    package static let kinds = ["whole", "sliding"]

    package init?(kind: String) {
        switch kind {
        case "whole": self = .whole
        case "sliding": self = .sliding(SlidingWindowConfiguration())
        default: return nil
        }
    }

    package var kind: String {
        switch self {
        case .whole: "whole"
        case .sliding: "sliding"
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        guard case .sliding(var parameters) = self else { return }
        try parameters.visit(&fields)
        self = .sliding(parameters)
    }
}

/// Windows and their distance. The last window of a row is moved inwards to end at the border.
public struct SlidingWindowConfiguration: Sendable, Equatable {
    /// A multiple of the stride on each axis, so that inner pixels are covered equally often.
    public var window = ImageSizeConfiguration(height: 512, width: 512)
    /// Half a window by default, as in HRDA (arXiv:2204.13132).
    public var stride = ImageSizeConfiguration(height: 256, width: 256)
    /// Windows that pass through the network together: the published settings have 3 (Cityscapes) or 6 (ACDC, Dark
    /// Zurich) an image. Fewer need less memory and give the same scores.
    public var windowsPerBatch = 6

    public init() {}
}

extension SlidingWindowConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.section("window", &window)
        try fields.section("stride", &stride)
        try fields.field("windowsPerBatch", &windowsPerBatch, .atLeast(1, atMost: 65_536))
    }
}

extension ImagePredictor {
    /// A predictor that uses the network's running statistics.
    ///
    /// - Parameter resize: how images are brought to the size at which they enter the network; nil keeps theirs.
    public init(
        _ network: SegmentationNetwork, _ inference: InferenceConfiguration, resize: ResizeRule?
    ) {
        self.init(network, mode: inference.mode)
        if case .sliding(let parameters) = inference { windowsPerBatch = parameters.windowsPerBatch }
        guard let resize, resize != .none else { return }
        inputSize = { resize.size(height: $0, width: $1) }
        interpolation = resize.interpolation
    }
}

extension InferenceConfiguration {
    fileprivate var mode: ImagePredictor.Mode {
        switch self {
        case .whole: .whole
        case .sliding(let parameters):
            .sliding(
                SlidingWindowGrid(
                    windowHeight: parameters.window.height, windowWidth: parameters.window.width,
                    strideHeight: parameters.stride.height, strideWidth: parameters.stride.width))
        }
    }
}
