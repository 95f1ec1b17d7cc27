internal import Configuration

/// What a publication puts on an encoder, under the publication's name and with its sizes: `edaps-mit-b5`.
package struct NetworkSystem: Sendable, Equatable {
    package let name: String
    /// nil for objects alone.
    package let decoder: DecoderChoice?
    package let objects: ObjectDecoderChoice

    /// A line for each.
    static let all = [
        // Saha et al., ICCV 2023, arXiv:2304.14291.
        NetworkSystem(name: "edaps", decoder: .daformer, objects: .maskRCNN),
        // Mansour et al., WACV 2025, arXiv:2404.03799: the fused map is as wide as CLIP's text vectors.
        NetworkSystem(name: "lidaps", decoder: .wideDAFormer, objects: .maskRCNN),
    ]

    package static func named(_ name: String) -> NetworkSystem? { all.first { $0.name == name } }

    /// The system of these parts: that of just these sizes, or else the first of such parts.
    package static func of(_ decoder: DecoderChoice?, _ objects: ObjectDecoderChoice) -> NetworkSystem? {
        let alike = all.filter { $0.decoder?.name == decoder?.name && $0.objects.name == objects.name }
        return alike.first { $0.decoder == decoder && $0.objects == objects } ?? alike.first
    }
}

extension DecoderChoice {
    /// DAFormer's, whose fused map has 768 channels while levels are embedded to 256 as before.
    fileprivate static var wideDAFormer: DecoderChoice {
        var config = DAFormerHead.Config()
        config.width = 768
        config.embedding = 256
        return DecoderChoice(DecoderChoice.daformer.name, config)
    }
}
