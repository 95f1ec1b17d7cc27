public import Configuration

/// How the network is trained: one method of the registry with its numbers.
public struct MethodConfiguration: Sendable {
    package var method: any Method

    package init(_ method: some Method) { self.method = method }

    /// Whether target images are read.
    public var usesTarget: Bool { method.usesTarget }

    /// Training on the labelled domain alone, what every other method is compared with.
    public static var plain: Self { Self(SourceOnly()) }

    /// The method as its step is timed.
    package init(timing other: Self, classCount: Int) { method = other.method.timed(classCount: classCount) }

    /// What a step of it is called.
    package var title: String { type(of: method).title }

    /// nil where no teacher labels target images.
    package var teaching: (any TeachingMethod)? { method as? any TeachingMethod }
}

extension MethodConfiguration: Equatable {
    public static func == (left: Self, right: Self) -> Bool { left.method.isEqual(to: right.method) }
}

extension MethodConfiguration: ConfigurationVariant {
    package static var kinds: [String] { MethodRegistry.methods.map { $0.kind } }

    package init?(kind: String) {
        guard let type = MethodRegistry.methods.first(where: { $0.kind == kind }) else { return nil }
        self.init(type.init())
    }

    public var kind: String { type(of: method).kind }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try method.visit(&fields)
    }
}
