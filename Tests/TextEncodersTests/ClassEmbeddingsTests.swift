import Testing
import TextEncoders
import WeightFiles
import _TestSupport

@Suite struct ClassEmbeddingsTests {
    private static let names = ["road", "traffic light", "sky"]

    private func write(
        _ values: [Float], shape: [Int], classes: String?, in folder: TemporaryFolder
    ) throws -> String {
        let path = folder.file("table.safetensors")
        let metadata = classes.map { ["classes": $0, "license": "none"] } ?? [:]
        try SafeTensorsWriter.write(
            path, [SafeTensorsItem("embeddings", shape: shape, floats: values)], metadata: metadata)
        return path
    }

    @Test func rowsAreFoundByName() throws {
        let folder = TemporaryFolder()
        let path = try write(
            [9, 9, 5, 6, 1, 2, 3, 4], shape: [4, 2], classes: "car, sky,road, traffic light", in: folder)
        let table = try ClassEmbeddings(contentsOf: path, classNames: Self.names)
        #expect(table.values == [1, 2, 3, 4, 5, 6])
        #expect(table.width == 2)
        #expect(table.provenance == ["license": "none"])
    }

    @Test func rowsWithoutNamesAreInTrainIDOrder() throws {
        let folder = TemporaryFolder()
        let path = try write([1, 2, 3], shape: [3, 1], classes: nil, in: folder)
        #expect(try ClassEmbeddings(contentsOf: path, classNames: Self.names).values == [1, 2, 3])
    }

    @Test func writesWhatItReads() throws {
        let folder = TemporaryFolder()
        let path = folder.file("table.safetensors")
        let table = ClassEmbeddings(
            classNames: Self.names, width: 1, values: [1, -2, 3.5], provenance: ["templates": "in fog\nwith \"rain\""])
        try table.write(path)
        #expect(try ClassEmbeddings(contentsOf: path, classNames: Self.names) == table)
    }

    @Test(arguments: [
        ([1, 2, 3], [3, 1], "road,sky,car", "has no row for the class 'traffic light'"),
        ([1, 2], [2, 1], nil, "has 2 rows without names for 3 classes"),
        ([1, 2, 3], [3, 1], "road,sky", "names 2 different classes"),
        ([1, 2, 3], [3, 1], "road,road,sky", "names 2 different classes"),
        ([1, 2, .nan], [3, 1], nil, "not finite in the row of 'sky'"),
        ([1, 2, 3], [3], nil, "it must be [classes, width]"),
    ] as [([Float], [Int], String?, String)])
    func saysWhatIsWrong(values: [Float], shape: [Int], classes: String?, message: String) throws {
        let folder = TemporaryFolder()
        let path = try write(values, shape: shape, classes: classes, in: folder)
        #expect { try ClassEmbeddings(contentsOf: path, classNames: Self.names) } throws: { error in
            "\(error)".hasPrefix(path) && "\(error)".contains(message)
        }
    }

    @Test(arguments: ["wordllama-synthetic-real", "wordllama-day-night"])
    func theTablesThatComeAlongFitCityscapes(name: String) throws {
        let names = [
            "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation",
            "terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
        ]
        let table = try ClassEmbeddings(
            contentsOf: RepositoryFile.path("configs/text/tables/\(name).safetensors"), classNames: names)
        #expect(table.width == 256)
        #expect(table.provenance["license"]?.hasPrefix("MIT") == true)
    }
}
