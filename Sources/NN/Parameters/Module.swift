public import TensorEngine

/// A layer or network: named parameters, buffers and children, listed explicitly and in order.
///
/// Forward functions take their input and, where a layer below depends on it, a `ForwardContext`; modules hold no
/// training mode.
///
///     final class Block: Module {
///         let norm: LayerNorm
///         var children: [(name: String, module: any Module)] { [("norm", norm)] }
///         func callAsFunction(_ tokens: Tensor, in context: ForwardContext) -> Tensor
///     }
public protocol Module: AnyObject {
    /// Own trainable weights, without those of children.
    var parameters: [(name: String, parameter: Parameter)] { get }
    /// Own state that is saved but not trained, such as running statistics. Written in place with `Tensor.assign`.
    var buffers: [(name: String, buffer: Tensor)] { get }
    var children: [(name: String, module: any Module)] { get }
}

extension Module {
    public var parameters: [(name: String, parameter: Parameter)] { [] }
    public var buffers: [(name: String, buffer: Tensor)] { [] }
    public var children: [(name: String, module: any Module)] { [] }

    /// Every parameter below this module with its dotted path, in declaration order.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        parameters + children.flatMap { child in
            child.module.namedParameters.map { ("\(child.name).\($0.name)", $0.parameter) }
        }
    }

    /// Every buffer below this module with its dotted path, in declaration order.
    public var namedBuffers: [(name: String, buffer: Tensor)] {
        buffers + children.flatMap { child in
            child.module.namedBuffers.map { ("\(child.name).\($0.name)", $0.buffer) }
        }
    }

    /// Wants no gradients of any parameter any more: for teachers and finished networks, which then hold none.
    public func freeze() {
        for (_, parameter) in namedParameters { parameter.isTrainable = false }
    }

    /// Number of trainable weights.
    public var parameterCount: Int { namedParameters.reduce(0) { $0 + $1.parameter.count } }
}
