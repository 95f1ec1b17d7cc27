internal import DeviceSeam

extension KernelCases {
    static func resizing(_ extent: Extent) -> [KernelCase] {
        let pairs: [([Int], [Int])] = extent.pick(
            odd: [([1, 1, 1, 2], [1, 4, 6, 2])],
            small: [([2, 5, 7, 3], [2, 13, 20, 3]), ([1, 16, 16, 4], [1, 5, 7, 4])],
            network: [([1, 16, 16, 256], [1, 128, 128, 256])])
        let modes: [(String, ResizeMode)] = [
            ("bilinear", .bilinear(alignCorners: false)), ("aligned corners", .bilinear(alignCorners: true)),
            ("nearest", .nearest),
        ]
        return pairs.flatMap { (from, to) in
            modes.map { (name, mode) in
                KernelCase("resize", "\(from.sizeText) to \(to[1])x\(to[2]), \(name)") { side in
                    let (input, upstream) = (side.random(from, seed: 1), side.random(to, seed: 2))
                    let (output, gradient) = (side.floats(to), side.floats(from))
                    return [
                        KernelCall("resize", reads: [input], writes: ["output": output]) {
                            side.backend.resize(input, mode: mode, into: output)
                        },
                        KernelCall("resizeGradient", reads: [upstream], writes: ["gradient": gradient]) {
                            side.backend.resizeGradient(upstream, mode: mode, into: gradient)
                        },
                    ]
                }
            }
        }
    }

    static func pooling(_ extent: Extent) -> [KernelCase] {
        extent.pick(odd: [[1, 3, 3, 1]], small: [[2, 9, 11, 5]], network: [[1, 256, 256, 64]]).flatMap { shape in
            [maxPool(shape)] + [nil, 12].map { averagePool(shape, divisor: $0) }
        }
    }

    private static func maxPool(_ shape: [Int]) -> KernelCase {
        KernelCase("pooling", "\(shape.sizeText), 3x3 s2") { side in
            let window = SlidingWindow(over: shape, kernel: (3, 3), stride: 2, padding: 1, for: "examination")
            let small = [shape[0], window.vertical.outputSize, window.horizontal.outputSize, shape[3]]
            let (input, upstream) = (side.random(shape, seed: 1), side.random(small, seed: 2))
            let (largest, gradient) = (side.floats(small), side.floats(shape))
            let winners = side.backend.allocate(byteCount: 2 * largest.count)
            return [
                KernelCall("maxPool", reads: [input], writes: ["largest": largest], within: .values(0)) {
                    side.backend.maxPool(input, window: window, into: largest, winners: winners)
                },
                KernelCall("maxPoolGradient", reads: [upstream], writes: ["gradient": gradient]) {
                    side.backend.maxPoolGradient(upstream, winners: winners, window: window, into: gradient)
                },
            ]
        }
    }

    private static func averagePool(_ shape: [Int], divisor: Float?) -> KernelCase {
        KernelCase("pooling", "\(shape.sizeText), windows\(divisor == nil ? "" : " by \(divisor ?? 0)")") { side in
            let (height, width) = (shape[1], shape[2])
            let windows = AveragingWindows(
                rows: [0..<(height + 2) / 4 + 1, height / 3..<height * 2 / 3, height / 2..<height],
                columns: [0..<(width + 1) / 2, width / 3..<width], divisor: divisor)
            let small = [shape[0], 3, 2, shape[3]]
            let (input, upstream) = (side.random(shape, seed: 1), side.random(small, seed: 3))
            let (mean, gradient) = (side.floats(small), side.floats(shape))
            return [
                KernelCall(
                    "averagePool", reads: [input], writes: ["mean": mean], within: .sums(of: height * width)
                ) { side.backend.averagePool(input, windows: windows, into: mean) },
                KernelCall("averagePoolGradient", reads: [upstream], writes: ["gradient": gradient]) {
                    side.backend.averagePoolGradient(upstream, windows: windows, into: gradient)
                },
            ]
        }
    }

    static func regions(_ extent: Extent) -> [KernelCase] {
        let cases: [(maps: [[Int]], strides: [Int], copies: Int, bins: Int)] = extent.pick(
            odd: [([[1, 1, 1, 1]], [4], 1, 1)], small: [([[2, 12, 10, 3], [2, 6, 5, 3]], [4, 8], 1, 4)],
            network: [([[1, 128, 128, 256], [1, 64, 64, 256], [1, 32, 32, 256]], [4, 8, 16], 50, 7)])
        return cases.map { example in
            let (shapes, strides, copies, size) = example
            let channels = shapes[0][3]
            return KernelCase(
                "regions", "\(5 * copies) of \(shapes.count) maps, \(shapes[0].sizeText), to \(size)x\(size)"
            ) { side in
                let maps = shapes.enumerated().map { side.random($1, seed: UInt64($0 + 1)) }
                let some: [Float] = [3, 2, 30, 40, -8, -5, 12, 9, 10, 10, 10.5, 10.25, 0, 0, 900, 700, 5, 6, 21, 11]
                let boxes = (0..<copies).flatMap { copy in some.map { $0 + Float(copy) * 3.25 } }
                let places = (0..<5 * copies).flatMap { [Int32($0 % shapes[0][0]), Int32($0 % shapes.count)] }
                let regions = RegionTable(
                    boxes: side.array(boxes, [5 * copies, 4]), places: side.array(places, [5 * copies, 2]),
                    strides: strides)
                let shape = [5 * copies, size, size, channels]
                let (bins, upstream) = (side.floats(shape), side.random(shape, seed: 8))
                // The first is added to, the others are written.
                let gradients = shapes.enumerated().map { index, shape in
                    index == 0 ? side.sum(shape, seed: 9) : GradientSum(side.floats(shape), adds: false)
                }
                let written = gradients.enumerated().map { ("map \($0)", $1.array) }
                return [
                    KernelCall("alignRegions", reads: maps, writes: ["bins": bins], within: .values(1e-5)) {
                        side.backend.alignRegions(maps, regions, into: bins)
                    },
                    KernelCall(
                        "alignRegionsGradient", reads: [upstream],
                        writes: Dictionary(uniqueKeysWithValues: written), within: .values(1e-5)
                    ) { side.backend.alignRegionsGradient(upstream, regions, into: gradients) },
                ]
            }
        }
    }

    static func points(_ extent: Extent) -> [KernelCase] {
        let cases: [(maps: [Int], rows: Int, points: Int)] = extent.pick(
            odd: [([1, 1, 1], 1, 1)], small: [([3, 6, 7], 4, 50)], network: [([100, 128, 128], 100, 12_544)])
        return cases.map { example in
            KernelCase("points", "\(example.rows)x\(example.points) of \(example.maps.sizeText)") { side in
                let (shape, rows) = (example.maps, example.rows)
                let maps = side.random(shape, seed: 1)
                // Some lie outside.
                let points = side.random([rows, example.points, 2], seed: 2, scale: 0.6, shift: 0.5)
                let table = PointTable(points: points, maps: (0..<rows).map { Int32(($0 * 2) % shape[0]) })
                let (samples, gradient) = (side.floats([rows, example.points]), side.floats(shape))
                let upstream = side.random([rows, example.points], seed: 3)
                return [
                    KernelCall("samplePoints", reads: [maps, points], writes: ["samples": samples]) {
                        side.backend.samplePoints(maps, table, into: samples)
                    },
                    KernelCall(
                        "samplePointsGradient", reads: [upstream, points], writes: ["gradient": gradient],
                        within: .values(5e-6)
                    ) { side.backend.samplePointsGradient(upstream, table, into: gradient) },
                ]
            }
        }
    }
}
