/// How files are known to be images or labels before they are opened: by their endings, in any case. What a file holds
/// is told by its first bytes, see `ImageCodec`.
///
/// The one list of endings, for data sets, predictions and submissions alike. Files whose names begin with a dot are
/// hidden and never images: macOS leaves a `._x.png` beside an `x.png`.
package enum ImageFileName {
    /// Endings of images.
    package static let endings = ["png", "jpg", "jpeg"]
    /// The same in a sentence.
    package static let endingsInWords = ".png, .jpg or .jpeg"
    /// Ending of files of ids, which JPEG would change.
    package static let labelEnding = "png"

    package static func isHidden(_ name: String) -> Bool { name.hasPrefix(".") }

    /// `a.b.PNG` as `a.b` and `png`; nil for a name without a dot inside.
    package static func parts(of name: String) -> (stem: String, ending: String)? {
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
        return (String(name[..<dot]), name[name.index(after: dot)...].lowercased())
    }

    /// The name of an image without its ending; nil for files that are no images.
    package static func imageStem(of name: String) -> String? { stem(of: name) { endings.contains($0) } }

    /// The name of a file of ids without its ending; nil for other files.
    package static func labelStem(of name: String) -> String? { stem(of: name) { $0 == labelEnding } }

    private static func stem(of name: String, isWanted: (String) -> Bool) -> String? {
        guard !isHidden(name), let (stem, ending) = parts(of: name), isWanted(ending) else { return nil }
        return stem
    }
}
