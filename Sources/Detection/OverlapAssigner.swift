/// What each of many boxes is to learn.
public struct Assignment: Sendable, Equatable {
    /// The place of a box that is to find nothing.
    public static let negative: Int32 = -1
    /// The place of a box that is not to be used.
    public static let ignored: Int32 = -2

    /// Of each box: the object it is to find, `negative` or `ignored`.
    public var objects: [Int32]

    public init(objects: [Int32]) { self.objects = objects }

    /// With the objects' own boxes before the others, each of which finds itself.
    public func prependingObjects(_ count: Int) -> Assignment {
        Assignment(objects: (0..<Int32(count)) + objects)
    }
}

/// Assigns boxes to objects by overlap (mmdetection, `MaxIoUAssigner`).
///
/// A box is to find the object that it overlaps most (the first among equals) if they overlap by at least `positive`,
/// and nothing if it overlaps all by less than `negative`; the others are ignored. Then, object by object, **all**
/// boxes whose overlap with it is the largest that any box has become its own, if that is at least `lowQuality`: what
/// an earlier object or the first rule said is overwritten.
public struct OverlapAssigner: Sendable, Equatable {
    public var positive: Float
    public var negative: Float
    /// nil: an object without a box above `positive` stays without.
    public var lowQuality: Float?

    public init(positive: Float, negative: Float, lowQuality: Float?) {
        self.positive = positive
        self.negative = negative
        self.lowQuality = lowQuality
    }

    public func assign(_ boxes: [Box], to objects: [Box]) -> Assignment {
        var best = [Float](repeating: 0, count: boxes.count)
        var owners = [Int32](repeating: 0, count: boxes.count)
        var closest: [[Int]] = []
        let columns = BoxColumns(boxes)
        for (number, object) in objects.enumerated() {
            var (largest, ties) = (Float(0), [Int]())
            columns.forEachNeighbour(of: object) { place in
                let overlap = object.overlap(with: boxes[place])
                if overlap > best[place] { (best[place], owners[place]) = (overlap, Int32(number)) }
                if overlap > largest {
                    (largest, ties) = (overlap, [place])
                } else if overlap == largest {
                    ties.append(place)
                }
            }
            closest.append(lowQuality.map { largest >= $0 && largest > 0 } == true ? ties : [])
        }
        var assigned = zip(best, owners).map { overlap, owner in
            if overlap >= positive && !objects.isEmpty { return owner }
            return overlap < negative ? Assignment.negative : Assignment.ignored
        }
        for (number, ties) in closest.enumerated() {
            for place in ties { assigned[place] = Int32(number) }
        }
        return Assignment(objects: assigned)
    }
}
