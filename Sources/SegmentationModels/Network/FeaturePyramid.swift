public import TensorEngine

/// What an encoder delivers: maps of the same images at several strides, finest first.
///
/// Decoders, losses and methods ask for a level by what it is (`deepest`, `finest`, a stride), never by its place in a
/// list. A neck such as a feature pyramid network makes one pyramid of another, with channels and strides of its own.
public struct FeaturePyramid {
    /// The strides and channels of a pyramid, known before there are images.
    public struct Layout: Sendable, Equatable {
        public struct Level: Sendable, Equatable {
            /// Pixels of an image's side in one cell of the map.
            public let stride: Int
            public let channels: Int
        }

        /// Finest first.
        public let levels: [Level]

        /// - Precondition: as many strides as channels, at least one, strides ascending.
        public init(strides: [Int] = [4, 8, 16, 32], channels: [Int]) {
            precondition(
                !strides.isEmpty && strides.count == channels.count && zip(strides, strides.dropFirst()).allSatisfy(<),
                "FeaturePyramid.Layout: needs ascending strides with channels each, got \(strides) and \(channels)")
            levels = zip(strides, channels).map { Level(stride: $0, channels: $1) }
        }

        public var channels: [Int] { levels.map(\.channels) }
        public var finest: Level { levels[0] }
        public var deepest: Level { levels[levels.count - 1] }
    }

    public let layout: Layout
    /// `[B, ceil(H / stride), ceil(W / stride), channels]` of each level, finest first.
    public let maps: [Tensor]

    /// - Precondition: one map for each level, with its channels.
    public init(_ layout: Layout, maps: [Tensor]) {
        precondition(
            maps.map { $0.shape.last } == layout.channels,
            "FeaturePyramid: maps must have \(layout.channels) channels, got \(maps.map(\.shape))")
        self.layout = layout
        self.maps = maps
    }

    public var finest: Tensor { maps[0] }
    public var deepest: Tensor { maps[maps.count - 1] }

    /// The map of a stride; nil where the encoder has none.
    public subscript(stride stride: Int) -> Tensor? {
        layout.levels.firstIndex { $0.stride == stride }.map { maps[$0] }
    }
}
