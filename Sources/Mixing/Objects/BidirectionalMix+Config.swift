public import Configuration

extension BidirectionalMix {
    /// What is pasted into what, and how labels follow. Defaults are those of UDA4Inst and its released code, but for
    /// what is said to be ours.
    public struct Config: Sendable, Equatable {
        /// Which slots are mixed in which direction.
        public var directions = Directions.triplet
        public var rule = PastingRule()
        /// What of the source is blurred before its objects are pasted.
        public var blur = Blur.once
        /// Whether objects below a pasted rectangle lose all its pixels, and not only those of the pasted object
        /// (UDA4Inst code: false, although their pixels are gone).
        public var rectanglesCover = false
        /// Whether objects of which nothing is left stay among the labels (UDA4Inst code: true; ours: false).
        public var keepsVanished = false
        /// Whether a target without a single object that the teacher is sure of is mixed all the same (UDA4Inst code:
        /// true for KITTI-360, false for Cityscapes, where the slot is the source image as it is).
        public var mixesWithoutTargetObjects = false
        /// A teacher's objects are used where their score exceeds this (UDA4Inst: 0.9); those without a score are.
        public var minScore = 0.9
        /// Remembers objects of rare classes; nil for none.
        public var pool: Pool? = Pool()

        public init() {}
        public init(directions: Directions) { self.directions = directions }
    }

    /// Which objects are remembered, and how many.
    public struct Pool: Sendable, Equatable {
        /// Objects that are remembered of a slot (UDA4Inst: 10).
        public var capacity = 10
        public var trimming = RareClassPool.Trimming.strict
        /// Classes whose objects are remembered; empty for the rarest of each group, counted in the source.
        public var classes: [ClassReference] = []
        /// Of each the rarest class is looked for; empty for one group of all countable classes that are learnt.
        public var groups: [Group] = []

        public init() {}
    }

    /// Classes among which one is the rarest.
    public struct Group: Sendable, Equatable {
        public var classes: [ClassReference]

        public init(_ classes: [ClassReference] = []) { self.classes = classes }
    }

    /// Which slots of the global batch are mixed in which direction.
    public enum Directions: String, Sendable, CaseIterable {
        /// Of every three slots the first stays the source image, the second is mixed from source to target, and the
        /// third from target to source (UDA4Inst code, whose batch is three).
        case triplet
        /// Even slots from source to target, odd ones from target to source.
        case both
        case sourceToTarget = "source-to-target"
        case targetToSource = "target-to-source"

        func role(ofSlot slot: Int) -> Role {
            switch self {
            case .triplet: [.source, .sourceToTarget, .targetToSource][slot % 3]
            case .both: slot % 2 == 0 ? .sourceToTarget : .targetToSource
            case .sourceToTarget: .sourceToTarget
            case .targetToSource: .targetToSource
            }
        }
    }

    /// The 5x5 blur of the source that softens the edges of pasted objects.
    public enum Blur: String, Sendable, CaseIterable {
        /// All objects are cut out of the blurred image (ours).
        case once
        /// As released: the image is blurred after the first object of the list has been cut out, and never if that one
        /// is too small to be pasted. The first object is remembered blurred all the same.
        case afterFirst = "after-first"
        case none
    }
}
