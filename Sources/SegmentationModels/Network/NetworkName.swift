/// What a network is made of, in one word for command lines and tables: an encoder (`mit-b0`), a decoder before it
/// (`daformer-mit-b0`), and `hrda` before both for two resolutions (`hrda-daformer-mit-b0`, in short `hrda-mit-b0`).
///
/// Settings name the parts by themselves.
public struct NetworkName: Sendable, Equatable, CustomStringConvertible {
    public let encoder: String
    /// nil for an encoder alone.
    public let decoder: String?
    public let hasTwoResolutions: Bool

    public init(encoder: String, decoder: String?, hasTwoResolutions: Bool = false) {
        self.encoder = encoder
        self.decoder = decoder
        self.hasTwoResolutions = hasTwoResolutions
    }

    private static let twoResolutions = "hrda"

    /// - Returns: nil where a part is not registered.
    public init?(_ text: String) {
        // The longest encoder that the text ends with: one's name may end with another's.
        let encoders = EncoderRegistry.shared.names.filter { text == $0 || text.hasSuffix("-\($0)") }
        guard let encoder = encoders.max(by: { $0.utf8.count < $1.utf8.count }) else { return nil }
        var rest = String(text.dropLast(encoder.utf8.count))
        let hasTwoResolutions = rest.hasPrefix("\(Self.twoResolutions)-")
        if hasTwoResolutions { rest.removeFirst(Self.twoResolutions.utf8.count + 1) }
        var decoder = rest.isEmpty ? nil : String(rest.dropLast())
        if hasTwoResolutions, decoder == nil { decoder = DecoderChoice.daformer.name }
        if let decoder, DecoderRegistry.shared[decoder] == nil { return nil }
        self.init(encoder: encoder, decoder: decoder, hasTwoResolutions: hasTwoResolutions)
    }

    public var description: String {
        ([hasTwoResolutions ? Self.twoResolutions : nil, decoder, encoder] as [String?]).compactMap(\.self)
            .joined(separator: "-")
    }

    /// What the words may be, for messages.
    package static var expectation: String {
        "an encoder (\(EncoderRegistry.shared.names.joined(separator: ", "))), after a decoder "
            + "(\(DecoderRegistry.shared.names.map { "\($0)-" }.joined(separator: ", "))) where there is one, after "
            + "\(twoResolutions)- for two resolutions"
    }
}
