public import ImageIO

/// KITTI-360 (Liao, Xie and Geiger, TPAMI 2022): frames of nine drives, with labels that were carried over from three
/// dimensions.
///
///     data_2d_semantics/train/2013_05_28_drive_<split>_frames.txt                    see `KITTI360Frames`
///     data_2d_raw/<drive>/image_00/data_rect/<frame>.png
///     data_2d_semantics/train/<drive>/image_00/{semantic,instance,confidence}/<frame>.png
///     data_2d_test/<drive>/image_00/data_rect/<frame>.png                             the split test
///
/// Pixels of a countable class with the number 0 are a crowd: nobody told them apart. Confidence is how sure a label
/// is, of 16 bits, from 0 to 65535.
public struct KITTI360Dataset: FileDataset {
    /// The lists are of the frames that have labels; that of `train` is of about 49,000. Test frames are of two more
    /// drives.
    public static let facts = PublishedFacts(
        title: "KITTI-360", counts: [.init(.val, images: 12_276), .init(.test, images: 910)], height: 376, width: 1408,
        withheldLabels: [.test])

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles

    /// - Throws: see `KITTI360Frames`; `missingImage`, `missingLabel`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "kitti-360/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "kitti360", options, root: root)
        guard split != .test else {
            (samples, findings) = (try Self.testSamples(root), ListingFindings(options))
            return
        }
        let list = "\(root)/\(KITTI360Frames.list(split))"
        guard FileListing.exists(list) else {
            throw DatasetError(
                .missingFolder,
                "\(list): no such list of frames; the root must hold data_2d_raw and data_2d_semantics of KITTI-360")
        }
        var findings = ListingFindings(options)
        var samples: [SegmentationSample] = []
        for frame in try KITTI360Frames(list: list, root: root).frames {
            do throws(DatasetError) {
                samples.append(try Self.sample(frame, options.readsLabels, list))
            } catch {
                try findings.add(error)
            }
        }
        self.samples = samples.sorted { $0.imagePath.utf8.lexicographicallyPrecedes($1.imagePath.utf8) }
        self.findings = findings
    }

    /// All frames of the left camera that lie there: they have no list.
    private static func testSamples(_ root: String) throws(DatasetError) -> [SegmentationSample] {
        let remedy = "unpack KITTI-360's test images (data_2d_test) into the root"
        let folder = "\(root)/data_2d_test"
        var samples: [SegmentationSample] = []
        for drive in try FileListing.names(in: folder, remedy: remedy) where drive.contains("_drive_") {
            let frames = "\(folder)/\(drive)/image_00/data_rect"
            for file in try FileListing.names(in: frames, remedy: remedy) {
                guard let name = KITTI360Frames.name(of: "\(drive)/\(file)") else { continue }
                samples.append(SegmentationSample(name: name, imagePath: "\(frames)/\(file)"))
            }
        }
        guard !samples.isEmpty else {
            throw DatasetError(.emptySplit, "\(folder): holds no frame of a drive; \(remedy)")
        }
        return samples
    }

    private static func sample(
        _ frame: KITTI360Frames.Frame, _ readsLabels: Bool, _ list: String
    ) throws(DatasetError) -> SegmentationSample {
        for (path, code) in [(frame.image, DatasetError.Code.missingImage)]
            + (readsLabels ? [(frame.classes, .missingLabel), (frame.objects, .missingLabel)] : [])
        where !FileListing.exists(path) {
            throw DatasetError(
                code, "\(path): is not there, and \(list) names its frame; unpack the archive again, or remove the line"
            )
        }
        return SegmentationSample(
            name: frame.name, imagePath: frame.image, labelPath: readsLabels ? frame.classes : nil,
            instancePath: readsLabels ? frame.objects : nil)
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }

    public func objectReader(of path: String) -> any ObjectReader {
        InstanceIDs(labelEncoding(of: path), zeroIsCrowd: true)
    }

    public func loadConfidence(_ index: Int) throws(DatasetError) -> PixelImage<UInt16>? {
        let sample = samples[index]
        guard let classes = sample.labelPath else { return nil }
        return try ConfidenceMap.read(
            KITTI360Frames.Frame(name: sample.name, image: sample.imagePath, classes: classes).confidence)
    }
}

/// Maps of how sure labels are.
package enum ConfidenceMap {
    /// `[H, W, 1]`, 65535 where a label is certain.
    ///
    /// - Throws: `missingLabel`, `unreadable`.
    package static func read(_ path: String) throws(DatasetError) -> PixelImage<UInt16> {
        guard FileListing.exists(path) else {
            throw DatasetError(
                .missingLabel,
                "\(path): no such map of confidence; unpack the archive of KITTI-360's semantics again, or score without "
                    + "confidence")
        }
        do {
            return try ImageCodec.readInstances(path)
        } catch {
            throw DatasetError(
                .unreadable, "\(path): cannot be read as a map of confidence, of 16 bits; restore the file",
                cause: error)
        }
    }
}
