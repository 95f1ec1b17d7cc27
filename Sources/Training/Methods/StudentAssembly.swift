package import Collectives
internal import Configuration
internal import DataLoading
package import DataParallel
package import Mixing
package import SegmentationModels
internal import NN
package import TensorEngine

/// Makes a network of a run: those of students, teachers and frozen ones are of one architecture.
///
/// - Parameters:
///   - seed: of the first weights; nil where they are going to be overwritten.
///   - loadsWeights: whether it takes the weights that the setting names.
package typealias NetworkMaker = (_ seed: UInt64?, _ loadsWeights: Bool) throws -> SegmentationNetwork

/// What a method's step is put together from: on a rank that trains, in a benchmark, in a test.
package struct StudentAssembly {
    /// Where what is read from files comes from.
    package enum Materials: Sendable {
        /// From the files that the setting names.
        case files
        /// Random numbers of the same size, by which a step takes as long.
        case drawn
    }

    package let configuration: RunConfiguration
    package let replica: Replica
    package let seat: StudentSeat
    package let sums: GlobalSums
    package let pass: TrainingPass
    package let materials: Materials
    /// What strategies of mixing ask.
    package let mixing: MixingFacts
    /// What the step asks of its teacher; nil for a method without one.
    let teacherOrder: TeacherOrder?
    private let makeNetwork: NetworkMaker
    /// Those of the students, where they add up by themselves.
    private let devices: DeviceSums?
    /// Of all ranks, students and teachers.
    private let world: any ProcessGroup
    private let roles: RankRoles

    /// - Parameters:
    ///   - index: of the student.
    ///   - students: all students, of `world`.
    ///   - network: the student's.
    ///   - mixing: with the counts that the method asks for; nil for the classes alone.
    ///   - devices: those of the students, where they add up by themselves.
    ///   - makeNetwork: makes the others; as the setting says, where it is nil.
    package init(
        _ configuration: RunConfiguration, index: Int, students: any ProcessGroup, seats: RankSeats,
        network: SegmentationNetwork, materials: Materials, world: any ProcessGroup, roles: RankRoles,
        devices: DeviceSums? = nil, mixing: MixingFacts? = nil, makeNetwork: NetworkMaker? = nil
    ) throws {
        self.mixing = mixing ?? configuration.mixingFacts()
        let crop = configuration.data.crop
        self.configuration = configuration
        self.materials = materials
        self.makeNetwork = makeNetwork ?? configuration.makeNetwork(seed:loadsWeights:)
        self.world = world
        self.roles = roles
        self.devices = devices
        teacherOrder = configuration.method.teaching.map {
            TeacherOrder(method: configuration.method.kind, firstStep: $0.stepsBeforeTeacher)
        }
        replica = try Replica(network, configuration, students: students, devices: devices)
        seat = StudentSeat(
            seed: configuration.seed, slots: seats.slots(ofStudents: index..<index + 1),
            globalBatch: seats.globalBatch, cropPixels: crop.height * crop.width)
        sums = GlobalSums(over: students, pixels: seat.globalPixels)
        pass = TrainingPass(
            seat, statistics: configuration.distribution.batchNormStatistics.reducer(over: students, by: devices),
            recomputation: configuration.engine.recompute,
            detailLossWeight: configuration.model.multiResolution?.detailLossWeight ?? 0)
    }

    /// Where the student's pseudo-labels come from: its rank of teachers, or a teacher of its own.
    package func pseudoLabels(of method: some TeachingMethod) throws -> any PseudoLabelProvider {
        let provider = try teacher(of: method)
        return teacherOrder.map { OrderedTeacher(provider: provider, order: $0) } ?? provider
    }

    private func teacher(of method: some TeachingMethod) throws -> any PseudoLabelProvider {
        guard roles.teacherCount == 0 else {
            let crop = configuration.data.crop
            let layouts = method.labelers(in: configuration).map { contents in
                PseudoLabels.Layout(
                    imageCount: seat.slots.count, height: crop.height, width: crop.width, contents: contents)
            }
            return RemoteTeacher(
                StudentLink(world: world, roles: roles, parameters: replica.parameters, layouts: layouts))
        }
        let teacher = try method.makeTeacher(
            TeacherAssembly(configuration, group: sums.students, devices: devices, makeNetwork: makeNetwork))
        return LocalTeacher(
            teacher, student: replica.parameters.values, lag: configuration.distribution.teacherLag)
    }

    /// A network with the weights that training began from, which nobody changes; nil where none are loaded.
    package func initialNetwork() throws -> SegmentationNetwork? {
        switch materials {
        case .files:
            guard configuration.model.weights != nil else { return nil }
            return try makeNetwork(nil, true)
        case .drawn: return try makeNetwork(configuration.seed + 1, false)
        }
    }
}

/// What a teacher is put together from, whichever rank has it.
package struct TeacherAssembly {
    package let configuration: RunConfiguration
    /// Ranks that have the same teacher, and label together where batch statistics are global.
    package let group: any ProcessGroup

    /// Those of the group, where they add up by themselves.
    private let devices: DeviceSums?
    private let makeNetworkOfRun: NetworkMaker

    /// - Parameters:
    ///   - devices: those of the group, where they add up by themselves.
    ///   - makeNetwork: as the setting says, where it is nil.
    package init(
        _ configuration: RunConfiguration, group: any ProcessGroup, devices: DeviceSums? = nil,
        makeNetwork: NetworkMaker? = nil
    ) {
        self.devices = devices
        self.configuration = configuration
        self.group = group
        makeNetworkOfRun = makeNetwork ?? configuration.makeNetwork(seed:loadsWeights:)
    }

    /// A network of the student's architecture, whose weights the first update overwrites.
    package func makeNetwork() throws -> SegmentationNetwork {
        try makeNetworkOfRun(nil, false)
    }

    /// What makes the sums of batch normalisation those of the group; nil where they stay local.
    package var reduceStatistics: StatisticsReduction? {
        configuration.distribution.batchNormStatistics.reducer(over: group, by: devices)
    }
}

/// Which images of the global batch belong to whom.
package struct RankSeats {
    package let imagesPerStudent: Int
    package let globalBatch: Int

    package init(_ imagesPerStudent: Int, _ roles: RankRoles) {
        self.imagesPerStudent = imagesPerStudent
        globalBatch = imagesPerStudent * roles.studentCount
    }

    package func slots(ofStudents students: Range<Int>) -> Range<Int> {
        students.lowerBound * imagesPerStudent..<students.upperBound * imagesPerStudent
    }
}
