internal import Basics
internal import Datasets
internal import Evaluation
internal import ImageIO
internal import Training

/// A folder to judge a comparison by: `scores.txt` and `scores.json`; `picture-NN.png` with image, ground truth and
/// each model's prediction side by side; `legend.png` with the classes' colours.
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
        let (image, labels) = try evaluation.dataset.loadLabelled(index)
        let tileCount = 2 + comparison.models.count
        let rowCount = (tileCount + largestRow - 1) / largestRow
        var grid = ImageGrid(columnCount: (tileCount + rowCount - 1) / rowCount)
        grid.add(image, caption: evaluation.dataset.samples[index].name)
        grid.add(labels.colored(palette: palette), caption: "ground truth")
        for (model, title) in zip(comparison.models, comparison.titles) {
            let evaluator = try RunEvaluation(model.configuration).evaluator(model.network)
            let prediction = try evaluator.predictor.predict(image, name: evaluation.dataset.samples[index].imagePath)
            grid.add(evaluator.projection(prediction.labels).colored(palette: palette), caption: title)
        }
        return grid
    }
}
