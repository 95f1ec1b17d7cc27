internal import Annotations

/// What is counted of each class in the images of a data set.
public enum CountedSubject: String, Sendable {
    /// Pixels of the label, by its own resolution.
    case pixels = "class_counts"
    /// Objects that are no crowds.
    case objects = "object_counts"

    /// The file that is counted.
    func path(of sample: SegmentationSample) -> String? {
        switch self {
        case .pixels: sample.labelPath
        case .objects: sample.instancePath
        }
    }

    /// By train id; classes without any are left out.
    func counts(of index: Int, in dataset: any SegmentationDataset) throws(DatasetError) -> [Int: Int] {
        switch self {
        case .pixels: return ClassStatistics.histogram(of: try dataset.loadLabels(index))
        case .objects:
            var counts: [Int: Int] = [:]
            for object in try dataset.loadObjects(index)?.objects ?? [] where !object.isCrowd {
                counts[Int(object.trainID), default: 0] += 1
            }
            return counts
        }
    }

    /// For people.
    package var name: String {
        switch self {
        case .pixels: "classes"
        case .objects: "objects"
        }
    }
}
