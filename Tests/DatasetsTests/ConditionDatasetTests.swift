import Datasets
import ImageIO
import Testing

@Suite struct ACDCDatasetTests {
    private func tree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (condition, stem) in [("fog", "GOPR0475_frame_000041"), ("snow", "GP010607_frame_000001")] {
            let sequence = String(stem.prefix(8))
            try folder.image("rgb_anon/\(condition)/train/\(sequence)/\(stem)_rgb_anon.png", height: 1, width: 3)
            try folder.labels("gt/\(condition)/train/\(sequence)/\(stem)_gt_labelTrainIds.png", [0, 18, 255])
            try folder.image("rgb_anon/\(condition)/train_ref/\(sequence)/\(stem)_rgb_ref_anon.png")
        }
        for condition in ["night", "rain"] {
            try folder.image("rgb_anon/\(condition)/train/GOPR0001/\(condition)_rgb_anon.png", height: 1, width: 1)
            try folder.labels("gt/\(condition)/train/GOPR0001/\(condition)_gt_labelIds.png", [26])
        }
        return folder
    }

    @Test func allFourConditionsAreReadAndReferencesAreNot() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(.acdc, root: folder.path, split: .train)
        #expect(dataset.samples.map(\.condition) == [.fog, .night, .rain, .snow])
        #expect(dataset.samples.map(\.name) == ["GOPR0475_frame_000041", "night", "rain", "GP010607_frame_000001"])
    }

    @Test func trainIDsAndLabelIDsAreToldApartByName() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(.acdc, root: folder.path, split: .train)
        #expect(try dataset.loadLabels(0).pixels == [0, 18, 255])
        #expect(try dataset.loadLabels(1).pixels == [13])
    }

    @Test func conditionsCanBeChosen() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(
            .acdc, root: folder.path, split: .train, options: .init(conditions: [.snow, .fog]))
        #expect(dataset.samples.map(\.condition) == [.fog, .snow])
        let error = datasetError {
            _ = try DatasetRegistry.open(
                .acdc, root: folder.path, split: .train, options: .init(conditions: [.twilight]))
        }
        #expect(
            error?.message == "\(folder.path): acdc has no condition twilight; use some of fog, night, rain, snow")
    }

    @Test func aMissingConditionIsNamed() throws {
        let folder = try TemporaryFolder()
        try folder.image("rgb_anon/fog/train/GOPR0475/a_rgb_anon.png")
        let error = datasetError {
            _ = try DatasetRegistry.open(
                .acdc, root: folder.path, split: .train, options: .init(readsLabels: false))
        }
        #expect(error?.code == .missingFolder)
        #expect(error?.message.hasPrefix("\(folder.path)/rgb_anon/night/train: no such folder") == true)
        #expect(error?.message.hasSuffix("or name the conditions you have") == true)
    }

    @Test func testOpensWithoutLabelsOnly() throws {
        let folder = try TemporaryFolder()
        for condition in ["fog", "night", "rain", "snow"] {
            try folder.image("rgb_anon/\(condition)/test/GOPR0475/\(condition)_rgb_anon.png")
        }
        let dataset = try DatasetRegistry.open(
            .acdc, root: folder.path, split: .test, options: .init(readsLabels: false))
        #expect(dataset.count == 4 && !dataset.isLabelled)
        let error = datasetError { _ = try DatasetRegistry.open(.acdc, root: folder.path, split: .test) }
        #expect(error?.code == .missingLabel)
        #expect(
            error?.message == "\(folder.path): the labels of ACDC's split test are not public; score on val, or hand "
                + "predictions of test to its server (causeway make-submission)")
    }
}

@Suite struct DarkZurichDatasetTests {
    private let images = DatasetOptions(readsLabels: false)

    private func tree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for condition in ["day", "night", "twilight"] {
            try folder.image("rgb_anon/train/\(condition)/GOPR0351/\(condition)_rgb_anon.png")
        }
        return folder
    }

    @Test func trainingImagesAreThoseOfTheNightUnlessOthersAreNamed() throws {
        let folder = try tree()
        let night = try DatasetRegistry.open(.darkZurich, root: folder.path, split: .train, options: images)
        #expect(night.samples.map(\.name) == ["night"] && night.samples[0].condition == .night)
        let others = try DatasetRegistry.open(
            .darkZurich, root: folder.path, split: .train,
            options: .init(readsLabels: false, conditions: [.twilight, .day]))
        #expect(others.samples.map(\.name) == ["day", "twilight"])
    }

    @Test(arguments: ["night/", ""])
    func validationIsReadWithAndWithoutAFolderOfItsCondition(place: String) throws {
        let folder = try TemporaryFolder()
        try folder.image("rgb_anon/val/\(place)GOPR0356/a_rgb_anon.png", height: 1, width: 2)
        try folder.labels("gt/val/\(place)GOPR0356/a_gt_labelTrainIds.png", [10, 255])
        try folder.image("rgb_anon/val/day/GOPR0356_ref/b_ref_rgb_anon.png")
        let dataset = try DatasetRegistry.open(.darkZurich, root: folder.path, split: .val)
        #expect(dataset.samples.map(\.name) == ["a"] && dataset.samples[0].condition == .night)
        #expect(try dataset.loadLabelled(0).labels.pixels == [10, 255])
    }

    @Test func labelsThatNobodyHasAreRefused() throws {
        let folder = try tree()
        let train = datasetError { _ = try DatasetRegistry.open(.darkZurich, root: folder.path, split: .train) }
        #expect(train?.code == .missingLabel)
        let day = datasetError {
            _ = try DatasetRegistry.open(
                .darkZurich, root: folder.path, split: .val, options: .init(conditions: [.day]))
        }
        #expect(day?.code == .unsupportedOption)
    }
}

@Suite struct PublishedFactsTests {
    @Test func countsAreThoseOfThePapers() {
        #expect(DatasetKind.gta.facts?.count(.train) == 24966)
        #expect(DatasetKind.synthia.facts?.count(.train) == 9400)
        let cityscapes = DatasetSplit.allCases.map { DatasetKind.cityscapes.facts?.count($0) }
        #expect(cityscapes == [2975, 500, 1525])
        #expect(DatasetKind.acdc.facts?.count(.train) == 1600)
        #expect(DatasetKind.acdc.facts?.count(.val) == 406)
        #expect(DatasetKind.acdc.facts?.count(.val, conditions: [.night]) == 106)
        #expect(DatasetKind.acdc.facts?.count(.test) == 2000)
        let zurich = DatasetSplit.allCases.map { DatasetKind.darkZurich.facts?.count($0, conditions: [.night]) }
        #expect(zurich == [2416, 50, 151])
        #expect(DatasetKind.gta.facts?.count(.val) == nil)
        #expect(DatasetKind.toytown.facts == nil)
    }

    @Test func incompletePairsCanBeLeftOutAndTold() throws {
        let folder = try TemporaryFolder()
        for name in ["1", "2", "3"] { try folder.image("images/\(name).png") }
        for name in ["2", "8", "9"] { try folder.labels("labels/\(name).png", [7]) }
        let dataset = try DatasetRegistry.open(
            .gta, root: folder.path, split: .train, options: .init(leavesOutIncompletePairs: true))
        #expect(dataset.samples.map(\.name) == ["2"])
        #expect(dataset.problems.map(\.code) == [.missingImage, .missingImage, .missingLabel, .missingLabel])
    }
}
