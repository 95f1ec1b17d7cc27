/// What the random numbers of a training are for: the names of all its streams, in one place, so that no two are the
/// same.
///
/// A name is part of the stream's key. With another one no result repeats, so names stay as they are, even where they
/// could be better.
public struct StreamName: Sendable, Hashable {
    public let text: String

    private init(_ text: String) { self.text = text }
}

// MARK: - Networks

extension StreamName {
    /// First values of a parameter.
    public static func weights(ofParameter path: String) -> StreamName { StreamName("weights/\(path)") }

    /// Dropout of a layer in a pass, an image of the global batch each.
    public static func noise(ofLayer layer: String, pass: String) -> StreamName { StreamName("noise/\(pass)/\(layer)") }
}

// MARK: - Samples; `domain` is `source` or `target`

extension StreamName {
    /// The order of all pairs of a source and a target image, an epoch each.
    public static let pairs = StreamName("pairs")

    /// The image of a slot where rare classes are drawn more often.
    public static func image(ofDomain domain: String) -> StreamName { StreamName("\(domain) image") }

    /// The image in place of one that cannot be read.
    public static func replacement(ofDomain domain: String) -> StreamName { StreamName("\(domain) replacement") }

    public static func flip(ofDomain domain: String) -> StreamName { StreamName("\(domain) flip") }

    public static func crop(ofDomain domain: String) -> StreamName { StreamName("\(domain) crop") }

    /// The size that an image is shown at, where it changes.
    public static func imageSize(ofDomain domain: String) -> StreamName { StreamName("\(domain) image size") }

    /// Colours of a crop, where they change before anything is mixed.
    public static func cropColors(ofDomain domain: String) -> StreamName { StreamName("\(domain) crop colors") }
}

// MARK: - Steps; `pass` names a pass of the method's step

extension StreamName {
    /// What is pasted, a slot each.
    public static let mixing = StreamName("mixing")

    /// Which blocks are hidden, a slot each.
    public static let masking = StreamName("masking")

    /// Whether a step's images are augmented at all; one draw for the global batch.
    public static func augmentationCoins(ofPass pass: String) -> StreamName { StreamName("\(pass) augmentation coins") }

    /// The order of the colour changes, where the global batch shares it.
    public static func augmentationOrder(ofPass pass: String) -> StreamName { StreamName("\(pass) augmentation order") }

    /// Colours and blur, a slot each.
    public static func augmentation(ofPass pass: String) -> StreamName { StreamName("\(pass) augmentation") }

    /// Which anchors a detector learns from in a pass, a slot each.
    public static func anchors(ofPass pass: String) -> StreamName { StreamName("\(pass) anchors") }

    /// Which proposals a detector learns from in a pass, a slot each.
    public static func proposals(ofPass pass: String) -> StreamName { StreamName("\(pass) proposals") }

    /// Where the masks of queries and objects are compared to match them, for one of the predictions of a pass, a slot
    /// each.
    public static func matchingPoints(ofPass pass: String, prediction: Int) -> StreamName {
        StreamName("\(pass) matching points \(prediction)")
    }

    /// Where matched queries learn their masks, for one of the predictions of a pass, a slot each.
    public static func maskPoints(ofPass pass: String, prediction: Int) -> StreamName {
        StreamName("\(pass) mask points \(prediction)")
    }

    /// Where detail is seen; one draw for the global batch.
    public static func detailWindow(ofPass pass: String) -> StreamName { StreamName("detail window/\(pass)") }

    /// What stands for a table of embeddings where a step is timed.
    public static let drawnEmbeddings = StreamName("embeddings")

    /// A draw of a method's own.
    ///
    /// - Parameters:
    ///   - method: its kind in settings, which keeps names of methods apart.
    ///   - purpose: what the numbers are for.
    public static func own(ofMethod method: String, _ purpose: String) -> StreamName {
        StreamName("\(method)/\(purpose)")
    }
}
