internal import Configuration
internal import SegmentationModels

extension RunConfiguration {
    /// Refuses windows and crops whose cells do not meet at both resolutions.
    func validateMultiResolution() throws(ConfigurationError) {
        guard let settings = model.multiResolution else { return }
        let reduction = (1 / settings.contextScale).rounded()
        guard abs(1 / settings.contextScale - reduction) < 1e-5 else {
            throw impossible(
                "contextScale", "1 / \(settings.contextScale) is not a whole number; use for instance 0.5 or 0.25")
        }
        let cell = settings.alignment(stride: model.encoder.config.layout.finest.stride)
        try validateDetail(settings, cell: cell)
        try validateContext(reduction: Int(reduction), cell: cell)
    }

    private func validateDetail(_ settings: MultiResolutionConfig, cell: Int) throws(ConfigurationError) {
        let (crop, detail) = (data.crop, settings.detail)
        guard detail.height <= crop.height && detail.width <= crop.width else {
            throw impossible(
                "detail", "a window of \(detail) is larger than data.crop, \(crop); use a smaller window or larger crop"
            )
        }
        let layout = model.encoder.config.layout
        let half = settings.overlap ? 2 * layout.finest.stride : 1
        let step = [layout.deepest.stride, cell, half].reduce(1, Self.leastCommonMultiple)
        guard detail.height.isMultiple(of: step) && detail.width.isMultiple(of: step) else {
            throw impossible(
                "detail", "a window of \(detail) is not a multiple of \(step); use for instance half the crop")
        }
        guard settings.coordinateStep.isMultiple(of: cell) else {
            throw impossible(
                "coordinateStep",
                "\(settings.coordinateStep) is not a multiple of \(cell), a cell of the context's logits; use \(cell)")
        }
    }

    private static func leastCommonMultiple(_ first: Int, _ second: Int) -> Int {
        var (divisor, rest) = (first, second)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        return first / divisor * second
    }

    private func validateContext(reduction: Int, cell: Int) throws(ConfigurationError) {
        let crop = data.crop
        guard crop.height.isMultiple(of: cell) && crop.width.isMultiple(of: cell) else {
            throw impossible(
                "contextScale",
                "data.crop, \(crop), is not a multiple of \(cell), a cell of the context's logits; use another crop")
        }
        let (side, smallest) = (min(crop.height, crop.width) / reduction, model.encoder.config.smallestSide)
        guard side >= smallest else {
            throw impossible(
                "contextScale",
                "the context of a crop of \(crop) has a side of \(side) pixels, and the encoder needs \(smallest); "
                    + "use a larger crop or scale")
        }
    }

    private func impossible(_ key: String, _ message: String) -> ConfigurationError {
        ConfigurationError(.impossibleCombination, keyPath: "model.multiResolution." + key, message)
    }
}
