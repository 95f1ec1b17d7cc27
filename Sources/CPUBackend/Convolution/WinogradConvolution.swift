internal import CKernels
internal import DeviceSeam

/// 3 x 3 convolution with a quarter of the products (F(4 x 4, 3 x 3), see `ck_winograd.h`).
///
/// Blocks of tiles are transformed, multiplied at their 36 points and transformed back; all threads work on one block,
/// so that the memory of a block does not grow with their number. Its error is about five times that of a direct sum,
/// 2e-6 of the largest output over 1024 channels.
struct WinogradConvolution {
    /// The points of a tile.
    private static let points = 36
    /// Tiles are at least this many times fewer than their pixels, below which borders waste what products save.
    private static let leastPixelsPerTile = 8
    /// Floats that a block's transformed inputs and products may take.
    private static let blockFloats = 16 << 20
    private static let leastChannels = 32

    /// Of the maps read.
    let window: SlidingWindow
    let (inputChannels, outputChannels): (Int, Int)
    let backend: CPUBackend

    /// Whether the algorithm applies and pays.
    static func suits(_ window: SlidingWindow, groups: Int, inputChannels: Int, outputChannels: Int) -> Bool {
        let (y, x) = (window.vertical, window.horizontal)
        let tiles = y.tileCount * x.tileCount
        return groups == 1 && window.isDense && y.kernel == 3 && x.kernel == 3 && y.dilation == 1 && x.dilation == 1
            && inputChannels.isMultiple(of: 16) && outputChannels.isMultiple(of: 16)
            && min(inputChannels, outputChannels) >= leastChannels
            && y.outputSize * x.outputSize >= leastPixelsPerTile * tiles
    }

    private var tilesPerMap: Int { window.vertical.tileCount * window.horizontal.tileCount }
    private var tileCount: Int { window.batch * tilesPerMap }
    private var tilesPerBlock: Int {
        let affordable = Self.blockFloats / (Self.points * (inputChannels + outputChannels))
        return min(tileCount, max(64, affordable / 16 * 16))
    }

    /// `output = convolution + bias`. `weight` is `[outputs, 3, 3, inputs]`, or with `reversed` the weight of the
    /// convolution whose input gradient this is, `[inputs, 3, 3, outputs]`.
    func run(_ input: FloatArray, weight: FloatArray, reversed: Bool, bias: FloatArray?, into output: FloatArray) {
        let weights = transformed(weight, reversed: reversed)
        let block = tilesPerBlock
        let values = backend.floats([Self.points, block, inputChannels])
        let products = backend.floats([Self.points, block, outputChannels])
        let (results, addend) = (output.floats, bias?.floats)
        for first in stride(from: 0, to: tileCount, by: block) {
            let count = min(block, tileCount - first)
            transformInput(input, tiles: first..<first + count, into: values)
            multiplyPoints(values, weights, isTransposed: !reversed, tiles: count, into: products)
            withUnsafePointer(to: outputTiling) { tiling in
                backend.threads.parallelFor(count, grain: 8) { tiles in
                    ck_winograd_output(
                        products.floats + tiles.lowerBound * outputChannels, block * outputChannels, tiling,
                        first + tiles.lowerBound, tiles.count, addend, results)
                }
            }
        }
    }

    /// `[outputs, 3, 3, inputs]`: per point the product of transformed upstream and input, summed over all tiles.
    func runWeightGradient(_ upstream: FloatArray, input: FloatArray, into gradient: GradientSum) {
        let block = tilesPerBlock
        let values = backend.floats([Self.points, block, inputChannels])
        let factors = backend.floats([Self.points, block, outputChannels])
        let sums = backend.floats([Self.points, outputChannels, inputChannels])
        for first in stride(from: 0, to: tileCount, by: block) {
            let count = min(block, tileCount - first)
            transformInput(input, tiles: first..<first + count, into: values)
            transformUpstream(upstream, tiles: first..<first + count, into: factors)
            backend.threads.parallelFor(Self.points) { points in
                for point in points {
                    serialProduct(
                        HostMatrix(
                            first: factors.floats + point * block * outputChannels, rowStride: outputChannels,
                            isTransposed: true),
                        HostMatrix(first: values.floats + point * block * inputChannels, rowStride: inputChannels),
                        into: sums.floats + point * outputChannels * inputChannels, rowStride: inputChannels,
                        rows: outputChannels, columns: inputChannels, inner: count, adding: first > 0)
                }
            }
        }
        let (from, to) = (sums.floats, gradient.array.floats)
        backend.threads.parallelFor(outputChannels) { filters in
            ck_winograd_weight_gradient(
                from, outputChannels, inputChannels, filters.lowerBound, filters.count, gradient.adds ? 1 : 0, to)
        }
    }

    private func transformed(_ weight: FloatArray, reversed: Bool) -> FloatArray {
        let (filters, channels) = (weight.shape[0], weight.shape[3])
        let result = backend.floats([Self.points, filters, channels])
        let (from, to) = (weight.floats, result.floats)
        backend.threads.parallelFor(filters) { range in
            ck_winograd_weight(from, filters, channels, reversed ? 1 : 0, range.lowerBound, range.count, to)
        }
        return result
    }

    private func transformInput(_ input: FloatArray, tiles: Range<Int>, into values: FloatArray) {
        let (from, to) = (input.floats, values.floats)
        let pointStride = values.shape[1] * inputChannels
        withUnsafePointer(to: inputTiling) { tiling in
            backend.threads.parallelFor(tiles.count, grain: 8) { range in
                ck_winograd_input(
                    from, tiling, tiles.lowerBound + range.lowerBound, range.count,
                    to + range.lowerBound * inputChannels, pointStride)
            }
        }
    }

    private func transformUpstream(_ upstream: FloatArray, tiles: Range<Int>, into factors: FloatArray) {
        let (from, to) = (upstream.floats, factors.floats)
        let pointStride = factors.shape[1] * outputChannels
        withUnsafePointer(to: outputTiling) { tiling in
            backend.threads.parallelFor(tiles.count, grain: 8) { range in
                ck_winograd_upstream(
                    from, tiling, tiles.lowerBound + range.lowerBound, range.count,
                    to + range.lowerBound * outputChannels, pointStride)
            }
        }
    }

    /// `products[point] = values[point] * weights[point]`, the points shared out over the threads.
    private func multiplyPoints(
        _ values: FloatArray, _ weights: FloatArray, isTransposed: Bool, tiles: Int, into products: FloatArray
    ) {
        let block = values.shape[1]
        backend.threads.parallelFor(Self.points) { points in
            for point in points {
                serialProduct(
                    HostMatrix(first: values.floats + point * block * inputChannels, rowStride: inputChannels),
                    HostMatrix(
                        first: weights.floats + point * inputChannels * outputChannels,
                        rowStride: isTransposed ? inputChannels : outputChannels, isTransposed: isTransposed),
                    into: products.floats + point * block * outputChannels, rowStride: outputChannels,
                    rows: tiles, columns: outputChannels, inner: inputChannels, adding: false)
            }
        }
    }

    private var inputTiling: ck_tiling {
        ck_tiling(
            height: window.vertical.inputSize, width: window.horizontal.inputSize, channels: inputChannels,
            tiles_h: window.vertical.tileCount, tiles_w: window.horizontal.tileCount,
            padding_h: window.vertical.padding, padding_w: window.horizontal.padding)
    }

    private var outputTiling: ck_tiling {
        ck_tiling(
            height: window.vertical.outputSize, width: window.horizontal.outputSize, channels: outputChannels,
            tiles_h: window.vertical.tileCount, tiles_w: window.horizontal.tileCount, padding_h: 0, padding_w: 0)
    }
}

extension SlidingWindow.Axis {
    /// Tiles of four outputs that cover the axis.
    fileprivate var tileCount: Int { (outputSize + 3) / 4 }
}
