/// Reads a pickle as far as tensors need it. Nothing is imported, called or made: classes and functions are names, and
/// what is known of them stands in `TorchGlobals`.
///
/// Opcodes: CPython's `Lib/pickletools.py`; those of protocol 2, which PyTorch writes, and of 0, 1, 3 and 4.
struct PickleMachine {
    typealias Failure = PickleReader.Failure

    /// Values a pickle may have: hundreds of times what a checkpoint takes.
    private static let mostValues = 1 << 22

    private(set) var objects: [PickleObject] = []
    var storages: [TorchStorage] = []
    var storageByKey: [String: Int] = [:]
    var tensors: [TorchTensor] = []
    /// Classes and functions that were called and are not known, each once.
    private(set) var unknown: [PickleGlobal] = []
    var globals: [PickleGlobal] = []

    var reader: PickleReader
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var valueCount = 0

    /// - Parameters:
    ///   - bytes: a file or record.
    ///   - position: where the pickle begins.
    init(_ bytes: [UInt8], at position: Int = 0) { reader = PickleReader(bytes, at: position) }

    /// Where the pickle ended.
    var end: Int { reader.position }

    /// Reads to the end of the pickle.
    ///
    /// - Throws: where it is damaged, calls what runs programs, or makes a tensor in a way that is not known.
    mutating func run() throws(Failure) -> PickleValue {
        while true {
            let code = try reader.byte()
            if code == UInt8(ascii: ".") { return try pop() }
            if try constant(code) { continue }
            if try text(code) { continue }
            if try container(code) { continue }
            if try memory(code) { continue }
            guard try call(code) else { throw reader.failure("has the opcode \(code), which no tensor needs") }
        }
    }

    // MARK: Stack

    mutating func push(_ value: PickleValue) throws(Failure) {
        valueCount += 1
        guard valueCount <= Self.mostValues else {
            throw reader.failure("holds more than \(Self.mostValues) values: it is no file of weights")
        }
        stack.append(value)
    }

    /// Values below the last mark belong to somebody else.
    private mutating func pop() throws(Failure) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw reader.failure("takes a value that is not there")
        }
        return value
    }

    private mutating func popMark() throws(Failure) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw reader.failure("takes a mark that is not there") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func push(
        _ kind: PickleObject.Kind, keys: [PickleValue] = [], values: [PickleValue] = []
    ) throws(Failure) {
        // What is copied counts: a list may be copied over and over by a few bytes each.
        valueCount += values.count
        objects.append(
            PickleObject(kind: kind, keys: keys, values: values, holdsTensors: values.contains(where: holdsTensors)))
        try push(.object(objects.count - 1))
    }

    private func holdsTensors(_ value: PickleValue) -> Bool {
        switch value {
        case .tensor, .storage: true
        case .object(let index): objects[index].holdsTensors
        default: false
        }
    }

    /// The values of a tuple or list.
    func values(_ value: PickleValue) -> [PickleValue]? {
        guard case .object(let index) = value else { return nil }
        switch objects[index].kind {
        case .tuple, .list: return objects[index].values
        case .dictionary, .instance: return nil
        }
    }
}

// MARK: - Opcodes

extension PickleMachine {
    private mutating func constant(_ code: UInt8) throws(Failure) -> Bool {
        switch code {
        case 0x80:  // PROTO
            let version = try reader.byte()
            guard version <= 5 else {
                throw reader.failure("has protocol \(version) of pickle; save it with protocol 2")
            }
        case 0x95: _ = try reader.number(bytes: 8)  // FRAME
        case UInt8(ascii: "N"): try push(.none)
        case 0x88: try push(.bool(true))
        case 0x89: try push(.bool(false))
        case UInt8(ascii: "J"): try push(.integer(try reader.signed32()))
        case UInt8(ascii: "K"): try push(.integer(try reader.number(bytes: 1)))
        case UInt8(ascii: "M"): try push(.integer(try reader.number(bytes: 2)))
        case 0x8A: try pushLong(bytes: try reader.number(bytes: 1))  // LONG1
        case 0x8B: try pushLong(bytes: try reader.number(bytes: 4))  // LONG4
        case UInt8(ascii: "I"), UInt8(ascii: "L"): try pushInteger(try reader.line())
        case UInt8(ascii: "F"):
            _ = try reader.line()
            try push(.other)
        case UInt8(ascii: "G"):
            _ = try reader.take(8)
            try push(.other)
        default: return false
        }
        return true
    }

    private mutating func pushLong(bytes: Int) throws(Failure) {
        try push(try reader.long(bytes: bytes).map { .integer($0) } ?? .other)
    }

    private mutating func pushInteger(_ line: String) throws(Failure) {
        switch line {
        case "00": try push(.bool(false))
        case "01": try push(.bool(true))
        default: try push(Int(line.hasSuffix("L") ? line.dropLast() : line[...]).map { .integer($0) } ?? .other)
        }
    }

    private mutating func text(_ code: UInt8) throws(Failure) -> Bool {
        switch code {
        case UInt8(ascii: "X"), UInt8(ascii: "T"): try pushText(try reader.number(bytes: 4))
        case UInt8(ascii: "U"), 0x8C: try pushText(try reader.number(bytes: 1))
        case 0x8D: try pushText(try reader.number(bytes: 8))  // BINUNICODE8
        case UInt8(ascii: "V"): try push(.text(try reader.line()))
        case UInt8(ascii: "S"):
            // In quotes.
            try push(.text(String(try reader.line().dropFirst().dropLast())))
        case UInt8(ascii: "C"): try skip(try reader.number(bytes: 1))  // SHORT_BINBYTES
        case UInt8(ascii: "B"): try skip(try reader.number(bytes: 4))
        case 0x8E, 0x96: try skip(try reader.number(bytes: 8))  // BINBYTES8, BYTEARRAY8
        default: return false
        }
        return true
    }

    private mutating func pushText(_ count: Int) throws(Failure) { try push(.text(try reader.text(bytes: count))) }

    private mutating func skip(_ count: Int) throws(Failure) {
        _ = try reader.take(count)
        try push(.other)
    }

    private mutating func container(_ code: UInt8) throws(Failure) -> Bool {
        switch code {
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: ")"): try push(.tuple)
        case UInt8(ascii: "t"): try push(.tuple, values: try popMark())
        case 0x85: try pushTuple(1)
        case 0x86: try pushTuple(2)
        case 0x87: try pushTuple(3)
        case UInt8(ascii: "]"), 0x8F: try push(.list)  // EMPTY_SET
        case UInt8(ascii: "l"), 0x91: try push(.list, values: try popMark())  // FROZENSET
        case UInt8(ascii: "}"): try push(.dictionary)
        case UInt8(ascii: "d"):
            let (keys, values) = try pairs(try popMark())
            try push(.dictionary, keys: keys, values: values)
        case UInt8(ascii: "a"):
            let value = try pop()
            try append([value])
        case UInt8(ascii: "e"), 0x90: try append(try popMark())  // APPENDS, ADDITEMS
        case UInt8(ascii: "s"):
            let value = try pop()
            try setItems([try pop(), value])
        case UInt8(ascii: "u"): try setItems(try popMark())
        default: return false
        }
        if marks.count > Self.mostValues { throw reader.failure("holds too many marks") }
        return true
    }

    private mutating func pushTuple(_ count: Int) throws(Failure) {
        var values: [PickleValue] = []
        for _ in 0..<count { values.insert(try pop(), at: 0) }
        try push(.tuple, values: values)
    }

    private func pairs(_ items: [PickleValue]) throws(Failure) -> (keys: [PickleValue], values: [PickleValue]) {
        guard items.count.isMultiple(of: 2) else { throw reader.failure("has a key without a value") }
        let places = stride(from: 0, to: items.count, by: 2)
        return (places.map { items[$0] }, places.map { items[$0 + 1] })
    }

    /// The container on top of the stack.
    private func top() throws(Failure) -> Int {
        guard stack.count > marks.last ?? 0, case .object(let index)? = stack.last else {
            throw reader.failure("puts values into what is no container")
        }
        return index
    }

    private mutating func append(_ values: [PickleValue]) throws(Failure) {
        let index = try top()
        guard objects[index].keys.isEmpty else { throw reader.failure("puts values without keys into a dictionary") }
        objects[index].holdsTensors = objects[index].holdsTensors || values.contains(where: holdsTensors)
        objects[index].values += values
    }

    private mutating func setItems(_ items: [PickleValue]) throws(Failure) {
        let index = try top()
        let (keys, values) = try pairs(items)
        guard objects[index].keys.count == objects[index].values.count else {
            throw reader.failure("puts values with keys into a list")
        }
        objects[index].holdsTensors = objects[index].holdsTensors || values.contains(where: holdsTensors)
        objects[index].keys += keys
        objects[index].values += values
    }

    private mutating func memory(_ code: UInt8) throws(Failure) -> Bool {
        switch code {
        case UInt8(ascii: "0"):
            if stack.count == marks.last { marks.removeLast() } else { _ = try pop() }
        case UInt8(ascii: "1"): _ = try popMark()
        case UInt8(ascii: "2"):
            let value = try pop()
            try push(value)
            try push(value)
        case UInt8(ascii: "p"): try store(Int(try reader.line()))
        case UInt8(ascii: "q"): try store(try reader.number(bytes: 1))
        case UInt8(ascii: "r"): try store(try reader.number(bytes: 4))
        case 0x94: try store(memo.count)  // MEMOIZE
        case UInt8(ascii: "g"): try fetch(Int(try reader.line()))
        case UInt8(ascii: "h"): try fetch(try reader.number(bytes: 1))
        case UInt8(ascii: "j"): try fetch(try reader.number(bytes: 4))
        default: return false
        }
        return true
    }

    private mutating func store(_ place: Int?) throws(Failure) {
        let value = try pop()
        stack.append(value)
        guard let place, memo.count < Self.mostValues else { throw reader.failure("stores at no place") }
        memo[place] = value
    }

    private mutating func fetch(_ place: Int?) throws(Failure) {
        guard let place, let value = memo[place] else { throw reader.failure("takes a value that was not stored") }
        try push(value)
    }
}

// MARK: - Classes and functions

extension PickleMachine {
    private mutating func call(_ code: UInt8) throws(Failure) -> Bool {
        switch code {
        case UInt8(ascii: "c"): try push(try reader.line(), try reader.line())
        case 0x93:  // STACK_GLOBAL
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw reader.failure("names a class by what is no text")
            }
            try push(module, name)
        case UInt8(ascii: "R"), 0x81:  // REDUCE, NEWOBJ
            let arguments = try pop()
            try call(try pop(), arguments, makesInstance: code == 0x81)
        case 0x92:  // NEWOBJ_EX
            _ = try pop()
            let arguments = try pop()
            try call(try pop(), arguments, makesInstance: true)
        case UInt8(ascii: "i"):
            let global = PickleGlobal(module: try reader.line(), name: try reader.line())
            try call(global, try popMark(), makesInstance: true)
        case UInt8(ascii: "o"):
            let items = try popMark()
            guard case .global(let index)? = items.first else { throw reader.failure("makes an object of no class") }
            try call(globals[index], Array(items.dropFirst()), makesInstance: true)
        case UInt8(ascii: "b"): try build(try pop())
        case UInt8(ascii: "Q"): try pushStorage(try pop())
        case UInt8(ascii: "P"): throw reader.failure("names a storage by a line of text, as no PyTorch does")
        default: return false
        }
        return true
    }

    private mutating func push(_ module: String, _ name: String) throws(Failure) {
        globals.append(PickleGlobal(module: module, name: name))
        try push(.global(globals.count - 1))
    }

    private mutating func call(
        _ callee: PickleValue, _ arguments: PickleValue, makesInstance: Bool
    ) throws(Failure) {
        guard let values = self.values(arguments) else {
            throw reader.failure("calls with what is no list of arguments")
        }
        // A call of what a call gave, as of a bound method.
        guard case .global(let index) = callee else {
            guard !values.contains(where: holdsTensors) else {
                throw reader.failure("makes a tensor by a function that has no name")
            }
            return try push(.other)
        }
        try call(globals[index], values, makesInstance: makesInstance)
    }

    private mutating func call(
        _ callee: PickleGlobal, _ arguments: [PickleValue], makesInstance: Bool
    ) throws(Failure) {
        guard !TorchGlobals.runsPrograms(callee) else {
            throw reader.failure(
                "calls \(callee.text), which runs programs: it is no file of weights; nothing was run, and no other "
                    + "program should open it")
        }
        valueCount += arguments.count
        switch TorchGlobals.meaning(callee) {
        case .dictionary: try pushDictionary(arguments)
        case .list: try push(.list, values: arguments.first.flatMap { self.values($0) } ?? [])
        case .tuple: try push(.tuple, values: arguments.first.flatMap { self.values($0) } ?? [])
        case .tensor(let hasType): try pushTensor(callee, arguments, hasType: hasType)
        case .firstArgument: try push(arguments.first ?? .none)
        case .typed: try pushTyped(callee, arguments)
        case .data: try push(.other)
        case .unknown:
            guard makesInstance || !arguments.contains(where: holdsTensors) else {
                throw reader.failure(
                    "makes a tensor by \(callee.text), which is not known; save the tensors alone, as a state_dict")
            }
            if !unknown.contains(callee), unknown.count < 1000 { unknown.append(callee) }
            try push(.instance(callee))
        }
    }

    /// `OrderedDict()`, or with a list of pairs, as Python 2 wrote it.
    private mutating func pushDictionary(_ arguments: [PickleValue]) throws(Failure) {
        let items = arguments.first.flatMap { self.values($0) } ?? []
        valueCount += items.count
        let pairs = items.compactMap { self.values($0) }.filter { $0.count == 2 }
        try push(.dictionary, keys: pairs.map { $0[0] }, values: pairs.map { $0[1] })
    }

    /// `_rebuild_from_type_v2(function, type, arguments, state)`
    private mutating func pushTyped(_ callee: PickleGlobal, _ arguments: [PickleValue]) throws(Failure) {
        guard arguments.count >= 3, case .global(let function) = arguments[0], let inner = values(arguments[2]),
            TorchGlobals.meaning(globals[function]) != .typed
        else { throw reader.failure("calls \(callee.text) with other arguments than PyTorch does") }
        try call(globals[function], inner, makesInstance: false)
    }

    /// The attributes of an object. Those of a module may have tensors, which are not looked for there.
    private mutating func build(_ state: PickleValue) throws(Failure) {
        guard stack.count > marks.last ?? 0 else { throw reader.failure("takes a value that is not there") }
    }
}
