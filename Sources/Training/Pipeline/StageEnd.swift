internal import Basics
internal import Configuration
internal import WeightFiles

/// What a training of a pipeline left in its folder when it came to its end.
struct StageEnd {
    private let folder: String

    init(_ folder: String) { self.folder = folder }

    /// Whether the weights are there, after as many steps as a setting asks for. Whatever else it says now, they are
    /// those that the stages after this one were given.
    func isReached(_ setting: RunConfiguration) -> Bool {
        let metadata = (try? SafeTensorsFile("\(folder)/\(TrainedModel.weightsName)"))?.metadata
        return metadata?[TrainedModel.stepKey].flatMap { Int($0) }.map { $0 >= setting.training.steps } ?? false
    }

    /// Where a setting differs from the one that was trained, one line a key, as a run that goes on names them.
    ///
    /// - Parameter made: keys that the pipeline gives, of which `StageInputs` tells more.
    func differences(to setting: RunConfiguration, besides made: Set<String>) -> [String] {
        let path = "\(folder)/resolved.yaml"
        guard let text = TextFile.read(path) else {
            return ["\(path): is missing, so that nobody can tell what it was"]
        }
        do throws(ConfigurationError) {
            return try StoredSetting.differences(of: text, path, to: setting)
                .filter { line in !made.contains { line.hasPrefix("\($0):") } }
        } catch {
            return ["\(path): cannot be read as a setting: \(error)"]
        }
    }
}
