/// Which prediction belongs to which labelled image.
///
/// Files of COCO's forms have an `image_id`, which each program may number in its own way, and mostly names of files.
/// Where the two say different things, names are believed: a shift by one would pair every image with its neighbour.
package struct ImagePairing: Sendable {
    /// An image in a file.
    package struct Image: Sendable {
        let id: String
        /// Of its files, without folders and endings; empty where the file gives none.
        let names: Set<String>

        package init(id: String, files: [String]) {
            self.id = id
            names = Set(files.map(ObjectFileName.stem(ofImage:)))
        }
    }

    /// What told them.
    package enum Way: Sendable, Equatable {
        /// `image_id`, which names of files agree with.
        case ids
        /// `image_id` alone: names are not given, or are of another kind on each side.
        case idsAlone
        /// The names of files: `image_id` contradicts them, or none of one side is on the other.
        case names(contradictory: Bool)
    }

    package let way: Way
    /// The predicted image's id by the labelled one's; images without a prediction are not in it.
    package let predicted: [String: String]
    /// One sentence, of what an image's id and name say; nil where they agree.
    package let contradiction: String?

    /// - Parameters:
    ///   - labels: each id once.
    ///   - predictions: likewise.
    package init(labels: [Image], predictions: [Image]) {
        let byID = Dictionary(uniqueKeysWithValues: predictions.map { ($0.id, $0) })
        let byName = Self.byName(predictions)
        let shared = labels.compactMap { label in byID[label.id].map { (label: label, prediction: $0) } }
        let matches = labels.compactMap { label in
            Self.match(label, byName).map { (label: label.id, prediction: $0) }
        }
        let uses = Dictionary(matches.map { ($0.prediction, 1) }, uniquingKeysWith: +)
        let named = matches.filter { uses[$0.prediction] == 1 }
        // The same names must be usable on both sides: those of another kind are nowhere to be found.
        let contrary = shared.first { pair in
            pair.label.names.isDisjoint(with: pair.prediction.names)
                && (Self.match(pair.label, byName) != nil || Self.match(pair.prediction, Self.byName(labels)) != nil)
        }
        guard !named.isEmpty, shared.isEmpty || contrary != nil else {
            let agree = !named.isEmpty
            way = agree ? .ids : .idsAlone
            predicted = Dictionary(uniqueKeysWithValues: shared.map { ($0.label.id, $0.prediction.id) })
            contradiction = nil
            return
        }
        way = .names(contradictory: contrary != nil)
        predicted = Dictionary(uniqueKeysWithValues: named.map { ($0.label, $0.prediction) })
        contradiction = contrary.map { pair in
            "the image_id \(pair.label.id) is of \(Self.text(pair.label)) in the labels and of \(Self.text(pair.prediction)) "
                + "in the predictions"
        }
    }

    private static func text(_ image: Image) -> String { image.names.min() ?? "an image without a name" }

    /// Ids by name; names that several images have tell nothing.
    private static func byName(_ images: [Image]) -> [String: String] {
        var ids: [String: String] = [:]
        var twice = Set<String>()
        for image in images {
            for name in image.names where ids.updateValue(image.id, forKey: name) != nil { twice.insert(name) }
        }
        for name in twice { ids[name] = nil }
        return ids
    }

    private static func match(_ image: Image, _ byName: [String: String]) -> String? {
        let found = Set(image.names.compactMap { byName[$0] })
        return found.count == 1 ? found.first : nil
    }

    /// How images were paired, for a person.
    func notice(labels: String, predictions: String) -> String {
        switch way {
        case .ids: "images are paired by image_id, and the names of their files agree"
        case .idsAlone:
            "images are paired by image_id alone: \(labels) and \(predictions) do not share the names of files, which could "
                + "confirm it"
        case .names(contradictory: false):
            "\(predictions): no image_id is one of \(labels), so images are found by the names of their files"
        case .names(contradictory: true):
            "images are paired by the names of their files, since image_ids say otherwise: \(contradiction ?? "")"
        }
    }
}
