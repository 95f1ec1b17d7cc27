/// How the label files of a data set are read: which numbers they hold, and the classes they are delivered in.
struct LabelFiles: Sendable {
    /// What labels are delivered in.
    let labelSpace: LabelSpace
    /// That of the files.
    let fileSpace: LabelSpace
    /// Of the numbers of the files.
    let labelIDs: LabelEncoding
    private let trainIDs: LabelEncoding
    /// From classes of `fileSpace` to those of `labelSpace`; nil where nothing is to be translated.
    private let projection: LabelProjection?

    /// - Parameters:
    ///   - native: name of the label space that the data set is published with.
    /// - Throws: `unsupportedOption` where its file is not found or wrong; `incompatibleLabelSpaces`.
    init(native: String, _ options: DatasetOptions, root: String) throws(DatasetError) {
        let fileSpace: LabelSpace
        do {
            fileSpace = try options.fileLabelSpace ?? LabelSpaceLibrary.standard.space(native)
        } catch {
            throw DatasetError(.unsupportedOption, "\(root): its labels cannot be read: \(error)")
        }
        try self.init(fileSpace, options, root: root)
    }

    /// - Parameter fileSpace: the label space of the files.
    init(_ fileSpace: LabelSpace, _ options: DatasetOptions, root: String) throws(DatasetError) {
        let (labelIDs, trainIDs) = (LabelEncoding(.labelIDs, of: fileSpace), LabelEncoding(.trainIDs, of: fileSpace))
        // Without labels there is nothing to translate.
        self.fileSpace = fileSpace
        guard options.readsLabels, let wanted = options.labelSpace, wanted != fileSpace else {
            labelSpace = options.labelSpace ?? fileSpace
            projection = nil
            (self.labelIDs, self.trainIDs) = (labelIDs, trainIDs)
            return
        }
        let projection: LabelProjection
        do {
            projection = try LabelProjection(from: fileSpace, to: wanted)
        } catch {
            throw DatasetError(
                .incompatibleLabelSpaces,
                "\(root): its label files are of \(fileSpace.name), and \(error.message); or, if its files have the "
                    + "ids of \(wanted.name), say so with the data set's key labelSpace")
        }
        labelSpace = wanted
        self.projection = projection
        self.labelIDs = labelIDs.delivered(by: projection)
        self.trainIDs = trainIDs.delivered(by: projection)
    }

    /// The train id in `labelSpace` of a class of the files' space; 255 where it becomes none.
    func delivered(trainID: UInt8) -> UInt8 { projection.map { $0.trainID(of: trainID) } ?? trainID }

    /// Train ids for `..._labelTrainIds.png`, label ids for every other name.
    func encoding(of path: String) -> LabelEncoding { CityscapesLabelFile.holdsTrainIDs(path) ? trainIDs : labelIDs }
}
