public import NN
public import TensorEngine

/// The teacher of self-training: any network whose weights are the exponential moving average of the student's
/// (Tarvainen and Valpola, arXiv:1703.01780, as DAFormer uses it).
///
/// Before the losses of step `t`, counted from the first step of self-training:
/// `teacher = a * teacher + (1 - a) * student`, `a = min(1 - 1 / (t + 1), decay)`; so at `t = 0` the student is copied.
/// Only weights are averaged, never the running statistics of batch normalisation.
public final class EMATeacher {
    public let parameters: ParameterSet
    private let decay: Float
    /// Added to the number of an update.
    private let offset: Int
    /// Updates done since the start, or the last restart: the `t` of the next one. Part of a checkpoint.
    public var updateCount = 0
    /// From before a step; nil where nobody will want it.
    private var before: (values: TensorSnapshot, updateCount: Int)?

    /// - Parameters:
    ///   - network: same architecture as the student, for whoever labels with it; its weights are overwritten by the
    ///     first update, and it gets no gradients.
    ///   - decay: largest `a`, in `0...1` (DAFormer: 0.999).
    ///   - countsFromOne: whether updates after the first, which copies, are counted from `t = 2`: their `a` is 2/3,
    ///     3/4, … (UDA4Inst code) and not 1/2, 2/3, … (DAFormer code).
    public init(_ network: any Module, decay: Float, countsFromOne: Bool = false) {
        precondition((0...1).contains(decay), "EMATeacher: decay must be in 0...1, got \(decay)")
        self.decay = decay
        offset = countsFromOne ? 1 : 0
        network.freeze()
        parameters = ParameterSet(network)
    }

    /// The share of the old teacher that update `t` keeps.
    public static func coefficient(update t: Int, decay: Float) -> Float { min(1 - 1 / Float(t + 1), decay) }

    /// Forgets what was averaged: the next update copies the student.
    public func restart() { updateCount = 0 }

    /// Keeps the average as it is now, until the next call.
    public func remember() {
        // The old copy first: there need not be room for two.
        before = nil
        before = (TensorSnapshot(of: parameters.values), updateCount)
    }

    /// Goes back to what was remembered.
    public func takeBack() {
        guard let before else { return }
        before.values.restore()
        updateCount = before.updateCount
    }

    /// Moves the average towards the student.
    ///
    /// - Parameter student: the student's flat weights, in the layout of `parameters`.
    public func update(from student: Tensor) {
        parameters.values.updateMovingAverage(
            of: student, decay: updateCount == 0 ? 0 : Self.coefficient(update: updateCount + offset, decay: decay))
        updateCount += 1
    }
}
