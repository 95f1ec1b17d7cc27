/// Candidates by descending score; equal scores by ascending place, NaN left out.
enum RankedCandidates {
    /// The places of the `limit` largest scores (all where nil).
    static func places(of scores: UnsafeBufferPointer<Float>, limit: Int?) -> [Int] {
        var keys = [UInt64]()
        keys.reserveCapacity(scores.count)
        for place in scores.indices where !scores[place].isNaN { keys.append(key(scores[place], place)) }
        if let limit, limit < keys.count {
            keys.withUnsafeMutableBufferPointer { moveSmallest(limit, of: $0) }
            keys.removeSubrange(limit...)
        }
        keys.sort()
        return keys.map { Int(UInt32(truncatingIfNeeded: $0)) }
    }

    static func places(of scores: [Float], limit: Int? = nil) -> [Int] {
        scores.withUnsafeBufferPointer { places(of: $0, limit: limit) }
    }

    /// Ascends as scores descend, then with the place.
    private static func key(_ score: Float, _ place: Int) -> UInt64 {
        // Adding 0 turns -0 into 0, which is equal to it.
        let bits = (score + 0).bitPattern
        let ascending = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
        return UInt64(~ascending) << 32 | UInt64(UInt32(place))
    }

    /// Brings the `count` smallest keys to the front, in any order (Hoare's selection; keys are different).
    private static func moveSmallest(_ count: Int, of keys: UnsafeMutableBufferPointer<UInt64>) {
        var (low, high) = (0, keys.count - 1)
        while low < high {
            let pivot = median(keys[low], keys[low + (high - low) / 2], keys[high])
            var (left, right) = (low, high)
            while left <= right {
                while keys[left] < pivot { left &+= 1 }
                while keys[right] > pivot { right &-= 1 }
                if left <= right {
                    keys.swapAt(left, right)
                    left &+= 1
                    right &-= 1
                }
            }
            if count <= right { high = right } else if count >= left { low = left } else { return }
        }
    }

    private static func median(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
        max(min(a, b), min(max(a, b), c))
    }
}
