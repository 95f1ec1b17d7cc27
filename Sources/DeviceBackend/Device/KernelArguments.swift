internal import CDeviceKernels
internal import DeviceSeam

/// Something that a kernel takes, in the form that its parameter asks for.
protocol KernelArgument {
    /// The kinds of parameters it serves.
    func fits(_ kind: cdk_kind) -> Bool
    func append(to list: inout ArgumentList, as parameter: cdk_parameter)
}

/// The arguments of one launch, laid out as the driver takes them: a run of 8-byte words, and where each begins.
struct ArgumentList {
    private(set) var words: [UInt64] = []
    private(set) var starts: [Int] = []

    /// - Precondition: as many arguments as parameters, of their kinds.
    init(_ arguments: [any KernelArgument], of function: DeviceFunction) {
        precondition(
            arguments.count == function.parameters.count,
            "\(function.name): \(arguments.count) arguments for \(function.parameters.count) parameters")
        for (index, (argument, parameter)) in zip(arguments, function.parameters).enumerated() {
            precondition(argument.fits(parameter.kind), "\(function.name): argument \(index) is of another kind")
            argument.append(to: &self, as: parameter)
        }
    }

    mutating func append(_ word: UInt64) {
        starts.append(words.count)
        words.append(word)
    }

    mutating func append(_ value: [UInt32]) {
        starts.append(words.count)
        for index in stride(from: 0, to: value.count, by: 2) {
            words.append(UInt64(value[index]) | (index + 1 < value.count ? UInt64(value[index + 1]) << 32 : 0))
        }
    }

    /// Lends the addresses of the arguments.
    mutating func withPointers<Result>(_ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Result) -> Result {
        words.withUnsafeMutableBytes { bytes in
            var pointers = starts.map { start in bytes.baseAddress.map { $0 + start * 8 } }
            return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress) }
        }
    }
}

extension DeviceArray {
    /// Where the first element lies in the device's memory.
    var address: UInt64 { memory.deviceAddress + UInt64(offset * MemoryLayout<Element>.stride) }
}

extension DeviceMemory {
    var deviceAddress: UInt64 { UInt64(UInt(bitPattern: address)) }
}

extension DeviceArray: KernelArgument {
    func fits(_ kind: cdk_kind) -> Bool { kind == CDK_POINTER }
    func append(to list: inout ArgumentList, as parameter: cdk_parameter) { list.append(address) }
}

extension DeviceMemory: KernelArgument {
    func fits(_ kind: cdk_kind) -> Bool { kind == CDK_POINTER }
    func append(to list: inout ArgumentList, as parameter: cdk_parameter) { list.append(deviceAddress) }
}

/// An array that may be absent.
extension Optional: KernelArgument where Wrapped: KernelArgument {
    func fits(_ kind: cdk_kind) -> Bool { kind == CDK_POINTER }
    func append(to list: inout ArgumentList, as parameter: cdk_parameter) {
        if let array = self { array.append(to: &list, as: parameter) } else { list.append(UInt64(0)) }
    }
}

extension Int: KernelArgument {
    func fits(_ kind: cdk_kind) -> Bool { kind == CDK_INT32 || kind == CDK_INT64 }
    func append(to list: inout ArgumentList, as parameter: cdk_parameter) {
        guard parameter.kind == CDK_INT32 else { return list.append(UInt64(bitPattern: Int64(self))) }
        guard let small = Int32(exactly: self) else { preconditionFailure("device: \(self) is too large for a kernel") }
        list.append(UInt64(UInt32(bitPattern: small)))
    }
}

extension Bool: KernelArgument {
    func fits(_ kind: cdk_kind) -> Bool { kind == CDK_INT32 }
    func append(to list: inout ArgumentList, as parameter: cdk_parameter) { list.append(self ? 1 : 0) }
}

extension Float: KernelArgument {
    func fits(_ kind: cdk_kind) -> Bool { kind == CDK_FLOAT }
    func append(to list: inout ArgumentList, as parameter: cdk_parameter) { list.append(UInt64(bitPattern)) }
}

extension Double: KernelArgument {
    func fits(_ kind: cdk_kind) -> Bool { kind == CDK_DOUBLE }
    func append(to list: inout ArgumentList, as parameter: cdk_parameter) { list.append(bitPattern) }
}

/// A structure that a kernel takes by value, as its fields follow each other.
struct PackedValue: KernelArgument {
    private var words: [UInt32] = []

    init() {}

    mutating func add(int32 value: Int) { words.append(UInt32(truncatingIfNeeded: value)) }
    mutating func add(float value: Float) { words.append(value.bitPattern) }
    mutating func add(int64 value: Int) {
        let bits = UInt64(bitPattern: Int64(value))
        words += [UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)]
    }
    mutating func add(address: UInt64?) { add(int64: Int(bitPattern: UInt(address ?? 0))) }

    func fits(_ kind: cdk_kind) -> Bool { kind == CDK_VALUE }
    func append(to list: inout ArgumentList, as parameter: cdk_parameter) {
        precondition(
            words.count * 4 == parameter.bytes,
            "device: a value of \(words.count * 4) bytes for one of \(parameter.bytes)")
        list.append(words)
    }
}
