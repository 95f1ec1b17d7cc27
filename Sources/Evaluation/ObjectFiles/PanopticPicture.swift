internal import Annotations
public import Datasets
public import ImageIO

extension PanopticSegments {
    /// Segments as people look at them: classes that are not countable in their colours, objects each in one of its own
    /// with its outline, void black.
    ///
    /// - Parameter space: of the segments' classes.
    public func colored(_ space: LabelSpace) -> RGBImage { show(over: nil, space, opacity: 1) }

    /// The same laid over the image, which shows through where nothing is.
    ///
    /// - Parameter opacity: share of the colours, 0...1; outlines are drawn in full.
    public func overlaid(on image: RGBImage, _ space: LabelSpace, opacity: Float = 0.5) -> RGBImage {
        show(over: image, space, opacity: opacity)
    }

    private func show(over image: RGBImage?, _ space: LabelSpace, opacity: Float) -> RGBImage {
        let classes = Dictionary(segments.map { ($0.id, $0.classIndex) }, uniquingKeysWith: { first, _ in first })
        let isThing = space.classes.map(\.isThing)
        let stuff = LabelMap(
            height: ids.height, width: ids.width, channels: 1,
            pixels: ids.pixels.map { id in
                classes[id].map { isThing[$0] ? LabelSpace.ignoreLabel : UInt8($0) } ?? LabelSpace.ignoreLabel
            })
        let picture = image.map { stuff.overlaid(on: $0, palette: space.palette, alpha: opacity) }
            ?? stuff.colored(palette: space.palette)
        return picture.showing(objects(in: space), opacity: image == nil ? 0.75 : opacity)
    }

    /// The countable segments, in their order.
    private func objects(in space: LabelSpace) -> [AnnotatedObject] {
        let masks = ObjectMask.masks(in: ids)
        return segments.filter { space.classes[$0.classIndex].isThing }.compactMap { segment in
            masks[segment.id].map { AnnotatedObject(trainID: UInt8(segment.classIndex), mask: $0) }
        }
    }
}
