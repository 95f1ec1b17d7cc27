/// Height and width in pixels.
public struct ImageSizeConfiguration: Sendable, Equatable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }
}

extension ImageSizeConfiguration: ConfigurationSection {
    package init() { self.init(height: 512, width: 512) }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("height", &height, .side(from: 1))
        try fields.field("width", &width, .side(from: 1))
    }
}

extension ImageSizeConfiguration: CustomStringConvertible {
    /// Height before width.
    public var description: String { "\(height)x\(width) (height x width)" }
}
