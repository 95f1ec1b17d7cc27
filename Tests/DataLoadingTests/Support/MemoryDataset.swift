import Annotations
import DataLoading
import Datasets
import ImageIO
import Synchronization
import _TestSupport

/// Images that follow from their index, some of them unreadable.
final class MemoryDataset: SegmentationDataset {
    let name: String
    let labelSpace = LabelSpace.cityscapes19
    let samples: [SegmentationSample]
    private let height: Int
    private let width: Int
    private let broken: Set<Int>
    private let decodes = Atomic(0)
    private let objectReads = Atomic(0)
    private let objects: Objects

    enum Objects { case columns, none, ofAnotherSize }

    init(
        _ name: String, count: Int, height: Int = 24, width: Int = 32, broken: Set<Int> = [],
        objects: Objects = .columns
    ) {
        self.name = name
        self.objects = objects
        self.height = height
        self.width = width
        self.broken = broken
        samples = (0..<count).map {
            SegmentationSample(name: "\(name)\($0)", imagePath: "/\(name)/\($0).png", labelPath: "/\(name)/\($0)_l.png")
        }
    }

    var decodeCount: Int { decodes.load(ordering: .relaxed) }
    var objectReadCount: Int { objectReads.load(ordering: .relaxed) }

    /// Red is the row, green the column, blue the image.
    func loadImage(_ index: Int) throws(DatasetError) -> RGBImage {
        decodes.add(1, ordering: .relaxed)
        if broken.contains(index) { throw DatasetError(.unreadable, "\(samples[index].imagePath): broken") }
        var image = RGBImage(height: height, width: width, channels: 3, filledWith: UInt8(index))
        for y in 0..<height {
            for x in 0..<width {
                image[y, x, 0] = UInt8(truncatingIfNeeded: y)
                image[y, x, 1] = UInt8(truncatingIfNeeded: x)
            }
        }
        return image
    }

    /// Four vertical stripes.
    func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        LabelMap(
            height: height, width: width, channels: 1,
            pixels: (0..<height * width).map { UInt8($0 % width * 4 / width) })
    }

    /// Every column is one, of the eight countable classes in turn; every fifth is a crowd.
    func loadObjects(_ index: Int) throws(DatasetError) -> ImageObjects? {
        objectReads.add(1, ordering: .relaxed)
        guard objects != .none else { return nil }
        let columns = (0..<width).map { column -> AnnotatedObject in
            let runs = (0..<height).map { row in PixelRun(row: row, start: column, end: column + 1) }
            return AnnotatedObject(
                trainID: UInt8(11 + column % 8), mask: ObjectMask(runs), isCrowd: column % 5 == 0)
        }
        return ImageObjects(height: height, width: objects == .columns ? width : width - 1, objects: columns)
    }
}

/// A reader of two such data sets.
func memoryReader(
    source: MemoryDataset, target: MemoryDataset?, crop: (height: Int, width: Int) = (8, 16), globalBatch: Int = 4,
    resize: ResizeRule = .none, margins: IgnoredMargins = .none, onBadSample: BadSamplePolicy = .stop,
    capacityBytes: Int = 1 << 20, readsObjects: Bool = false, augmentation: SampleAugmentation? = nil,
    keepsCutOffObjects: Bool = false
) throws -> SampleReader {
    let sourceInput = SampleReader.Input(
        source, resize: resize, augmentation: augmentation, readsObjects: readsObjects)
    let targetInput = target.map { SampleReader.Input($0, resize: resize, augmentation: augmentation) }
    return SampleReader(
        source: sourceInput, target: targetInput,
        plan: SamplePlan(
            seed: 5, globalBatch: globalBatch, sourceCount: source.count, targetCount: target?.count ?? 0),
        cropPlan: CropPlan(seed: 5, height: crop.height, width: crop.width), margins: margins,
        store: try SharedSampleStore(
            itemCount: SampleReader.itemCount(source: sourceInput, target: targetInput), capacityBytes: capacityBytes),
        onBadSample: onBadSample, keepsCutOffObjects: keepsCutOffObjects)
}
