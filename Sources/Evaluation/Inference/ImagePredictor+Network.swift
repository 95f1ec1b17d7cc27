internal import Annotations
public import NN
public import SegmentationModels
internal import TensorEngine

extension ImagePredictor {
    /// Predicts with a network.
    ///
    /// - Parameter context: running statistics and no noise unless said otherwise.
    public init(_ network: SegmentationNetwork, mode: Mode = .whole, context: ForwardContext = .evaluation) {
        self.init(
            mode: mode, smallestSide: network.smallestSide,
            pass: { images in
                guard let decoder = network.objectDecoder else {
                    return Pass(scores: network(images, in: context).logits, objects: nil)
                }
                let output = network(images, in: context)
                let (height, width) = (output.featureImages.shape[1], output.featureImages.shape[2])
                return Pass(
                    scores: output.decoded?.logits
                        ?? decoder.classScores(output.features, height: height, width: width, in: context),
                    objects: ObjectFinder(decoder, output.features, height: height, width: width, in: context))
            },
            objects: network.objectDecoder.map { decoder in
                { image in
                    let images = network.featureImages(image)
                    return ObjectFinder(
                        decoder, network.features(image, in: context), height: images.shape[1], width: images.shape[2],
                        in: context)
                }
            })
        saysClasses = network.labelsPixels
    }
}

extension ImagePredictor.ObjectFinder {
    /// - Parameters:
    ///   - pyramid: an encoder's maps of images, of which the first is asked about.
    ///   - height: of the images, without what they were padded with.
    fileprivate init(
        _ decoder: any ObjectDecoder, _ pyramid: FeaturePyramid, height: Int, width: Int, in context: ForwardContext
    ) {
        self.init(
            objects: { size in
                let found = decoder.detections(pyramid, height: height, width: width, masksOf: size, in: context)
                // A mask may have no pixel that is more likely inside than outside: no tool counts such an object.
                return (found.first ?? []).filter { !$0.mask.isEmpty }
            },
            segments: { decoder.segments(pyramid, height: height, width: width, mapsOf: $0, in: context)?.first })
    }
}
