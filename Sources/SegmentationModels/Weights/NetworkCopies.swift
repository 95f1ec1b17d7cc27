package import WeightFiles

/// The networks that a file's names tell of, and which of them is taken.
///
/// `NetworkRole` has the rule, the same for all files and whatever their wrappers.
package struct NetworkCopies {
    /// The naming of the one that is taken.
    package let format: WeightsFormat
    /// Its role, for messages.
    private let chosen: Candidate
    private let others: [Candidate]

    /// An encoder somewhere in the file.
    private struct Candidate: Equatable {
        let convention: WeightConvention
        /// Before the encoder's names.
        let prefix: String
        /// By which it was found.
        let anchor: String

        var role: NetworkRole { NetworkRole(prefix: prefix) }
        var rank: (NetworkRole, Int) { NetworkRole.rank(prefix) }

        /// Before the names of the whole network: `model.` of `model.backbone.`.
        var root: String {
            let words = prefix.split(separator: ".")
            guard let last = words.last, NetworkCopies.encoderWords.contains(String(last)) else { return prefix }
            return words.dropLast().map { $0 + "." }.joined()
        }
    }

    /// One candidate for each tensor that anchors were found at: that of the convention which knows most of its name,
    /// as `swin.encoder.layers` does beside `encoder.layers`.
    private static func tellingMost(_ candidates: [Candidate]) -> [Candidate] {
        Dictionary(grouping: candidates) { $0.prefix + $0.anchor }.values.compactMap { group in
            group.max { $0.anchor.utf8.count < $1.anchor.utf8.count }
        }
    }

    /// What networks call the encoder inside them.
    private static let encoderWords: Set = ["backbone", "segformer", "encoder", "image_encoder"]

    /// - Parameters:
    ///   - parts: of the network that is to be filled; files are recognised by the first.
    ///   - role: nil takes the student before its teacher before a frozen copy.
    ///   - file: path, for messages.
    /// - Throws: `WeightsError` where there is no encoder we know, none of the role, or several of equal standing.
    package init(
        _ names: [String], of parts: [WeightPart], role: NetworkRole? = nil, file: String
    ) throws(WeightsError) {
        var candidates: [Candidate] = []
        let tables = parts.first?.names ?? []
        for table in tables {
            for prefix in NetworkRole.prefixes(of: table.anchor, in: names) {
                if let companion = table.companion, !names.contains(prefix + companion) { continue }
                candidates.append(Candidate(convention: table.convention, prefix: prefix, anchor: table.anchor))
            }
        }
        candidates = Self.tellingMost(candidates)
        candidates.sort { $0.rank != $1.rank ? $0.rank < $1.rank : $0.prefix < $1.prefix }
        if let role, let other = candidates.first {
            // What is not taken comes last.
            candidates = candidates.filter { $0.role == role } + candidates.filter { $0.role != role }
            guard candidates[0].role == role else {
                throw WeightsError(
                    .missing, file: file,
                    "holds no \(role.wanted), only a \(other.role.wanted) under '\(other.prefix)'; ask for that one")
            }
        }
        guard let best = candidates.first else {
            throw WeightsError(
                .unknownFormat, file: file,
                "has no tensor named \(tables.map(\.anchor).joined(separator: ", nor ")); save the weights under the "
                    + "names of one of: \(tables.map(\.convention.rawValue).joined(separator: ", "))")
        }
        let equals = candidates.filter { $0.rank == best.rank }.map { "'\($0.prefix)'" }
        guard equals.count == 1 else {
            throw WeightsError(
                .ambiguous, file: file,
                "holds several networks and does not tell which is meant: \(equals.joined(separator: ", ")); "
                    + "save that one in a file of its own")
        }
        chosen = best
        others = Array(candidates.dropFirst())
        format = WeightsFormat(
            best.convention, encoderPrefix: best.prefix,
            headPrefix: Self.headPrefix(in: names, of: best, parts.dropFirst()))
    }

    /// The head of the network whose encoder was chosen: `model.backbone.` goes with `model.decode_head.`, never with
    /// the head of a network in another role.
    private static func headPrefix(
        in names: [String], of encoder: Candidate, _ parts: ArraySlice<WeightPart>
    ) -> String {
        let anchors = parts.flatMap(\.anchors)
        let heads = Set(anchors.flatMap { NetworkRole.prefixes(of: $0, in: names) })
            .filter { NetworkRole(prefix: $0) == encoder.role }
        let around = heads.filter { encoder.prefix.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count }
        return around ?? (heads.count == 1 ? heads.first : nil) ?? encoder.root
    }

    /// The networks that are not taken, with their number of tensors, and the names that belong to none of all.
    func passedOver(_ names: [String]) -> (copies: [LoadReport.Copy], rest: [String]) {
        // Inner roots own their names: `model.ema.` lies below `model.`.
        let roots = Set(([chosen] + others).map(\.root)).sorted { $0.utf8.count > $1.utf8.count }
        var counts: [String: Int] = [:]
        var rest: [String] = []
        for name in names {
            if let owner = roots.first(where: { name.hasPrefix($0) }), owner != chosen.root {
                counts[owner, default: 0] += 1
            } else {
                rest.append(name)
            }
        }
        let copies = others.compactMap { other in
            counts.removeValue(forKey: other.root).map {
                LoadReport.Copy(role: other.role.name, prefix: other.root, tensorCount: $0)
            }
        }
        return (copies, rest)
    }
}
