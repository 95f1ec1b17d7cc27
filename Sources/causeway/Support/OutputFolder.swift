internal import Configuration
internal import Datasets
internal import Training

/// Where a command writes pictures beside those that it reads.
enum OutputFolder {
    /// Checks that predictions land neither among the images nor over them: the next run would take them for images.
    ///
    /// - Parameters:
    ///   - out: folder that is written; it need not be there.
    ///   - images: folder that is read.
    ///   - folders: names of the folders that are written below `out`.
    ///   - walked: all folders in which images were looked for, links resolved.
    static func require(_ out: String, apartFrom images: String, walked: [String], folders: [String]) throws {
        let target = OutputPlace.resolved(out)
        if let source = walked.first(where: { OutputPlace.contains($0, target) }) {
            let place = source == OutputPlace.resolved(images) ? images : "\(images), which leads to \(source)"
            throw CommandError(
                "--out \(out): lies in the folder of --images, \(place), so that the next run would take predictions for "
                    + "images; give a folder beside it")
        }
        let sources = walked.isEmpty ? [OutputPlace.resolved(images)] : walked
        for folder in folders where sources.contains(where: { OutputPlace.contains("\(target)/\(folder)", $0) }) {
            throw CommandError(
                "--out \(out): predictions are written to \(out)/\(folder), where the images of --images, \(images), lie; give "
                    + "another folder")
        }
    }

    /// Checks that pictures land in no folder that holds images of data sets.
    ///
    /// - Parameter option: that names the folder, such as `--out`.
    static func require(_ option: String, _ out: String, apartFromImagesOf sections: [DataCheck.Section]) throws {
        for section in sections {
            // What cannot be opened is told by whoever reads it.
            let dataset = try? section.dataset.open(
                keyPath: section.keyPath, readsLabels: false, labelSpace: section.labelSpace)
            try OutputPlace.require(out, named: "\(option) \(out)", apartFrom: dataset?.samples.map(\.imagePath) ?? [])
        }
    }
}
