import Datasets
import Foundation
import ImageIO
import Synchronization
import Testing

@Suite struct DatasetInspectorTests {
    private func inspector(
        _ kind: DatasetKind, _ folder: TemporaryFolder, _ split: DatasetSplit = .train, readsLabels: Bool = true,
        conditions: [CaptureCondition] = []
    ) throws -> DatasetInspector {
        let dataset = try DatasetRegistry.open(
            kind, root: folder.path, split: split,
            options: .init(readsLabels: readsLabels, conditions: conditions, leavesOutIncompletePairs: true))
        return DatasetInspector(dataset, split: split, facts: kind.facts, conditions: conditions)
    }

    private func damage(_ inspection: DatasetInspection) -> [String] {
        inspection.findings.filter { $0.severity == .damage }.map(\.message)
    }

    /// Cuts a file to a share of its bytes.
    private func cut(_ name: String, in folder: TemporaryFolder, share: Double) throws {
        let file = URL(fileURLWithPath: "\(folder.path)/\(name)")
        let bytes = try Data(contentsOf: file)
        try bytes.prefix(Int(Double(bytes.count) * share)).write(to: file)
    }

    @Test func aWholeSetHasNoDamageAndItsClassesAreCounted() throws {
        let folder = try TemporaryFolder()
        for name in ["1", "2"] {
            try folder.image("images/\(name).png", height: 1, width: 4)
            try folder.palette(
                "labels/\(name).png", [7, 7, 26, 0], colors: [SIMD3<UInt8>](repeating: .zero, count: 34))
        }
        let done = Mutex<[Int]>([])
        let found = try inspector(.gta, folder).inspect { count in done.withLock { $0.append(count) } }
        #expect(done.withLock { $0 } == [1, 2])
        #expect(found.damageCount == 0)
        #expect(found.counts == [.init(condition: nil, images: 2, published: 24966)])
        #expect(found.sizes == [.init(height: 1, width: 4, images: 2)])
        #expect(found.statistics?.pixelCounts[0] == 4 && found.statistics?.pixelCounts[13] == 2)
        let notes = found.findings.map(\.message)
        #expect(notes.contains("gta/train: 2 images, GTA has 24966; unpack the archive again if it should be whole"))
        #expect(notes.contains { $0.hasPrefix("gta/train: no label has a pixel of sidewalk, building, wall") })
    }

    @Test func everyDamagedFileIsNamedOnce() throws {
        let folder = try TemporaryFolder()
        for name in ["1", "2", "3", "4", "5", "6", "7"] {
            try folder.image("RGB/\(name).png", height: 1, width: 2)
            try folder.pairs("GT/LABELS/\(name).png", [(3, 0), (8, 1)])
        }
        try cut("RGB/1.png", in: folder, share: 0.6)
        try cut("GT/LABELS/2.png", in: folder, share: 0.6)
        try folder.pairs("GT/LABELS/3.png", [(3, 0), (40, 0)])
        try folder.pairs("GT/LABELS/4.png", [(3, 0)])
        try folder.labels("GT/LABELS/5.png", [3, 8])
        try FileManager.default.removeItem(atPath: "\(folder.path)/GT/LABELS/6.png")
        let found = damage(try inspector(.synthia, folder).inspect())
        #expect(found.count == 6)
        for (start, words) in [
            ("RGB/6.png: no label", "add it, remove the image"), ("RGB/1.png: cannot be read", "restore the file"),
            ("GT/LABELS/2.png: cannot be read", "restore the file"),
            ("GT/LABELS/3.png: the id 40, in", "belongs to this data set"),
            ("RGB/4.png: is 2x1, but its label is 1x1", "remove the pair"),
            ("GT/LABELS/5.png: has 1 channel(s)", "unpack the file again"),
        ] {
            let isNamed = found.contains { $0.hasPrefix("\(folder.path)/\(start)") && $0.contains(words) }
            #expect(isNamed, "\(start): \(found)")
        }
    }

    @Test func headersTellSizesAndMissingFilesOnly() throws {
        let folder = try TemporaryFolder()
        for name in ["1", "2"] {
            try folder.image("images/\(name).png", height: 1, width: 2)
            try folder.labels("labels/\(name).png", [7, 99])
        }
        try folder.labels("labels/2.png", [7])
        let found = try inspector(.gta, folder).inspect(.headers)
        #expect(damage(found).count == 1 && damage(found)[0].contains("2.png: is 2x1, but its label is 1x1"))
        #expect(found.statistics == nil)
    }

    @Test func conditionsAreCountedApart() throws {
        let folder = try TemporaryFolder()
        for (condition, count) in [("fog", 1), ("night", 2)] {
            for image in 0..<count {
                try folder.image(
                    "rgb_anon/\(condition)/val/s/\(condition)\(image)_rgb_anon.png", height: 1080, width: 1920)
            }
        }
        let found = try inspector(.acdc, folder, .val, readsLabels: false, conditions: [.night, .fog]).inspect()
        #expect(
            found.counts == [
                .init(condition: .fog, images: 1, published: 100), .init(condition: .night, images: 2, published: 106),
            ])
        #expect(found.damageCount == 0)
        #expect(found.findings.contains { $0.message.hasPrefix("acdc/val, night: 2 images, ACDC has 106;") })
    }

    @Test func sizesThatAreNotThePublishedOnesAreNoted() throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b", "c"] {
            let isSmall = name == "c"
            try folder.image(
                "rgb_anon/val/night/s/\(name)_rgb_anon.png", height: isSmall ? 540 : 1080, width: isSmall ? 960 : 1920)
        }
        let found = try inspector(.darkZurich, folder, .val, readsLabels: false).inspect()
        #expect(
            found.sizes == [.init(height: 1080, width: 1920, images: 2), .init(height: 540, width: 960, images: 1)])
        #expect(found.damageCount == 0)
        let words = "night/s/c_rgb_anon.png: 1 images are 960x540 like this one, those of Dark Zurich"
        #expect(found.findings.contains { $0.message.contains(words) })
    }

    @Test func equalNamesInSeveralFoldersAreNoDamage() throws {
        let folder = try TemporaryFolder()
        for (city, value) in [("bonn", 7), ("ulm", 26)] as [(String, UInt8)] {
            try folder.image("leftImg8bit/val/\(city)/a_leftImg8bit.png", height: 1, width: 1)
            try folder.labels("gtFine/val/\(city)/a_gtFine_labelIds.png", [value])
        }
        let found = try inspector(.cityscapes, folder, .val).inspect()
        #expect(found.damageCount == 0)
        #expect(found.statistics?.images.map(\.pixelCounts) == [[0: 1], [13: 1]])
    }

    @Test func aLabelWithoutALabelledPixelIsDamage() throws {
        let folder = try TemporaryFolder()
        for name in ["1", "2", "3"] {
            try folder.image("images/\(name).png", height: 1, width: 2)
            try folder.labels("labels/\(name).png", name == "2" ? [0, 255] : [7, 8])
        }
        let one = damage(try inspector(.gta, folder).inspect())
        #expect(
            one.count == 1 && one[0].hasPrefix("\(folder.path)/labels/2.png: has no labelled pixel, all are ignored;"))
        for name in ["1", "3"] { try folder.labels("labels/\(name).png", [0, 0]) }
        let all = damage(try inspector(.gta, folder).inspect())
        #expect(all.count == 1)
        #expect(
            all[0].hasPrefix("\(folder.path)/labels/1.png: like all 3 labels of gta/train it has no labelled pixel"))
    }

    /// SYNTHIA's labels hold the class in the first of three channels; with another order all are void.
    @Test func synthiaReadWronglyIsDamage() throws {
        let folder = try TemporaryFolder()
        try folder.image("RGB/1.png", height: 1, width: 2)
        try folder.pairs("GT/LABELS/1.png", [(0, 3), (0, 8)])
        let found = damage(try inspector(.synthia, folder).inspect())
        #expect(found.count == 1 && found[0].contains("like all 1 labels of synthia/train it has no labelled pixel"))
    }

    @Test func whatIsUselessIsNoted() throws {
        let folder = try TemporaryFolder()
        for name in ["1", "2"] {
            try folder.image("images/\(name).png", height: 1, width: 2)
            try folder.labels("labels/\(name).png", [7, 7])
        }
        try ImageCodec.writePNG(
            RGBImage(height: 1, width: 2, channels: 3, pixels: [1, 2, 3, 1, 2, 4]), to: "\(folder.path)/images/1.png")
        try folder.scrap("images/Thumbs.db")
        let found = try inspector(.gta, folder).inspect()
        let notes = found.findings.map(\.message)
        #expect(found.damageCount == 0)
        for words in [
            "images/2.png: shows one colour only, as 1 of 2 images of gta/train do",
            "gta/train: every labelled pixel is road;",
            "gta/train: 1 file is passed over: 1 not ending in .png, .jpg or .jpeg, such as "
                + "\(folder.path)/images/Thumbs",
        ] { #expect(notes.contains { $0.contains(words) }, "\(words): \(notes)") }
    }
}
