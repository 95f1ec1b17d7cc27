import CDeviceDriver
import CDeviceKernels
import DeviceBackend
import DeviceSeam
import Glibc
import Testing

/// Work that repeats is handed over as a graph. Counters are of the process, so each test has one of its own.
@Suite struct `Work that repeats` {
    /// A layer norm, products, classes, filled and copied memory, and blocks that are given back in between.
    private static func pass(_ side: Side, _ input: FloatArray, scale: Float) -> [Float] {
        let (output, statistics) = (side.floats([33, 70]), side.floats([33, 2]))
        side.backend.unary(.affine, scale, 0.5, input, into: output)
        do {
            let (weight, filled) = (side.floats([70]), side.floats([33, 70]))
            side.backend.fill(weight, with: 0.25)
            side.backend.copy(output, to: filled)
            side.backend.layerNorm(
                filled, weight: weight, bias: weight, epsilon: 1e-5, into: output, statistics: statistics)
        }
        let product = side.floats([33, 33])
        for _ in 0..<3 {
            side.backend.product(
                Matrix(output, rowStride: 70), Matrix(input, rowStride: 70, isTransposed: true),
                into: Matrix(product, rowStride: 33), rows: 33, columns: 33, inner: 70, alpha: scale, beta: 0)
            side.backend.softmax(product, into: product)
        }
        return side.values(product)
    }

    @Test func `is replayed from the third time on, with the same bits and as many launches`() async {
        await #expect(processExitsWith: .success) {
            let backend = try DeviceBackend(.standIn)
            let side = Side(backend)
            let input = side.random([33, 70], seed: 1)
            var (results, launches, products): ([[Float]], [Int64], [Int64]) = ([], [], [])
            for _ in 0..<6 {
                let before = cdk_standin_count()
                results.append(`Work that repeats`.pass(side, input, scale: 1.5))
                let after = cdk_standin_count()
                launches.append(after.launches - before.launches)
                products.append(after.products - before.products)
            }
            #expect(results[0].allSatisfy { $0.isFinite } && results[0].contains { $0 != results[0][0] })
            for result in results { #expect(result == results[0]) }
            #expect(Set(launches).count == 1 && launches[0] >= 5 && Set(products) == [3])
            let counters = cdk_standin_count()
            #expect(counters.graphs >= 1 && counters.replays >= 3 * counters.graphs)
            #expect(backend.context.replayCount == Int(counters.replays))
        }
    }

    @Test func `is told anew where one number differs`() async {
        await #expect(processExitsWith: .success) {
            let (side, cpu) = (Side(try DeviceBackend(.standIn)), Side(TwoBackends.processor))
            let (input, expected) = (side.random([33, 70], seed: 1), cpu.random([33, 70], seed: 1))
            for scale in [1, 1, 1, 2, 1, 2, 2, 3, 1] as [Float] {
                let result = `Work that repeats`.pass(side, input, scale: scale)
                let reference = `Work that repeats`.pass(cpu, expected, scale: scale)
                #expect(relativeDifference(result, reference) < 1e-5, "\(scale)")
            }
            #expect(cdk_standin_count().replays >= 3)
        }
    }

    @Test func `is forgotten when there is too much of it, and still right`() async {
        await #expect(processExitsWith: .success) {
            let side = Side(try DeviceBackend(.standIn))
            let numbers = side.array([1, 2, 3] as [Float])
            func round(_ shift: Int) -> [Float] {
                side.backend.fill(numbers, with: Float(shift))
                for _ in 0..<4 { side.backend.unary(.affine, 1, Float(shift), numbers, into: numbers) }
                return side.values(numbers)
            }
            for shift in 0..<5000 { #expect(round(shift) == [Float](repeating: Float(5 * shift), count: 3)) }
            for shift in [4999, 4999, 0, 0, 0] {
                #expect(round(shift) == [Float](repeating: Float(5 * shift), count: 3))
            }
            #expect(cdk_standin_count().replays >= 3)
        }
    }

    @Test func `is not replayed where every launch is waited for`() async {
        await #expect(processExitsWith: .success) {
            setenv("CAUSEWAY_DEVICE_SYNC", "1", 1)
            let side = Side(try DeviceBackend(.standIn))
            let input = side.random([33, 70], seed: 1)
            let first = `Work that repeats`.pass(side, input, scale: 1.5)
            for _ in 0..<4 { #expect(`Work that repeats`.pass(side, input, scale: 1.5) == first) }
            #expect(cdk_standin_count().replays == 0)
        }
    }

    /// As a card refuses it.
    @Test func `cannot be waited for while it is recorded`() {
        var driver = cdd_driver()
        cdk_standin_driver(&driver)
        var (stream, event, graph): (cdd_stream?, cdd_event?, cdd_graph?) = (nil, nil, nil)
        _ = (driver.stream_create(&stream, 1), driver.event_create(&event, 2))
        #expect(driver.capture_begin(stream, 1) == 0)
        #expect(driver.stream_wait(stream) == 900)
        #expect(driver.event_record(event, stream) == 900)
        #expect(driver.capture_end(stream, &graph) == 0)
        #expect(driver.stream_wait(stream) == 0)
        _ = (driver.graph_destroy(graph), driver.event_destroy(event), driver.stream_destroy(stream))
    }
}
