internal import Basics
package import Collectives
internal import Configuration
internal import DataParallel
package import Datasets
internal import FoundationEssentials
internal import Glibc
internal import NN
internal import TensorEngine
internal import WeightFiles

// What the ranks of a job compare before a step: everything that a rank takes from its own command line, environment
// and disks, and that decides numbers or the order of collectives.

extension RankFacts {
    /// Every key of a setting.
    package init(_ configuration: RunConfiguration) {
        self.init()
        do {
            for leaf in try ConfigurationFields.resolvedTree(of: configuration).leaves() {
                append(leaf.path, leaf.text)
            }
        } catch {
            preconditionFailure("RunConfiguration: writing out cannot fail, got \(error)")
        }
    }

    /// The setting, and the options of a run.
    init(_ configuration: RunConfiguration, _ options: TrainingRun.Options) {
        self.init(configuration)
        append("--resume", options.resumes ? "given" : "not given")
        append("--out", FilePath.absolute(options.outputFolder))
    }

    /// Who trains and who labels, and the small files that the setting names.
    init(roles: RankRoles, filesOf configuration: RunConfiguration) {
        self.init()
        let letters = (0..<roles.worldSize).map { rank in
            if case .teacher = roles.role(of: rank) { "T" } else { "S" }
        }
        append("roles of the ranks", letters.joined(separator: " "))
        append(RankFacts(contentNamedBy: configuration))
    }

    /// The content of the small files that a setting names: weights and class tables. What cannot be read is not an
    /// error here: whoever needs it says so.
    init(contentNamedBy configuration: RunConfiguration) {
        self.init()
        if let weights = configuration.model.weights {
            let files = (try? WeightsFile.files(of: weights)) ?? [weights]
            for (index, file) in files.enumerated() {
                append(contentOf: file, index == 0 ? "model.weights" : "file \(index + 1) of model.weights")
            }
        }
        for file in configuration.method.method.files { append(contentOf: file.path, file.key) }
    }

    /// The checkpoint that a run goes on from.
    init(resumingFrom checkpoint: Checkpoint?) {
        self.init()
        append("checkpoint to go on from", checkpoint.map { "step \($0.step)" } ?? "none")
        if let checkpoint { append(contentOf: "\(checkpoint.path)/index.json", "index of step \(checkpoint.step)") }
    }

    /// The state of a student, which all students share.
    init(_ replica: Replica) {
        self.init()
        append("weights before the first step", Self.digest(replica.parameters.values))
        append("first moments of the optimizer", Self.digest(replica.optimizer.firstMoments))
        append("second moments of the optimizer", Self.digest(replica.optimizer.secondMoments))
        append("steps of the optimizer", "\(replica.optimizer.stepCount)")
    }
}

// MARK: - Files

extension RankFacts {
    /// The files of a data set with their sizes, below its folder, which may lie elsewhere on another host, and of some
    /// of them, evenly spread, the beginning and the end: half copied files may have their full size.
    ///
    /// - Parameters:
    ///   - roots: its folder, or those of its parts.
    ///   - keyPath: the key of the setting that names the data set.
    package mutating func append(filesOf dataset: any SegmentationDataset, in roots: [String], _ keyPath: String) {
        func fact(_ path: String) -> String {
            let root = roots.filter { path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }.max { $0.count < $1.count }
            let name = root.map { String(path.dropFirst($0.count).drop { $0 == "/" }) } ?? path
            return "\(name), \(Self.size(of: path).map { "\($0) bytes" } ?? "no file")"
        }
        let stride = max(1, dataset.count / Self.probedFiles)
        for (index, sample) in dataset.samples.enumerated() {
            let remark = "of \(dataset.count)"
            append("\(keyPath), image \(index + 1)", fact(sample.imagePath), remark: remark)
            if let label = sample.labelPath { append("\(keyPath), label \(index + 1)", fact(label), remark: remark) }
            if index.isMultiple(of: stride) {
                append("\(keyPath), begin and end of image \(index + 1)", Self.borderDigest(sample.imagePath))
            }
        }
        append("\(keyPath), number of images", "\(dataset.count)")
    }

    /// How label files are read: label spaces are found on each host.
    package mutating func append(meaningsOfLabelsIn dataset: any SegmentationDataset, _ keyPath: String) {
        let meanings = dataset.labelMeanings
        guard !meanings.isEmpty else { return }
        append("\(keyPath), what labels mean", meanings.joined(separator: " and "))
    }

    /// Size and hash of a whole file.
    ///
    /// - Parameter path: with `${NAME}` for environment variables.
    package mutating func append(contentOf path: String, _ key: String) {
        let expanded = (try? Environment.expanded(path, keyPath: key)) ?? path
        append("content of \(key)", Self.contentDigest(expanded) ?? "\(expanded), which cannot be read")
    }

    /// Which of some files and folders a rank sees.
    package init(presenceOf paths: [String]) {
        self.init()
        for path in paths { append(path, Self.presence(of: path)) }
    }

    /// As whoever opens it goes by: a link to nowhere is there.
    private static func presence(of path: String) -> String {
        do throws(CheckpointError) {
            return try CheckpointFiles.isPresent(path) ? "present" : "missing"
        } catch {
            return "cannot be looked at"
        }
    }

    /// Images of a data set that are looked into, at least.
    private static let probedFiles = 64
    /// Bytes at a file's begin and end that are compared.
    private static let borderBytes = 4096

    private static func borderDigest(_ path: String) -> String {
        guard (try? RegularFile.require(path)) != nil, let file = fopen(path, "rb") else { return "cannot be read" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 2 * borderBytes)
        let begin = fread(&bytes, 1, borderBytes, file)
        fseek(file, -min(borderBytes, size(of: path) ?? 0), SEEK_END)
        let end = bytes.withUnsafeMutableBytes { buffer in
            fread(buffer.baseAddress?.advanced(by: begin), 1, borderBytes, file)
        }
        return "hash \(bytes[..<(begin + end)].withUnsafeBytes(hexadecimalHash))"
    }

    private static func size(of path: String) -> Int? {
        var information = stat()
        return stat(path, &information) == 0 ? Int(information.st_size) : nil
    }

    /// Size and hash of a file; nil when it cannot be read.
    package static func contentDigest(_ path: String) -> String? {
        guard (try? RegularFile.require(path)) != nil,
            let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        else { return nil }
        return "\(data.count) bytes with hash \(data.withUnsafeBytes(hexadecimalHash))"
    }

    static func digest(_ tensor: Tensor) -> String {
        let hash = tensor.withHostBuffer { hexadecimalHash(UnsafeRawBufferPointer($0)) }
        return "\(tensor.count) numbers with hash \(hash)"
    }

    private static func hexadecimalHash(_ bytes: UnsafeRawBufferPointer) -> String {
        String(XXHash64.hash(bytes), radix: 16)
    }
}
