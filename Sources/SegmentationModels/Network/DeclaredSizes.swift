import NN
import TensorEngine

// What components deliver is held to what they declare at every pass: a wrong size would be resized somewhere, or read
// as another place of the image, and training would go on.

/// Stops the program with a sentence for the author of a component. Release builds, which everybody runs, drop those of
/// preconditions.
private func require(_ isTrue: Bool, _ sentence: @autoclosure () -> String) {
    if !isTrue { fatalError(sentence()) }
}

extension Encoder {
    /// The maps of images.
    ///
    /// They must be of the images' size at the strides of `layout`.
    func maps(_ images: Tensor, in context: ForwardContext) -> FeaturePyramid {
        let pyramid = self(images, in: context)
        require(
            pyramid.layout == layout,
            "\(type(of: self)): its config declares maps of \(layout.levels), it delivered \(pyramid.layout.levels)")
        for (map, level) in zip(pyramid.maps, layout.levels) {
            func cells(_ side: Int) -> Int { (side + level.stride - 1) / level.stride }
            let declared = [images.shape[0], cells(images.shape[1]), cells(images.shape[2]), level.channels]
            require(
                map.shape == declared,
                "\(type(of: self)): at stride \(level.stride) images \(images.shape) must give a map of \(declared), it "
                    + "delivered \(map.shape); pad strided convolutions, or correct the strides of its layout")
        }
        return pyramid
    }
}

extension Decoder {
    /// The class scores of maps, and what they are scores of.
    ///
    /// They must be of the finest map's size, and of the channels that the config declares.
    func output(_ pyramid: FeaturePyramid, in context: ForwardContext) -> DecoderOutput {
        let output = self(pyramid, in: context)
        let cells = Array(pyramid.finest.shape.dropLast())
        require(
            output.logits.rank == 4 && Array(output.logits.shape.dropLast()) == cells,
            "\(type(of: self)): logits must be of the finest map's size, \(cells) and classes, "
                + "it delivered \(output.logits.shape); bring deeper maps there with resized")
        require(
            output.fused.shape == cells + [config.fusedChannels],
            "\(type(of: self)): its config declares a fused map of \(cells + [config.fusedChannels]), it delivered "
                + "\(output.fused.shape)")
        return output
    }
}
