import Datasets
import Foundation
import Glibc
import Testing
import _TestSupport

@Suite struct ClassStatisticsStoreTests {
    private let folder: TemporaryFolder
    /// Stands for the user's cache folder.
    private let cache: TemporaryFolder

    /// Two sequences with frames of one name: 4 road pixels in the first, 3 sky and 1 ignored in the second.
    init() throws {
        folder = try TemporaryFolder()
        cache = try TemporaryFolder()
        for (sequence, values) in [("seq1", [7, 7, 7, 7]), ("seq2", [23, 23, 23, 0])] as [(String, [UInt8])] {
            try folder.image("leftImg8bit/train/\(sequence)/frame_0_leftImg8bit.png", height: 1, width: 4)
            try folder.labels("gtFine/train/\(sequence)/frame_0_gtFine_labelIds.png", values)
        }
    }

    private static let second = "gtFine/train/seq2/frame_0_gtFine_labelIds.png"
    private static let name = "class_counts_cityscapes19-\(LabelSpace.cityscapes19.classFingerprint).json"
    private var file: String { "\(folder.path)/\(Self.name)" }

    private func answer(
        _ kind: DatasetKind = .cityscapes, split: DatasetSplit = .train, labelSpace: LabelSpace = .cityscapes19,
        skipsUnreadable: Bool = false, variables: [String: String]? = nil
    ) throws -> ClassStatisticsStore.Answer {
        let dataset = try DatasetRegistry.open(
            kind, root: folder.path, split: split, options: .init(labelSpace: labelSpace))
        let environment = variables ?? ["XDG_CACHE_HOME": cache.path]
        return try ClassStatisticsStore(root: folder.path, labelSpace: labelSpace) { environment[$0] }
            .statistics(of: dataset, skipsUnreadable: skipsUnreadable)
    }

    private func counts(_ answer: ClassStatisticsStore.Answer) -> [[Int: Int]] {
        answer.statistics.images.map(\.pixelCounts)
    }

    private let expected: [[Int: Int]] = [[0: 4], [10: 3]]

    @Test func equalNamesInTwoFoldersKeepTheirOwnCounts() throws {
        for call in 0..<3 {
            let answer = try answer()
            #expect(counts(answer) == expected, "call \(call)")
            #expect(answer.path == file && answer.notices.isEmpty)
        }
    }

    @Test func anIdThatIsNoLongerIgnoredIsLookedFor() throws {
        _ = try answer()
        var space = LabelSpace.cityscapes19
        space.ignoredIDs.remove(0)
        let dataset = try DatasetRegistry.open(
            .cityscapes, root: folder.path, split: .train, options: .init(labelSpace: space, fileLabelSpace: space))
        let store = ClassStatisticsStore(root: folder.path, labelSpace: space) { _ in nil }
        #expect(throws: DatasetError.self) { try store.statistics(of: dataset) }
    }

    @Test func keptCountsAreReadInsteadOfCounted() throws {
        _ = try answer()
        // What no label says: only who reads the file can know it.
        let text = try folder.contents(Self.name)
        #expect(text.contains("[[10,3]]"))
        let body = text.split(separator: "\n", maxSplits: 1)[1].replacing("[[10,3]]", with: "[[11,2]]")
        try replaceBody(String(body))
        #expect(counts(try answer()) == [[0: 4], [11: 2]])
    }

    /// Writes another list with a header that fits it.
    private func replaceBody(_ body: String) throws {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in body.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        let digits = String(hash, radix: 16)
        let checksum = String(repeating: "0", count: 16 - digits.count) + digits
        let header = try folder.contents(Self.name).split(separator: "\n", maxSplits: 1)[0]
            .replacing(/"checksum":"[0-9a-f]*"/, with: #""checksum":"\#(checksum)""#)
        try folder.text(Self.name, header + "\n" + body)
    }

    @Test func aLabelThatChangedIsCountedAgainWithAWord() throws {
        _ = try answer()
        try folder.labels(Self.second, [26, 26, 26, 26])
        let changed = try answer()
        #expect(counts(changed) == [[0: 4], [13: 4]])
        #expect(
            changed.notices == [
                "1 of 2 labels of cityscapes/train are not as they were when classes were counted, such as "
                    + "\(folder.path)/\(Self.second); they are counted again"
            ])
        #expect(try answer().notices.isEmpty)
    }

    @Test func aLabelWithAnotherTimeOrNameIsCountedAgain() throws {
        _ = try answer()
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: "\(folder.path)/\(Self.second)")
        #expect(try answer().notices.count == 1)
        try folder.image("leftImg8bit/train/seq3/frame_0_leftImg8bit.png", height: 1, width: 4)
        try folder.labels("gtFine/train/seq3/frame_0_gtFine_labelIds.png", [8, 8, 8, 8])
        let more = try answer()
        #expect(counts(more) == expected + [[1: 4]])
        #expect(more.notices.count == 1 && more.notices[0].contains("1 of 3 labels of cityscapes/train were not there"))
    }

    @Test func splitsAndLabelSpacesOfOneRootDoNotDisturbEachOther() throws {
        try folder.image("leftImg8bit/val/seq1/frame_0_leftImg8bit.png", height: 1, width: 4)
        try folder.labels("gtFine/val/seq1/frame_0_gtFine_labelIds.png", [26, 26, 26, 7])
        for _ in 0..<2 {
            #expect(counts(try answer()) == expected)
            let val = try answer(split: .val)
            #expect(counts(val) == [[0: 1, 13: 3]] && val.notices.isEmpty)
            let camVid = try answer(labelSpace: .camvid11)
            #expect(counts(camVid) == [[3: 4], [0: 3]] && camVid.path?.contains("class_counts_camvid11-") == true)
        }
    }

    /// The same files read as another data set: other numbers mean other classes.
    @Test func anotherMeaningOfTheNumbersIsCountedAgain() throws {
        let own = try TemporaryFolder()
        try own.image("images/1.png", height: 1, width: 4)
        try own.labels("labels/1.png", [7, 7, 7, 7])
        try own.image("leftImg8bit/train/1_leftImg8bit.png", height: 1, width: 4)
        let gta = try DatasetRegistry.open(.gta, root: own.path, split: .train)
        let store = ClassStatisticsStore(root: own.path, labelSpace: .cityscapes19) { _ in nil }
        _ = try store.statistics(of: gta)
        let name = Self.name
        let text = try own.contents(name)
        #expect(text.contains(#""encoding":"label ids of cityscapes19 "#))
        try own.text(name, text.replacing("label ids of", with: "other ids of"))
        let answer = try store.statistics(of: gta)
        #expect(answer.statistics.pixelCounts[0] == 4 && answer.notices.count == 1)
    }

    @Test(arguments: [0.0, 0.1, 0.5, 0.9, 0.999]) func aCutFileIsNotUsed(share: Double) throws {
        _ = try answer()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        try bytes.prefix(Int(Double(bytes.count) * share)).write(to: URL(fileURLWithPath: file))
        let cut = try answer()
        #expect(counts(cut) == expected)
        #expect(cut.notices.count == 1 && cut.notices[0].hasPrefix("\(file): is damaged"), "\(cut.notices)")
        #expect(cut.notices[0].hasSuffix("it is not used, and classes are counted again"))
        #expect(try answer().notices.isEmpty)
    }

    /// Nothing that a single wrong byte makes of the file changes a count.
    @Test func noWrongByteIsTrusted() throws {
        _ = try answer()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        for place in bytes.indices {
            var wrong = bytes
            wrong[place] ^= UInt8(1 << (place % 8))
            try Data(wrong).write(to: URL(fileURLWithPath: file))
            #expect(counts(try answer()) == expected, "byte \(place)")
        }
    }

    /// Numbers that would overflow, classes that do not exist, and pairs that are none, with a checksum that fits.
    @Test(arguments: [
        "[[19,3]]", "[[-1,3]]", "[[10,0]]", "[[10,-5]]", "[[10,9223372036854775807]]", "[[10,3],[10,3]]", "[[10]]",
        "[10,3]",
        #""x""#, "null", "[[10,1e99]]", "{}",
    ]) func impossibleCountsAreNotUsed(counts hostile: String) throws {
        _ = try answer()
        let body = try folder.contents(Self.name).split(separator: "\n", maxSplits: 1)[1]
            .replacing("[[10,3]]", with: hostile)
        try replaceBody(String(body))
        let again = try answer()
        #expect(counts(again) == expected)
        #expect(again.notices == ["\(file): is damaged; it is not used, and classes are counted again"])
    }

    @Test func otherVersionsAndOtherThingsAreNotUsed() throws {
        _ = try answer()
        let text = try folder.contents(Self.name)
        for (other, reason) in [
            (text.replacing(#""version":1"#, with: #""version":2"#), "was written by another version"),
            (
                text.replacing(#""labelSpace":"cityscapes19""#, with: #""labelSpace":"camvid11""#),
                "holds counts of another"
            ),
            ("[]", "is damaged, or not a file of class counts"),
            (String(repeating: "[", count: 100_000) + "\n", "is damaged, or not a file of class counts"),
        ] {
            try folder.text(Self.name, other)
            let again = try answer()
            #expect(counts(again) == expected && again.notices.count == 1)
            #expect(again.notices.first?.hasPrefix("\(file): \(reason)") == true, "\(again.notices)")
        }
        try FileManager.default.removeItem(atPath: file)
        mkfifo(file, 0o600)
        #expect(
            try answer().notices.first == "\(file): is not a file of class counts; it is not used, and classes are "
                + "counted again")
    }

    /// A folder takes the place of the file: nothing can be written there, whoever runs the tests.
    @Test func countsOfARootThatCannotBeWrittenAreKeptInTheCache() throws {
        try FileManager.default.createDirectory(atPath: "\(file)/x", withIntermediateDirectories: true)
        let first = try answer()
        #expect(counts(first) == expected)
        let path = try #require(first.path)
        #expect(path.hasPrefix("\(cache.path)/causeway/\(folder.path.split(separator: "/").last ?? "")-"))
        #expect(first.notices.last == "\(folder.path): cannot be written; counts of classes are kept in \(path)")
        let second = try answer()
        #expect(counts(second) == expected && second.path == path)
        // Another root finds nothing there, even under its name.
        let stolen = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: path, toPath: "\(stolen.path)/counts.json")
        #expect(try stolen.contents("counts.json").contains(#""root":""#))
    }

    @Test func withoutAHomeTheCacheIsNotUsed() throws {
        try FileManager.default.createDirectory(atPath: "\(file)/x", withIntermediateDirectories: true)
        for variables in [[:], ["XDG_CACHE_HOME": "relative", "HOME": "/proc/nowhere"]] {
            let answer = try answer(variables: variables)
            #expect(counts(answer) == expected && answer.path == nil)
            #expect(answer.notices.last?.contains("cannot be written, so classes are counted in every run") == true)
        }
        let home = try answer(variables: ["HOME": cache.path])
        #expect(home.path?.hasPrefix("\(cache.path)/.cache/causeway/") == true)
    }

    @Test func keptCountsCanBeHadWithoutCounting() throws {
        let dataset = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train)
        let store = ClassStatisticsStore(root: folder.path, labelSpace: .cityscapes19) { _ in nil }
        #expect(store.keptStatistics(of: dataset) == nil)
        let counted = try answer().statistics
        #expect(store.keptStatistics(of: dataset) == counted)
        try folder.labels(Self.second, [26])
        #expect(store.keptStatistics(of: dataset) == nil)
    }

    @Test func unreadableLabelsAreNotKept() throws {
        let label = "\(folder.path)/\(Self.second)"
        let good = try Data(contentsOf: URL(fileURLWithPath: label))
        try good.prefix(30).write(to: URL(fileURLWithPath: label))
        #expect(datasetError { _ = try answer() }?.code == .unreadable)
        let skipped = try answer(skipsUnreadable: true)
        #expect(counts(skipped) == [[0: 4], [:]] && skipped.statistics.unreadableFiles == [label])
        #expect(skipped.statistics.emptyFiles.isEmpty)
        try good.write(to: URL(fileURLWithPath: label))
        #expect(counts(try answer()) == expected)
    }

    @Test func jobsThatCountAtOnceLeaveOneWholeFile() throws {
        let dataset = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train)
        let store = ClassStatisticsStore(root: folder.path, labelSpace: .cityscapes19) { _ in nil }
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            let counts = try? store.statistics(of: dataset).statistics.images.map(\.pixelCounts)
            #expect(counts == [[0: 4], [10: 3]])
        }
        #expect(try answer().notices.isEmpty)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count == 6, "\(names)")
    }
}

/// The files that DAFormer's tools read.
@Suite struct ReferenceStatisticsTests {
    private func tree() throws -> (TemporaryFolder, any SegmentationDataset) {
        let folder = try TemporaryFolder()
        for (stem, values) in [("a", [7, 7, 7, 23]), ("b", [7, 7, 26, 0])] as [(String, [UInt8])] {
            try folder.image("leftImg8bit/train/ulm/\(stem)_leftImg8bit.png", height: 1, width: 4)
            try folder.labels("gtFine/train/ulm/\(stem)_gtFine_labelIds.png", values)
        }
        return (folder, try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train))
    }

    private func answer(_ folder: TemporaryFolder, _ dataset: any SegmentationDataset) throws
        -> ClassStatisticsStore.Answer
    {
        try ClassStatisticsStore(root: folder.path, labelSpace: .cityscapes19) { _ in nil }.statistics(of: dataset)
    }

    @Test func threeFilesHaveTheReferenceFormat() throws {
        let (folder, dataset) = try tree()
        _ = try answer(folder, dataset)
        let path = "\(folder.path)/gtFine/train/ulm"
        let (a, b) = ("\(path)/a_gtFine_labelIds.png", "\(path)/b_gtFine_labelIds.png")
        #expect(
            try folder.contents("sample_class_stats.json")
                == #"[{"0":3,"10":1,"file":"\#(a)"},{"0":2,"13":1,"file":"\#(b)"}]"#)
        #expect(
            try folder.contents("sample_class_stats_dict.json")
                == #"{"\#(a)":{"0":3,"10":1},"\#(b)":{"0":2,"13":1}}"#)
        #expect(
            try folder.contents("samples_with_class.json")
                == #"{"0":[["\#(a)",3],["\#(b)",2]],"10":[["\#(a)",1]],"13":[["\#(b)",1]]}"#)
    }

    @Test func theyFollowTheLabels() throws {
        let (folder, dataset) = try tree()
        _ = try answer(folder, dataset)
        try folder.labels("gtFine/train/ulm/b_gtFine_labelIds.png", [7, 7, 7, 8])
        _ = try answer(folder, dataset)
        #expect(try folder.contents("sample_class_stats.json").contains(#"{"0":3,"1":1,"file":"#))
    }

    /// They do not say which files they counted: whatever they hold is not used, and stays.
    @Test(arguments: [
        #"[{"1": 9, "file": "x/b_gtFine_labelTrainIds.png"}, {"2": 8, "file": "x/a_gtFine_labelTrainIds.png"}]"#, "[{",
        "",
    ]) func thoseOfOtherProgramsAreNeitherUsedNorOverwritten(text: String) throws {
        let (folder, dataset) = try tree()
        try folder.text("sample_class_stats.json", text)
        let first = try answer(folder, dataset)
        #expect(first.statistics.images.map(\.pixelCounts) == [[0: 3, 10: 1], [0: 2, 13: 1]])
        #expect(first.notices.count == 1 && first.notices[0].contains("the class counts of another program there"))
        #expect(try answer(folder, dataset).notices.isEmpty)
        try folder.labels("gtFine/train/ulm/b_gtFine_labelIds.png", [7, 7, 7, 8])
        _ = try answer(folder, dataset)
        #expect(try folder.contents("sample_class_stats.json") == text)
    }
}
