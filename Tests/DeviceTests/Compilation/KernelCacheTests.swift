import DeviceBackend
import Foundation
import Synchronization
import Testing
import _TestSupport

/// Kernels that are compiled once: with a compiler that only counts, so that no card and no `libnvrtc` is needed.
@Suite struct `The cache of compiled kernels` {
    /// Counts what it compiles; an image is what was compiled.
    private final class Counter: Sendable {
        private let calls = Mutex<[String]>([])
        var count: Int { calls.withLock { $0.count } }
        func compiler(_ version: String = "12.9", capabilities: [Int] = [80, 86, 90]) -> KernelCompiler {
            KernelCompiler(version: version, capabilities: capabilities) { [self] program, target in
                calls.withLock { $0.append(program.name) }
                return Array("\(version) \(target) \(program.text)".utf8) + [0, 10, 255]
            }
        }
    }

    private final class Notes: Sendable {
        private let list = Mutex<[String]>([])
        /// Of what is wrong.
        var all: [String] { list.withLock { $0 } }
        @Sendable func add(_ text: String) {
            if !text.hasPrefix("compiling ") { list.withLock { $0.append(text) } }
        }
    }

    private let folder = TemporaryFolder()
    private let counter = Counter()
    private let notes = Notes()
    private static let programs = ["one", "two", "three"].map { KernelProgram(name: $0, text: "text of \($0)") }
    private static let none: Swift.Result<KernelCompiler, DeviceError> = .failure(DeviceError("there is no libnvrtc"))

    private func cache(_ path: String? = nil) -> KernelCache {
        KernelCache(folder: path ?? folder.file("cache/kernels"), report: notes.add)
    }

    private func images(
        _ capability: Int = 90, programs: [KernelProgram] = programs,
        compiler: Swift.Result<KernelCompiler, DeviceError>? = nil, in path: String? = nil
    ) throws -> KernelImages {
        try KernelImages(
            forCardOf: capability, programs: programs, compiler: compiler ?? .success(counter.compiler()),
            cache: cache(path))
    }

    private func text(_ images: KernelImages) -> [String] {
        images.images.map { String(decoding: $0.image.dropLast(3), as: UTF8.self) }
    }

    private var files: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder.file("cache/kernels"))
                .filter { $0.hasSuffix(".kernels") }.sorted()
        }
    }

    @Test func `programs are compiled once and are the same from the folder`() throws {
        let first = try images()
        #expect(first.compiledCount == 3 && counter.count == 3)
        #expect(first.images.map(\.program) == ["one", "two", "three"])
        #expect(text(first) == Self.programs.map { "12.9 sm_90 \($0.text)" })
        let second = try images()
        #expect(second.compiledCount == 0 && counter.count == 3)
        #expect(second.images.map(\.image) == first.images.map(\.image))
        #expect(try files.count == 3 && notes.all.isEmpty)
    }

    @Test func `another text, card or compiler is compiled anew, and nothing else`() throws {
        _ = try images()
        let changed = [KernelProgram(name: "one", text: "another text")] + Self.programs[1...]
        #expect(try images(programs: changed).compiledCount == 1)
        #expect(try images(80).compiledCount == 3)
        #expect(try images(compiler: .success(counter.compiler("13.0"))).compiledCount == 3)
        #expect(try images().compiledCount == 0)
        #expect(try files.count == 10)
    }

    enum Damage: String, CaseIterable, Sendable {
        case empty, cutShort, flippedByte, grown, noHeader, ofAnotherProgram, folder
    }

    @Test(arguments: Damage.allCases)
    func `a damaged file is named, compiled again and mended`(damage: Damage) throws {
        let first = try images()
        let name = try #require(try files.first { $0.hasPrefix("two-sm_90-") })
        let path = folder.file("cache/kernels/\(name)")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let other = try #require(try files.first { $0.hasPrefix("one-") })
        switch damage {
        case .empty: bytes = Data()
        case .cutShort: bytes.removeLast()
        case .flippedByte: bytes[bytes.count - 5] ^= 1
        case .grown: bytes.append(0)
        case .noHeader: bytes.removeAll { $0 == 10 }
        case .ofAnotherProgram:
            bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("cache/kernels/\(other)")))
        case .folder:
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        if damage != .folder { try bytes.write(to: URL(fileURLWithPath: path)) }
        let again = try images()
        #expect(again.compiledCount == 1)
        #expect(again.images.map(\.image) == first.images.map(\.image))
        #expect(notes.all.first?.hasPrefix("\(path): the compiled kernels ") == true)
        #expect(notes.all.first?.contains("they are compiled again") == true)
        guard damage != .folder else {
            // It is not ours to remove.
            #expect(notes.all.last?.contains("compiled kernels cannot be kept") == true)
            return
        }
        #expect(try images().compiledCount == 0)
    }

    @Test func `a folder that cannot be written is named with the remedy, and kernels are compiled`() throws {
        let file = folder.file("file")
        try Data().write(to: URL(fileURLWithPath: file))
        let made = try images(in: "\(file)/kernels")
        #expect(made.compiledCount == 3 && text(made).count == 3)
        #expect(notes.all.count == 1)
        #expect(notes.all.first?.contains("\(file)/kernels: compiled kernels cannot be kept (Not a directory)") == true)
        #expect(notes.all.first?.contains("CAUSEWAY_KERNEL_CACHE") == true)
    }

    @Test func `a filled folder needs no compiler, whatever version filled it`() throws {
        _ = try images(compiler: .success(counter.compiler("12.4")))
        _ = try images(compiler: .success(counter.compiler("12.10")))
        let found = try images(compiler: Self.none)
        #expect(found.compiledCount == 0)
        #expect(text(found) == Self.programs.map { "12.10 sm_90 \($0.text)" })
    }

    @Test func `without a compiler a card takes what is made for an older one of its kind, or the portable form`() throws {
        _ = try images(80)
        #expect(try images(86, compiler: Self.none).target.description == "sm_80")
        #expect(throws: DeviceError.self) { try images(90, compiler: Self.none) }
        _ = try KernelImages(
            for: KernelTarget(capability: 80, isPortable: true), programs: Self.programs, compiler: counter.compiler(),
            cache: cache())
        let found = try images(120, compiler: Self.none)
        #expect(found.target.description == "compute_80" && found.images.count == 3)
    }

    @Test func `a card that is newer than the compiler gets the portable form of the latest`() throws {
        #expect(try images(120).target.description == "compute_90")
        let error = #expect(throws: DeviceError.self) { try images(70) }
        #expect(error?.description.contains("compiles for no card as old as sm_70") == true)
    }

    @Test func `with neither compiler nor kernels the error names both and the remedy`() throws {
        _ = try images(programs: Array(Self.programs[..<2]))
        let error = #expect(throws: DeviceError.self) { try images(compiler: Self.none) }
        let text = error?.description ?? ""
        #expect(text.contains("there is no libnvrtc; and the folder \(folder.file("cache/kernels")) has not all"))
        #expect(text.contains("`causeway kernels --arch sm_90` fills one"))
    }

    @Test func `a compiler that cannot compile for a card says for which it can`() throws {
        let error = #expect(throws: DeviceError.self) {
            try KernelImages(
                for: KernelTarget(capability: 75), programs: Self.programs, compiler: counter.compiler(), cache: nil)
        }
        #expect(
            error?.description == "libnvrtc 12.9 does not compile for sm_75; it does for sm_80, sm_86, sm_90")
    }

    @Test func `an error of the compiler is told and keeps what went well`() throws {
        let failing = KernelCompiler(version: "12.9", capabilities: [90]) { program, _ in
            guard program.name != "two" else { throw DeviceError("two: expected a ';'") }
            return [1, 2, 3]
        }
        let error = #expect(throws: DeviceError.self) { try images(compiler: .success(failing)) }
        #expect(error?.description == "two: expected a ';'")
        #expect(try files.map { String($0.prefix { $0 != "-" }) } == ["one", "three"])
    }

    @Test func `processes that start together compile each program once`() async throws {
        let (path, counter) = (folder.file("cache/kernels"), counter)
        let all = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try KernelImages(
                        forCardOf: 90, programs: Self.programs, compiler: .success(counter.compiler()),
                        cache: KernelCache(folder: path) { _ in }
                    ).images.map(\.image)
                }
            }
            return try await group.reduce(into: [[[UInt8]]]()) { $0.append($1) }
        }
        #expect(all.count == 6 && Set(all).count == 1)
        #expect(counter.count == 3)
        let left = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasSuffix(".kernels") }
        #expect(left == [".lock-sm_90"], "whole files only")
    }

    @Test func `clearing removes what is ours and what killed writers left`() throws {
        _ = try images()
        let path = folder.file("cache/kernels")
        let name = try #require(try files.first)
        try Data().write(to: URL(fileURLWithPath: "\(path)/.\(name).a1B2c3"))
        try Data().write(to: URL(fileURLWithPath: "\(path)/notes.txt"))
        #expect(cache().entries.count == 3)
        #expect(try cache().clear() == 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["notes.txt"])
    }

    @Test func `the folder is the variable's, or the user's cache, or that of the home folder`() {
        func folder(_ settings: [String: String]) -> String? { KernelCache.ofEnvironment { settings[$0] }?.folder }
        #expect(
            folder(["CAUSEWAY_KERNEL_CACHE": "here", "XDG_CACHE_HOME": "/caches", "HOME": "/home/a"]) == "here")
        #expect(
            folder(["CAUSEWAY_KERNEL_CACHE": "", "XDG_CACHE_HOME": "/caches", "HOME": "/home/a"])
                == "/caches/causeway/kernels")
        #expect(folder(["XDG_CACHE_HOME": "caches", "HOME": "/home/a"]) == "/home/a/.cache/causeway/kernels")
        #expect(folder([:]) == nil)
    }

    @Test(arguments: ["sm_90", "compute_120"])
    func `names of targets are read`(name: String) {
        #expect(KernelTarget(name: name)?.description == name)
    }

    @Test(arguments: ["", "sm_", "sm_x", "sm90", "90", "sm_90a", "sm_+90", "sm_9", "compute-90", "sm_1000"])
    func `others are not`(name: String) {
        #expect(KernelTarget(name: name) == nil)
    }

    @Test func `every file of kernels is a program of its own`() {
        #expect(Set(KernelProgram.all.map(\.name)).count == KernelProgram.all.count)
        #expect(KernelProgram.all.count >= 19)
        #expect(KernelProgram.all.allSatisfy { $0.text.contains("KERNEL(") && !$0.name.contains("-") })
    }
}
