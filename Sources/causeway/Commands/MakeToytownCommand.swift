internal import ArgumentParser
internal import Basics
internal import Configuration
internal import Datasets
internal import TensorEngine
internal import Toytown
internal import Training

/// `causeway make-toytown`: writes the generated street world to disk.
struct MakeToytownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-toytown",
        abstract: "Generates labelled street scenes, painted as several domains, in the Cityscapes layout.",
        discussion: """
            The same options give the same files on the same machine. A folder that is complete is left as it is; one \
            made with other options is refused, so that scenes never mix.
            """)

    @Option(help: "Folder to write; each domain gets a folder in it.")
    var out: String

    @Option(help: "Training images of each domain.")
    var train = 600

    @Option(help: "Validation images of each domain.")
    var val = 100

    @Option(help: "Size of the images in pixels, WIDTHxHEIGHT.")
    var size = ImageSizeArgument(width: 512, height: 256)

    @Option(help: "Seed of the scenes: another seed, other streets.")
    var seed: UInt64 = 1

    @Option(parsing: .upToNextOption, help: "Domains to paint: \(ToytownDomain.names.joined(separator: ", ")).")
    var domains: [ToytownDomain] = [.render, .camera]

    @Option(help: "Pictures painted at a time (default: the cores this process may run on).")
    var threads: Int?

    func validate() throws {
        guard train >= 0, val >= 0, train <= 1_000_000, val <= 1_000_000 else {
            throw ValidationError("--train and --val must be from 0 to 1000000")
        }
        guard (16...8192).contains(size.width), (16...8192).contains(size.height) else {
            throw ValidationError("--size must be from 16x16 to 8192x8192")
        }
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, got \(threads)") }
        guard !domains.isEmpty, Set(domains).count == domains.count else {
            throw ValidationError("--domains must name each domain once")
        }
    }

    func run() throws {
        let manifest = ToytownManifest(folder: out, parameters: parameters)
        guard try !manifest.isComplete() else {
            print("\(out) is complete")
            return
        }
        try manifest.record(isComplete: false)
        let generator = ToytownGenerator(options: .init(seed: seed, height: size.height, width: size.width))
        let writer = ToytownWriter(generator: generator, root: out)
        let count = (train + val) * domains.count
        let progress = CountProgress(out, total: count, ending: .vanishes)
        let clock = ContinuousClock()
        let elapsed = try clock.measure {
            try writer.write(
                .init(trainCount: train, valCount: val, domains: domains),
                threadCount: threads ?? Engine.availableCores,
                progress: progress.show)
        }
        try manifest.record(isComplete: true)
        let pace = NumberText.fixed(Double(count) / elapsed.inSeconds, digits: 1)
        print("\(out): \(count) images in \(NumberText.duration(seconds: elapsed.inSeconds)), \(pace) images/s")
    }

    /// What the files depend on.
    private var parameters: [(String, JSONValue)] {
        [
            ("seed", .string("\(seed)")), ("width", .integer(size.width)), ("height", .integer(size.height)),
            ("train", .integer(train)), ("val", .integer(val)),
            ("domains", .array(domains.map { .string($0.rawValue) })),
        ]
    }
}
