import Annotations
import Collectives
import DataParallel
import FoundationEssentials
import Glibc
import NN
import TensorEngine

/// Three layers' worth of weights, odd sizes.
private final class Weights: Module {
    let layers: [Parameter]

    init(_ counts: [Int]) {
        layers = counts.map { Parameter(Tensor.zeros([$0])) }
    }

    var parameters: [(name: String, parameter: Parameter)] {
        layers.enumerated().map { ("layer\($0)", $1) }
    }
}

/// The gradient of sum(w * (i + 1) * (rank + 1)) summed over the ranks, in pieces of several sizes.
func checkBuckets(_ world: any ProcessGroup) throws {
    let counts = [100_003, 1, 70_000, 513]
    let ranks = Float(world.size * (world.size + 1) / 2)
    for bucketBytes in [4, 1 << 16, 8 << 20] {
        let model = Weights(counts)
        let set = ParameterSet(model, pieceBytes: bucketBytes)
        let buckets = try GradientBuckets(set, group: world)
        for step in 0..<3 {
            set.clearGradients()
            buckets.arm()
            var loss = Tensor.zeros([])
            for (index, layer) in model.layers.enumerated() {
                loss = loss + layer.value.sum() * (Float(index + 1) * Float(world.rank + 1))
            }
            loss.backward()
            try buckets.finish()
            let expected = counts.enumerated().flatMap { [Float](repeating: Float($0 + 1) * ranks, count: $1) }
            try expect(set.gradients.values() == expected, "step \(step), pieces of \(bucketBytes) bytes")
        }
    }
}

/// Students send weights and get labels that depend on them, at every number of teachers that fits: class maps, objects
/// of which there are more in every step, and both from two labelers.
func checkTeachers(_ world: any ProcessGroup) throws {
    let classMaps = PseudoLabels.Layout(imageCount: 2, height: 64, width: 96)
    let objects = PseudoLabels.Layout(imageCount: 2, height: 128, width: 192, contents: .objects)
    let both = PseudoLabels.Layout(imageCount: 1, height: 64, width: 96, contents: [.classMaps, .objects])
    for teachers in 0...world.size / 2 {
        let roles = try RankRoles(worldSize: world.size, teachers: teachers)
        for layouts in [[classMaps], [objects], [both, objects]] {
            if teachers > 0 { try trainWithTeacher(world, roles, layouts) }
            try world.barrier()
        }
    }
}

/// What a teacher with weights of one value says.
private func labels(_ layout: PseudoLabels.Layout, step: Int, student: Int, weight: Float) -> PseudoLabels {
    let hasClasses = layout.contents.contains(.classMaps)
    let objects = (0..<100 * step).map { index in
        AnnotatedObject(
            trainID: UInt8(index % 19),
            mask: ObjectMask((0..<60).map { PixelRun(row: $0, start: student, end: 40 + step) }),
            score: weight / 100)
    }
    return PseudoLabels(
        step: step, layout: layout,
        labels: hasClasses ? (0..<layout.pixelCount).map { UInt8(($0 + student + Int(weight)) % 256) } : [],
        confidentCounts: hasClasses ? (0..<layout.imageCount).map { $0 + step } : [],
        objects: layout.contents.contains(.objects) ? (0..<layout.imageCount).map { $0 == 0 ? objects : [] } : [])
}

private func trainWithTeacher(
    _ world: any ProcessGroup, _ roles: RankRoles, _ layouts: [PseudoLabels.Layout]
) throws {
    let count = 300_001
    guard case .student(let index) = roles.role(of: world.rank) else {
        let server = TeacherServer(world: world, roles: roles)
        let values = Tensor.zeros([count])
        for step in 0..<5 {
            try server.receiveWeights(into: values)
            let weight = values.values()[count - 1]
            for student in server.students {
                for (labeler, layout) in layouts.enumerated() {
                    let answer = labels(layout, step: step, student: student, weight: weight)
                    try server.startSending(answer, toStudent: student, of: labeler)
                }
            }
        }
        return try server.finish()
    }
    let set = ParameterSet(Weights([count]))
    let link = StudentLink(world: world, roles: roles, parameters: set, layouts: layouts)
    for step in 0..<5 {
        set.values.assign(Tensor(repeating: Float(7 * step), shape: [count]))
        try link.startSendingWeights()
        try link.startReceivingLabels(step: step)
        for (labeler, layout) in layouts.enumerated() {
            let expected = labels(layout, step: step, student: index, weight: Float(7 * step))
            try expect(try link.labels(of: labeler) == expected, "labels of step \(step), labeler \(labeler)")
        }
        try link.finishSendingWeights()
    }
}

/// Saves three times into the folder named by the argument, keeps two, reads the newest back.
func checkCheckpoints(_ world: any ProcessGroup, _ path: String) throws {
    let folder = CheckpointFolder(path, keep: 2)
    let weights = Tensor((0..<100_001).map { Float($0) / 3 }, shape: [100_001])
    let own = Tensor(repeating: Float(world.rank), shape: [3, 5])
    for step in [10, 20, 30] {
        let entries = [
            CheckpointEntry("weights", weights, part: world.rank, of: world.size),
            CheckpointEntry("own.\(world.rank)", own),
        ]
        try folder.save(entries, step: step, state: ["ranks": "\(world.size)"], group: world)
    }
    try expectEqual(try folder.steps(), [20, 30], "steps kept")
    try expectWhole(folder, step: 30, weights: weights, world)
}

/// Reads what `checkCheckpoints` left, on another number of ranks.
func checkLoading(_ world: any ProcessGroup, _ path: String) throws {
    let weights = Tensor((0..<100_001).map { Float($0) / 3 }, shape: [100_001])
    try expectWhole(CheckpointFolder(path), step: 30, weights: weights, world)
}

private func expectWhole(
    _ folder: CheckpointFolder, step: Int, weights: Tensor, _ world: any ProcessGroup
) throws {
    let (checkpoint, skipped) = try folder.newestWhole(group: world)
    try expectEqual(skipped, [], "damaged checkpoints")
    guard let checkpoint else { throw CheckFailure(description: "there is no checkpoint") }
    try expectEqual(checkpoint.step, step, "newest step")
    let loaded = Tensor.zeros(weights.shape)
    try checkpoint.load("weights", into: loaded)
    try expect(loaded.values() == weights.values(), "weights come back bit for bit")
    let writers = Int(checkpoint.state["ranks"] ?? "") ?? 0
    for rank in 0..<writers {
        try expectEqual(try checkpoint.floats("own.\(rank)"), [Float](repeating: Float(rank), count: 15), "own tensor")
    }
}

/// The last rank's files may not grow beyond 64 KiB, as on a full disk: every rank must get the error, the older
/// checkpoint must be whole and nothing of the new one left.
func checkFullDisk(_ world: any ProcessGroup, _ path: String) throws {
    try checkCheckpoints(world, path)
    let isFull = world.rank == world.size - 1
    var unlimited = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &unlimited)
    if isFull {
        signal(SIGXFSZ, SIG_IGN)
        var small = rlimit(rlim_cur: 64 << 10, rlim_max: unlimited.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &small)
    }
    let folder = CheckpointFolder(path, keep: 2)
    let large = Tensor.zeros([1_000_000])
    var message = "no error"
    do throws(CheckpointError) {
        try folder.save(
            [CheckpointEntry("weights", large, part: world.rank, of: world.size)], step: 40, state: [:], group: world)
    } catch { message = error.message }
    if isFull { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &unlimited) }
    try expect(message.contains("free space on its disk"), "the error names the remedy: \(message)")
    try expect(world.size == 1 || message.contains("rank \(world.size - 1): "), "the error names the rank: \(message)")
    try world.barrier()
    try expectEqual(try FileManager.default.contentsOfDirectory(atPath: path).sorted(), ["step-000020", "step-000030"],
        "what is left")
    try checkLoading(world, path)
}
