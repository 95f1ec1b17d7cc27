import Annotations
import Collectives
import Configuration
import DataLoading
import DataParallel
import DomainAdaptation
import Foundation
import Mixing
import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport
import Training

/// Pixels against text within a step of two images of 32 pixels and three classes.
@Suite struct PixelTextStepTests {
    private static let pixels = 2 * TinyTraining.side * TinyTraining.side

    private static func training(_ change: (inout SelfTraining) -> Void = { _ in }) -> TinyTraining {
        var parameters = SelfTraining()
        parameters.margins = .none
        parameters.mixing = .none
        parameters.augmentation.jitterThreshold = 1
        parameters.augmentation.blur = false
        parameters.pixelText = PixelTextConfiguration()
        change(&parameters)
        var training = TinyTraining(MethodConfiguration(parameters))
        var decoder = DAFormerHead.Config()
        decoder.width = 4
        training.configuration.model.decoder?.config = decoder
        return training
    }

    private func run(_ training: TinyTraining) throws -> [String: Double] {
        let student = try training.assembly()
        guard let method = training.configuration.method.method as? SelfTraining else { return [:] }
        let work = try method.makeStep(student)
        student.replica.begin()
        var losses = try work.run(5, TinyTraining.batch(5, slots: 0..<2))
        try losses.sum(over: SingleProcessGroup())
        return losses.named()
    }

    /// Every pixel in double precision: the fused map upsampled with aligned corners, at length 1, against all rows.
    @Test func theLossIsTheMeanOverAllPixelsOfTheLiteralForm() throws {
        let student = try Self.training().assembly()
        let batch = student.seat.batches.sourceBatch(TinyTraining.samples(.source, step: 5, slots: 0..<2))
        let table = pseudoRandomTensor([4, 4], seed: 3, in: -9...9)
        var settings = PixelTextConfiguration()
        settings.loss.weight = 0.5
        let loss = PixelTextLoss(settings, table: table, of: student.replica.network, pixels: Self.pixels)
        let output = withoutGradients { student.replica.network(batch.images, in: student.pass.context(5, "source")) }
        let large = output.fused.resized(
            height: TinyTraining.side, width: TinyTraining.side, mode: .bilinear(alignCorners: true)).values()
        let rows = table.values()
        let expected = batch.labels.enumerated().reduce(0.0) { sum, pixel in
            let start = pixel.offset * 4
            let vector: [Double] = large[start..<start + 4].map { Double($0) }
            let square: Double = vector.reduce(0) { $0 + $1 * $1 }
            let length: Double = max(square.squareRoot(), 1e-12)
            let scores: [Double] = (0..<4).map { (row: Int) -> Double in
                var product = 0.0
                for place in 0..<4 { product += Double(rows[row * 4 + place]) * vector[place] }
                return product / length
            }
            let total: Double = log(scores.reduce(0) { $0 + exp($1) })
            return sum + total - scores[pixel.element == 255 ? 3 : Int(pixel.element)]
        }
        #expect(batch.labels.contains(255), "ignored pixels are among them")
        expectClose(
            [loss(output, targets: batch.targets).item()], [Float(0.5 * expected / Double(Self.pixels))],
            tolerance: 1e-5)
    }

    /// A teacher that is sure of nothing: pseudo-labels weigh nothing in the cross-entropy, and all here.
    @Test func pseudoLabelsHaveNoWeightsHere() throws {
        let terms = try run(Self.training { $0.pseudoThreshold = 1 })
        #expect(terms.keys.sorted() == ["mixed", "mixedPixelText", "pixelText", "source"])
        #expect(terms["mixed"] == 0)
        #expect(terms["mixedPixelText"] ?? 0 > 0.01)
        let plain = try run(Self.training { ($0.pseudoThreshold, $0.pixelText) = (1, nil) })
        #expect(plain.keys.sorted() == ["mixed", "source"])
        #expect(plain["source"] == terms["source"])
    }

    /// The divisor is the pixels of the global batch: one student of two images learns what two of one image do.
    @Test func studentsLearnTogetherWhatOneLearns() throws {
        let alone = Self.training()
        let shared = {
            var shared = alone
            shared.imagesPerStudent = 1
            return shared
        }()
        let one = try ThreadedGroup.run(size: 1) { try alone.run(try alone.work($0), 0..<4) }
        let two = try ThreadedGroup.run(size: 2) { try shared.run(try shared.work($0), 0..<4) }
        #expect(two[0] == two[1])
        expectClose(two[0], one[0], tolerance: 1e-4)
        let without = Self.training { $0.pixelText = nil }
        let plain = try ThreadedGroup.run(size: 1) { try without.run(try without.work($0), 0..<4) }
        #expect(plain[0] != one[0])
    }
}

/// The table that pixels are compared with.
@Suite struct PixelTextTableTests {
    private let folder = TemporaryFolder()

    private func failure(
        rows: [String] = ["road", "car", "<ignore>"], width: Int = 8, head: Int = 8, projection: Int? = nil
    ) throws -> String {
        let path = folder.file("table.safetensors")
        let values = (0..<rows.count * width).map { Float($0 + 1) }
        try SafeTensorsWriter.write(
            path, [SafeTensorsItem("embeddings", shape: [rows.count, width], floats: values)],
            metadata: ["classes": rows.joined(separator: ",")])
        let space = folder.write(
            "name: two\nclasses:\n  - {name: road, ids: 0}\n  - {name: car, ids: 1}\nignore: [255]\n", to: "two.yaml")
        let setting = folder.write(
            """
            labelSpace: \(space)
            method: {kind: dacs, pixelText: {embeddings: \(path)}}
            model: {decoder: {kind: daformer, width: \(head)}, textProjection: \(projection.map { "\($0)" } ?? "null")}
            data: {source: {root: /a}, target: {root: /b}}
            """, to: "setting.yaml")
        let run = try ConfigurationFile.load(setting)
        do {
            try run.method.method.requireFiles(in: run)
            return run.method.method.notices(in: run).joined()
        } catch { return "\(error)" }
    }

    @Test func aTableAsWideAsTheHeadIsTaken() throws { #expect(try failure() == "") }

    @Test func anotherWidthIsNamedWithBothRemedies() throws {
        let text = try failure(head: 4)
        #expect(text.contains("method.pixelText.embeddings: its rows have 8 numbers, the head's fused map has 4"))
        #expect(text.contains("model.decoder.width=8") && text.contains("model.textProjection=8"))
        #expect(try failure(head: 8, projection: 5).contains("model.textProjection has 5"))
    }

    /// The cheap form is told where the run begins.
    @Test func aProjectionIsSaidNotToBeThePublishedMethod() throws {
        let text = try failure(head: 4, projection: 8)
        #expect(text.contains("a cheap stand-in for the published method, to be named with its results"), "\(text)")
    }

    @Test func aTableWithoutTheRowOfPixelsWithoutAClassIsRefused() throws {
        #expect(try failure(rows: ["road", "car", "sky"]).contains("has no row for the class '<ignore>'"))
    }
}
