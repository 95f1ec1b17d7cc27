internal import TensorEngine
public import WeightFiles

/// Runs a text tower on tokens from a file and writes what comes out, to compare an import with another framework.
///
/// The input file holds `tokens` `[B, L]` of integers. The output file holds `hidden` `[B, L, W]`, `pooled` `[B, W]`
/// and, where the weights have a projection, `projected` `[B, P]`.
public enum CLIPTextForwardRun {
    /// Texts that go through the tower together.
    private static let batch = 64

    /// - Throws: `WeightsError` where a file or its tokens do not fit.
    public static func run(_ tower: CLIPTextTower, input: String, output: String) throws(WeightsError) {
        let file = try WeightsFile.open(input)
        let tokens = try tokens(file)
        var (hidden, pooled, projected): ([Float], [Float], [Float]) = ([], [], [])
        for start in stride(from: 0, to: tokens.count, by: batch) {
            let rows = start..<min(start + batch, tokens.count)
            let part = TokenBatch(
                Array(tokens.ids[rows.lowerBound * tokens.length..<rows.upperBound * tokens.length]), count: rows.count,
                length: tokens.length)
            do throws(TokenError) {
                let output = try tower(part)
                hidden += output.hidden.values()
                pooled += output.pooled.values()
                projected += output.projected?.values() ?? []
            } catch {
                throw WeightsError(.malformed, file: input, tensor: "tokens", "texts \(rows): \(error)")
            }
        }
        let (count, length, width) = (tokens.count, tokens.length, tower.config.width)
        var items = [
            SafeTensorsItem("hidden", shape: [count, length, width], floats: hidden),
            SafeTensorsItem("pooled", shape: [count, width], floats: pooled),
        ]
        if let width = tower.config.projection {
            items.append(SafeTensorsItem("projected", shape: [count, width], floats: projected))
        }
        try SafeTensorsWriter.write(output, items, metadata: ["format": "pt"])
    }

    private static func tokens(_ file: any TensorFile) throws(WeightsError) -> TokenBatch {
        let shape = try file.entry("tokens").shape
        guard shape.count == 2, shape[0] >= 1, shape[1] >= 1 else {
            throw WeightsError(
                .wrongShape, file: file.path, tensor: "tokens", "has shape \(shape); it must be [B, L], not empty")
        }
        let ids = try file.integers("tokens")
        guard let large = ids.first(where: { Int32(exactly: $0) == nil }) else {
            return TokenBatch(ids.map { Int32(truncatingIfNeeded: $0) }, count: shape[0], length: shape[1])
        }
        throw WeightsError(.malformed, file: file.path, tensor: "tokens", "holds \(large), which is no token id")
    }
}
