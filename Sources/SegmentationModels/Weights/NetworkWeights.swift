package import NN
import TensorEngine
public import WeightFiles

/// Reads and writes the weights of a network as safetensors, under the names of several programs.
public enum NetworkWeights {
    /// What to do with a tensor of another shape than the network needs.
    public enum MismatchPolicy: Sendable {
        case refuse
        /// List it and keep the network's values.
        case skip
        /// The same where only the number of classes differs, in a component that says so; else refuse.
        case skipClasses
    }

    /// Key of the header's metadata under which the epsilons of the layer norms are kept.
    private static let epsilonKey = "layer_norm_eps"

    /// Fills a network from a file whose naming is recognised by itself.
    ///
    /// Which of several networks in a file is taken, and why, says `NetworkCopies`. Names, shapes and element types are
    /// checked before the first value is written, so a file that does not fit leaves the network as it was. Values are
    /// read one tensor at a time; one that is not finite ends the load, and the network is then of no use.
    ///
    /// Layer norms take the epsilons of the file: those in its metadata, or else those of the program that wrote it.
    ///
    /// - Returns: what was not filled; see `LoadReport.requireComplete`.
    /// - Throws: `WeightsError` where no name is known, a shape is wrong and `policy` refuses it, a value is not
    ///   finite, or reading fails.
    @discardableResult
    public static func load(
        _ file: any TensorFile, into model: any WeightedNetwork, onMismatch policy: MismatchPolicy = .refuse
    ) throws(WeightsError) -> LoadReport {
        try load(file, into: model, onMismatch: policy, role: nil)
    }

    /// As above.
    ///
    /// - Parameter role: that of the network which is wanted, where no other will do; nil for what `NetworkCopies`
    ///   takes.
    package static func load(
        _ file: any TensorFile, into model: any WeightedNetwork, onMismatch policy: MismatchPolicy = .refuse,
        role: NetworkRole?
    ) throws(WeightsError) -> LoadReport {
        let copies = try NetworkCopies(file.names, of: model.weightParts, role: role, file: file.path)
        let format = copies.format
        let epsilons = try epsilons(of: file, format.table(of: model.weightParts))
        var report = LoadReport(
            file: file.path, naming: format.convention.rawValue, prefix: format.encoderPrefix)
        let plan = try plan(file, model, format, policy, &report)
        (report.passedOver, report.unexpected) = copies.passedOver(report.unexpected)
        report.otherSizes = try otherSizes(file, for: model)
        for step in plan { try fill(step, from: file, &report) }
        report.loadedCount = plan.count
        report.drawn += model.namedParameters.map(\.name).filter { !model.isInFiles($0) }
        if let epsilons, model.epsilons != nil { model.epsilons = epsilons }
        return report
    }

    /// How a file names the tensors of a network.
    ///
    /// - Throws: `WeightsError` where that is not known.
    public static func format(
        of file: any TensorFile, for model: any WeightedNetwork
    ) throws(WeightsError) -> WeightsFormat {
        try NetworkCopies(file.names, of: model.weightParts, file: file.path).format
    }

    /// Fills encoder and heads from a trained network's file, whether network and file are of one resolution or of two
    /// (DAFormer's, HRDA's). What decides between resolutions, and what finds objects, is filled where both have it,
    /// and keeps its values or is passed over where one has not. Of queries that were trained on other classes, as
    /// those of COCO, all is taken but what tells the classes.
    ///
    /// - Throws: `WeightsError`, as `load`, and where a tensor is missing.
    @discardableResult
    public static func loadTrained(
        _ file: any TensorFile, into network: SegmentationNetwork
    ) throws(WeightsError) -> LoadReport {
        let place = network.sharing(layoutOf: file.names)
        var report = try load(file, into: place, onMismatch: .skipClasses)
        try report.requireComplete()
        report.addDrawn(of: network, filled: place)
        return report
    }

    /// Writes a network's parameters and buffers, in the order and under the names of `format`.
    ///
    /// - Parameters:
    ///   - precision: of the numbers in the file; reading it back rounds them so.
    ///   - constants: what the file has beside them.
    /// - Throws: `WeightsError` where a file cannot be written, or not under these names.
    public static func save(
        _ model: any WeightedNetwork, to path: String, as format: WeightsFormat,
        precision: WeightsPrecision = .single, metadata: [String: String] = [:],
        constants: [TransformersConfiguration.Constant] = []
    ) throws(WeightsError) {
        let parts = model.weightParts
        guard format.written(for: parts) == format else {
            let known = (parts.first?.names ?? []).filter(\.isWritten).map(\.convention.rawValue)
            throw WeightsError(
                .unknownFormat, file: path,
                "cannot be written under the names of \(format.convention.rawValue), which this network has not; use "
                    + known.joined(separator: " or "))
        }
        var items: [SafeTensorsItem] = []
        for tensor in tensors(of: model) {
            items += self.items(tensor.value, format.sources(of: tensor.name, in: parts), precision: precision)
        }
        items += constants.map { SafeTensorsItem($0.name, shape: [$0.values.count], floats: $0.values) }
        var ours = ["format": "pt"]
        if let epsilons = model.epsilons { ours[epsilonKey] = "\(epsilons.blocks),\(epsilons.embeddings)" }
        let sizes = (model as? SegmentationNetwork)?.untoldSizes ?? ToldSizes()
        if !sizes.isEmpty { ours[ToldSizes.headerKey] = sizes.text }
        try SafeTensorsWriter.write(
            path, items, metadata: metadata.merging(ours) { _, own in own }, checksummed: true)
    }

    /// One of our tensors as a file has it: in framework order, split along the first axis over its names.
    static func items(
        _ tensor: Tensor, _ sources: [WeightSource], prefix: String = "", precision: WeightsPrecision = .single
    ) -> [SafeTensorsItem] {
        let rows = tensor.shape.first.map { $0 / sources.count } ?? 1
        return sources.enumerated().map { index, source in
            var shape = FrameworkLayout.shape(fromOurs: tensor.shape)
            if sources.count > 1 { shape[0] = rows }
            func values() -> [Float] {
                withoutGradients {
                    let part = sources.count > 1 ? tensor.sliced(index * rows..<(index + 1) * rows, axis: 0) : tensor
                    return source.inFile(part).values()
                }
            }
            switch precision {
            case .single: return SafeTensorsItem(prefix + source.name, shape: shape, floats: values())
            case .half: return SafeTensorsItem(prefix + source.name, shape: shape, halves: values())
            }
        }
    }
}

// MARK: - Pieces of loading

extension NetworkWeights {
    /// Those that files have.
    private static func tensors(of model: any WeightedNetwork) -> [(name: String, value: Tensor)] {
        let all =
            model.namedParameters.map { ($0.name, $0.parameter.value.detached()) }
            + model.namedBuffers.map { ($0.name, $0.buffer) }
        return all.filter { model.isInFiles($0.0) }
    }

    /// Where one of the network's tensors comes from: the parts of it, stacked along the first axis.
    private typealias Step = (target: Tensor, sources: [WeightSource])

    /// Which tensors can be filled and from what; everything else goes into the report.
    private static func plan(
        _ file: any TensorFile, _ model: any WeightedNetwork, _ format: WeightsFormat, _ policy: MismatchPolicy,
        _ report: inout LoadReport
    ) throws(WeightsError) -> [Step] {
        let parts = model.weightParts
        var plan: [Step] = []
        var known: Set<String> = []
        // A file is without all of them, or damaged.
        var absent: [(name: String, sources: [String])] = []
        var hasSomeAbsent = false
        for (name, target) in tensors(of: model) {
            let sources = format.sources(of: name, in: parts).map { $0.named(asIn: file) }
            known.formUnion(sources.map(\.name))
            let missing = sources.map(\.name).filter { !file.contains($0) }
            guard missing.isEmpty else {
                if missing.count == sources.count, format.isAbsent(name, from: file, in: parts) {
                    absent.append((name, missing))
                } else {
                    report.missing += missing
                }
                continue
            }
            hasSomeAbsent = hasSomeAbsent || format.isAbsent(name, from: file, in: parts)
            let mismatches = try mismatches(sources, target, file)
            if mismatches.isEmpty {
                plan.append((target, sources))
            } else if policy == .skip {
                report.wrongShape += mismatches
            } else if policy == .skipClasses, parts.contains(where: { $0.isOfClasses(name) }),
                mismatches.allSatisfy(\.isOfRows)
            {
                report.otherClasses += mismatches
            } else {
                throw mismatches[0].error(file.path)
            }
        }
        if hasSomeAbsent { report.missing += absent.flatMap(\.sources) } else { report.drawn += absent.map(\.name) }
        // PyTorch's batch norm counts batches; with a fixed momentum nothing reads the count.
        let derived = [".num_batches_tracked"] + parts.flatMap { $0.names(of: format.convention).derived }
        report.unexpected = file.names.filter { name in
            !known.contains(name) && !derived.contains { name.hasSuffix($0) }
        }
        return plan
    }

    private static func mismatches(
        _ sources: [WeightSource], _ target: Tensor, _ file: any TensorFile
    ) throws(WeightsError) -> [LoadReport.Mismatch] {
        let whole = FrameworkLayout.shape(fromOurs: target.shape)
        var result: [LoadReport.Mismatch] = []
        for source in sources {
            var needed = whole
            if !needed.isEmpty { needed[0] = needed[0] / sources.count / source.part.count * source.part.of }
            let found = try file.entry(source.name)
            guard found.type.isFloatingPoint else {
                throw WeightsError(
                    .wrongType, file: file.path, tensor: source.name,
                    "holds integers (\(found.type.rawValue)) where weights are needed; convert it to F32")
            }
            // A linear layer may be a convolution of one pixel, as in mmsegmentation.
            guard found.shape == needed || needed.count == 2 && found.shape == needed + [1, 1] else {
                result.append(.init(name: source.name, found: found.shape, needed: needed))
                continue
            }
        }
        return result
    }

    private static func fill(
        _ step: Step, from file: any TensorFile, _ report: inout LoadReport
    ) throws(WeightsError) {
        var values: [Float] = []
        for source in step.sources {
            let part = try file.finiteFloats(source.name, elements: source.elements(of: try file.entry(source.name)))
            if step.target.rank > 1, part.isConstant { report.constant.append(source.name) }
            if source.name.hasSuffix(".running_var"), let negative = part.first(where: { $0 < 0 }) {
                throw WeightsError(
                    .malformed, file: file.path, tensor: source.name,
                    "holds the variance \(negative); the file is damaged")
            }
            values = step.sources.count == 1 ? part : values + part
        }
        let shape = FrameworkLayout.shape(fromOurs: step.target.shape)
        step.target.assign(withoutGradients { step.sources[0].ours(Tensor(values, shape: shape)) })
    }

    private static func epsilons(
        of file: any TensorFile, _ table: WeightNames?
    ) throws(WeightsError) -> LayerNormEpsilons? {
        guard let text = file.metadata[epsilonKey] else { return table?.epsilons }
        let numbers = text.split(separator: ",").map { Float($0) }
        guard numbers.count == 2, let blocks = numbers[0], let embeddings = numbers[1], min(blocks, embeddings) > 0
        else {
            throw WeightsError(
                .malformed, file: file.path,
                "metadata '\(epsilonKey)' is '\(text)'; it must be two positive numbers, as in 1e-06,1e-05")
        }
        return LayerNormEpsilons(blocks: blocks, embeddings: embeddings)
    }
}

extension WeightSource {
    /// What we have of the tensor, in the order of the file.
    fileprivate func inFile(_ tensor: Tensor) -> Tensor {
        if isUnfolded { return FrameworkLayout.windows(fromOurs: tensor) }
        return flatMap.map { FrameworkLayout.matrix(fromOurs: tensor, of: $0) }
            ?? FrameworkLayout.tensor(fromOurs: tensor)
    }

    /// What the file has of it, in our order.
    fileprivate func ours(_ tensor: Tensor) -> Tensor {
        if isUnfolded { return FrameworkLayout.windows(toOurs: tensor) }
        return flatMap.map { FrameworkLayout.matrix(toOurs: tensor, of: $0) } ?? FrameworkLayout.tensor(toOurs: tensor)
    }
}

extension LoadReport {
    /// Adds the weights of `network` that no part `filled` from a file shares with it.
    package mutating func addDrawn(of network: any Module, filled: any Module) {
        let taken = Set(filled.namedParameters.map { ObjectIdentifier($0.parameter) })
        drawn += network.namedParameters.filter { !taken.contains(ObjectIdentifier($0.parameter)) }.map(\.name)
    }
}

extension [Float] {
    /// Whether there are several values and all are equal.
    fileprivate var isConstant: Bool { count > 1 && !dropFirst().contains { $0 != self[0] } }
}
