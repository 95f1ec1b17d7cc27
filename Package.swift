// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A Swift target of ours; every one has the same settings.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict)
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
        .target(name: "CKernels"),
        .target(name: "CImageCodecs", dependencies: ["CPNG", "CJPEG"]),
        .target(name: "CPixelKernels"),
        .target(name: "CSharedMemory"),

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
        module("Mixing", ["CPixelKernels", "ImageIO", "Randomness", "Configuration"]),
        module("Datasets", ["Basics", "ImageIO", "Randomness"]),
        module("Toytown", ["Datasets", "ImageIO", "Randomness", "Basics"]),
        module("DataLoading", ["Basics", "Datasets", "ImageIO", "Mixing", "Randomness", "Configuration", "CSharedMemory"]),
        module("SegmentationModels", ["NN", "TensorEngine", "Randomness", "Configuration"]),
        module("TextEncoders", ["NN", "TensorEngine", "CZlib"]),
        module("DataParallel", ["Basics", "Collectives", "NN", "TensorEngine"]),
        module("DomainAdaptation", ["SegmentationModels", "NN", "TensorEngine", "Randomness", "Configuration"]),
        module("Evaluation", ["SegmentationModels", "NN", "TensorEngine", "Datasets", "ImageIO", "Configuration"]),
        module("Training", [
            "DomainAdaptation", "Evaluation", "SegmentationModels", "TextEncoders", "DataParallel", "DataLoading",
            "Mixing", "Datasets", "ImageIO", "Machine", "RunLogs", "Collectives", "NN", "TensorEngine", "Randomness",
            "Configuration", "Basics",
        ]),
        module("Reports", [
            "Training", "Evaluation", "Datasets", "ImageIO", "Collectives", "Configuration", "Basics",
        ]),
        module("Benchmarks", [
            "Training", "Toytown", "DataParallel", "DataLoading", "SegmentationModels", "Mixing", "Datasets", "ImageIO",
            "Machine", "Collectives", "NN", "TensorEngine", "Randomness", "Configuration", "Basics",
        ]),
        module("Doctor", [
            "Benchmarks", "Training", "SegmentationModels", "DataParallel", "Machine", "Collectives", "NN",
            "TensorEngine", "Configuration", "Basics",
        ]),
        .executableTarget(
            name: "causeway",
            dependencies: [
                "Doctor", "Reports", "Benchmarks", "Training", "Toytown", "DomainAdaptation", "Evaluation",
                "SegmentationModels", "TextEncoders", "DataParallel", "DataLoading", "Mixing", "Datasets", "ImageIO",
                "Machine", "RunLogs", "MPICollectives", "Collectives", "NN", "TensorEngine", "Randomness",
                "Configuration", "Basics", argumentParser,
            ],
            exclude: ["README.md"], swiftSettings: strict),

        // Tests and their programs.
        .executableTarget(
            name: "mpi-checks",
            dependencies: ["MPICollectives", "Collectives", "Basics", "DataParallel", "NN", "TensorEngine", "Randomness"],
            swiftSettings: strict),
        .target(
            name: "_TestSupport", dependencies: ["NN", "TensorEngine", "ImageIO", "Randomness"],
            swiftSettings: strict),
        tests("RandomnessTests", ["Randomness"]),
        tests("MachineTests", ["Machine", "Collectives"]),
        tests("RunLogsTests", ["RunLogs", "Basics"]),
        tests("CPUBackendTests", ["CPUBackend", "DeviceSeam"]),
        tests("TensorEngineTests", ["TensorEngine", "NN", "Randomness"]),
        tests("NNTests", ["Basics", "NN", "TensorEngine", "Randomness"]),
        tests("CollectivesTests", ["Collectives"]),
        tests("ImageIOTests", ["ImageIO", "NN"]),
        tests("MixingTests", ["Mixing", "ImageIO", "NN", "Randomness"]),
        tests("DatasetsTests", ["Datasets", "ImageIO", "Randomness"]),
        tests("ToytownTests", ["Toytown", "Datasets", "ImageIO"]),
        tests("DataLoadingTests", ["DataLoading", "Datasets", "ImageIO", "Mixing", "Randomness"]),
        tests("SegmentationModelsTests", ["SegmentationModels", "Configuration", "NN", "TensorEngine", "Randomness"]),
        tests("TextEncodersTests", ["TextEncoders", "NN", "TensorEngine"]),
        tests("DataParallelTests", ["Basics", "DataParallel", "Collectives", "NN", "TensorEngine", "Randomness"]),
        tests("DomainAdaptationTests", ["DomainAdaptation", "SegmentationModels", "NN", "TensorEngine", "Randomness"]),
        tests("EvaluationTests", ["Evaluation", "Configuration", "Datasets", "ImageIO", "SegmentationModels", "NN", "TensorEngine"]),
        tests("TrainingTests", [
            "Training", "Machine", "DomainAdaptation", "Evaluation", "TextEncoders", "Collectives", "DataLoading",
            "DataParallel", "Datasets", "Mixing", "SegmentationModels", "NN", "TensorEngine", "Randomness", "ImageIO", "Configuration",
        ]),
        tests("ReportsTests", [
            "Reports", "Training", "Evaluation", "Datasets", "ImageIO", "Collectives", "RunLogs", "TensorEngine", "Basics",
        ]),
        tests("ParallelTests"),
        tests("IntegrationTests", ["Doctor", "Training", "SegmentationModels", "ImageIO", "NN"]),
    ]
)
