/// What is known of the classes and functions that files of PyTorch name. None of them is ever called: a meaning says
/// what value stands for the result.
enum TorchGlobals {
    enum Meaning: Equatable {
        case dictionary
        case list
        case tuple
        /// A view of a storage; version 3 of the function tells the type too.
        case tensor(hasType: Bool)
        /// What the first argument is, as a parameter is its tensor.
        case firstArgument
        /// A tensor of a class of its own.
        case typed
        /// A value that holds no tensor and is not looked at.
        case data
        /// Whatever else: data, unless it takes tensors.
        case unknown
    }

    static func meaning(_ global: PickleGlobal) -> Meaning {
        meanings[global.text] ?? .unknown
    }

    private static let meanings: [String: Meaning] = [
        "collections.OrderedDict": .dictionary,
        "collections.defaultdict": .dictionary,
        "collections.Counter": .dictionary,
        "builtins.dict": .dictionary, "__builtin__.dict": .dictionary,
        "builtins.list": .list, "__builtin__.list": .list,
        "builtins.set": .list, "__builtin__.set": .list,
        "builtins.frozenset": .list, "__builtin__.frozenset": .list,
        "builtins.tuple": .tuple, "__builtin__.tuple": .tuple, "torch.Size": .tuple,
        "torch._utils._rebuild_tensor": .tensor(hasType: false),
        "torch._utils._rebuild_tensor_v2": .tensor(hasType: false),
        "torch._utils._rebuild_tensor_v3": .tensor(hasType: true),
        "torch._utils._rebuild_parameter": .firstArgument,
        "torch._utils._rebuild_parameter_with_state": .firstArgument,
        "torch.nn.parameter.Parameter": .firstArgument,
        "torch._tensor._rebuild_from_type_v2": .typed,
        "torch.device": .data, "torch.Generator": .data,
        "numpy.dtype": .data, "numpy.core.multiarray.scalar": .data, "numpy._core.multiarray.scalar": .data,
        "numpy.core.multiarray._reconstruct": .data, "numpy._core.multiarray._reconstruct": .data,
        "_codecs.encode": .data, "datetime.datetime": .data, "pathlib.PosixPath": .data,
        "builtins.bytearray": .data, "builtins.complex": .data, "builtins.slice": .data, "builtins.range": .data,
        "builtins.getattr": .data, "__builtin__.getattr": .data,
    ]

    /// Whether a function is one that a file of weights has no use for and that runs programs or code.
    static func runsPrograms(_ global: PickleGlobal) -> Bool {
        let root = String(global.module.prefix { $0 != "." })
        if root == "builtins" || root == "__builtin__" { return hostileBuiltins.contains(global.name) }
        return hostileModules.contains(root) || hostileFunctions.contains(global.text)
    }

    private static let hostileBuiltins: Set = [
        "eval", "exec", "execfile", "compile", "open", "input", "breakpoint", "__import__", "globals", "vars",
        "setattr", "delattr", "exit", "quit", "apply", "print",
    ]
    private static let hostileModules: Set = [
        "os", "posix", "nt", "subprocess", "pty", "sys", "runpy", "importlib", "imp", "socket", "ctypes", "shutil",
        "webbrowser", "code", "codeop", "marshal", "commands", "popen2", "multiprocessing", "asyncio", "http", "urllib",
        "requests", "timeit", "pdb", "bdb", "cProfile", "profile", "pickle", "_pickle", "cPickle", "dill",
        "cloudpickle", "pip", "pydoc", "doctest", "ftplib", "smtplib", "telnetlib", "xmlrpc", "zipimport", "pkgutil",
    ]
    private static let hostileFunctions: Set = [
        "types.CodeType", "types.FunctionType", "io.open", "_io.open", "io.FileIO", "_io.FileIO", "operator.attrgetter",
        "operator.methodcaller", "_operator.attrgetter", "_operator.methodcaller", "torch.load", "torch.hub.load",
        "numpy.load", "numpy.testing._private.utils.runstring",
    ]

    /// Element type of the storages of a class such as `torch.HalfStorage`; nil where the tensors tell, or where it is
    /// not read.
    static func elementType(ofStorage global: PickleGlobal) -> SafeTensorsType? { storages[global.name] }

    private static let storages: [String: SafeTensorsType] = [
        "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
        "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    /// A type such as `torch.float16`; nil where it is not read.
    static func elementType(_ global: PickleGlobal) -> SafeTensorsType? { types[global.name] }

    private static let types: [String: SafeTensorsType] = [
        "float32": .float32, "float64": .float64, "float16": .float16, "bfloat16": .bfloat16, "int64": .int64,
        "int32": .int32, "int16": .int16, "int8": .int8, "uint64": .uint64, "uint32": .uint32, "uint16": .uint16,
        "uint8": .uint8, "bool": .bool,
    ]
}
