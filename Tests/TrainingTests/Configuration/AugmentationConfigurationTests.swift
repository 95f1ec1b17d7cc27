import Configuration
import DataLoading
import Testing
import Training

/// `augmentation` and `heldOut` of data sets in settings.
@Suite struct AugmentationConfigurationTests {
    private func load(_ source: String, _ more: String = "") throws -> RunConfiguration {
        try ConfigurationFile.decode(
            yaml:
                "data: {source: {root: a\(source)}, target: {root: b}, crop: {height: 64, width: 64}}\nmethod: {margins: none}\n"
                + more,
            fileName: "a.yaml")
    }

    private func failure(_ source: String, _ more: String = "") -> String {
        do {
            _ = try load(source, more)
            return "no error"
        } catch { return "\(error)" }
    }

    @Test func nothingChangesUnlessASettingSaysSo() throws {
        #expect(try load("").data.source.augmentation == nil && load("").data.source.heldOut == nil)
    }

    @Test func keysAreReadAndWrittenBack() throws {
        let run = try load(", augmentation: {shortestEdges: [64, 80], longestEdge: 200, colorJitter: ssd}")
        #expect(
            run.data.source.augmentation
                == SampleAugmentation(shortestEdges: [64, 80], longestEdge: 200, colorJitter: .ssd))
        let again = try ConfigurationFile.decode(yaml: run.resolvedYAML(), fileName: "b.yaml")
        #expect(again.data.source == run.data.source && again.data.target?.augmentation == nil)
    }

    @Test(arguments: [
        (", augmentation: {shortestEdges: [0]}", "", "data.source.augmentation.shortestEdges"),
        (", augmentation: {shortestEdge: [64]}", "", "did you mean 'data.source.augmentation.shortestEdges'"),
        (
            ", augmentation: {colorJitter: sdd}", "",
            "data.source.augmentation.colorJitter: expected one of ssd, got 'sdd'"
        ),
        (
            ", augmentation: {longestEdge: 100}", "",
            "data.source.augmentation.longestEdge: limits what shortestEdges does; give shortestEdges, or use resize"
        ),
        (
            ", resize: {height: 64, width: 128}, augmentation: {shortestEdges: [64]}", "",
            "data.source.augmentation.shortestEdges: images get their size from resize already; remove one of the two"
        ),
        (
            "", "evaluation: {dataset: {root: c, augmentation: {colorJitter: ssd}}}",
            "evaluation.dataset.augmentation: images are scored as they are; remove the key"
        ),
        (
            ", heldOut: 5", "",
            "data.source.heldOut: cityscapes is not published as training images alone; remove the key"
        ),
        (", kind: urbansyn, heldOut: 0", "", "data.source.heldOut"),
    ])
    func whatCannotWorkIsNamed(source: String, more: String, text: String) {
        #expect(failure(source, more).contains(text), "\(failure(source, more))")
    }

    @Test func colorsMayChangeBesideAFixedSize() throws {
        let run = try load(
            ", resize: {height: 64, width: 128, interpolation: antialiased}, augmentation: {colorJitter: ssd}")
        #expect(run.data.source.augmentation?.resizes == false)
    }
}
