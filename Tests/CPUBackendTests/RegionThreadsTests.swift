import CPUBackend
import DeviceSeam
import Testing

@Suite struct RegionThreadsTests {
    /// Sums of overlapping regions are made in the order of the regions, whoever makes them.
    @Test func bitsDoNotDependOnTheNumberOfThreads() {
        let results = [1, 2, 3, 5].map(Self.binsAndGradient)
        for result in results.dropFirst() { #expect(result == results[0]) }
        #expect(results[0].contains { $0 != 0 })
    }

    private static func binsAndGradient(threads: Int) -> [Float] {
        let backend = CPUBackend(threads: ThreadPool(threadCount: threads))
        func array<Element>(_ shape: [Int], _ value: (Int) -> Element) -> DeviceArray<Element> {
            let count = shape.reduce(1, *)
            let memory = backend.allocate(byteCount: count * MemoryLayout<Element>.stride)
            let array = DeviceArray<Element>(shape: shape, memory: memory)
            (0..<count).map(value).withUnsafeBytes { backend.upload($0, to: memory, from: 0) }
            return array
        }
        let count = 40
        let table = RegionTable(
            boxes: array([count, 4]) { index in
                let place = Float(index / 4)
                return [place, place / 2, place + 30, place + 17][index % 4]
            }, places: array([count, 2]) { index in index % 2 == 0 ? Int32(index / 2 % 2) : 0 }, strides: [4])
        let map: FloatArray = array([2, 16, 20, 37]) { Float($0 * 7919 % 1009) / 1009 }
        let (bins, gradient): (FloatArray, FloatArray) = (
            array([count, 5, 5, 37]) { _ in 0 }, array(map.shape) { _ in 0 }
        )
        backend.alignRegions([map], table, into: bins)
        backend.alignRegionsGradient(bins, table, into: [GradientSum(gradient, adds: false)])
        return [bins, gradient].flatMap { array in
            [Float](unsafeUninitializedCapacity: array.count) { buffer, initialized in
                backend.download(array.memory, from: 0, to: UnsafeMutableRawBufferPointer(buffer))
                initialized = array.count
            }
        }
    }
}
