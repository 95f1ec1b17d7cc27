internal import Configuration
package import Evaluation

extension TrainedModel {
    /// The same, scored otherwise than its setting says.
    ///
    /// - Parameters:
    ///   - measures: nil for the setting's.
    ///   - trainIDs: of the classes that enter the mean; nil for the setting's.
    package func scored(by measures: [MeasureName]?, on trainIDs: [Int]?) -> TrainedModel {
        var changed = configuration
        if let measures { changed.evaluation.measures = measures }
        if let trainIDs { changed.evaluation.classes = trainIDs.map { .trainID($0) } }
        return TrainedModel(configuration: changed, networks: networks, kind: kind, origin: origin)
    }
}
