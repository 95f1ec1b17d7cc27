internal import Annotations
public import ImageIO

/// Objects of a map of Cityscapes instance ids: `label id * 1000 + number` is one object, a bare label id of a
/// countable class a crowd (cityscapesScripts: "group"), and every other number no object.
public struct InstanceIDs: Sendable {
    /// What the label ids mean.
    private let encoding: LabelEncoding
    /// Whether the number 0 of a countable class is a crowd, as in KITTI-360, and not an object like others.
    private let zeroIsCrowd: Bool

    /// - Parameter encoding: of Cityscapes label ids, into the data set's label space.
    public init(_ encoding: LabelEncoding, zeroIsCrowd: Bool = false) {
        self.encoding = encoding
        self.zeroIsCrowd = zeroIsCrowd
    }

    /// In the order of their numbers.
    ///
    /// - Parameter file: named in errors.
    /// - Throws: `unknownLabel` for a number whose class the label space does not know.
    public func objects(in map: InstanceMap, file: String) throws(DatasetError) -> ImageObjects {
        var objects: [AnnotatedObject] = []
        for (number, mask) in ObjectMask.masks(in: map).sorted(by: { $0.key < $1.key }) {
            let isCrowd = number < 1000 || zeroIsCrowd && number % 1000 == 0
            let labelID = Int(number < 1000 ? number : number / 1000)
            guard encoding.trainID(of: labelID) != nil else {
                throw DatasetError(
                    .unknownLabel,
                    "\(file): the instance \(number), in \(mask.area) of \(map.height * map.width) pixels, has the class "
                        + "\(labelID), which is none of the \(encoding.name); instance maps hold class id * 1000 + number, "
                        + "or the class id alone for a group and for what is not countable; check that the file belongs to "
                        + "this data set, or add the id to the label space")
            }
            guard let trainID = encoding.thing(of: labelID) else { continue }
            objects.append(AnnotatedObject(trainID: trainID, mask: mask, isCrowd: isCrowd))
        }
        return ImageObjects(height: map.height, width: map.width, objects: objects)
    }
}

extension InstanceIDs: ObjectReader {
    public func objects(of sample: SegmentationSample) throws(DatasetError) -> ImageObjects? {
        guard let path = sample.instancePath else { return nil }
        let map: InstanceMap
        do throws(ImageError) {
            map = try ImageCodec.readInstances(path)
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read as instance ids; restore the file", cause: error)
        }
        return try objects(in: map, file: path)
    }
}
