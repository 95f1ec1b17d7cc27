internal import Basics
package import Collectives
internal import Datasets
internal import Evaluation
package import Training

/// The scores of several trained models on one labelled data set.
package struct RunComparison {
    package let models: [TrainedModel]
    /// Of each model: its name, or where another has the same (seeds of one setting), where it lies.
    package let titles: [String]
    /// Of the first model; the others have the same data set.
    package let evaluation: RunEvaluation
    package let scores: ScoreReport

    /// Scores every model, with all ranks. Collective.
    ///
    /// - Parameter paths: where each model was read from.
    /// - Throws: when the models are not scored on the same images and classes.
    package init(_ given: [TrainedModel], paths: [String], world: any ProcessGroup) throws {
        let shared = Self.sharedScores(given)
        let models = given.map { $0.scored(by: shared.measures, on: shared.classes) }
        guard let first = models.first else { throw ReportError("there is no run to evaluate; give its folder") }
        self.models = models
        if world.rank == 0, let notice = shared.notice { StandardError.write("note: \(notice)\n") }
        let kinds = models.map { $0.kind == .teacher ? " (teacher)" : "" }
        titles = zip(Self.titles(models.map(\.configuration.name), paths), kinds).map { $0 + $1 }
        evaluation = try RunEvaluation(first.configuration)
        if world.rank == 0 {
            try evaluation.requireLabelledPixels()
            for model in models {
                guard let notice = try RunEvaluation(model.configuration).projectionNotice() else { continue }
                StandardError.write("note: \(model.configuration.name): \(notice)\n")
            }
            if let notice = evaluation.dataset.passedOver.notice(of: evaluation.dataset.name) {
                StandardError.write("note: \(notice)\n")
            }
        }
        var columns: [ScoreReport.Column] = []
        for (model, name) in zip(models, titles) {
            try Self.requireSameImages(model, first)
            let evaluation = try RunEvaluation(model.configuration)
            try Self.requireSameLabels(evaluation, self.evaluation, [first, model].map(\.configuration.name))
            try world.requireSame(evaluation.files())
            columns.append(
                .init(title: name, scores: try evaluation.scores(model.predictor(), world: world, progress: name)))
            guard model.configuration.evaluation.targetStatisticsImages > 0 else { continue }
            let title = name + " + target statistics"
            let adapted = try TargetStatistics.apply(to: model.networks, model.configuration, world: world) {
                try evaluation.scores(model.predictor(), world: world, progress: title)
            }
            columns.append(.init(title: title, scores: adapted))
        }
        scores = ScoreReport(
            labelSpace: evaluation.labelSpace, imageCount: evaluation.dataset.count, columns: columns)
    }

    /// Names; of runs with one name the paths, from where they part.
    private static func titles(_ names: [String], _ paths: [String]) -> [String] {
        let isShared = names.map { name in names.count { $0 == name } > 1 }
        let parts = paths.map { $0.split(separator: "/") }
        let own = zip(parts, isShared).filter(\.1).map(\.0)
        let same = own.map { zip($0, own[0]).prefix { $0 == $1 }.count }.min() ?? 0
        return names.indices.map { index in
            guard isShared[index] else { return names[index] }
            // Equal ones have nothing of their own.
            let rest = parts[index].dropFirst(min(same, max(parts[index].count, 1) - 1))
            return rest.isEmpty ? paths[index] : rest.joined(separator: "/")
        }
    }

    /// The measures and classes that all models are scored by; nil where they are the same, and where none is shared.
    private static func sharedScores(
        _ models: [TrainedModel]
    ) -> (measures: [MeasureName]?, classes: [Int]?, notice: String?) {
        let settings = models.map(\.configuration)
        guard let first = settings.first else { return (nil, nil, nil) }
        var notices: [String] = []
        var measures: [MeasureName]?
        if settings.contains(where: { $0.evaluation.measures != first.evaluation.measures }) {
            let shared = first.evaluation.measures.filter { measure in
                settings.allSatisfy { $0.evaluation.measures.contains(measure) }
            }
            if !shared.isEmpty {
                measures = shared
                notices.append("by the measures that all have, \(shared.map(\.rawValue).joined(separator: ", "))")
            }
        }
        var classes: [Int]?
        let space = first.scoredLabelSpace
        let scored = settings.map { try? $0.scoredTrainIDs() }
        if settings.allSatisfy({ $0.scoredLabelSpace.hasClasses(of: space) }), Set(scored).count > 1 {
            let shared = (0..<space.classCount).filter { id in scored.allSatisfy { $0?.contains(id) ?? true } }
            if !shared.isEmpty {
                classes = shared
                let names = shared.map { space.classNames[$0] }.joined(separator: ", ")
                notices.append("on the classes that all are scored on, \(names)")
            }
        }
        guard !notices.isEmpty else { return (nil, nil, nil) }
        let how = notices.joined(separator: ", and ")
        return (measures, classes, "the runs differ in what is scored; they are compared \(how)")
    }

    private static func requireSameImages(_ model: TrainedModel, _ first: TrainedModel) throws {
        var (own, other) = (model.configuration.evaluation, first.configuration.evaluation)
        // The size in which images pass through a network is its own; labels are scored in theirs.
        own.dataset?.resize = nil
        other.dataset?.resize = nil
        let (space, otherSpace) = (model.configuration.scoredLabelSpace, first.configuration.scoredLabelSpace)
        let different = [
            (key: "dataset", differs: own.dataset != other.dataset),
            (
                key: "labelSpace",
                differs: !space.hasClasses(of: otherSpace) || space.means != otherSpace.means
            ),
            (
                key: "classes",
                differs: try model.configuration.scoredTrainIDs() != first.configuration.scoredTrainIDs()
            ),
            (key: "measures", differs: own.measures != other.measures),
            (key: "fusion", differs: own.fusion != other.fusion),
        ].filter(\.differs).map { "evaluation.\($0.key)" }
        guard different.isEmpty else {
            throw ReportError(
                "the runs \(first.configuration.name) and \(model.configuration.name) are scored on different images, "
                    + "classes or measures: they differ in \(different.joined(separator: " and ")); make that equal "
                    + "with --set"
            )
        }
    }

    /// Classes of the same names may have other ids in label files.
    private static func requireSameLabels(_ own: RunEvaluation, _ first: RunEvaluation, _ names: [String]) throws {
        func hashes(_ evaluation: RunEvaluation) -> [Substring?] {
            evaluation.dataset.labelMeanings.map { $0.split(separator: " ").last }
        }
        guard hashes(own) != hashes(first) else { return }
        throw ReportError(
            "the runs \(names.joined(separator: " and ")) read the labels of \(own.dataset.name) in other ways: ids or "
                + "colours of files mean other classes in their label spaces; make labelSpace or "
                + "evaluation.dataset.labelSpace equal with --set")
    }

    /// The table, and what every column gains over the first.
    package var text: String {
        guard let base = scores.columns.first, let baseline = base.scores.headline.value else { return scores.table }
        let gains = scores.columns.dropFirst().compactMap { column in
            column.scores.headline.value.map { value in
                let gain = NumberText.fixed(value - baseline, digits: 1)
                let name = column.scores.headline.title
                return "\(column.title): \(value >= baseline ? "+" : "")\(gain) \(name) over \(base.title)\n"
            }
        }
        return scores.table + (gains.isEmpty ? "" : "\n" + gains.joined())
    }
}
