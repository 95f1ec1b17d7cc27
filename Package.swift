// swift-tools-version: 6.2
import Foundation
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// READMEs are for people: that of a target, and those of its rooms.
func readmes(of target: String) -> [String] {
    let folder = "\(Context.packageDirectory)/Sources/\(target)"
    let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return files.filter { $0.hasSuffix("README.md") }.sorted()
}

/// How hard the compiler works on a target.
enum Optimisation {
    /// Whatever runs for every pixel or number, and the layers above the kernels.
    case full
    /// Tests, and what runs a few times a file or step and leaves the work to others: to optimise it took longer than all
    /// else. Whatever walks over pixels, weights or bytes belongs into a target that is optimised: `ImageIO` and
    /// `Annotations` have such walks for `Datasets` and `Training`. What tests measure against (`_TestSupport`) is
    /// optimised.
    case none

    var settings: [SwiftSetting] {
        switch self {
        case .full: strict
        case .none: strict + [.unsafeFlags(["-Onone", "-no-emit-module-separately-wmo"])]
        }
    }
}

/// A Swift target of ours.
func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], optimisation: Optimisation = .full
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: readmes(of: name), swiftSettings: optimisation.settings)
}

/// The tests of the target whose name they carry.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .testTarget(
        name: name, dependencies: ["_TestSupport"] + dependencies, path: path,
        swiftSettings: Optimisation.none.settings)
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
        .target(name: "CKernels", exclude: readmes(of: "CKernels")),
        .target(name: "CImageCodecs", dependencies: ["CPNG", "CJPEG"], exclude: readmes(of: "CImageCodecs")),
        .target(name: "CPixelKernels", exclude: readmes(of: "CPixelKernels")),
        .target(name: "CSharedMemory", exclude: readmes(of: "CSharedMemory")),
        .target(name: "CDeviceDriver", exclude: readmes(of: "CDeviceDriver")),
        // Kernels are read by our own files of C++, and as text by the compiler of a card.
        .target(
            name: "CDeviceKernels", dependencies: ["CDeviceDriver", "COpenBLAS"],
            exclude: readmes(of: "CDeviceKernels") + ["kernels", "dialect/common.inc", "dialect/tiles.inc"],
            // Headers of the neighbouring target are read as text.
            cxxSettings: [.unsafeFlags(["-fno-modules", "-fno-cxx-modules"])],
            linkerSettings: [.linkedLibrary("m")]),
        .target(name: "CMemory", exclude: readmes(of: "CMemory")),
        .target(name: "CAllocation", dependencies: ["CMemory"], exclude: readmes(of: "CAllocation")),

        // The house, bottom up.
        module("Basics", ["CMemory"]),
        module("Configuration", ["Basics", yams], optimisation: .none),
        module("Randomness", ["Basics"]),
        module("DeviceSeam"),
        module("CPUBackend", ["Basics", "DeviceSeam", "CKernels", "COpenBLAS"]),
        module("DeviceBackend", ["Basics", "DeviceSeam", "CDeviceDriver", "CDeviceKernels"]),
        module("DeviceExamination", ["Basics", "DeviceSeam"]),
        module("TensorEngine", ["Basics", "DeviceSeam", "CPUBackend", "DeviceBackend", "CKernels"]),
        module("WeightFiles", ["Basics", "CZlib"]),
        module("NN", ["TensorEngine", "Randomness", "Configuration"]),
        module("Collectives", ["Basics"]),
        module("MPICollectives", ["Basics", "Collectives", "CMPI"]),
        module("Machine", ["Collectives"], optimisation: .none),
        module("RunLogs", ["Basics"], optimisation: .none),
        module("ImageIO", ["CImageCodecs", "CPixelKernels", "Basics"]),
        module("Annotations", ["ImageIO"]),
        module("Detection", ["Annotations", "Randomness"]),
        module("Mixing", ["Annotations", "CPixelKernels", "ImageIO", "Randomness", "Configuration"]),
        module("Datasets", ["Annotations", "Basics", "ImageIO", "Configuration"], optimisation: .none),
        module("Toytown", ["Datasets", "ImageIO", "Randomness", "Basics"]),
        module("DataLoading", [
            "Datasets", "Annotations", "ImageIO", "Randomness", "Configuration", "Basics", "CSharedMemory",
        ]),
        module("SegmentationModels", [
            "NN", "WeightFiles", "TensorEngine", "Annotations", "Basics", "Detection", "ImageIO", "Randomness",
            "Configuration",
        ]),
        module("TextEncoders", ["NN", "WeightFiles", "TensorEngine", "Basics", "CZlib"]),
        module("DataParallel", [
            "Annotations", "Basics", "Collectives", "ImageIO", "NN", "WeightFiles", "TensorEngine",
        ]),
        module("DomainAdaptation", ["SegmentationModels", "NN", "TensorEngine", "Configuration"]),
        module("Evaluation", [
            "SegmentationModels", "NN", "TensorEngine", "Datasets", "Annotations", "ImageIO", "Configuration", "Basics",
        ]),
        module("Training", [
            "DomainAdaptation", "Evaluation", "SegmentationModels", "TextEncoders", "DataParallel", "DataLoading",
            "Mixing", "Datasets", "Annotations", "ImageIO", "Machine", "RunLogs", "Collectives", "NN", "WeightFiles",
            "TensorEngine", "Randomness", "Configuration", "Basics",
        ], optimisation: .none),
        module("Reports", [
            "Training", "Evaluation", "Annotations", "Datasets", "ImageIO", "Collectives", "Configuration", "Basics",
        ], optimisation: .none),
        module("Benchmarks", [
            "Training", "Toytown", "DataParallel", "DataLoading", "SegmentationModels", "Mixing", "Datasets",
            "Annotations", "ImageIO", "Machine", "Collectives", "NN", "TensorEngine", "DeviceSeam", "Randomness",
            "Configuration", "Basics",
        ], optimisation: .none),
        module("Doctor", [
            "Benchmarks", "Training", "SegmentationModels", "DataParallel", "Machine", "Collectives", "NN",
            "TensorEngine", "DeviceExamination", "DeviceSeam", "Configuration", "Basics",
        ], optimisation: .none),
        .executableTarget(
            name: "causeway",
            dependencies: [
                "Doctor", "Reports", "Benchmarks", "Training", "Toytown", "Evaluation", "SegmentationModels",
                "TextEncoders", "DataParallel", "DataLoading", "Datasets", "Annotations", "ImageIO", "Machine",
                "MPICollectives", "Collectives", "NN", "WeightFiles", "TensorEngine", "DeviceBackend", "Configuration",
                "Basics", "CAllocation", argumentParser,
            ],
            exclude: readmes(of: "causeway"), swiftSettings: Optimisation.none.settings),

        // Tests and their programs.
        .executableTarget(
            name: "mpi-checks",
            dependencies: [
                "MPICollectives", "Collectives", "DataParallel", "Annotations", "NN", "TensorEngine", "Basics",
            ],
            exclude: readmes(of: "mpi-checks"), swiftSettings: Optimisation.none.settings),
        .target(
            name: "_TestSupport", dependencies: ["TensorEngine", "Randomness", "Datasets"],
            exclude: readmes(of: "_TestSupport"), swiftSettings: strict),
        tests("RandomnessTests", ["Randomness"]),
        tests("MachineTests", ["Machine", "Collectives"]),
        tests("RunLogsTests", ["RunLogs", "Basics"]),
        tests("CPUBackendTests", ["CPUBackend", "CKernels", "DeviceSeam"]),
        tests("DeviceTests", [
            "DeviceExamination", "DeviceBackend", "CDeviceDriver", "CDeviceKernels", "CPUBackend", "DeviceSeam",
            "Basics",
        ]),
        tests("TensorEngineTests", ["TensorEngine", "NN", "WeightFiles"]),
        tests("BasicsTests", ["Basics"]),
        tests("WeightFilesTests", ["WeightFiles"]),
        tests("NNTests", ["NN", "WeightFiles", "TensorEngine", "Randomness"]),
        tests("CollectivesTests", ["Collectives"]),
        tests("ImageIOTests", ["ImageIO", "WeightFiles"]),
        tests("AnnotationsTests", ["Annotations", "ImageIO", "Randomness"]),
        tests("DetectionTests", ["Detection", "Annotations", "ImageIO", "WeightFiles", "Randomness"]),
        tests("MixingTests", [
            "Mixing", "Annotations", "Configuration", "ImageIO", "WeightFiles", "Randomness", "CPixelKernels",
        ]),
        tests("DatasetsTests", ["Datasets", "Annotations", "Basics", "ImageIO", "Configuration"]),
        tests("ToytownTests", ["Toytown", "Annotations", "Datasets", "ImageIO"]),
        tests("DataLoadingTests", ["DataLoading", "Datasets", "Annotations", "ImageIO", "Randomness"]),
        tests("SegmentationModelsTests", [
            "SegmentationModels", "Detection", "Annotations", "ImageIO", "Collectives", "Configuration", "NN",
            "WeightFiles", "TensorEngine", "Randomness",
        ]),
        tests("TextEncodersTests", ["TextEncoders", "NN", "WeightFiles", "TensorEngine"]),
        tests("DataParallelTests", [
            "DataParallel", "CDeviceKernels", "Annotations", "Basics", "ImageIO", "Collectives", "NN", "WeightFiles", "TensorEngine",
        ]),
        tests("DomainAdaptationTests", ["DomainAdaptation", "SegmentationModels", "NN", "WeightFiles", "TensorEngine"]),
        tests("EvaluationTests", [
            "Evaluation", "Configuration", "CZlib", "Datasets", "Annotations", "Detection", "ImageIO",
            "SegmentationModels", "NN", "WeightFiles", "TensorEngine",
        ]),
        tests("TrainingTests", [
            "Training", "CDeviceKernels", "Machine", "DomainAdaptation", "Evaluation", "TextEncoders", "Detection",
            "Collectives", "DataLoading", "DataParallel", "Datasets", "Annotations", "Mixing", "SegmentationModels", "NN",
            "WeightFiles", "TensorEngine", "Randomness", "ImageIO", "Configuration",
        ]),
        tests("HostileFilesTests", [
            "Training", "Evaluation", "DataParallel", "Datasets", "TextEncoders", "WeightFiles", "TensorEngine",
            "RunLogs", "Collectives", "ImageIO", "Randomness", "Configuration", "Basics",
        ]),
        tests("ReportsTests", [
            "Reports", "Training", "Evaluation", "Datasets", "ImageIO", "Collectives", "RunLogs", "TensorEngine",
            "Annotations", "Basics",
        ]),
        tests("ParallelTests"),
        tests("IntegrationTests", [
            "Doctor", "Training", "Datasets", "SegmentationModels", "ImageIO", "NN", "WeightFiles", "Collectives",
            "Configuration", "TensorEngine",
        ]),
    ],
    cxxLanguageStandard: .cxx20
)
