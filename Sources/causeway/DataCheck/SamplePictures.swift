internal import Annotations
internal import Basics
internal import Datasets
internal import ImageIO
internal import Reports

/// Pictures of some samples of a data set: image, coloured label, and the colours of the classes.
struct SamplePictures {
    let dataset: any SegmentationDataset
    /// Start of the files' names.
    let title: String
    let count: Int

    /// Images are shrunk to this width.
    private static let tileWidth = 800

    init(_ dataset: any SegmentationDataset, title: String, count: Int) {
        self.dataset = dataset
        self.title = title
        self.count = min(count, dataset.count)
    }

    /// Writes `<title>-NN.png`, samples at even distances.
    ///
    /// - Returns: why samples could not be drawn.
    func write(to folder: String) -> [String] {
        var failures: [String] = []
        for picture in 0..<count {
            let index = picture * dataset.count / count
            let number = picture < 10 ? "0\(picture)" : "\(picture)"
            do {
                try TextFile.makeFolder(folder)
                try ImageCodec.writePNG(self.picture(of: index), to: "\(folder)/\(title)-\(number).png")
            } catch {
                failures.append("\(error)")
            }
        }
        return failures
    }

    private func picture(of index: Int) throws -> RGBImage {
        let sample = dataset.samples[index]
        let caption = sample.condition.map { "\(sample.name) (\($0.rawValue))" } ?? sample.name
        guard sample.labelPath != nil else {
            var grid = ImageGrid(columnCount: 1)
            grid.add(Self.shrunk(try dataset.loadImage(index)), caption: caption)
            return grid.rendered()
        }
        let (image, annotation) = try load(index)
        let shown = Self.shrunk(image)
        let labels = annotation.resizedNearest(height: shown.height, width: shown.width)
        var grid = ImageGrid(columnCount: 2)
        grid.add(shown, caption: caption)
        grid.add(
            labels.classes.colored(palette: dataset.labelSpace.palette).showing(labels.objects ?? []), caption: "labels"
        )
        return grid.rendered().above(ClassLegend.grid(dataset.labelSpace).rendered())
    }

    /// With objects where the image has a file of them.
    private func load(_ index: Int) throws(DatasetError) -> (image: RGBImage, annotation: Annotation) {
        guard dataset.samples[index].instancePath != nil else {
            let (image, labels) = try dataset.loadLabelled(index)
            return (image, Annotation(classes: labels))
        }
        let (image, annotation) = try dataset.loadAnnotated(index)
        return (image.image, annotation)
    }

    private static func shrunk(_ image: RGBImage) -> RGBImage {
        let width = min(image.width, tileWidth)
        return image.resizedBilinear(height: max(1, image.height * width / image.width), width: width)
    }
}

extension PixelImage where Scalar == UInt8 {
    /// Both pictures in one, flush left on white.
    fileprivate func above(_ other: RGBImage) -> RGBImage {
        var picture = RGBImage(
            height: height + other.height, width: max(width, other.width), color: SIMD3(repeating: 255))
        picture.paste(self, y: 0, x: 0)
        picture.paste(other, y: height, x: 0)
        return picture
    }
}
