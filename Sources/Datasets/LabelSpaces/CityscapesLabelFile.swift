internal import ImageIO

/// Label files that say by their name which numbers they hold.
package enum CityscapesLabelFile {
    /// Ends the stem of a file of train ids.
    static let trainIDs = "_labelTrainIds"
    /// Ends the stem of a file of label ids.
    static let labelIDs = "_labelIds"

    /// What files of train ids and of label ids have between their stem and their ending.
    ///
    /// - Parameter prefix: what stands before, such as `_gtFine`.
    static func markers(prefix: String) -> [String] { [prefix + trainIDs, prefix + labelIDs] }

    /// Whether a file is named `..._labelTrainIds.png`.
    static func holdsTrainIDs(_ path: String) -> Bool { isMarked(path, trainIDs) }

    /// Whether a file is named `..._labelIds.png`.
    package static func holdsLabelIDs(_ path: String) -> Bool { isMarked(path, labelIDs) }

    private static func isMarked(_ path: String, _ marker: String) -> Bool {
        ImageFileName.parts(of: path).map { $0.ending == ImageFileName.labelEnding && $0.stem.hasSuffix(marker) }
            ?? false
    }
}
