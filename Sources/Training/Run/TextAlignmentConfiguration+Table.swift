internal import DomainAdaptation
internal import NN
internal import TensorEngine

extension TextAlignmentConfiguration {
    static let keyPath = "method.textAlignment"

    var config: TextAlignment.Config {
        var config = TextAlignment.Config()
        config.weight = Float(weight)
        config.decay = Float(decay)
        config.similarity = similarity
        config.distance = distance
        config.firstVisit = firstVisit
        return config
    }

    /// The embeddings of the class descriptions, `[classCount, W]`.
    ///
    /// - Throws: when the file is missing, damaged or holds another number of classes.
    func table(classCount: Int) throws -> Tensor {
        let path = try Environment.expanded(embeddings, keyPath: Self.keyPath + ".embeddings")
        let file = try SafeTensorsFile(path)
        let shape = try file.entry("embeddings").shape
        guard shape.count == 2, shape[0] == classCount else {
            throw WeightsError(
                .wrongShape, file: path, tensor: "embeddings",
                "has shape \(shape); the model needs [\(classCount), width], a row for each class in train-id order")
        }
        return Tensor(try file.floats("embeddings"), shape: shape)
    }
}
