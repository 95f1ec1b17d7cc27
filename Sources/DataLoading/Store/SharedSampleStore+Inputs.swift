internal import Annotations
internal import Datasets
internal import ImageIO

extension SharedSampleStore {
    /// Images whose headers are read to learn how much memory a data set takes.
    private static let probedImages = 16

    /// Makes or joins the store of these data sets. Collective over the node's ranks, which pass equal arguments; the
    /// size is that which the first of them finds.
    ///
    /// - Parameter budgetBytes: the store takes no more than this, and no more than its images need.
    /// - Throws: as `init(itemCount:capacityBytes:node:temporaryFolder:)`.
    public convenience init(
        source: SampleReader.Input, target: SampleReader.Input?, budgetBytes: Int, node: NodeGroup = .alone,
        temporaryFolder: String = defaultTemporaryFolder
    ) throws {
        let needed = Self.neededBytes(source, isSource: true).flatMap { source in
            guard let target else { return source }
            return Self.neededBytes(target, isSource: false).map { source + $0 }
        }
        let own = max(1, min(budgetBytes, needed ?? budgetBytes))
        // A rank whose files differ unseen would map another size than the store has.
        let agreed = Int(try node.broadcast("\(own)")) ?? own
        try self.init(
            itemCount: SampleReader.itemCount(source: source, target: target), capacityBytes: agreed, node: node,
            temporaryFolder: temporaryFolder)
    }

    /// Bytes of all records of a data set, if its images are no larger than those looked at; nil when one of those
    /// cannot be read, which is reported when it is its turn to be decoded.
    private static func neededBytes(_ input: SampleReader.Input, isSource: Bool) -> Int? {
        let samples = input.dataset.samples
        let stride = max(1, samples.count / probedImages)
        var largest = 0
        for index in Swift.stride(from: 0, to: samples.count, by: stride) {
            do {
                let header = try ImageCodec.header(ofFile: samples[index].imagePath).asImage
                let size = input.resize(of: index).size(height: header.height, width: header.width)
                var bytes = size.height * size.width * (isSource ? 4 : 3)
                if isSource && input.readsObjects { bytes += try objectBytes(of: index, in: input, size) }
                largest = max(largest, RecordRing.aligned(bytes))
            } catch {
                return nil
            }
        }
        return largest * samples.count
    }

    /// How much the objects of an image take is known only when they are read.
    private static func objectBytes(
        of index: Int, in input: SampleReader.Input, _ size: (height: Int, width: Int)
    ) throws(DatasetError) -> Int {
        guard let found = try input.dataset.loadObjects(index) else { return 0 }
        return ObjectCoding.encode(
            found.objects.resizedNearest(
                from: (found.height, found.width), to: size, sampling: input.resize(of: index).sampling)
        ).count
    }
}
