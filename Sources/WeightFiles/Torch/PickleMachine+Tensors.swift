// MARK: - Tensors

extension PickleMachine {
    /// `("storage", type, key, location, count)`, in the legacy form with a sixth part about views.
    mutating func pushStorage(_ identifier: PickleValue) throws(Failure) {
        guard let parts = values(identifier), case .text(let kind)? = parts.first else {
            throw reader.failure("names a storage by what is no tuple")
        }
        // The source code of a module, which legacy files carry along.
        if kind == "module", parts.count >= 2 { return try push(parts[1]) }
        guard kind == "storage", parts.count >= 5, case .global(let type) = parts[1],
            let key = Self.key(parts[2]), case .integer(let count) = parts[4], count >= 0
        else { throw reader.failure("names a storage in a way that PyTorch does not") }
        if parts.count > 5, let view = values(parts[5]), !view.isEmpty {
            throw reader.failure(
                "holds a storage that is a part of another, as PyTorch before 0.4 saved; save it again")
        }
        // Tensors that share a storage name it again.
        if let index = storageByKey[key] {
            guard storages[index].count == count, storages[index].typeName == globals[type].name else {
                throw reader.failure("names the storage '\(key)' with two lengths or types")
            }
            return try push(.storage(index))
        }
        storageByKey[key] = storages.count
        storages.append(
            TorchStorage(
                key: key, type: TorchGlobals.elementType(ofStorage: globals[type]), typeName: globals[type].name,
                count: count))
        try push(.storage(storages.count - 1))
    }

    private static func key(_ value: PickleValue) -> String? {
        switch value {
        case .text(let key): key
        case .integer(let key): "\(key)"
        default: nil
        }
    }

    /// `(storage, offset, shape, strides, …)`; version 3 of the function has the type as its seventh argument.
    mutating func pushTensor(
        _ callee: PickleGlobal, _ arguments: [PickleValue], hasType: Bool
    ) throws(Failure) {
        guard arguments.count >= (hasType ? 7 : 4), case .storage(let storage) = arguments[0],
            case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
            let strides = integers(arguments[3]), shape.count == strides.count
        else { throw reader.failure("calls \(callee.text) with other arguments than PyTorch does") }
        var (type, typeName) = (storages[storage].type, storages[storage].typeName)
        if hasType, case .global(let name) = arguments[6] {
            (type, typeName) = (TorchGlobals.elementType(globals[name]), globals[name].name)
        }
        let tensor = TorchTensor(
            storage: storage, type: type, typeName: typeName, offset: offset, shape: shape, strides: strides)
        guard tensor.isInside(storages[storage]) else {
            throw reader.failure("holds a tensor of shape \(shape) and strides \(strides) that leaves its storage")
        }
        tensors.append(tensor)
        try push(.tensor(tensors.count - 1))
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard let values = self.values(value), values.count <= 64 else { return nil }
        let numbers = values.compactMap { if case .integer(let number) = $0 { number } else { nil } }
        return numbers.count == values.count ? numbers : nil
    }
}
