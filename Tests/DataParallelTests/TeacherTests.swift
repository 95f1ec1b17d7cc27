import Annotations
import Collectives
import DataParallel
import ImageIO
import NN
import TensorEngine
import Testing

@Suite struct PseudoLabelsTests {
    @Test func arraysOfOtherSizesTrap() async {
        await #expect(processExitsWith: .failure) {
            _ = PseudoLabels(
                step: 0, layout: .init(imageCount: 1, height: 2, width: 2), labels: [1], confidentCounts: [0])
        }
    }

    private let objects = [
        AnnotatedObject(trainID: 13, mask: ObjectMask([PixelRun(row: 1, start: 0, end: 2)]), score: 0.75),
        AnnotatedObject(trainID: 11, mask: ObjectMask([PixelRun(row: 0, start: 1, end: 2)]), isCrowd: true),
    ]

    @Test func imagesArePartsOfAnAnswer() {
        let layout = PseudoLabels.Layout(imageCount: 2, height: 2, width: 2, contents: [.classMaps, .objects])
        let all = PseudoLabels(
            step: 7, layout: layout, labels: Array(1...8), confidentCounts: [3, 4], objects: [objects, []])
        let second = all.images(1..<2)
        #expect(second.labels == [5, 6, 7, 8] && second.confidentCounts == [4] && second.objects == [[]])
        #expect(second.step == 7 && second.layout.imageCount == 1)
        #expect(all.annotations.map(\.classes.pixels) == [[1, 2, 3, 4], [5, 6, 7, 8]])
        #expect(all.annotations.map(\.objects) == [objects, []])
    }

    @Test func whatATeacherDoesNotTellIsIgnoredOrUnknown() {
        let classes = PseudoLabels(
            step: 0, layout: .init(imageCount: 1, height: 1, width: 2), labels: [3, 4], confidentCounts: [1])
        #expect(classes.annotations[0].objects == nil)
        let objectsOnly = PseudoLabels(
            step: 0, layout: .init(imageCount: 1, height: 2, width: 2, contents: .objects), objects: [objects])
        #expect(objectsOnly.annotations[0].classes.pixels == [255, 255, 255, 255])
        #expect(objectsOnly.annotations[0].objects == objects)
    }
}

@Suite struct TeacherTests {
    private final class Weights: Module {
        let weight = Parameter(Tensor.zeros([5]))
        var parameters: [(name: String, parameter: Parameter)] { [("weight", weight)] }
    }

    /// Class of pixel i for a student at a step, when the teacher holds `weight` everywhere; and as many objects as the
    /// step's number in the first image, none in the others.
    private static func labels(_ layout: PseudoLabels.Layout, step: Int, student: Int, weight: Float) -> PseudoLabels {
        let hasClasses = layout.contents.contains(.classMaps)
        let objects = (0..<step).map { index in
            AnnotatedObject(
                trainID: UInt8(student), mask: ObjectMask([PixelRun(row: 0, start: 0, end: 1 + index % layout.width)]),
                score: weight / 10)
        }
        return PseudoLabels(
            step: step, layout: layout,
            labels: hasClasses ? (0..<layout.pixelCount).map { UInt8(($0 + student + Int(weight)) % 251) } : [],
            confidentCounts: hasClasses ? (0..<layout.imageCount).map { 100_000 * step + $0 } : [],
            objects: layout.contents.contains(.objects) ? (0..<layout.imageCount).map { $0 == 0 ? objects : [] } : [])
    }

    private static let layouts = [
        [PseudoLabels.Layout(imageCount: 2, height: 3, width: 5)],
        [PseudoLabels.Layout(imageCount: 1, height: 7, width: 1, contents: [.classMaps, .objects])],
        [PseudoLabels.Layout(imageCount: 3, height: 7, width: 4, contents: .objects)],
        [PseudoLabels.Layout(imageCount: 0, height: 4, width: 4)],
        [PseudoLabels.Layout(imageCount: 0, height: 4, width: 4, contents: .objects)],
        // Two labelers at one teacher.
        [
            PseudoLabels.Layout(imageCount: 2, height: 3, width: 5),
            PseudoLabels.Layout(imageCount: 2, height: 6, width: 10, contents: .objects),
        ],
    ]

    /// The weights are the step's number; a label shows which weights the teacher had.
    @Test(arguments: [(2, 1), (3, 1), (4, 1), (4, 2), (7, 2)], layouts)
    func everyStudentGetsTheLabelsOfItsStep(ranksAndTeachers: (Int, Int), layouts: [PseudoLabels.Layout]) throws {
        let roles = try RankRoles(worldSize: ranksAndTeachers.0, teachers: ranksAndTeachers.1)
        let steps = 0..<3
        let received = try ThreadedGroup.run(size: roles.worldSize) { world -> [PseudoLabels] in
            guard case .student(let index) = roles.role(of: world.rank) else {
                let server = TeacherServer(world: world, roles: roles)
                let values = Tensor.zeros([5])
                for step in steps {
                    try server.receiveWeights(into: values)
                    for student in server.students {
                        for (labeler, layout) in layouts.enumerated() {
                            let labels = Self.labels(layout, step: step, student: student, weight: values.values()[4])
                            try server.startSending(labels, toStudent: student, of: labeler)
                        }
                    }
                }
                try server.finish()
                return []
            }
            let set = ParameterSet(Weights())
            let link = StudentLink(world: world, roles: roles, parameters: set, layouts: layouts)
            return try steps.map { step in
                set.values.assign(Tensor(repeating: Float(step), shape: [5]))
                try link.startSendingWeights()
                try link.startReceivingLabels(step: step)
                // In other orders, and with and without help on the way.
                for _ in 0..<step { try link.progress() }
                let answers = try layouts.indices.reversed().map { try link.labels(of: $0) }
                try link.finishSendingWeights()
                let expected = layouts.map { Self.labels($0, step: step, student: index, weight: Float(step)) }
                #expect(Array(answers.reversed()) == expected)
                return answers[0]
            }
        }
        #expect(received.count { $0.count == steps.count } == roles.studentCount)
    }

    /// The error of a student that asks for `layout` at step 5 and gets these bytes.
    private func failure(
        _ layout: PseudoLabels.Layout, _ first: [UInt8], _ second: [UInt8] = []
    ) throws -> CollectiveError {
        let roles = try RankRoles(worldSize: 2, teachers: 1)
        return try #require(throws: CollectiveError.self) {
            _ = try ThreadedGroup.run(size: 2) { world in
                guard case .student = roles.role(of: world.rank) else {
                    try world.send(first, to: 0, tag: 102)
                    if !second.isEmpty { try world.send(second, to: 0, tag: 103) }
                    return
                }
                let link = StudentLink(world: world, roles: roles, parameters: ParameterSet(Weights()), layout: layout)
                try link.startReceivingLabels(step: 5)
                _ = try link.labels()
            }
        }
    }

    /// "CWTA", version, contents, labeler, step, images, bytes of both parts; then the counts and classes of one image
    /// of 1x3 pixels.
    private func message(
        _ magic: String = "CWTA", version: UInt8 = 1, contents: UInt8 = 1, labeler: UInt8 = 0, step: UInt8 = 5,
        images: UInt8 = 1, fixed: UInt8 = 7, varying: UInt8 = 0, end: [UInt8] = [2, 0, 0, 0, 17, 18, 255]
    ) -> [UInt8] {
        Array(magic.utf8) + [version, contents, labeler, 0, step, 0, 0, 0, 0, 0, 0, 0, images, 0, 0, 0, fixed, 0, 0, 0]
            + [varying, 0, 0, 0] + end
    }

    @Test func aMessageIsTheseBytes() throws {
        let roles = try RankRoles(worldSize: 2, teachers: 1)
        let layout = PseudoLabels.Layout(imageCount: 1, height: 1, width: 3)
        let labels = PseudoLabels(step: 5, layout: layout, labels: [17, 18, 255], confidentCounts: [2])
        _ = try ThreadedGroup.run(size: 2) { world in
            guard case .student = roles.role(of: world.rank) else {
                let server = TeacherServer(world: world, roles: roles)
                try server.startSending(labels, toStudent: 0)
                return try server.finish()
            }
            var received = [UInt8](repeating: 0, count: 35)
            try world.receive(&received, from: 1, tag: 102)
            #expect(received == message())
            // Class maps are one message.
            #expect(try !world.isMessageAvailable(from: 1, tag: 103))
        }
    }

    @Test func otherAnswersThanTheOneAskedForAreRefusedByBothRanks() throws {
        let layout = PseudoLabels.Layout(imageCount: 1, height: 1, width: 3)
        let cases: [([UInt8], String)] = [
            (message(step: 4), "the teacher sent labels of step 4, the student is at step 5"),
            (message("CWTB"), "it does not begin as a teacher's answer"),
            (message(version: 9), "it is of version 9, not 1; start all ranks with the same build"),
            (message(contents: 2), "it holds objects, where class maps were asked for"),
            (message(contents: 0), "it holds nothing, where class maps were asked for"),
            (message(labeler: 3), "it is of labeler 3, not 0"),
            (message(images: 2), "it is about 2 images in 7 bytes, not 1 images of 1x3 in 7"),
            (message(fixed: 8), "it is about 1 images in 8 bytes, not 1 images of 1x3 in 7"),
            (message(varying: 4), "it announces 4 bytes of objects of 1 images"),
        ]
        for (bytes, reason) in cases {
            let error = try failure(layout, bytes)
            #expect(error.code == .mismatch && error.rank == 0)
            #expect(error.message.contains("the answer of rank 1 to rank 0 is not usable: "))
            #expect(error.message.contains(reason), "\(error.message)")
        }
        #expect(try failure(layout, message() + [0]).code == .wrongMessageSize)
    }

    @Test func damagedObjectsAreRefusedByBothRanks() throws {
        let layout = PseudoLabels.Layout(imageCount: 1, height: 1, width: 3, contents: .objects)
        func head(_ varying: UInt8) -> [UInt8] { message(contents: 2, fixed: 0, varying: varying, end: []) }
        let cases: [([UInt8], String)] = [
            ([1, 0, 0, 0, 0, 0], "1 bytes follow the last object"),
            ([9, 0, 0, 0, 0], "the objects of image 0 end early"),
            ([1, 0, 0, 0, 1], "image 0: objects are damaged at byte 1"),
        ]
        for (bytes, reason) in cases {
            let error = try failure(layout, head(UInt8(bytes.count)), bytes)
            #expect(error.message.contains("the answer of rank 1 to rank 0 is not usable: "))
            #expect(error.message.contains(reason), "\(error.message)")
        }
        #expect(try failure(layout, head(3)).message.contains("it announces 3 bytes of objects of 1 images"))
    }

    @Test func anErrorElsewhereIsReportedWhileLabelsAreAwaited() throws {
        struct Elsewhere: Error {}
        let roles = try RankRoles(worldSize: 2, teachers: 1)
        #expect(throws: Elsewhere.self) {
            _ = try ThreadedGroup.run(size: 2) { world in
                guard case .student = roles.role(of: world.rank) else { return }
                let set = ParameterSet(Weights())
                let link = StudentLink(world: world, roles: roles, parameters: set, layouts: Self.layouts[0])
                try link.startReceivingLabels(step: 0)
                throw Elsewhere()
            }
        }
    }

    @Test func tensorsAreSharedAndCompared() throws {
        let results = try ThreadedGroup.run(size: 3) { world in
            let tensor = Tensor(repeating: Float(world.rank), shape: [2, 2])
            let before = try world.isSameEverywhere(tensor)
            try world.broadcast(tensor, from: 2)
            let after = try world.isSameEverywhere(tensor)
            try world.allReduce(tensor, .sum)
            return (before, after, tensor.values())
        }
        for (before, after, values) in results {
            #expect(!before && after)
            #expect(values == [6, 6, 6, 6])
        }
    }
}
