/// The true and the predicted instances of one class in one image, and how they overlap: what average precision is
/// computed from, once all images are there.
///
/// Areas are numbers of pixels, or sums of how sure the pixels' labels are.
public struct InstanceMatches: Codable, Sendable, Equatable {
    public struct Truth: Codable, Sendable, Equatable {
        public let area: Double
        /// Several that nobody told apart; never missed, and a prediction on it is no false alarm.
        public let isGroup: Bool

        public init(area: Double, isGroup: Bool) {
            self.area = area
            self.isGroup = isGroup
        }
    }

    public struct Prediction: Codable, Sendable, Equatable {
        public let score: Double
        /// Pixels, more than none.
        public let area: Double
        /// Of them those that are not scored in truth.
        public let voidArea: Double

        public init(score: Double, area: Double, voidArea: Double) {
            self.score = score
            self.area = area
            self.voidArea = voidArea
        }
    }

    /// Pixels that a true and a predicted instance share.
    public struct Overlap: Codable, Sendable, Equatable {
        public let truth: Int
        public let prediction: Int
        public let area: Double

        public init(truth: Int, prediction: Int, area: Double) {
            self.truth = truth
            self.prediction = prediction
            self.area = area
        }
    }

    public var truths: [Truth] = []
    public var predictions: [Prediction] = []
    /// Those that share a pixel, by place.
    public var overlaps: [Overlap] = []

    public init() {}

    public var isEmpty: Bool { truths.isEmpty && predictions.isEmpty }
}
