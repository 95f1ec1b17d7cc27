import NN

extension SegmentationNetwork {
    /// The network itself, or the part of it that a trained network's file can fill, under the names of the file: of
    /// one resolution or of two, and with what finds objects or without.
    func sharing(layoutOf names: [String]) -> SegmentationNetwork {
        let file = Set(names)
        func hasAny(_ anchors: [String]) -> Bool {
            anchors.contains { anchor in file.contains(anchor) || names.contains { $0.hasSuffix("." + anchor) } }
        }
        guard let head else { return self }
        let resolutions = MultiResolutionHead.weightNames(head.config).map { "\(Self.decoderName).\($0.anchor)" }
        let shared: MultiResolutionHead? =
            switch (hasAny(resolutions), multiResolution != nil) {
            case (true, false): MultiResolutionHead(sharing: head)
            case (false, true): nil
            default: multiResolutionHead
            }
        let parts = objectDecoder?.config.weightParts ?? []
        let hasObjects = hasAny(parts.flatMap(\.anchors))
        if shared === multiResolutionHead, hasObjects || objectDecoder == nil { return self }
        return SegmentationNetwork(
            encoder: encoder, head: head, shared, objectDecoder: hasObjects ? objectDecoder : nil,
            classCount: classCount)
    }
}
