package import Annotations
package import Basics

/// The member `segmentation` of COCO's objects: polygons, or run lengths as text or as numbers.
package enum COCOSegmentation {
    /// Its pixels.
    ///
    /// - Throws: for what is no mask, or one of another size.
    package static func mask(
        _ segmentation: JSONValue, height: Int, width: Int
    ) throws(ColumnMaskError) -> ColumnMask {
        if let polygons = segmentation.elements {
            return try ColumnMask(height: height, width: width, polygons: polygons.map { numbers($0) })
        }
        let sides = segmentation["size"]?.elements?.compactMap(\.int) ?? []
        guard sides.count == 2 else {
            throw ColumnMaskError("run lengths need `size`, height and width, and `counts`")
        }
        guard sides == [height, width] else {
            throw ColumnMaskError(
                "its size is \(sides[1])x\(sides[0]), its image is \(width)x\(height) (`size` is height, then width)")
        }
        if let text = segmentation["counts"]?.string {
            return try ColumnMask(height: height, width: width, text: text)
        }
        let counts = segmentation["counts"]?.elements?.map(\.int) ?? [nil]
        guard !counts.contains(nil) else {
            throw ColumnMaskError("`counts` are neither a text nor a list of whole numbers")
        }
        return try ColumnMask(height: height, width: width, counts: counts.compactMap { $0 })
    }

    /// What is no number becomes NaN, which is refused as a corner.
    private static func numbers(_ polygon: JSONValue) -> [Double] {
        polygon.elements?.map { $0.double ?? .nan } ?? []
    }
}
