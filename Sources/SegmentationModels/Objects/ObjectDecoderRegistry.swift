package import Configuration

/// Every decoder of objects that settings and commands can name.
package enum ObjectDecoderRegistry: ComponentKind {
    package typealias Config = any ObjectDecoderConfig & ConfigurationSection

    /// A line for each: its name, and its published sizes.
    package static let shared = ComponentRegistry<Config>([
        ("mask-rcnn", MaskRCNN.Config()),
        ("mask2former", Mask2Former.Config()),
    ])

    package static func visit(
        _ config: inout Config, _ fields: inout ConfigurationFields
    ) throws(ConfigurationError) { try config.visit(&fields) }

    package static func areEqual(_ first: Config, _ second: Config) -> Bool { first.isEqual(to: second) }
}

/// A decoder of objects by name, with sizes that a setting may change: `mask-rcnn`, or `{kind: mask-rcnn, width: 64}`.
package typealias ObjectDecoderChoice = ComponentChoice<ObjectDecoderRegistry>

extension ObjectDecoderChoice {
    /// Mask R-CNN with its published sizes.
    package static var maskRCNN: ObjectDecoderChoice { ObjectDecoderChoice("mask-rcnn", MaskRCNN.Config()) }

    /// Mask2Former with its published sizes.
    package static var mask2Former: ObjectDecoderChoice { ObjectDecoderChoice("mask2former", Mask2Former.Config()) }
}
