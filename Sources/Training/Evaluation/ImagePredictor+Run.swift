internal import Configuration
public import Evaluation
public import SegmentationModels

extension ImagePredictor {
    /// A predictor with the network's running statistics, as a setting says.
    public init(_ network: SegmentationNetwork, _ configuration: RunConfiguration) {
        let settings = configuration.evaluation
        self.init(network, settings.inference, resize: settings.dataset?.resizeRule)
        largestWhole = settings.wholeMegapixels * 1_000_000
        bytesPerPixel = configuration.model.bytesPerPredictedPixel
    }
}

extension ModelConfiguration {
    private static let floatBytes = 4.0
    /// Maps at the finest stride that a pass without a tape holds at once beside the decoder's: in multiples of the
    /// encoder's channels, and of the classes.
    private static let passingMaps = (encoder: 10.0, classes: 3.0)

    /// What a pass holds for each pixel that enters the network.
    var bytesPerPredictedPixel: Int {
        let finest = encoder.config.layout.finest
        let decoders = [decoder?.config.memory.passing, objects?.config.memory.passing].compactMap { $0 }.reduce(0, +)
        let floats = decoders + Self.passingMaps.encoder * Double(finest.channels)
            + Self.passingMaps.classes * Double(decoder == nil ? 0 : classes)
        var passes = 1.0
        if let multiResolution {
            let reduction = Double(multiResolution.contextReduction)
            // Windows of detail that overlap by half see every pixel four times.
            passes = 1 / (reduction * reduction) + (multiResolution.overlap ? 4 : 1)
        }
        return Int(Self.floatBytes * passes * floats / Double(finest.stride * finest.stride))
    }
}
