/// Average precision of instances as Cityscapes measures it (`evalInstanceLevelSemanticLabeling` of cityscapesScripts),
/// in percent: the mean over the IoU thresholds 0.50, 0.55, …, 0.95.
///
/// A prediction finds a true instance where their IoU is above the threshold; of several the one with the highest score
/// counts, the others are false alarms. True instances of less than 100 pixels and groups are neither found nor missed,
/// and a prediction that lies on them, or on void, by more than the threshold is no false alarm. The curve of precision
/// over recall is summed up in steps, without smoothing.
public struct InstancePrecision: Sendable, Equatable {
    /// Area that a true instance needs to be counted.
    public static let smallestArea = 100.0

    /// As `numpy.arange(0.5, 1, 0.05)` has them: its step is `0.55 - 0.5`, a little more than 0.05.
    public static let thresholds: [Double] = (0..<10).map { 0.5 + Double($0) * ((0.5 + 0.05) - 0.5) }

    /// By threshold, as fractions; nil for a class without a true instance.
    public let curve: [Double]?

    /// - Parameter images: one class in all images.
    public init(_ images: [InstanceMatches]) {
        let hasTruth = images.contains { $0.truths.contains(where: Self.counts) }
        guard hasTruth else {
            curve = nil
            return
        }
        guard images.contains(where: { !$0.predictions.isEmpty }) else {
            curve = Self.thresholds.map { _ in 0 }
            return
        }
        curve = Self.thresholds.map { threshold in
            images.reduce(into: Outcomes()) { $0.add($1, threshold) }.averagePrecision
        }
    }

    /// Mean over the thresholds, in percent.
    public var average: Double? { curve?.pairwiseMean.map { 100 * $0 } }

    /// At the threshold 0.5, in percent.
    public var atHalf: Double? { curve.map { 100 * $0[0] } }

    /// Means over classes that have a true instance; nil where none has.
    public static func means(of classes: [InstancePrecision]) -> (average: Double?, atHalf: Double?) {
        // As `numpy.nanmean`: a class without a score is a zero in the sum, and not counted.
        let count = classes.count { $0.curve != nil }
        guard count > 0 else { return (nil, nil) }
        let all = classes.flatMap { $0.curve ?? thresholds.map { _ in 0 } }
        let half = classes.map { $0.curve?[0] ?? 0 }
        return (
            100 * (all.pairwiseSum / Double(count * thresholds.count)), 100 * (half.pairwiseSum / Double(count))
        )
    }

    fileprivate static func counts(_ truth: InstanceMatches.Truth) -> Bool {
        !truth.isGroup && truth.area >= smallestArea
    }
}

/// Scores of what was found and of what was invented at one threshold.
private struct Outcomes {
    private var hits: [Double] = []
    private var alarms: [Double] = []
    /// True instances that nothing found at any score.
    private var misses = 0

    mutating func add(_ image: InstanceMatches, _ threshold: Double) {
        var isFinder = [Bool](repeating: false, count: image.predictions.count)
        var best = [Double?](repeating: nil, count: image.truths.count)
        for overlap in image.overlaps {
            let (truth, prediction) = (image.truths[overlap.truth], image.predictions[overlap.prediction])
            guard overlap.area / (truth.area + prediction.area - overlap.area) > threshold else { continue }
            // Also of a group or a small one: that is no false alarm either.
            isFinder[overlap.prediction] = true
            guard InstancePrecision.counts(truth) else { continue }
            if let other = best[overlap.truth] { alarms.append(min(other, prediction.score)) }
            best[overlap.truth] = max(best[overlap.truth] ?? prediction.score, prediction.score)
        }
        for (truth, score) in zip(image.truths, best) where InstancePrecision.counts(truth) {
            if let score { hits.append(score) } else { misses += 1 }
        }
        addAlarms(image, isFinder, threshold)
    }

    private mutating func addAlarms(_ image: InstanceMatches, _ isFinder: [Bool], _ threshold: Double) {
        var excused = image.predictions.map(\.voidArea)
        for overlap in image.overlaps {
            let truth = image.truths[overlap.truth]
            if truth.isGroup { excused[overlap.prediction] += overlap.area }
            if truth.area < InstancePrecision.smallestArea { excused[overlap.prediction] += overlap.area }
        }
        for (place, prediction) in image.predictions.enumerated() where !isFinder[place] {
            if excused[place] / prediction.area <= threshold { alarms.append(prediction.score) }
        }
    }

    /// The area below the curve that precision makes over recall as the score falls.
    var averagePrecision: Double {
        let all = (hits.map { (score: $0, isHit: true) } + alarms.map { (score: $0, isHit: false) })
            .sorted { $0.score < $1.score }
        guard !all.isEmpty else { return 0 }
        var (precision, recall): ([Double], [Double]) = ([], [])
        var hitsBelow = 0
        for (place, outcome) in all.enumerated() {
            if place == 0 || outcome.score != all[place - 1].score {
                let found = hits.count - hitsBelow
                precision.append(Double(found) / Double(all.count - place))
                recall.append(Double(found) / Double(hits.count + misses))
            }
            if outcome.isHit { hitsBelow += 1 }
        }
        // The curve starts where nothing is predicted.
        precision.append(1)
        recall.append(0)
        let ends = [recall[0]] + recall + [0]
        return precision.indices.reduce(0) { $0 + precision[$1] * (0.5 * ends[$1] - 0.5 * ends[$1 + 2]) }
    }
}
