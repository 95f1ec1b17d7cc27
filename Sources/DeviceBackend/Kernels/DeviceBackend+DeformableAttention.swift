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
        let shares = shares(of: operands.queryCount, meetingIn: gradients.values.count)
        let count = shares * operands.batch * operands.channels
        gather(shares, into: gradients.values) { partial in
            context.launch(
                "deformable_value_gradient", each: count,
                [
                    operands.offsets, operands.weights, operands.references, upstream, partial, operands.packed,
                    operands.batch, shares, count,
                ])
        }
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
