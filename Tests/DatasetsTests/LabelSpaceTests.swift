import Datasets
import ImageIO
import Testing

@Suite struct LabelSpaceTests {
    @Test func cityscapesHasNineteenClassesEightOfThemThings() {
        let space = LabelSpace.cityscapes19
        #expect(space.classCount == 19)
        #expect(space.thingTrainIDs == [11, 12, 13, 14, 15, 16, 17, 18])
        #expect(space.classNames[16] == "train")
        #expect(space.trainID(of: "bicycle") == 18)
        #expect(space.palette[0] == SIMD3(128, 64, 128))
        #expect(space.palette[18] == SIMD3(119, 11, 32))
    }

    @Test func labelIDsAndTrainIDsAreInverse() {
        let encoding = LabelEncoding.cityscapesLabelIDs
        #expect(
            encoding.fileValues == [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33])
        for (trainID, value) in encoding.fileValues.enumerated() {
            #expect(value.flatMap { encoding.trainID(of: Int($0)) } == UInt8(trainID))
        }
    }

    @Test func everyCityscapesLabelIDIsKnown() {
        // 34 label ids and the licence plate's -1, which is 255 in eight bits.
        let known = (0..<256).filter { LabelEncoding.cityscapesLabelIDs.trainID(of: $0) != nil }
        #expect(known == Array(0...33) + [255])
    }

    @Test func synthiaCoversItsSixteenClasses() {
        #expect(LabelEncoding.synthia.trainID(of: 1) == 10)
        #expect(LabelEncoding.synthia.trainID(of: 22) == 255)
        #expect(LabelEncoding.synthia.trainID(of: 23) == nil)
        #expect(LabelSpace.synthia16EvaluatedTrainIDs.count == 16)
        #expect(LabelSpace.synthia13EvaluatedTrainIDs.count == 13)
        #expect(Set(0..<19).subtracting(LabelSpace.synthia16EvaluatedTrainIDs) == [9, 14, 16])
    }

    @Test func cityscapesClassesReadAsCamVid() {
        let encoding = LabelEncoding.cityscapesLabelIDs.followed(by: .cityscapes19AsCamVid11)
        let names = LabelSpace.camvid11.classNames
        func name(_ labelID: Int) -> String? { encoding.trainID(of: labelID).map { names[Int($0)] } }
        #expect(name(7) == "road")
        #expect(name(12) == "building")
        #expect(name(22) == "tree")
        #expect(name(25) == "bicyclist")
        #expect(name(28) == "car")
        #expect(encoding.trainID(of: 0) == 255)
        #expect(encoding.trainID(of: 77) == nil)
        #expect(encoding.labelSpace == .camvid11)
    }

    @Test func unknownLabelNamesFileValueAndRemedy() throws {
        let labels = LabelMap(height: 1, width: 3, channels: 1, pixels: [7, 44, 45])
        let error = try #require(
            datasetError { _ = try LabelEncoding.cityscapesLabelIDs.trainIDs(of: labels, file: "a/b.png") })
        #expect(error.code == .unknownLabel)
        #expect(
            error.message
                == "a/b.png: label value 44 has no meaning in Cityscapes label ids (label space cityscapes19); "
                + "check that the file belongs to this data set and holds ids, not colours")
    }

    @Test func emptyMapHasNoTrainIDs() throws {
        let empty = LabelMap(height: 0, width: 0, channels: 1, pixels: [])
        #expect(try LabelEncoding.camvid.trainIDs(of: empty, file: "x") == empty)
    }
}
