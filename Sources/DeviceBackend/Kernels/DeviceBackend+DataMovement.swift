package import DeviceSeam

extension DeviceBackend {
    package func copyRows(
        _ input: FloatArray, at source: RowPlaces, to output: FloatArray, at destination: RowPlaces, length: Int,
        rows: Int, adding: Bool
    ) {
        context.launch(
            "copy_rows", each: rows * length,
            [
                input.view(from: source.start, shape: []), output.view(from: destination.start, shape: []),
                source.stride, destination.stride, length, adding, rows * length,
            ])
    }

    package func permute(_ input: FloatArray, axes: [Int], into output: FloatArray) {
        var strides = [Int](repeating: 1, count: input.rank)
        for axis in stride(from: input.rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * input.shape[axis + 1]
        }
        let steps = axes.map { strides[$0] }
        let table = AxisTable(sizes: output.shape, left: steps, right: steps)
        context.launch("permute", each: output.count, [input, output, table.packed, output.count])
    }

    package func gatherRows(_ input: FloatArray, indices: IndexArray, length: Int, into output: FloatArray) {
        let count = indices.count * length
        context.launch("gather_rows", each: count, [input, indices, output, length, count])
    }

    package func scatterRows(
        _ input: FloatArray, indices: IndexArray, length: Int, into output: FloatArray, adding: Bool
    ) {
        guard indices.count > 0 else { return }
        // Where rows replace each other the last one wins, which shares would not know.
        let shares = adding ? shares(of: indices.count, meetingIn: output.count) : 1
        func scatter(into partial: FloatArray) {
            context.launch(
                "scatter_rows", each: shares * length,
                [
                    input, indices, partial, indices.count, adding, length, output.count, shares, shares * length,
                ])
        }
        if adding { gather(shares, into: output, adding: true, scatter) } else { scatter(into: output) }
    }
}
