internal import Basics
internal import Glibc
internal import Synchronization

/// The compiled kernels for a card: those that are kept, and the others compiled now.
package struct KernelImages: Sendable {
    package let target: KernelTarget
    /// By program, in the order of `KernelProgram.all`.
    package let images: [(program: String, image: [UInt8])]
    /// How many of them were compiled now.
    package let compiledCount: Int

    /// Where they come from, for people.
    var origin: String {
        let old = images.count - compiledCount
        return "for \(target)" + (compiledCount > 0 ? ", \(compiledCount) programs compiled now" : "")
            + (old > 0 ? ", \(old) kept from before" : "")
    }

    /// Images for a card.
    ///
    /// - Parameters:
    ///   - capability: 90 for `sm_90`.
    ///   - compiler: or why there is none; then all must be in the cache.
    ///   - cache: nil where there is no folder for one.
    /// - Throws: where neither has them, with the remedy.
    package init(
        forCardOf capability: Int, programs: [KernelProgram] = KernelProgram.all,
        compiler: Swift.Result<KernelCompiler, DeviceError>, cache: KernelCache?
    ) throws {
        switch compiler {
        case .success(let compiler):
            guard let target = compiler.target(for: capability) else {
                throw DeviceError(
                    "libnvrtc \(compiler.version) compiles for no card as old as sm_\(capability); use an older one, or "
                        + "a newer card")
            }
            try self.init(for: target, programs: programs, compiler: compiler, cache: cache)
        case .failure(let error):
            for target in KernelTarget.usable(on: capability) {
                let images = programs.compactMap { cache?.image($0, target, version: nil) }
                guard images.count == programs.count else { continue }
                self.init(target, programs, images, compiledCount: 0)
                return
            }
            throw DeviceError(
                "\(error.description); and \(cache.map { "the folder \($0.folder) has" } ?? "there is no folder with") "
                    + (cache == nil ? "" : "not all ") + "compiled kernels for sm_\(capability) of this version: "
                    + "`causeway kernels --arch sm_\(capability)` fills one where there is a compiler")
        }
    }

    /// Images for a target that the compiler can compile for.
    package init(
        for target: KernelTarget, programs: [KernelProgram] = KernelProgram.all, compiler: KernelCompiler,
        cache: KernelCache?
    ) throws {
        try compiler.require(target)
        let compiled = Mutex(0)
        func kept() -> [[UInt8]?] {
            programs.map { cache?.image($0, target, version: compiler.version) }
        }
        func completed(_ found: [[UInt8]?]) throws -> [[UInt8]] {
            let missing = found.indices.filter { found[$0] == nil }
            if !missing.isEmpty { Self.announce(missing.count, target, cache) }
            let made = try Self.compile(missing.map { programs[$0] }, target, compiler) { program, image in
                cache?.store(image, program, target, version: compiler.version)
                compiled.withLock { $0 += 1 }
            }
            var all = found
            for (index, image) in zip(missing, made) { all[index] = image }
            return all.compactMap(\.self)
        }
        let found = kept()
        let images: [[UInt8]]
        if let cache, found.contains(where: { $0 == nil }) {
            // Whoever comes second finds what the first has made.
            images = try cache.alone(target) { try completed(kept()) }
        } else {
            images = try completed(found)
        }
        self.init(target, programs, images, compiledCount: compiled.withLock { $0 })
    }

    private init(_ target: KernelTarget, _ programs: [KernelProgram], _ images: [[UInt8]], compiledCount: Int) {
        self.target = target
        self.images = zip(programs, images).map { ($0.name, $1) }
        self.compiledCount = compiledCount
    }

    private static func announce(_ count: Int, _ target: KernelTarget, _ cache: KernelCache?) {
        guard count > 1 else { return }
        let text = "compiling \(count) programs of kernels for \(target)"
        guard let cache else { return StandardError.write("note: \(text)\n") }
        cache.note("\(text), to be kept in \(cache.folder)")
    }

    /// Several at once, the longest first.
    private static func compile(
        _ programs: [KernelProgram], _ target: KernelTarget, _ compiler: KernelCompiler,
        done: @escaping @Sendable (KernelProgram, [UInt8]) -> Void
    ) throws -> [[UInt8]] {
        let order = programs.indices.sorted { programs[$0].text.utf8.count > programs[$1].text.utf8.count }
        let results = Mutex<[Int: Swift.Result<[UInt8], any Error>]>([:])
        let next = Atomic(0)
        let work: @Sendable () -> Void = {
            while true {
                let place = next.add(1, ordering: .relaxed).oldValue
                guard place < order.count else { return }
                let program = programs[order[place]]
                let result = Swift.Result { try compiler.compile(program, for: target) }
                if case .success(let image) = result { done(program, image) }
                results.withLock { $0[order[place]] = result }
            }
        }
        let helpers = (1..<max(1, min(order.count, threadCount))).compactMap { _ in
            // Where the system gives none, this thread does it all.
            try? NamedThread("kernels", work)
        }
        work()
        for helper in helpers { helper.join() }
        return try results.withLock { results in
            try programs.indices.map { index in
                guard let result = results[index] else { throw DeviceError("a program of kernels was not compiled") }
                return try result.get()
            }
        }
    }

    /// A few, as ranks of a node may compile for cards of different kinds at once.
    private static var threadCount: Int { min(8, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
