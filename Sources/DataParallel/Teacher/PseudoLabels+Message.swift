internal import Annotations

/// How an answer travels: a first message whose length both sides know, and a second one for what varies in length,
/// which is left out where there is nothing of that kind. Class maps are one message.
///
///     first   0  "CWTA"
///             4  version, contents (a byte each), number of the labeler (2 bytes)
///             8  step (8 bytes)
///            16  images, bytes that follow the header, bytes of the second message (4 bytes each)
///            28  with class maps: confident pixels of each image (4 bytes each), then a class a pixel
///     second     of each image: bytes of its objects (4 bytes), then its objects as ObjectCoding writes them
///
/// All numbers are little endian.
struct AnswerHeader: Equatable {
    static let byteCount = 28
    private static let magic: [UInt8] = Array("CWTA".utf8)
    private static let version: UInt8 = 1

    let contents: PseudoLabels.Contents
    let labeler: Int
    let step: Int
    let imageCount: Int
    /// In the first message, after the header.
    let fixedBytes: Int
    /// In the second message.
    let varyingBytes: Int

    var encoded: [UInt8] {
        var bytes = Self.magic + [Self.version, contents.rawValue]
        bytes.append(integer: UInt16(labeler))
        bytes.append(integer: UInt64(step))
        for number in [imageCount, fixedBytes, varyingBytes] { bytes.append(integer: UInt32(number)) }
        return bytes
    }

    /// - Throws: a sentence about what is wrong, for the receiver to complete.
    init(_ bytes: UnsafeRawBufferPointer) throws(AnswerFault) {
        guard bytes.count >= Self.byteCount, bytes.starts(with: Self.magic) else {
            throw AnswerFault("it does not begin as a teacher's answer; start all ranks with the same program")
        }
        guard bytes[4] == Self.version else {
            throw AnswerFault(
                "it is of version \(bytes[4]), not \(Self.version); start all ranks with the same build of the program")
        }
        contents = PseudoLabels.Contents(rawValue: bytes[5])
        labeler = Int(bytes.integer(at: 6, as: UInt16.self))
        step = Int(truncatingIfNeeded: bytes.integer(at: 8, as: UInt64.self))
        imageCount = Int(bytes.integer(at: 16, as: UInt32.self))
        fixedBytes = Int(bytes.integer(at: 20, as: UInt32.self))
        varyingBytes = Int(bytes.integer(at: 24, as: UInt32.self))
    }

    init(contents: PseudoLabels.Contents, labeler: Int, step: Int, imageCount: Int, fixedBytes: Int, varyingBytes: Int)
    {
        self.contents = contents
        self.labeler = labeler
        self.step = step
        self.imageCount = imageCount
        self.fixedBytes = fixedBytes
        self.varyingBytes = varyingBytes
    }

    /// Whether this is the answer that was asked for.
    func check(_ layout: PseudoLabels.Layout, labeler: Int, step: Int) throws(AnswerFault) {
        guard self.step == step else {
            throw AnswerFault(
                "the teacher sent labels of step \(self.step), the student is at step \(step); "
                    + "both must run the same steps with the same lag")
        }
        let remedy = "; all ranks must run the same setting"
        guard self.labeler == labeler else {
            throw AnswerFault("it is of labeler \(self.labeler), not \(labeler)" + remedy)
        }
        guard contents == layout.contents else {
            throw AnswerFault("it holds \(contents), where \(layout.contents) were asked for" + remedy)
        }
        guard imageCount == layout.imageCount, fixedBytes == PseudoLabels.fixedBytes(layout) else {
            throw AnswerFault(
                "it is about \(imageCount) images in \(fixedBytes) bytes, not \(layout.imageCount) images of "
                    + "\(layout.height)x\(layout.width) in \(PseudoLabels.fixedBytes(layout))" + remedy)
        }
        guard varyingBytes >= (layout.hasObjects ? 4 * imageCount : 0), layout.hasObjects || varyingBytes == 0 else {
            throw AnswerFault("it announces \(varyingBytes) bytes of objects of \(imageCount) images" + remedy)
        }
    }
}

/// What is wrong with an answer.
struct AnswerFault: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension PseudoLabels {
    /// Bytes between the header and the end of the first message.
    static func fixedBytes(_ layout: Layout) -> Int {
        layout.hasClassMaps ? 4 * layout.imageCount + layout.pixelCount : 0
    }

    /// The first message, and the second where there is one.
    func encoded(labeler: Int) -> (first: [UInt8], second: [UInt8]) {
        var second: [UInt8] = []
        for objects in objects {
            let bytes = ObjectCoding.encode(objects)
            second.append(integer: UInt32(bytes.count))
            second += bytes
        }
        let header = AnswerHeader(
            contents: layout.contents, labeler: labeler, step: step, imageCount: layout.imageCount,
            fixedBytes: Self.fixedBytes(layout), varyingBytes: second.count)
        var first: [UInt8] = []
        first.reserveCapacity(AnswerHeader.byteCount + header.fixedBytes)
        first += header.encoded
        for count in confidentCounts { first.append(integer: UInt32(count)) }
        first += labels
        return (first, second)
    }

    /// - Parameters:
    ///   - header: of `first`, checked.
    ///   - second: as long as the header says; empty for none.
    init(
        header: AnswerHeader, first: UnsafeRawBufferPointer, second: UnsafeRawBufferPointer, layout: Layout
    ) throws(AnswerFault) {
        let counts = layout.hasClassMaps ? layout.imageCount : 0
        self.init(
            step: header.step, layout: layout, labels: Array(first[(AnswerHeader.byteCount + 4 * counts)...]),
            confidentCounts: (0..<counts).map {
                Int(first.integer(at: AnswerHeader.byteCount + 4 * $0, as: UInt32.self))
            },
            objects: layout.hasObjects ? try Self.objects(second, layout) : [])
    }

    private static func objects(
        _ bytes: UnsafeRawBufferPointer, _ layout: Layout
    ) throws(AnswerFault) -> [[AnnotatedObject]] {
        var offset = 0
        var images: [[AnnotatedObject]] = []
        for image in 0..<layout.imageCount {
            guard offset + 4 <= bytes.count else { throw AnswerFault("the objects of image \(image) are missing") }
            let count = Int(bytes.integer(at: offset, as: UInt32.self))
            offset += 4
            guard count <= bytes.count - offset else { throw AnswerFault("the objects of image \(image) end early") }
            do throws(ObjectCodingError) {
                let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
                images.append(try ObjectCoding.decode(part, height: layout.height, width: layout.width))
            } catch {
                throw AnswerFault("image \(image): \(error)")
            }
            offset += count
        }
        guard offset == bytes.count else { throw AnswerFault("\(bytes.count - offset) bytes follow the last object") }
        return images
    }
}

extension [UInt8] {
    /// Appends a whole number, little endian.
    fileprivate mutating func append(integer: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as: Value.Type) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
