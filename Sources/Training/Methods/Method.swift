package import Configuration
package import DataLoading
package import DataParallel
package import SegmentationModels

/// A way to train: the section of the setting that names its numbers, and everything that a run asks of it.
///
/// What would be missed without a word if it were forgotten has no default here. A method with a teacher is a
/// `TeachingMethod` as well.
package protocol Method: ConfigurationSection, Equatable {
    /// Its name in a setting: `method: <kind>`.
    static var kind: String { get }
    /// What a step of it is called: "supervised", "self-training".
    static var title: String { get }

    /// Whether target images are read. Their labels never are.
    var usesTarget: Bool { get }
    /// Which target image a source image meets, where the data are not drawn by rare classes or shares.
    var pairing: TargetPairing { get }
    /// What the loader's threads make of a source image beside the target image of its slot; nil to leave it as it is.
    var matching: SampleLoader.Matching? { get }
    /// Pixels of target crops whose pseudo-labels are not trusted.
    var margins: IgnoredMargins { get }
    /// Whether what the network makes of pixels is compared with text, which a `model.textProjection` is for.
    var comparesPixelsWithText: Bool { get }
    /// Files that the section names, by the key of the setting. All ranks must see the same.
    var files: [(key: String, path: String)] { get }

    /// Whether the objects of source images are read; otherwise they cost nothing. A network that finds objects
    /// (`RunConfiguration.findsObjects`) learns from them.
    func needsObjects(in run: RunConfiguration) -> Bool
    /// Whether the step asks for the number of objects of each class in the source (`StudentAssembly.mixing`), for
    /// which they are all read once.
    func countsObjects(in run: RunConfiguration) -> Bool
    /// Refuses combinations with the rest of the setting that cannot work. Each key alone was checked when it was read.
    func validate(in run: RunConfiguration) throws(ConfigurationError)
    /// Looks into the files before anything that takes minutes.
    func requireFiles(in run: RunConfiguration) throws
    /// What a user may not expect of a run.
    func notices(in run: RunConfiguration) -> [String]
    /// What steps cost, ascending, the first from step 0 on; what a run has measured itself counts more.
    func stepCosts(in run: RunConfiguration) -> [StepCost]
    /// Numbers that a student keeps beside its own network and a teacher's, for the estimate of memory.
    func keptNumbers(in run: RunConfiguration, beside network: SegmentationNetwork) -> Int

    /// A student's step with everything it needs. Collective over the students.
    func makeStep(_ student: StudentAssembly) throws -> any TrainingStep
    /// The pictures that the network sees in a step, as far as they do not depend on the network; a row a slot.
    func preview(_ images: PreviewImages) throws -> [[PreviewPanel]]
    /// The same method as its step is timed: every pass, and none of the host's work on colours.
    ///
    /// - Parameter classCount: classes of the network, all of which random labels show.
    func timed(classCount: Int) -> Self
}

/// A method whose target images are labelled by a teacher, inside each student or on ranks of its own.
package protocol TeachingMethod: Method {
    /// Steps before the first that has pseudo-labels.
    var stepsBeforeTeacher: Int { get }
    /// What each labeler of the teacher tells students of a step.
    func labelers(in run: RunConfiguration) -> [PseudoLabels.Contents]
    /// What the parts of a step cost, by which `teachers: auto` divides the ranks.
    func costs(in run: RunConfiguration) -> TeacherPlan.Costs
    /// The teacher, for whichever rank has it. Collective over the ranks of the assembly.
    func makeTeacher(_ assembly: TeacherAssembly) throws -> Teacher
}

extension Method {
    /// DAFormer's.
    package var pairing: TargetPairing { .pairs }
    /// Nothing unless a method says so.
    package var matching: SampleLoader.Matching? { nil }
    /// None unless a method says so: one that forgets to is refused a projection.
    package var comparesPixelsWithText: Bool { false }
    /// All steps alike, unless a method says otherwise.
    package func stepCosts(in run: RunConfiguration) -> [StepCost] { [StepCost(from: 0, relative: 1)] }
    /// None unless a method says so: one that forgets to is not given any.
    package func countsObjects(in run: RunConfiguration) -> Bool { false }

    func isEqual(to other: any Method) -> Bool { other as? Self == self }
}
