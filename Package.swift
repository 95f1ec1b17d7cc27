// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// READMEs are for people: of a target, and of its rooms that have one.
func readmes(_ rooms: [String] = []) -> [String] { ["README.md"] + rooms.map { "\($0)/README.md" } }

/// A Swift target of ours; every one has the same settings.
func module(_ name: String, rooms: [String] = [], _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: readmes(rooms), swiftSettings: strict)
}

/// The tests of the target whose name they carry.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .testTarget(
        name: name, dependencies: ["_TestSupport"] + dependencies, path: path, swiftSettings: strict)
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "Causeway",
    products: [.executable(name: "causeway", targets: ["causeway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // System libraries and our C.
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels", exclude: readmes()),
        .target(name: "CImageCodecs", dependencies: ["CPNG", "CJPEG"], exclude: readmes()),
        .target(name: "CPixelKernels", exclude: readmes()),
        .target(name: "CSharedMemory", exclude: readmes()),

        // The house, bottom up.
        module("Basics"),
        module("Configuration", ["Basics", yams]),
        module("Randomness", ["Basics"]),
        module("DeviceSeam"),
        module("CPUBackend", ["Basics", "DeviceSeam", "CKernels", "COpenBLAS"]),
        module("TensorEngine", ["Basics", "DeviceSeam", "CPUBackend", "CKernels"]),
        module("NN", ["Basics", "TensorEngine", "Randomness", "Configuration", "CZlib"]),
        module("Collectives", ["Basics"]),
        module("MPICollectives", ["Basics", "Collectives", "CMPI"]),
        module("Machine", ["Collectives"]),
        module("RunLogs", ["Basics"]),
        module("ImageIO", ["CImageCodecs", "CPixelKernels"]),
        module("Annotations", ["ImageIO"]),
        module("Detection", ["Annotations", "ImageIO", "Randomness"]),
        module("Mixing", ["Annotations", "CPixelKernels", "ImageIO", "Randomness", "Configuration"]),
        module("Datasets", ["Annotations", "Basics", "ImageIO", "Configuration"]),
        module("Toytown", ["Datasets", "ImageIO", "Randomness", "Basics"]),
        module("DataLoading", [
            "Datasets", "Annotations", "ImageIO", "Randomness", "Configuration", "Basics", "CSharedMemory",
        ]),
        module("SegmentationModels", [
            "NN", "TensorEngine", "Annotations", "Detection", "ImageIO", "Randomness", "Configuration",
        ]),
        module("TextEncoders", ["NN", "TensorEngine", "CZlib"]),
        module("DataParallel", ["Annotations", "Basics", "Collectives", "ImageIO", "NN", "TensorEngine"]),
        module("DomainAdaptation", ["SegmentationModels", "NN", "TensorEngine", "Configuration"]),
        module("Evaluation", rooms: ["Measures", "Inference", "Scoring", "Submission"], [
            "SegmentationModels", "NN", "TensorEngine", "Datasets", "Annotations", "ImageIO", "Configuration",
        ]),
        module("Training", rooms: ["Methods", "Run", "Configuration", "Evaluation", "Preview", "Teacher"], [
            "DomainAdaptation", "Evaluation", "SegmentationModels", "TextEncoders", "DataParallel", "DataLoading",
            "Mixing", "Datasets", "Annotations", "ImageIO", "Machine", "RunLogs", "Collectives", "NN", "TensorEngine",
            "Randomness", "Configuration", "Basics",
        ]),
        module("Reports", [
            "Training", "Evaluation", "Datasets", "ImageIO", "Collectives", "Configuration", "Basics",
        ]),
        module("Benchmarks", [
            "Training", "Toytown", "DataParallel", "DataLoading", "SegmentationModels", "Mixing", "Datasets",
            "Annotations", "ImageIO", "Machine", "Collectives", "NN", "TensorEngine", "Randomness", "Configuration",
            "Basics",
        ]),
        module("Doctor", [
            "Benchmarks", "Training", "SegmentationModels", "DataParallel", "Machine", "Collectives", "NN",
            "TensorEngine", "Configuration", "Basics",
        ]),
        .executableTarget(
            name: "causeway",
            dependencies: [
                "Doctor", "Reports", "Benchmarks", "Training", "Toytown", "Evaluation", "SegmentationModels",
                "TextEncoders", "DataParallel", "DataLoading", "Datasets", "ImageIO", "Machine", "MPICollectives",
                "Collectives", "NN", "TensorEngine", "Configuration", "Basics", argumentParser,
            ],
            exclude: readmes(["Commands", "Support", "DataCheck"]), swiftSettings: strict),

        // Tests and their programs.
        .executableTarget(
            name: "mpi-checks",
            dependencies: [
                "MPICollectives", "Collectives", "DataParallel", "Annotations", "NN", "TensorEngine", "Basics",
            ],
            exclude: readmes(), swiftSettings: strict),
        .target(
            name: "_TestSupport", dependencies: ["NN", "TensorEngine", "ImageIO", "Randomness", "Datasets"],
            exclude: readmes(), swiftSettings: strict),
        tests("RandomnessTests", ["Randomness"]),
        tests("MachineTests", ["Machine", "Collectives"]),
        tests("RunLogsTests", ["RunLogs", "Basics"]),
        tests("CPUBackendTests", ["CPUBackend", "DeviceSeam"]),
        tests("TensorEngineTests", ["TensorEngine", "NN"]),
        tests("NNTests", ["Basics", "NN", "TensorEngine", "Randomness"]),
        tests("CollectivesTests", ["Collectives"]),
        tests("ImageIOTests", ["ImageIO", "NN"]),
        tests("AnnotationsTests", ["Annotations", "ImageIO", "Randomness"]),
        tests("DetectionTests", ["Detection", "Annotations", "ImageIO", "NN", "Randomness"]),
        tests("MixingTests", ["Mixing", "Annotations", "Configuration", "ImageIO", "NN", "Randomness"]),
        tests("DatasetsTests", ["Datasets", "Annotations", "Basics", "ImageIO", "Configuration"]),
        tests("ToytownTests", ["Toytown", "Datasets", "ImageIO"]),
        tests("DataLoadingTests", ["DataLoading", "Datasets", "Annotations", "ImageIO", "Randomness"]),
        tests("SegmentationModelsTests", ["SegmentationModels", "Configuration", "NN", "TensorEngine", "Randomness"]),
        tests("TextEncodersTests", ["TextEncoders", "NN", "TensorEngine"]),
        tests("DataParallelTests", [
            "DataParallel", "Annotations", "Basics", "ImageIO", "Collectives", "NN", "TensorEngine",
        ]),
        tests("DomainAdaptationTests", ["DomainAdaptation", "SegmentationModels", "NN", "TensorEngine"]),
        tests("EvaluationTests", [
            "Evaluation", "Configuration", "Datasets", "Annotations", "ImageIO", "SegmentationModels", "NN",
            "TensorEngine",
        ]),
        tests("TrainingTests", [
            "Training", "Machine", "DomainAdaptation", "Evaluation", "TextEncoders", "Collectives", "DataLoading",
            "DataParallel", "Datasets", "Annotations", "Mixing", "SegmentationModels", "NN", "TensorEngine",
            "Randomness", "ImageIO", "Configuration",
        ]),
        tests("ReportsTests", [
            "Reports", "Training", "Evaluation", "Datasets", "ImageIO", "Collectives", "RunLogs", "TensorEngine", "Basics",
        ]),
        tests("ParallelTests"),
        tests("IntegrationTests", [
            "Doctor", "Training", "Datasets", "SegmentationModels", "ImageIO", "NN", "Collectives", "Configuration",
            "TensorEngine",
        ]),
    ]
)
