import Annotations
import Detection
import Randomness

/// What is learned from in one image, and what it is to become: drawn on the host, from scores that no gradient flows
/// to.
struct ImageSamples {
    /// Places of anchors; positives first.
    let anchors: BalancedSampler.Sample
    /// Of the positive anchors, four each.
    let anchorDeltas: [Float]
    /// Positives first.
    let regions: [Box]
    /// Of each region: place of its class among the detector's, or their number for the background.
    let classes: [Int32]
    let positiveCount: Int
    /// Of the positive regions, four each.
    let deltas: [Float]
    /// Of the positive regions, `[side, side]` each.
    let masks: [Float]

    var positives: ArraySlice<Box> { regions.prefix(positiveCount) }

    /// The image's part in the divisor of the proposal head's losses: a missing kind counts as one (mmdetection).
    var anchorDivisor: Int { max(anchors.positives.count, 1) + max(anchors.negatives.count, 1) }
}

extension MaskRCNN {
    /// Draws an image's samples. Pure host work that looks at no tensor: several images may be drawn at the same time.
    ///
    /// - Parameter scores: of the image.
    func samples(
        _ targets: ObjectTargets, _ anchors: [Box], _ scores: [LevelScores], image: Int, _ batch: ObjectBatch
    ) -> ImageSamples {
        func stream(_ name: StreamName) -> RandomStream {
            RandomStream(seed: batch.seed, name, step: batch.step, rank: batch.slots[image])
        }
        var random = stream(.anchors(ofPass: batch.pass))
        let anchorObjects = anchorAssigner.assign(anchors, to: targets.boxes)
        let drawn = anchorSampler.sample(anchorObjects, using: &random)
        let found = proposalSelector(isTraining: true).proposals(scores, height: batch.height, width: batch.width)

        // The objects' own boxes come first, so that there are positives from the first step on.
        let candidates = targets.boxes + found
        let owners = regionAssigner.assign(found, to: targets.boxes).prependingObjects(targets.boxes.count)
        random = stream(.proposals(ofPass: batch.pass))
        let regions = regionSampler.sample(owners, using: &random)
        let background = Int32(things.count)
        return ImageSamples(
            anchors: drawn,
            anchorDeltas: deltas(drawn.positives, anchors, anchorObjects, targets, BoxCoder()),
            regions: regions.all.map { candidates[$0] },
            classes: regions.all.map { place in
                let owner = Int(owners.objects[place])
                return owner >= 0 ? targets.classes[owner] : background
            },
            positiveCount: regions.positives.count,
            deltas: deltas(regions.positives, candidates, owners, targets, regionCoder),
            masks: regions.positives.flatMap { place in
                targets.masks[Int(owners.objects[place])].target(
                    in: candidates[place], size: 2 * config.masks.size, height: batch.height, width: batch.width)
            })
    }

    /// The differences between boxes and the objects they are to find.
    private func deltas(
        _ places: [Int], _ boxes: [Box], _ owners: Assignment, _ targets: ObjectTargets, _ coder: BoxCoder
    ) -> [Float] {
        places.flatMap { place in
            let delta = coder.encoded(targets.boxes[Int(owners.objects[place])], from: boxes[place])
            return [delta.x, delta.y, delta.z, delta.w]
        }
    }
}

// MARK: - Rules, with the numbers of the setting

extension MaskRCNN {
    var anchorGenerator: AnchorGenerator {
        AnchorGenerator(strides: strides, scale: config.anchors.scale, ratios: config.anchors.ratios)
    }

    var regionCoder: BoxCoder {
        let deviations = config.boxes.deviations
        return BoxCoder(deviations: SIMD4(deviations[0], deviations[1], deviations[2], deviations[3]))
    }

    func proposalSelector(isTraining: Bool) -> ProposalSelector {
        let rules = config.proposals
        return ProposalSelector(
            candidatesOfALevel: isTraining ? rules.trainingCandidates : rules.candidates,
            suppression: Suppression(overlap: rules.overlap, limit: rules.kept))
    }

    private var anchorAssigner: OverlapAssigner { OverlapAssigner(config.proposals.overlaps) }

    private var regionAssigner: OverlapAssigner { OverlapAssigner(config.boxes.overlaps) }

    private var anchorSampler: BalancedSampler {
        BalancedSampler(count: config.proposals.samples, positiveShare: config.proposals.positiveShare)
    }

    private var regionSampler: BalancedSampler {
        BalancedSampler(count: config.boxes.samples, positiveShare: config.boxes.positiveShare)
    }
}

extension OverlapAssigner {
    fileprivate init(_ rule: MaskRCNN.Overlaps) {
        self.init(positive: rule.positive, negative: rule.negative, lowQuality: rule.lowQuality)
    }
}
