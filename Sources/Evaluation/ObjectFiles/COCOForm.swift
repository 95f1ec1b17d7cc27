internal import Basics

/// What the writers of COCO's forms say alike.
enum COCOForm {
    /// An image of `images`.
    static func image(_ name: String, file: String, height: Int, width: Int) -> JSONValue {
        .object([
            ("id", ObjectFileName.identifier(name)), ("file_name", .string(file)),
            ("height", .integer(height)), ("width", .integer(width)),
        ])
    }

    /// A mask of run lengths as text.
    static func mask(_ counts: String, height: Int, width: Int) -> JSONValue {
        .object([("size", .array([.integer(height), .integer(width)])), ("counts", .string(counts))])
    }
}
