internal import Annotations
internal import Basics
internal import Datasets
internal import Evaluation
internal import ImageIO
internal import Training

/// A folder to judge a comparison by: `scores.txt` and `scores.json`; `picture-NN.png` with image, ground truth and
/// each model's prediction side by side; `legend.png` with the classes' colours. Where objects are scored, each has a
/// colour of its own and an outline, and what is no segment is black; networks of objects alone are shown on the image.
package struct ComparisonReport {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    package func write(_ comparison: RunComparison, pictureCount: Int) throws {
        try TextFile.makeFolder(folder)
        try TextFile.write(comparison.text, to: folder + "/scores.txt")
        try TextFile.write(comparison.scores.json.text + "\n", to: folder + "/scores.json")
        try ImageCodec.writePNG(
            ClassLegend.grid(comparison.evaluation.labelSpace).rendered(), to: folder + "/legend.png")
        let dataset = comparison.evaluation.dataset
        let count = min(pictureCount, dataset.count)
        for picture in 0..<count {
            let number = picture < 10 ? "0\(picture)" : "\(picture)"
            let grid = try Self.grid(comparison, index: picture * dataset.count / count)
            try ImageCodec.writePNG(grid.rendered(), to: "\(folder)/picture-\(number).png")
        }
    }

    /// Tiles side by side; more would be too small on a screen.
    private static let largestRow = 4

    /// One image and what each model sees in it, in rows of equal length.
    private static func grid(_ comparison: RunComparison, index: Int) throws -> ImageGrid {
        let evaluation = comparison.evaluation
        let palette = evaluation.labelSpace.palette
        let (image, truth) = try load(index, of: evaluation)
        let tileCount = 2 + comparison.models.count
        let rowCount = (tileCount + largestRow - 1) / largestRow
        var grid = ImageGrid(columnCount: (tileCount + rowCount - 1) / rowCount)
        grid.add(image, caption: evaluation.dataset.samples[index].name)
        let things = Set(evaluation.labelSpace.thingTrainIDs.map { UInt8(clamping: $0) })
        grid.add(
            truth.objects == nil
                ? truth.classes.colored(palette: palette)
                : PanopticSegments(truth: truth, things: things).colored(evaluation.labelSpace), caption: "ground truth"
        )
        for (model, title) in zip(comparison.models, comparison.titles) {
            let evaluator = try RunEvaluation(model.configuration).evaluator(model.predictor())
            var predictor = evaluator.predictor
            predictor.findsObjects = truth.objects != nil
            let prediction = try predictor.predict(image, name: evaluation.dataset.samples[index].imagePath)
            let projected = evaluator.projection(prediction.annotation)
            guard prediction.hasClasses else {
                // As `predict` shows them; fusion would leave out what no class of pixels agrees with.
                let shown = (projected.objects ?? []).filter(model.configuration.evaluation.fusion.shows)
                grid.add(image.showing(shown), caption: title)
                continue
            }
            let fusion = PanopticFusion(
                model.configuration.evaluation.fusion, things: evaluation.labelSpace.thingTrainIDs)
            grid.add(
                truth.objects == nil || projected.objects == nil
                    ? projected.classes.colored(palette: palette)
                    : fusion(projected, prediction.segments.map { evaluator.projection($0) }).colored(
                        evaluation.labelSpace), caption: title)
        }
        return grid
    }

    /// With objects where a measure scores them.
    private static func load(
        _ index: Int, of evaluation: RunEvaluation
    ) throws(DatasetError) -> (image: RGBImage, truth: Annotation) {
        guard evaluation.scoresPredictedObjects else {
            let (image, labels) = try evaluation.dataset.loadLabelled(index)
            return (image, Annotation(classes: labels))
        }
        let (image, annotation) = try evaluation.dataset.loadAnnotated(index)
        return (image.image, annotation)
    }
}
