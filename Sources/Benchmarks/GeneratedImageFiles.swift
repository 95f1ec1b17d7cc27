internal import Datasets
internal import FoundationEssentials
internal import Glibc
internal import ImageIO
internal import Toytown

/// Pictures of Toytown in a folder of their own, once as PNG and once as JPEG, with labels: for measuring.
///
/// The photographs' grain makes the files as large as those of a real camera.
final class GeneratedImageFiles {
    enum Format: String, CaseIterable {
        case png = "PNG"
        case jpeg = "JPEG"
    }

    static let count = 2
    private static let jpegQuality = 95

    private let folder: String

    /// Paints and writes the files, which takes seconds.
    init(height: Int, width: Int) throws {
        folder = "\(FileManager.default.temporaryDirectory.path)/causeway-images-\(getpid())"
        do {
            let generator = ToytownGenerator(options: .init(height: height, width: width))
            try ToytownWriter(generator: generator, root: root(.png))
                .write(.init(trainCount: Self.count, valCount: 0, domains: [.camera]), threadCount: Self.count)
            try convertToJPEG()
        } catch {
            remove()
            throw error
        }
    }

    deinit { remove() }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private func root(_ format: Format) -> String { "\(folder)/\(format)" }

    /// The pictures of one format, labelled.
    func dataset(_ format: Format) throws(DatasetError) -> any SegmentationDataset {
        try DatasetRegistry.open(.toytown, root: root(format), split: .train, options: .init(domain: .camera))
    }

    private func convertToJPEG() throws {
        let pictures = try dataset(.png)
        try FileManager.default.copyItem(atPath: root(.png), toPath: root(.jpeg))
        for (index, sample) in pictures.samples.enumerated() {
            let copy = root(.jpeg) + sample.imagePath.dropFirst(root(.png).count)
            try ImageCodec.writeJPEG(
                try pictures.loadImage(index), to: copy.dropLast(".png".count) + ".jpg", quality: Self.jpegQuality)
            try FileManager.default.removeItem(atPath: copy)
        }
    }
}
