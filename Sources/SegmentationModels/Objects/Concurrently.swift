import TensorEngine

/// `body` of each place, in order, computed on all threads of the process.
func concurrently<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
    var results = [Result?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { results in
        Engine.parallelFor(count, grain: 1) { places in
            for place in places { results[place] = body(place) }
        }
    }
    return results.compactMap { $0 }
}
