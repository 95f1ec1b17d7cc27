public import TensorEngine

/// The border between our axis order and that of other frameworks: convolution weights `[O, kh, kw, I]` here are
/// `[O, I, kh, kw]` in files, maps `[B, H, W, C]` are `[B, C, H, W]`. Both move the last of four axes to the second
/// place; tensors with another number of axes are the same on both sides.
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
}
