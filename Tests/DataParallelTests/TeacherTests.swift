import Collectives
import DataParallel
import NN
import TensorEngine
import Testing

@Suite struct PseudoLabelsTests {
    @Test func confidenceIsOffByAtMostHalfAStep() {
        for step in 0...1000 {
            let probability = Float(step) / 1000
            #expect(abs(Float(PseudoLabels.quantized(probability)) / 255 - probability) <= 1 / 510 + 1e-6)
        }
        #expect(PseudoLabels.quantized(-1) == 0)
        #expect(PseudoLabels.quantized(2) == 255)
    }

    @Test func arraysOfOtherSizesTrap() async {
        await #expect(processExitsWith: .failure) {
            _ = PseudoLabels(
                step: 0, layout: .init(imageCount: 1, height: 2, width: 2), labels: [1], confidentCounts: [0])
        }
    }
}

@Suite struct TeacherTests {
    private final class Weights: Module {
        let weight = Parameter(Tensor.zeros([5]))
        var parameters: [(name: String, parameter: Parameter)] { [("weight", weight)] }
    }

    /// Class of pixel i for a student at a step, when the teacher holds `weight` everywhere.
    private static func labels(_ layout: PseudoLabels.Layout, step: Int, student: Int, weight: Float) -> PseudoLabels {
        let labels = (0..<layout.pixelCount).map { UInt8(($0 + student + Int(weight)) % 251) }
        return PseudoLabels(
            step: step, layout: layout, labels: labels,
            confidentCounts: (0..<layout.imageCount).map { 100_000 * step + $0 },
            confidence: layout.hasConfidence ? labels.map { 255 - $0 } : [])
    }

    private static let layouts = [
        PseudoLabels.Layout(imageCount: 2, height: 3, width: 5),
        PseudoLabels.Layout(imageCount: 1, height: 7, width: 1, hasConfidence: true),
        PseudoLabels.Layout(imageCount: 0, height: 4, width: 4),
    ]

    /// The weights are the step's number; a label shows which weights the teacher had.
    @Test(arguments: [(2, 1), (3, 1), (4, 2), (7, 2)], layouts)
    func everyStudentGetsTheLabelsOfItsStep(ranksAndTeachers: (Int, Int), layout: PseudoLabels.Layout) throws {
        let roles = try RankRoles(worldSize: ranksAndTeachers.0, teachers: ranksAndTeachers.1)
        let steps = 0..<3
        let received = try ThreadedGroup.run(size: roles.worldSize) { world -> [PseudoLabels] in
            guard case .student(let index) = roles.role(of: world.rank) else {
                let server = TeacherServer(world: world, roles: roles)
                let values = Tensor.zeros([5])
                for step in steps {
                    try server.receiveWeights(into: values)
                    for student in server.students {
                        let labels = Self.labels(layout, step: step, student: student, weight: values.values()[4])
                        try server.startSending(labels, toStudent: student)
                    }
                }
                try server.finish()
                return []
            }
            let set = ParameterSet(Weights())
            let link = StudentLink(world: world, roles: roles, parameters: set, layout: layout)
            return try steps.map { step in
                set.values.assign(Tensor(repeating: Float(step), shape: [5]))
                try link.startSendingWeights()
                try link.startReceivingLabels(step: step)
                try link.progress()
                let labels = try link.labels()
                try link.finishSendingWeights()
                #expect(labels == Self.labels(layout, step: step, student: index, weight: Float(step)))
                return labels
            }
        }
        #expect(received.count { $0.count == steps.count } == roles.studentCount)
    }

    @Test func labelsOfAnotherStepAreRefused() throws {
        let roles = try RankRoles(worldSize: 2, teachers: 1)
        let layout = Self.layouts[0]
        let error = try #require(throws: CollectiveError.self) {
            _ = try ThreadedGroup.run(size: 2) { world in
                guard case .student = roles.role(of: world.rank) else {
                    let server = TeacherServer(world: world, roles: roles)
                    try server.startSending(Self.labels(layout, step: 4, student: 0, weight: 0), toStudent: 0)
                    return try server.finish()
                }
                let link = StudentLink(world: world, roles: roles, parameters: ParameterSet(Weights()), layout: layout)
                try link.startReceivingLabels(step: 5)
                _ = try link.labels()
            }
        }
        #expect(error.code == .mismatch)
        #expect(error.message.contains("sent labels of step 4, the student is at step 5"))
    }

    @Test func anErrorElsewhereIsReportedWhileLabelsAreAwaited() throws {
        struct Elsewhere: Error {}
        let roles = try RankRoles(worldSize: 2, teachers: 1)
        #expect(throws: Elsewhere.self) {
            _ = try ThreadedGroup.run(size: 2) { world in
                guard case .student = roles.role(of: world.rank) else { return }
                let set = ParameterSet(Weights())
                let link = StudentLink(world: world, roles: roles, parameters: set, layout: Self.layouts[0])
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
