/// How exactly weights are written to a file.
public enum WeightsPrecision: String, Sendable, CaseIterable {
    /// As they are trained.
    case single = "fp32"
    /// Half the size, three decimal digits: enough to start from or to predict with.
    case half = "fp16"
}
