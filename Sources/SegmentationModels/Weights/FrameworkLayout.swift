public import TensorEngine

/// The border between our axis order and that of other frameworks: convolution weights `[O, kh, kw, I]` here are
/// `[O, I, kh, kw]` in files, maps `[B, H, W, C]` are `[B, C, H, W]`. Both move the last of four axes to the second
/// place; tensors with another number of axes are the same on both sides. Rows of matrices that are for maps laid flat
/// are turned alike.
public enum FrameworkLayout {
    /// The shape a file has for one of our shapes.
    public static func shape(fromOurs shape: [Int]) -> [Int] {
        shape.count == 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
    }

    /// Our tensor in the order of files. No gradient.
    public static func tensor(fromOurs tensor: Tensor) -> Tensor {
        tensor.rank == 4 ? tensor.detached().permuted([0, 3, 1, 2]) : tensor.detached()
    }

    /// A file's tensor in our order. No gradient.
    public static func tensor(toOurs tensor: Tensor) -> Tensor {
        tensor.rank == 4 ? tensor.detached().permuted([0, 2, 3, 1]) : tensor.detached()
    }

    /// Our matrix `[O, height * width * channels]` in the order of files. No gradient.
    static func matrix(fromOurs matrix: Tensor, of map: FlatMap) -> Tensor {
        turned(matrix, rows: [map.height, map.width, map.channels], [0, 3, 1, 2])
    }

    /// A file's matrix `[O, channels * height * width]` in our order. No gradient.
    static func matrix(toOurs matrix: Tensor, of map: FlatMap) -> Tensor {
        turned(matrix, rows: [map.channels, map.height, map.width], [0, 2, 3, 1])
    }

    /// Our rows for windows of 2x2 cells, `[columns, rows, channels]` laid flat, in the order of PyTorch's `unfold`,
    /// `[channels, rows, columns]`. No gradient.
    static func windows(fromOurs rows: Tensor) -> Tensor { windows(rows, [2, 2, rows.shape[rows.rank - 1] / 4]) }

    /// The other way round.
    static func windows(toOurs rows: Tensor) -> Tensor { windows(rows, [rows.shape[rows.rank - 1] / 4, 2, 2]) }

    private static func windows(_ rows: Tensor, _ shape: [Int]) -> Tensor {
        rows.detached().reshaped([-1] + shape).permuted([0, 3, 2, 1]).reshaped(rows.shape)
    }

    private static func turned(_ matrix: Tensor, rows: [Int], _ axes: [Int]) -> Tensor {
        let maps = matrix.detached().reshaped([matrix.shape[0]] + rows)
        return maps.permuted(axes).reshaped(matrix.shape)
    }
}
