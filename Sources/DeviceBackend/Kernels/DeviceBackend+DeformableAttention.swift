package import DeviceSeam

extension DeviceBackend {
    package func deformableAttention(_ operands: DeformableAttentionOperands, into output: FloatArray) {
        context.launch(
            "deformable_attention", each: output.count,
            [
                operands.values, operands.offsets, operands.weights, operands.references, output, operands.packed,
                output.count,
            ])
    }

    package func deformableAttentionGradients(
        _ upstream: FloatArray, _ operands: DeformableAttentionOperands, into gradients: DeformableAttentionGradients
    ) {
        context.launch(
            "deformable_sample_gradients", each: operands.weights.count,
            [
                operands.values, operands.offsets, operands.weights, operands.references, upstream, gradients.offsets,
                gradients.weights, operands.packed, operands.weights.count,
            ])
        fill(gradients.values, with: 0)
        context.launch(
            "deformable_value_gradient", each: operands.batch * operands.channels,
            [
                operands.offsets, operands.weights, operands.references, upstream, gradients.values, operands.packed,
                operands.batch * operands.channels,
            ])
    }
}

extension DeformableAttentionOperands {
    fileprivate var packed: PackedValue {
        precondition(levels.count <= 8, "device: deformable attention to \(levels.count) maps; kernels take eight")
        var value = PackedValue()
        value.add(int64: cellCount)
        value.add(int64: queryCount)
        for number in [heads, headSize, points, levels.count] { value.add(int32: number) }
        var (start, starts) = (0, [Int]())
        for level in levels {
            starts.append(start)
            start += level.height * level.width
        }
        for list in [levels.map(\.height), levels.map(\.width), starts] {
            for index in 0..<8 { value.add(int32: index < list.count ? list[index] : 0) }
        }
        return value
    }
}
