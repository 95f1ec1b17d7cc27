import DeviceSeam
import Synchronization

/// Does what another backend does, and keeps the names of the requirements that were called. It conforms to every
/// facet, so that a requirement which is added must be added here, too: that is all the file holds, a call of the other
/// backend for each, so it is one however long the facets make it.
struct RecordingBackend: Backend {
    /// What was called, without labels.
    final class Record: Sendable {
        private let state = Mutex<Set<String>>([])

        var names: Set<String> { state.withLock { $0 } }
        func add(_ function: String) {
            state.withLock { names in _ = names.insert(String(function.prefix { $0 != "(" })) }
        }
    }

    let base: any Backend
    let record = Record()
    /// A requirement whose first result is made a little wrong.
    var spoiled: String?

    private func note(_ function: String = #function) { record.add(function) }

    func allocate(byteCount: Int) -> DeviceMemory { base.allocate(byteCount: byteCount) }
    func upload(_ bytes: UnsafeRawBufferPointer, to memory: DeviceMemory, from start: Int) {
        base.upload(bytes, to: memory, from: start)
    }
    func download(_ memory: DeviceMemory, from start: Int, to bytes: UnsafeMutableRawBufferPointer) {
        base.download(memory, from: start, to: bytes)
    }
    func hostAddress(of memory: DeviceMemory) -> UnsafeMutableRawPointer? { base.hostAddress(of: memory) }
    var memoryStatistics: MemoryStatistics { base.memoryStatistics }
    func resetMemoryPeak() { base.resetMemoryPeak() }
}

// ActivationKernels
extension RecordingBackend {
    func gelu(_ input: FloatArray, into output: FloatArray) {
        note()
        base.gelu(input, into: output)
    }
    func geluGradient(_ upstream: FloatArray, input: FloatArray, into gradient: FloatArray) {
        note()
        base.geluGradient(upstream, input: input, into: gradient)
        // By a ten-thousandth: a mistake that no eye would see.
        if spoiled == "geluGradient" { base.unary(.affine, 1.0001, 0, gradient, into: gradient) }
    }
    func relu(_ input: FloatArray, into output: FloatArray) {
        note()
        base.relu(input, into: output)
    }
    func reluGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        note()
        base.reluGradient(upstream, output: output, into: gradient)
    }
    func sigmoid(_ input: FloatArray, into output: FloatArray) {
        note()
        base.sigmoid(input, into: output)
    }
    func sigmoidGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        note()
        base.sigmoidGradient(upstream, output: output, into: gradient)
    }
}

// AttentionKernels
extension RecordingBackend {
    func attention(_ operands: AttentionOperands, into output: FloatArray, logSums: FloatArray, faults: Faults) {
        note()
        base.attention(operands, into: output, logSums: logSums, faults: faults)
    }
    func attentionGradients(
        _ upstream: FloatArray, _ operands: AttentionOperands, output: FloatArray, logSums: FloatArray,
        into gradients: AttentionGradients
    ) {
        note()
        base.attentionGradients(upstream, operands, output: output, logSums: logSums, into: gradients)
        if spoiled == "attentionGradients" {
            base.unary(.affine, 1.0001, 0, gradients.queries, into: gradients.queries)
        }
    }
}

// ClassificationKernels
extension RecordingBackend {
    func classify(_ scores: FloatArray, labels: ByteArray, confidence: FloatArray?, confident: ConfidentPixels?) {
        note()
        base.classify(scores, labels: labels, confidence: confidence, confident: confident)
    }
    func maskCells(_ labels: IndexArray, counting: IndexArray, least: Float, into mask: FloatArray) {
        note()
        base.maskCells(labels, counting: counting, least: least, into: mask)
    }
}

// ConvolutionKernels
extension RecordingBackend {
    func convolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, window: SlidingWindow, groups: Int,
        into output: FloatArray
    ) {
        note()
        base.convolution(input, weight: weight, bias: bias, window: window, groups: groups, into: output)
    }
    func convolutionInputGradient(
        _ upstream: FloatArray, weight: FloatArray, window: SlidingWindow, groups: Int, into gradient: FloatArray
    ) {
        note()
        base.convolutionInputGradient(upstream, weight: weight, window: window, groups: groups, into: gradient)
    }
    func convolutionParameterGradients(
        _ upstream: FloatArray, input: FloatArray?, window: SlidingWindow, groups: Int, weight: GradientSum?,
        bias: GradientSum?
    ) {
        note()
        base.convolutionParameterGradients(
            upstream, input: input, window: window, groups: groups, weight: weight, bias: bias)
    }
    func depthwiseConvolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, window: SlidingWindow, into output: FloatArray
    ) {
        note()
        base.depthwiseConvolution(input, weight: weight, bias: bias, window: window, into: output)
    }
    func depthwiseInputGradient(
        _ upstream: FloatArray, weight: FloatArray, window: SlidingWindow, into gradient: FloatArray
    ) {
        note()
        base.depthwiseInputGradient(upstream, weight: weight, window: window, into: gradient)
    }
    func depthwiseParameterGradients(
        _ upstream: FloatArray, input: FloatArray, window: SlidingWindow, weight: GradientSum?, bias: GradientSum?
    ) {
        note()
        base.depthwiseParameterGradients(upstream, input: input, window: window, weight: weight, bias: bias)
    }
}

// CrossEntropyKernels
extension RecordingBackend {
    func crossEntropy(
        _ logits: FloatArray, _ targets: LabelledPixels, gradient: FloatArray?, into loss: FloatArray,
        faults: Faults
    ) {
        note()
        base.crossEntropy(logits, targets, gradient: gradient, into: loss, faults: faults)
    }
    func upsampledCrossEntropy(
        _ logits: FloatArray, _ targets: LabelledPixels, gradient: FloatArray?, into loss: FloatArray,
        faults: Faults
    ) {
        note()
        base.upsampledCrossEntropy(logits, targets, gradient: gradient, into: loss, faults: faults)
    }
}

// DataMovementKernels
extension RecordingBackend {
    func copyRows(
        _ input: FloatArray, at source: RowPlaces, to output: FloatArray, at destination: RowPlaces, length: Int,
        rows: Int, adding: Bool
    ) {
        note()
        base.copyRows(input, at: source, to: output, at: destination, length: length, rows: rows, adding: adding)
    }
    func permute(_ input: FloatArray, axes: [Int], into output: FloatArray) {
        note()
        base.permute(input, axes: axes, into: output)
    }
    func gatherRows(_ input: FloatArray, indices: IndexArray, length: Int, into output: FloatArray) {
        note()
        base.gatherRows(input, indices: indices, length: length, into: output)
    }
    func scatterRows(_ input: FloatArray, indices: IndexArray, length: Int, into output: FloatArray, adding: Bool) {
        note()
        base.scatterRows(input, indices: indices, length: length, into: output, adding: adding)
    }
}

// DeformableAttentionKernels
extension RecordingBackend {
    func deformableAttention(_ operands: DeformableAttentionOperands, into output: FloatArray) {
        note()
        base.deformableAttention(operands, into: output)
    }
    func deformableAttentionGradients(
        _ upstream: FloatArray, _ operands: DeformableAttentionOperands,
        into gradients: DeformableAttentionGradients
    ) {
        note()
        base.deformableAttentionGradients(upstream, operands, into: gradients)
    }
}

// ElementLossKernels
extension RecordingBackend {
    func binaryCrossEntropy(
        _ logits: FloatArray, targets: FloatArray, weights: FloatArray?, gradient: FloatArray?,
        into loss: FloatArray
    ) {
        note()
        base.binaryCrossEntropy(logits, targets: targets, weights: weights, gradient: gradient, into: loss)
    }
    func absoluteError(_ values: FloatArray, targets: FloatArray, gradient: FloatArray?, into loss: FloatArray) {
        note()
        base.absoluteError(values, targets: targets, gradient: gradient, into: loss)
    }
}

// ElementwiseKernels
extension RecordingBackend {
    func fill(_ array: FloatArray, with value: Float) {
        note()
        base.fill(array, with: value)
    }
    func copy(_ input: FloatArray, to output: FloatArray) {
        note()
        base.copy(input, to: output)
    }
    func add(_ input: FloatArray, into output: FloatArray) {
        note()
        base.add(input, into: output)
    }
    func binary(_ operation: BinaryOperation, _ left: FloatArray, _ right: FloatArray, into output: FloatArray) {
        note()
        base.binary(operation, left, right, into: output)
    }
    func unary(_ operation: UnaryOperation, _ a: Float, _ b: Float, _ input: FloatArray, into output: FloatArray) {
        note()
        base.unary(operation, a, b, input, into: output)
    }
    func scaleRows(_ rows: FloatArray, by factors: FloatArray) {
        note()
        base.scaleRows(rows, by: factors)
    }
}

// ReductionKernels
extension RecordingBackend {
    func sum(_ input: FloatArray, outer: Int, length: Int, inner: Int, into output: FloatArray) {
        note()
        base.sum(input, outer: outer, length: length, inner: inner, into: output)
    }
    func sumOfSquares(_ input: FloatArray, into output: SumArray) {
        note()
        base.sumOfSquares(input, into: output)
    }
}

// MatrixKernels
extension RecordingBackend {
    func product(
        _ left: Matrix, _ right: Matrix, into output: Matrix, rows: Int, columns: Int, inner: Int, alpha: Float,
        beta: Float
    ) {
        note()
        base.product(left, right, into: output, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta)
    }
    func batchedProduct(
        _ left: Matrix, leftStride: Int, _ right: Matrix, rightStride: Int, into output: Matrix, outputStride: Int,
        count: Int, rows: Int, columns: Int, inner: Int, alpha: Float, beta: Float
    ) {
        note()
        base.batchedProduct(
            left, leftStride: leftStride, right, rightStride: rightStride, into: output, outputStride: outputStride,
            count: count, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta)
    }
    func linear(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, _ size: LinearSize, into output: FloatArray
    ) {
        note()
        base.linear(input, weight: weight, bias: bias, size, into: output)
    }
    func linearParameterGradients(
        _ upstream: FloatArray, input: FloatArray?, _ size: LinearSize, weight: GradientSum?, bias: GradientSum?
    ) {
        note()
        base.linearParameterGradients(upstream, input: input, size, weight: weight, bias: bias)
    }
}

// NeighbourKernels
extension RecordingBackend {
    func neighbourProducts(_ maps: FloatArray, into products: FloatArray) {
        note()
        base.neighbourProducts(maps, into: products)
    }
    func neighbourProductsGradient(_ maps: FloatArray, _ upstream: FloatArray, into gradient: FloatArray) {
        note()
        base.neighbourProductsGradient(maps, upstream, into: gradient)
    }
    func unitCrossEntropy(
        _ scores: FloatArray, products: FloatArray, labels: IndexArray, ignored: IgnoredRow,
        gradient: (scores: FloatArray, products: FloatArray)?, into loss: FloatArray, faults: Faults
    ) {
        note()
        base.unitCrossEntropy(
            scores, products: products, labels: labels, ignored: ignored, gradient: gradient, into: loss,
            faults: faults)
    }
}

// NormalizationKernels
extension RecordingBackend {
    func layerNorm(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray, epsilon: Float, into output: FloatArray,
        statistics: FloatArray
    ) {
        note()
        base.layerNorm(input, weight: weight, bias: bias, epsilon: epsilon, into: output, statistics: statistics)
    }
    func layerNormGradients(
        _ upstream: FloatArray, input: FloatArray, statistics: FloatArray, weight: FloatArray,
        inputGradient: FloatArray?, weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        note()
        base.layerNormGradients(
            upstream, input: input, statistics: statistics, weight: weight, inputGradient: inputGradient,
            weightGradient: weightGradient, biasGradient: biasGradient)
    }
    func channelSums(_ input: FloatArray, into sums: SumArray) {
        note()
        base.channelSums(input, into: sums)
    }
    func batchMoments(
        _ sums: SumArray, count: Double, epsilon: Float, mean: FloatArray, variance: FloatArray,
        inverseDeviation: FloatArray
    ) {
        note()
        base.batchMoments(
            sums, count: count, epsilon: epsilon, mean: mean, variance: variance, inverseDeviation: inverseDeviation)
    }
    func inverseDeviation(_ variance: FloatArray, epsilon: Float, into output: FloatArray) {
        note()
        base.inverseDeviation(variance, epsilon: epsilon, into: output)
    }
    func batchNorm(_ input: FloatArray, _ state: BatchNormState, into output: FloatArray) {
        note()
        base.batchNorm(input, state, into: output)
    }
    func batchNormGradientSums(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, into sums: SumArray
    ) {
        note()
        base.batchNormGradientSums(upstream, input: input, state, into: sums)
    }
    func batchNormInputGradient(
        _ upstream: FloatArray, input: FloatArray, _ state: BatchNormState, sums: SumArray?, count: Double,
        into gradient: FloatArray
    ) {
        note()
        base.batchNormInputGradient(upstream, input: input, state, sums: sums, count: count, into: gradient)
    }
    func batchNormParameterGradients(_ sums: SumArray, weight: GradientSum?, bias: GradientSum?) {
        note()
        base.batchNormParameterGradients(sums, weight: weight, bias: bias)
    }
    func groupNorm(
        _ input: FloatArray, _ operands: GroupNormOperands, into output: FloatArray, statistics: FloatArray
    ) {
        note()
        base.groupNorm(input, operands, into: output, statistics: statistics)
    }
    func groupNormGradients(
        _ upstream: FloatArray, input: FloatArray, statistics: FloatArray, _ operands: GroupNormOperands,
        inputGradient: FloatArray?, weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        note()
        base.groupNormGradients(
            upstream, input: input, statistics: statistics, operands, inputGradient: inputGradient,
            weightGradient: weightGradient, biasGradient: biasGradient)
    }
}

// OptimizerKernels
extension RecordingBackend {
    func adamW(
        _ weights: FloatArray, gradients: FloatArray, firstMoments: FloatArray, secondMoments: FloatArray,
        runs: IndexArray, rates: [AdamWRate], _ step: AdamWStep
    ) {
        note()
        base.adamW(
            weights, gradients: gradients, firstMoments: firstMoments, secondMoments: secondMoments, runs: runs,
            rates: rates, step)
    }
    func movingAverage(_ average: FloatArray, of value: FloatArray, decay: Float) {
        note()
        base.movingAverage(average, of: value, decay: decay)
    }
}

// PointSampleKernels
extension RecordingBackend {
    func samplePoints(_ maps: FloatArray, _ table: PointTable, into samples: FloatArray) {
        note()
        base.samplePoints(maps, table, into: samples)
    }
    func samplePointsGradient(_ upstream: FloatArray, _ table: PointTable, into gradient: FloatArray) {
        note()
        base.samplePointsGradient(upstream, table, into: gradient)
    }
}

// PoolingKernels
extension RecordingBackend {
    func maxPool(_ input: FloatArray, window: SlidingWindow, into output: FloatArray, winners: DeviceMemory) {
        note()
        base.maxPool(input, window: window, into: output, winners: winners)
    }
    func maxPoolGradient(
        _ upstream: FloatArray, winners: DeviceMemory, window: SlidingWindow, into gradient: FloatArray
    ) {
        note()
        base.maxPoolGradient(upstream, winners: winners, window: window, into: gradient)
    }
    func averagePool(_ input: FloatArray, windows: AveragingWindows, into output: FloatArray) {
        note()
        base.averagePool(input, windows: windows, into: output)
    }
    func averagePoolGradient(_ upstream: FloatArray, windows: AveragingWindows, into gradient: FloatArray) {
        note()
        base.averagePoolGradient(upstream, windows: windows, into: gradient)
    }
}

// RegionKernels
extension RecordingBackend {
    func alignRegions(_ maps: [FloatArray], _ regions: RegionTable, into bins: FloatArray) {
        note()
        base.alignRegions(maps, regions, into: bins)
    }
    func alignRegionsGradient(_ upstream: FloatArray, _ regions: RegionTable, into gradients: [GradientSum?]) {
        note()
        base.alignRegionsGradient(upstream, regions, into: gradients)
    }
}

// ResizeKernels
extension RecordingBackend {
    func resize(_ input: FloatArray, mode: ResizeMode, into output: FloatArray) {
        note()
        base.resize(input, mode: mode, into: output)
    }
    func resizeGradient(_ upstream: FloatArray, mode: ResizeMode, into gradient: FloatArray) {
        note()
        base.resizeGradient(upstream, mode: mode, into: gradient)
    }
}

// SoftmaxKernels
extension RecordingBackend {
    func softmax(_ input: FloatArray, into output: FloatArray) {
        note()
        base.softmax(input, into: output)
    }
    func softmaxGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        note()
        base.softmaxGradient(upstream, output: output, into: gradient)
    }
    func logSoftmax(_ input: FloatArray, into output: FloatArray) {
        note()
        base.logSoftmax(input, into: output)
    }
    func logSoftmaxGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        note()
        base.logSoftmaxGradient(upstream, output: output, into: gradient)
    }
}

// TransposedConvolutionKernels
extension RecordingBackend {
    func transposedConvolution(_ input: FloatArray, weight: FloatArray, bias: FloatArray?, into output: FloatArray) {
        note()
        base.transposedConvolution(input, weight: weight, bias: bias, into: output)
    }
    func transposedConvolutionGradients(
        _ upstream: FloatArray, input: FloatArray?, weight: FloatArray, inputGradient: FloatArray?,
        weightGradient: GradientSum?, biasGradient: GradientSum?
    ) {
        note()
        base.transposedConvolutionGradients(
            upstream, input: input, weight: weight, inputGradient: inputGradient, weightGradient: weightGradient,
            biasGradient: biasGradient)
    }
}
