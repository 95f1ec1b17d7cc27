/// A value on the stack of a `PickleMachine`. Containers lie in the machine's list of objects, so that values that
/// point to each other take no memory twice and need no recursion to go.
enum PickleValue: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case text(String)
    /// Numbers with fractions, bytes, integers beyond 64 bits: never looked at.
    case other
    /// A class or function, by name only.
    case global(Int)
    /// A tuple, list, dictionary or instance.
    case object(Int)
    case storage(Int)
    case tensor(Int)
}

/// A name such as `torch.FloatStorage`.
struct PickleGlobal: Sendable, Equatable {
    let module: String
    let name: String

    var text: String { "\(module).\(name)" }
}

/// What values lie in.
struct PickleObject: Sendable {
    enum Kind: Sendable {
        case tuple
        case list
        case dictionary
        /// Of a class that is not known: nothing of it is made but its items, if it has any.
        case instance(PickleGlobal)
    }

    let kind: Kind
    /// Of dictionaries and instances, one for each value.
    var keys: [PickleValue] = []
    var values: [PickleValue] = []
    /// Whether a storage or tensor lies in it, at any depth, at the time its last value came.
    var holdsTensors = false
}

/// A run of elements in the file.
struct TorchStorage: Sendable, Equatable {
    /// Name of its record, or its key in the legacy form.
    let key: String
    /// nil where the type is one that is not read, or only the tensors tell.
    let type: SafeTensorsType?
    /// Name of the type in PyTorch.
    let typeName: String
    /// Elements; bytes where the type is `UntypedStorage`.
    let count: Int
}

/// A view of a storage.
struct TorchTensor: Sendable, Equatable {
    let storage: Int
    let type: SafeTensorsType?
    let typeName: String
    /// Elements before the first one.
    let offset: Int
    let shape: [Int]
    /// Elements between neighbours along each axis.
    let strides: [Int]
}
