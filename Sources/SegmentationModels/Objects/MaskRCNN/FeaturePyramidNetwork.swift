import NN
import TensorEngine

/// Makes maps of one width out of an encoder's, the deeper ones added to the finer (Lin et al., arXiv:1612.03144), and
/// one level more:
/// `P_i = conv3x3(M_i)`, `M_i = conv1x1(C_i) + nearest(M_i+1)`, and the last is every second cell of the deepest `P`.
///
/// Children carry mmdetection's names. No norm and no activation, as there.
final class FeaturePyramidNetwork: Module {
    /// What it delivers.
    let layout: FeaturePyramid.Layout
    private let inputs: FeaturePyramid.Layout
    private let laterals: [Conv2d]
    private let outputs: [Conv2d]

    /// - Parameter width: channels of every map it makes.
    init(_ inputs: FeaturePyramid.Layout, width: Int, in scope: ModuleScope) {
        self.inputs = inputs
        layout = Self.layout(of: inputs, width: width)
        laterals = inputs.channels.enumerated().map { level, channels in
            Self.convolution(
                inputs: channels, width: width, kernel: 1, in: scope.child("\(Self.lateralName(level)).conv"))
        }
        outputs = inputs.levels.indices.map { level in
            Self.convolution(inputs: width, width: width, kernel: 3, in: scope.child("\(Self.outputName(level)).conv"))
        }
    }

    /// The levels that are delivered for those of an encoder.
    static func layout(of inputs: FeaturePyramid.Layout, width: Int) -> FeaturePyramid.Layout {
        let strides = inputs.levels.map(\.stride) + [2 * inputs.deepest.stride]
        return FeaturePyramid.Layout(strides: strides, channels: strides.map { _ in width })
    }

    private static func convolution(inputs: Int, width: Int, kernel: Int, in scope: ModuleScope) -> Conv2d {
        let area = kernel * kernel
        return Conv2d(
            inputs: inputs, outputs: width, kernel: kernel, padding: kernel / 2,
            initialization: .xavier(fanIn: area * inputs, fanOut: area * width), biasInitialization: .zeros, in: scope)
    }

    private static func lateralName(_ level: Int) -> String { "lateral_convs.\(level)" }
    private static func outputName(_ level: Int) -> String { "fpn_convs.\(level)" }

    var children: [(name: String, module: any Module)] {
        laterals.enumerated().map { ("\(Self.lateralName($0)).conv", $1) }
            + outputs.enumerated().map { ("\(Self.outputName($0)).conv", $1) }
    }

    /// - Parameter pyramid: of the layout it was made for.
    func callAsFunction(_ pyramid: FeaturePyramid) -> FeaturePyramid {
        precondition(
            pyramid.layout == inputs,
            "FeaturePyramidNetwork: made for maps of \(inputs.levels), got \(pyramid.layout.levels)")
        // [B, h_i, w_i, C_i] -> [B, h_i, w_i, width]
        var maps = zip(laterals, pyramid.maps).map { $0($1) }
        for level in maps.indices.dropLast().reversed() {
            let (height, width) = (maps[level].shape[1], maps[level].shape[2])
            maps[level] = maps[level] + maps[level + 1].upsampledNearest(height: height, width: width)
        }
        maps = zip(outputs, maps).map { $0($1) }
        return FeaturePyramid(layout, maps: maps + maps.suffix(1).map { $0.subsampled(by: 2) })
    }
}
