internal import Configuration

/// What a network is made of, in one word for command lines and tables: an encoder (`mit-b0`), a decoder before it
/// (`daformer-mit-b0`), `hrda` before both for two resolutions (`hrda-daformer-mit-b0`, in short `hrda-mit-b0`), or a
/// decoder of objects before both (`mask-rcnn-segformer-mit-b0`) or alone (`mask-rcnn-mit-b0`). What publications gave
/// a name of their own has that name (`edaps-mit-b0`).
///
/// Settings name the parts by themselves.
public struct NetworkName: Sendable, Equatable, CustomStringConvertible {
    public let encoder: String
    /// What makes class scores; nil for an encoder alone, or for objects alone.
    public let decoder: String?
    /// What finds objects; nil for class maps alone.
    public let objects: String?
    /// The publication whose sizes the parts have; nil where none gave them a name.
    public let system: String?
    public let hasTwoResolutions: Bool

    public init(
        encoder: String, decoder: String?, objects: String? = nil, system: String? = nil,
        hasTwoResolutions: Bool = false
    ) {
        self.encoder = encoder
        self.decoder = decoder
        self.objects = objects
        self.system = system
        self.hasTwoResolutions = hasTwoResolutions
    }

    /// Whether it is an encoder and nothing else.
    public var isEncoder: Bool { decoder == nil && objects == nil }

    private static let twoResolutions = "hrda"

    /// - Returns: nil where a part is not registered.
    public init?(_ text: String) {
        guard let (front, encoder) = Self.divided(text, EncoderRegistry.shared.names) else { return nil }
        if front == Self.twoResolutions {
            self.init(encoder: encoder, decoder: DecoderChoice.daformer.name, hasTwoResolutions: true)
        } else if let system = front.flatMap({ NetworkSystem.named($0) }) {
            self.init(encoder: encoder, system)
        } else if let front {
            self.init(encoder: encoder, parts: front)
        } else {
            self.init(encoder: encoder, decoder: nil)
        }
    }

    private init(encoder: String, _ system: NetworkSystem) {
        self.init(
            encoder: encoder, decoder: system.decoder?.name, objects: system.objects.name, system: system.name)
    }

    /// - Parameter parts: what stands before the encoder: a decoder, after one of objects or two resolutions; or one of
    ///   objects alone.
    private init?(encoder: String, parts: String) {
        if ObjectDecoderRegistry.shared[parts] != nil {
            self.init(encoder: encoder, decoder: nil, objects: parts)
            return
        }
        guard let (front, decoder) = Self.divided(parts, DecoderRegistry.shared.names) else { return nil }
        let hasTwoResolutions = front == Self.twoResolutions
        let objects = hasTwoResolutions ? nil : front
        if let objects, ObjectDecoderRegistry.shared[objects] == nil { return nil }
        self.init(encoder: encoder, decoder: decoder, objects: objects, hasTwoResolutions: hasTwoResolutions)
    }

    /// The longest of `names` that a text ends with, for one's name may end with another's, and what stands before its
    /// dash; nil where it ends with none.
    private static func divided(_ text: String, _ names: [String]) -> (front: String?, name: String)? {
        let found = names.filter { text == $0 || text.hasSuffix("-\($0)") }.max { $0.utf8.count < $1.utf8.count }
        return found.map { (text == $0 ? nil : String(text.dropLast($0.utf8.count + 1)), $0) }
    }

    public var description: String {
        let parts: [String?] = system == nil ? [objects, decoder, encoder] : [system, encoder]
        return ([hasTwoResolutions ? Self.twoResolutions : nil] + parts).compactMap(\.self).joined(separator: "-")
    }

    /// What the words may be, for messages.
    package static var expectation: String {
        func prefixes(_ names: [String]) -> String { names.map { "\($0)-" }.joined(separator: ", ") }
        return "an encoder (\(EncoderRegistry.shared.names.joined(separator: ", "))), after a decoder "
            + "(\(prefixes(DecoderRegistry.shared.names))) where there is one, after \(twoResolutions)- for two resolutions "
            + "or a decoder of objects (\(prefixes(ObjectDecoderRegistry.shared.names))), which may also stand alone before "
            + "the encoder; or an encoder after the name of a whole system (\(prefixes(NetworkSystem.all.map(\.name))))"
    }

    /// Whole networks of one resolution on an encoder, for errors and help.
    package static func wholes(on encoder: String) -> [NetworkName] {
        DecoderRegistry.shared.names.map { NetworkName(encoder: encoder, decoder: $0) }
            + NetworkSystem.all.map { NetworkName(encoder: encoder, $0) }
    }
}
