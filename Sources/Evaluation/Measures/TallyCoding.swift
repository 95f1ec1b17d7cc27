internal import FoundationEssentials

/// What ranks tell each other about scores, as bytes.
public enum TallyCoding {
    /// - Parameter name: of what is scored, for errors.
    /// - Throws: `damagedTally`
    public static func bytes(of tally: some Encodable, of name: String) throws(EvaluationError) -> [UInt8] {
        // Scores of a detector may be infinite; JSON has no such numbers.
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return Array(try encoder.encode(tally))
        } catch {
            throw EvaluationError(.damagedTally, "\(name): what was counted cannot be written: \(error)")
        }
    }

    /// - Throws: `damagedTally` for bytes that were not made from such a tally.
    public static func tally<Tally: Decodable>(
        from bytes: [UInt8], of name: String
    ) throws(EvaluationError) -> Tally {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(Tally.self, from: Data(bytes))
        } catch {
            throw EvaluationError(.damagedTally, "\(name): what another rank counted cannot be read: \(error)")
        }
    }
}
