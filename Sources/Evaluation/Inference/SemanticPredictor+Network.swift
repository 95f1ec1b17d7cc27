internal import Annotations
public import NN
public import SegmentationModels
internal import TensorEngine

extension SemanticPredictor {
    /// Predicts with a network.
    ///
    /// - Parameter context: running statistics and no noise unless said otherwise.
    public init(_ network: SegmentationNetwork, mode: Mode = .whole, context: ForwardContext = .evaluation) {
        let find = Self.finder(network, context)
        self.init(
            mode: mode, smallestSide: network.smallestSide,
            pass: { images in
                let output = network(images, in: context)
                let entered = (height: output.featureImages.shape[1], width: output.featureImages.shape[2])
                return Pass(
                    scores: network.classScores(output, in: context),
                    objects: find.map { find in { size in find(output.features, entered, size) } })
            },
            objects: find.map { find in
                { image, size in
                    let images = network.featureImages(image)
                    return find(network.encoder(images, in: context), (images.shape[1], images.shape[2]), size)
                }
            })
    }

    /// From an encoder's maps of an image, and the size in which that entered the encoder, to objects with masks of a
    /// size; nil where the network finds none.
    private static func finder(
        _ network: SegmentationNetwork, _ context: ForwardContext
    ) -> ((FeaturePyramid, _ entered: Size, _ size: Size) -> [AnnotatedObject])? {
        network.objectDecoder.map { decoder in
            { pyramid, entered, size in
                let found = decoder.detections(
                    pyramid, height: entered.height, width: entered.width, masksOf: size, in: context)
                // A mask may have no pixel that is more likely inside than outside: no tool counts such an object.
                return (found.first ?? []).filter { !$0.mask.isEmpty }
            }
        }
    }
}
