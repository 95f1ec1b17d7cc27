internal import ArgumentParser
internal import Basics
internal import DeviceBackend

/// `causeway kernels`: compiles the kernels of cards ahead, for machines without a compiler.
struct KernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Compiles the kernels of graphics cards ahead of runs, or lists what is compiled.",
        discussion: """
            A run on a card compiles its kernels once and keeps them in a folder: that of CAUSEWAY_KERNEL_CACHE, or \
            causeway/kernels among the user's caches. This fills the folder where there is a compiler (libnvrtc; \
            CAUSEWAY_NVRTC names its folder) and no card, for nodes that have cards and no compiler:

              causeway kernels --arch sm_80 --arch sm_90 --out kernels
              CAUSEWAY_KERNEL_CACHE=kernels causeway doctor --device cuda

            sm_90 is for cards of that kind (H100), compute_90 for all later ones too, whose driver compiles it once \
            more. What is there is not compiled again.
            """)

    @Option(name: .customLong("arch"), help: "What to compile for, such as sm_90 or compute_90; may be given again.")
    var architectures: [String] = []

    @Option(help: "The folder (default: where runs keep compiled kernels).")
    var out: String?

    @Flag(help: "List what the folder has instead.")
    var list = false

    @Flag(help: "Remove compiled kernels from the folder instead.")
    var clean = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard [!architectures.isEmpty, list, clean].count(where: { $0 }) == 1 else {
            throw ValidationError("say what to do: --arch sm_90 to compile, --list or --clean")
        }
        _ = try targets()
    }

    private func targets() throws -> [KernelTarget] {
        try architectures.map { name in
            guard let target = KernelTarget(name: name) else {
                throw ValidationError(
                    "--arch \(name) is none: say sm_90 or compute_90, with the number of the card's kind")
            }
            return target
        }
    }

    func run() throws {
        guard let cache = out.map({ KernelCache(folder: $0) }) ?? KernelCache.ofEnvironment() else {
            throw CommandError("there is no home folder to keep kernels in: name one with --out")
        }
        if list { return show(cache) }
        if clean {
            let count = try cache.clear()
            return output.show(
                table: "removed \(count) programs of \(cache.folder)\n",
                json: ["folder": .string(cache.folder), "removed": .integer(count)])
        }
        try fill(cache)
    }

    private func fill(_ cache: KernelCache) throws {
        let compiler = try KernelCompiler.open()
        let targets = try targets()
        // Before minutes are spent on the first.
        for target in targets { try compiler.require(target) }
        try cache.requireWritable()
        var table = TextTable(header: ["compiled for", "programs", "of these now", "KiB", "seconds"])
        var rows: [JSONValue] = []
        for target in targets {
            let start = MonotonicClock.seconds
            let made = try KernelImages(for: target, compiler: compiler, cache: cache)
            let seconds = MonotonicClock.seconds - start
            let bytes = made.images.reduce(0) { $0 + $1.image.count }
            table.append([
                "\(target)", "\(made.images.count)", "\(made.compiledCount)", "\(bytes >> 10)",
                NumberText.significant(seconds),
            ])
            rows.append([
                "target": .string("\(target)"), "programs": .integer(made.images.count),
                "compiled": .integer(made.compiledCount), "bytes": .integer(bytes), "seconds": .number(seconds),
            ])
        }
        try cache.requireAllStored()
        output.show(
            table: "\(cache.folder), by libnvrtc \(compiler.version)\n" + table.text,
            json: [
                "folder": .string(cache.folder), "compiler": .string(compiler.version), "targets": .array(rows),
            ])
    }

    private func show(_ cache: KernelCache) {
        var table = TextTable(header: ["program", "compiled for", "by libnvrtc", "of this version"])
        let entries = cache.entries
        let rows = entries.map { entry -> JSONValue in
            [
                "program": .string(entry.program), "target": .string("\(entry.target)"),
                "compiler": .string(entry.version), "current": .bool(entry.isCurrent),
            ]
        }
        for entry in entries {
            table.append([entry.program, "\(entry.target)", entry.version, entry.isCurrent ? "yes" : "no"])
        }
        output.show(
            table: "\(cache.folder): \(entries.count) programs\n" + (entries.isEmpty ? "" : table.text),
            json: ["folder": .string(cache.folder), "programs": .array(rows)])
    }
}
