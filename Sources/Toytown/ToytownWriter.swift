public import Datasets
internal import Dispatch
internal import FoundationEssentials
internal import ImageIO
internal import Synchronization

/// Writes Toytown to disk, each domain a data set in the Cityscapes layout:
///
///     <root>/<domain>/leftImg8bit/<split>/toytown/toytown_NNNNNN_leftImg8bit.png
///     <root>/<domain>/gtFine/<split>/toytown/toytown_NNNNNN_gtFine_labelIds.png and ..._instanceIds.png
public struct ToytownWriter: Sendable {
    /// How many scenes of each split, and in which looks.
    public struct Plan: Sendable, Codable, Equatable {
        public var trainCount: Int
        public var valCount: Int
        public var domains: [ToytownDomain]

        public init(trainCount: Int, valCount: Int, domains: [ToytownDomain] = [.render, .camera]) {
            self.trainCount = trainCount
            self.valCount = valCount
            self.domains = domains
        }
    }

    private static let city = "toytown"
    /// PNG effort, 0 to 9: files are read a few times and then held decoded, so writing time counts.
    private static let compressionLevel = 1

    private let generator: ToytownGenerator
    private let root: String

    /// - Parameter root: made if missing; files of the same names are replaced.
    public init(generator: ToytownGenerator, root: String) {
        self.generator = generator
        self.root = root
    }

    /// Paints and writes everything in `plan`.
    ///
    /// - Parameters:
    ///   - threadCount: pictures painted at a time; the files do not depend on it.
    ///   - progress: how many images of all are done; called from several threads, one at a time.
    /// - Throws: `notWritable`.
    public func write(
        _ plan: Plan, threadCount: Int = 1, progress: @Sendable (_ done: Int) -> Void = { _ in }
    ) throws(DatasetError) {
        let done = Mutex(0)
        @Sendable func count() {
            done.withLock { done in
                done += 1
                progress(done)
            }
        }
        for domain in plan.domains {
            try write(.train, count: plan.trainCount, domain: domain, threadCount: threadCount, whenWritten: count)
            try write(.val, count: plan.valCount, domain: domain, threadCount: threadCount, whenWritten: count)
        }
    }

    private func write(
        _ split: DatasetSplit, count: Int, domain: ToytownDomain, threadCount: Int, whenWritten: @Sendable () -> Void
    ) throws(DatasetError) {
        precondition(count >= 0 && threadCount > 0, "ToytownWriter: counts must not be negative, threads at least 1")
        let images = "\(root)/\(domain.rawValue)/leftImg8bit/\(split.rawValue)/\(Self.city)"
        let labels = "\(root)/\(domain.rawValue)/gtFine/\(split.rawValue)/\(Self.city)"
        for folder in [images, labels] { try makeFolder(folder) }
        let failure = Mutex<DatasetError?>(nil)
        DispatchQueue.concurrentPerform(iterations: min(threadCount, max(count, 1))) { worker in
            for index in stride(from: worker, to: count, by: threadCount) {
                do throws(DatasetError) {
                    try writeScene(index, split: split, domain: domain, images: images, labels: labels)
                    whenWritten()
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                    return
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private func writeScene(
        _ index: Int, split: DatasetSplit, domain: ToytownDomain, images: String, labels: String
    ) throws(DatasetError) {
        let picture = generator.paint(generator.makeScene(index, split: split, domain: domain), domain: domain)
        let digits = String(index)
        let stem = Self.city + "_" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        do throws(ImageError) {
            try ImageCodec.writePNG(
                picture.image, to: "\(images)/\(stem)_leftImg8bit.png", level: Self.compressionLevel)
            try ImageCodec.writePNG(
                picture.labels, to: "\(labels)/\(stem)_gtFine_labelIds.png", level: Self.compressionLevel)
            try ImageCodec.writePNG(
                picture.instances, to: "\(labels)/\(stem)_gtFine_instanceIds.png", level: Self.compressionLevel)
        } catch {
            throw DatasetError(
                .notWritable, "\(images)/\(stem): cannot be written; check the folder's permissions and free space",
                cause: error)
        }
    }

    private func makeFolder(_ path: String) throws(DatasetError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw DatasetError(
                .notWritable, "\(path): the folder cannot be made; check the permissions of \(root)", cause: error)
        }
    }
}
