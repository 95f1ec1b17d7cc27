internal import Annotations
public import ImageIO

/// Objects of a map of Cityscapes instance ids: `label id * 1000 + number` is one object, a bare label id of a
/// countable class a crowd (cityscapesScripts: "group"), and every other number no object.
public struct InstanceIDs: Sendable {
    /// What the label ids mean.
    private let encoding: LabelEncoding

    /// - Parameter encoding: of Cityscapes label ids, into the data set's label space.
    public init(_ encoding: LabelEncoding) { self.encoding = encoding }

    /// In the order of their numbers.
    public func objects(in map: InstanceMap) -> ImageObjects {
        let objects = ObjectMask.masks(in: map).sorted { $0.key < $1.key }.compactMap { number, mask in
            let isCrowd = number < 1000
            return encoding.thing(of: Int(isCrowd ? number : number / 1000)).map { trainID in
                AnnotatedObject(trainID: trainID, mask: mask, isCrowd: isCrowd)
            }
        }
        return ImageObjects(height: map.height, width: map.width, objects: objects)
    }
}

extension InstanceIDs: ObjectReader {
    public func objects(of sample: SegmentationSample) throws(DatasetError) -> ImageObjects? {
        guard let path = sample.instancePath else { return nil }
        do throws(ImageError) {
            return objects(in: try ImageCodec.readInstances(path))
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read as instance ids; restore the file", cause: error)
        }
    }
}
