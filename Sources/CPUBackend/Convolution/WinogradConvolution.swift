internal import CKernels
internal import DeviceSeam

/// 3 x 3 convolution with a quarter of the products (F(4 x 4, 3 x 3), see `ck_winograd.h`).
///
/// Blocks of tiles are transformed, multiplied at their 36 points and transformed back; all threads work on one block,
/// so that the memory of a block does not grow with their number. The transformed weights are laid out for these
/// products once. Its error is about five times that of a direct sum, 2e-6 of the largest output over 1024 channels.
/// Always in single precision: rounding at the points would cost five times as much, and a quarter of the products takes
/// no longer than all of them rounded.
struct WinogradConvolution {
    /// The points of a tile.
    private static let points = 36
    /// Tiles are at least this many times fewer than their pixels, below which borders waste what products save.
    private static let leastPixelsPerTile = 8
    /// Floats that a block's transformed inputs and products may take.
    private static let blockFloats = 16 << 20
    /// Tiles that a product takes at a time; with `innerPerBlock` a quarter of a usual second-level cache.
    private static let tilesPerProduct = 96
    private static let innerPerBlock = 512
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

    /// Tiles of a block, whole products of them where there are as many.
    private var tilesPerBlock: Int {
        let affordable = Self.blockFloats / (Self.points * (inputChannels + outputChannels))
        let whole = affordable / Self.tilesPerProduct * Self.tilesPerProduct
        return min(tileCount, max(Self.tilesPerProduct, whole))
    }

    /// `output = convolution + bias`. `weight` is `[outputs, 3, 3, inputs]`, or with `reversed` the weight of the
    /// convolution whose input gradient this is, `[inputs, 3, 3, outputs]`.
    func run(_ input: FloatArray, weight: FloatArray, reversed: Bool, bias: FloatArray?, into output: FloatArray) {
        let weights = layOut(weight, reversed: reversed)
        let block = tilesPerBlock
        let values = Points(tiles: block, channels: inputChannels, on: backend)
        let products = Points(tiles: block, channels: outputChannels, on: backend)
        let (results, addend) = (output.floats, bias?.floats)
        for first in stride(from: 0, to: tileCount, by: block) {
            let count = min(block, tileCount - first)
            transformInput(input, tiles: first..<first + count, into: values)
            multiplyPoints(values, weights, tiles: count, into: products)
            withUnsafePointer(to: outputTiling) { tiling in
                backend.threads.parallelFor(count, grain: 8) { tiles in
                    ck_winograd_output(
                        products.floats(tile: tiles.lowerBound), products.strides, tiling, first + tiles.lowerBound,
                        tiles.count, addend, results)
                }
            }
        }
    }

    /// `[outputs, 3, 3, inputs]`: per point the product of transformed upstream and input, summed over all tiles.
    func runWeightGradient(_ upstream: FloatArray, input: FloatArray, into gradient: GradientSum) {
        let block = tilesPerBlock
        let values = Points(tiles: block, channels: inputChannels, on: backend)
        let factors = Points(tiles: block, channels: outputChannels, on: backend)
        let sums = backend.floats([Self.points, outputChannels, inputChannels])
        for first in stride(from: 0, to: tileCount, by: block) {
            let count = min(block, tileCount - first)
            transformInput(input, tiles: first..<first + count, into: values)
            transformUpstream(upstream, tiles: first..<first + count, into: factors)
            backend.threads.parallelFor(Self.points) { points in
                for point in points {
                    HostProduct(
                        left: factors.matrix(point: point, isTransposed: true), right: values.matrix(point: point),
                        output: sums.floats + point * outputChannels * inputChannels, outputStride: inputChannels,
                        rows: outputChannels, columns: inputChannels, inner: count, beta: first > 0 ? 1 : 0
                    ).runInSinglePrecision()
                }
            }
        }
        let (from, to) = (sums.floats, gradient.array.floats)
        backend.threads.parallelFor(outputChannels) { filters in
            ck_winograd_weight_gradient(
                from, outputChannels, inputChannels, filters.lowerBound, filters.count, gradient.adds ? 1 : 0, to)
        }
    }

    /// The transformed weights, for each point the factor `[inputs, outputs]` as panels, in blocks of `innerPerBlock`
    /// inputs one after another. Threads share the outputs: as many as a panel has are transformed at a time.
    private func layOut(_ weight: FloatArray, reversed: Bool) -> FloatArray {
        let result = backend.floats([Self.points, inputChannels * outputChannels])
        let (from, to) = (weight.floats, result.floats)
        let width = PanelMatrix.panelColumns
        backend.forEachTile(outputChannels / width, scratchFloats: Self.points * width * inputChannels) {
            panel, scratch in
            let (first, all) = (panel * width, inputChannels)
            let part =
                reversed
                ? ck_weight_part(first_filter: 0, filter_count: all, first_channel: first, channel_count: width)
                : ck_weight_part(first_filter: first, filter_count: width, first_channel: 0, channel_count: all)
            ck_winograd_weight(from, weight.shape[3], reversed ? 1 : 0, part, scratch)
            for point in 0..<Self.points {
                for start in stride(from: 0, to: all, by: Self.innerPerBlock) {
                    let inner = min(Self.innerPerBlock, all - start)
                    let place = (point * all + start) * outputChannels + first * inner
                    let source = scratch + point * width * all + start * (reversed ? width : 1)
                    _ = PanelMatrix(
                        HostMatrix(first: source, rowStride: reversed ? width : all, isTransposed: !reversed),
                        inner: inner, columns: width, in: to + place)
                }
            }
        }
        return result
    }

    private func transformInput(_ input: FloatArray, tiles: Range<Int>, into values: Points) {
        let from = input.floats
        withUnsafePointer(to: inputTiling) { tiling in
            backend.threads.parallelFor(tiles.count, grain: 8) { range in
                ck_winograd_input(
                    from, tiling, tiles.lowerBound + range.lowerBound, range.count, values.strides,
                    values.floats(tile: range.lowerBound))
            }
        }
    }

    private func transformUpstream(_ upstream: FloatArray, tiles: Range<Int>, into factors: Points) {
        let from = upstream.floats
        withUnsafePointer(to: outputTiling) { tiling in
            backend.threads.parallelFor(tiles.count, grain: 8) { range in
                ck_winograd_upstream(
                    from, tiling, tiles.lowerBound + range.lowerBound, range.count, factors.strides,
                    factors.floats(tile: range.lowerBound))
            }
        }
    }

    /// `products[point] = values[point] * weights[point]`; threads share the points and blocks of tiles.
    private func multiplyPoints(_ values: Points, _ weights: FloatArray, tiles: Int, into products: Points) {
        let blocks = (tiles + Self.tilesPerProduct - 1) / Self.tilesPerProduct
        let panels = weights.floats
        backend.threads.parallelFor(Self.points * blocks) { range in
            for index in range {
                let (point, block) = index.quotientAndRemainder(dividingBy: blocks)
                let first = block * Self.tilesPerProduct
                for start in stride(from: 0, to: inputChannels, by: Self.innerPerBlock) {
                    let factor = PanelMatrix(
                        panels + (point * inputChannels + start) * outputChannels,
                        inner: min(Self.innerPerBlock, inputChannels - start), columns: outputChannels)
                    factor.multiply(
                        values.matrix(point: point, tile: first, channel: start),
                        into: products.floats(point: point, tile: first), rowStride: products.strides.tile,
                        rows: min(Self.tilesPerProduct, tiles - first), adding: start > 0)
                }
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

/// The values of a block of tiles at the 36 points, `[36, tiles, channels]`.
private struct Points {
    private let array: FloatArray
    /// Such that what is used together falls into different sets of a cache: the points of a tile, by an odd number of
    /// cache lines between them, and the tiles of a product.
    let strides: ck_point_strides

    /// - Parameter channels: a multiple of 16.
    init(tiles: Int, channels: Int, on backend: CPUBackend) {
        let tile = channels + (channels.isMultiple(of: PanelProduct.rowsInOneSet) ? 16 : 0)
        let lines = tiles * tile / 16
        strides = ck_point_strides(point: 16 * (lines + 1 + lines % 2), tile: tile)
        array = backend.floats([36 * strides.point])
    }

    func floats(point: Int = 0, tile: Int) -> UnsafeMutablePointer<Float> {
        array.floats + point * strides.point + tile * strides.tile
    }

    /// From a tile and a channel on.
    func matrix(point: Int, tile: Int = 0, channel: Int = 0, isTransposed: Bool = false) -> HostMatrix {
        HostMatrix(
            first: floats(point: point, tile: tile) + channel, rowStride: strides.tile, isTransposed: isTransposed)
    }
}

extension SlidingWindow.Axis {
    /// Tiles of four outputs that cover the axis.
    fileprivate var tileCount: Int { (outputSize + 3) / 4 }
}
