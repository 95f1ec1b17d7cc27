/// How the operands of products are rounded. Numbers are stored and sums are added up in single precision, and whatever is
/// no product of matrices (norms, softmax, losses, optimizers) is computed in it.
public enum Precision: String, Sendable, CaseIterable {
    case fp32
    /// Ten binary digits behind the point, for tensor cores.
    case tf32
    /// Seven.
    case bf16
}
