internal import Configuration
internal import DataParallel
internal import FoundationEssentials
internal import SegmentationModels
internal import TensorEngine
package import Training

/// What a job of a setting would be, before it is queued. Needs neither MPI nor the data.
package struct PlanExamination {
    package let configuration: RunConfiguration
    package let ranks: Int
    package let nodes: Int
    package let coresPerNode: Int
    /// Memory of a node; nil when it is not known.
    package let memoryPerNode: Int?
    /// Variables that a data folder names and that are not set.
    package let unsetVariables: [String]
    /// Keys of data sets and files that are made before the job, and need not be here yet.
    package let madeKeys: Set<String>

    package init(
        configuration: RunConfiguration, ranks: Int, nodes: Int, coresPerNode: Int, memoryPerNode: Int?,
        unsetVariables: [String], madeKeys: Set<String> = []
    ) {
        self.madeKeys = madeKeys
        self.configuration = configuration
        self.ranks = ranks
        self.nodes = nodes
        self.coresPerNode = coresPerNode
        self.memoryPerNode = memoryPerNode
        self.unsetVariables = unsetVariables
    }

    package func findings() throws -> [Finding] {
        let setting = Finding(
            "setting", "\(configuration.name), \(configuration.model.name), \(configuration.training.steps) steps")
        do throws(ConfigurationError) {
            try configuration.validate(worldSize: ranks)
        } catch {
            let working = JobPlan.workingRanks(configuration, near: ranks).map(String.init)
            return [
                setting,
                Finding(
                    "ranks", .error, "\(error)",
                    remedy: "start " + (working.isEmpty ? "another number of" : working.joined(separator: ", "))
                        + " ranks"),
            ] + unchecked
        }
        let plan = try JobPlan(configuration, ranks: ranks, nodes: nodes, coresPerNode: coresPerNode)
        return [setting, roles(plan), batch(plan), devices(plan), threads(plan), memory(plan)] + unchecked
    }

    private func roles(_ plan: JobPlan) -> Finding {
        let teachers = plan.teacherTexts.prefix(8).joined(separator: "; ")
        let labels = configuration.method.usesTarget ? "each student labels for itself" : "no labels are needed"
        return Finding(
            "roles", "\(plan.roleText), S trains, T labels; \(plan.roles.teacherCount == 0 ? labels : teachers)")
    }

    private func batch(_ plan: JobPlan) -> Finding {
        let domains = configuration.method.usesTarget ? " of each domain" : ""
        return Finding(
            "batch",
            "\(plan.imagesPerStudent) image\(plan.imagesPerStudent == 1 ? "" : "s")\(domains) a student, "
                + "\(plan.globalBatch) in all")
    }

    private func threads(_ plan: JobPlan) -> Finding {
        let ranks = "\(plan.ranksPerNode) rank\(plan.ranksPerNode == 1 ? "" : "s")"
        let value = "\(plan.threads) a rank (\(ranks) on \(coresPerNode) cores of a node)"
        if plan.ranksPerNode <= coresPerNode, plan.threads * plan.ranksPerNode > coresPerNode {
            return Finding(
                "threads of a job", .warning, value,
                remedy:
                    "engine.threads=\(plan.threads) makes \(plan.threads * plan.ranksPerNode) threads that take turns "
                    + "on \(coresPerNode) cores; use at most \(coresPerNode / plan.ranksPerNode), or auto")
        }
        guard plan.ranksPerNode > coresPerNode else { return Finding("threads of a job", value) }
        return Finding(
            "threads of a job", .warning, value,
            remedy: "ranks take turns on the cores; use at most \(coresPerNode) ranks a node for speed, or give --cores"
        )
    }

    private func memory(_ plan: JobPlan) -> Finding {
        let teacher = plan.teacher.map { ", a teacher \(MachineExamination.gibibytes($0.totalBytes))" } ?? ""
        let parts =
            "weights and optimiser \(MachineExamination.gibibytes(plan.student.networkBytes)), a pass "
            + "\(MachineExamination.gibibytes(plan.student.activationBytes)), program and images "
            + "\(MachineExamination.gibibytes(plan.student.overheadBytes))"
        let value =
            "about \(MachineExamination.gibibytes(plan.student.totalBytes)) a student (\(parts))\(teacher); "
            + "\(MachineExamination.gibibytes(plan.nodeBytes)) a node. By formula, good to a quarter"
        guard let memoryPerNode, plan.nodeBytes > memoryPerNode else { return Finding("memory of a job", value) }
        return Finding(
            "memory of a job", .warning,
            "\(value); this machine has \(MachineExamination.gibibytes(memoryPerNode))",
            remedy: "use fewer ranks a node, engine.recompute: block, a smaller crop, or larger nodes")
    }

    /// What only a run or `check-data` can tell.
    private var unchecked: [Finding] {
        var reasons = unsetVariables.map { "the environment variable \($0) is not set" }
        for (key, path) in files where !FileManager.default.fileExists(atPath: path) {
            reasons.append("\(key): \(path) is not here")
        }
        guard !reasons.isEmpty else {
            return [Finding("data", "the folders are here; `causeway check-data` examines what is in them")]
        }
        return [
            Finding(
                "data", .warning, "not checked: " + reasons.joined(separator: "; "),
                remedy: "it must be in place on all nodes when the job starts")
        ]
    }

    /// Files and folders that the setting names, by key, where their names are known.
    private var files: [(String, String)] {
        let datasets = [
            ("data.source", configuration.data.source), ("data.target", configuration.data.target),
            ("evaluation.dataset", configuration.evaluation.dataset),
        ]
        var files = datasets.filter { !madeKeys.contains($0.0) }.compactMap { key, dataset -> (String, String)? in
            guard let path = try? dataset?.expandedRoot(keyPath: "\(key).root") else { return nil }
            return ("\(key).root", path)
        }
        let weightsKey = "model.weights"
        if let weights = configuration.model.weights, !madeKeys.contains(weightsKey) {
            files.append((weightsKey, weights))
        }
        return files
    }
}
