/// Regions of images, and the map that each is read from.
package struct RegionTable {
    /// `[R, 4]`: x1, y1, x2, y2 in pixels of the image.
    package let boxes: FloatArray
    /// `[R, 2]`: image and map.
    package let places: IndexArray
    /// Pixels between neighbouring cells of each map.
    package let strides: [Int]

    package init(boxes: FloatArray, places: IndexArray, strides: [Int]) {
        self.boxes = boxes
        self.places = places
        self.strides = strides
    }

    package var count: Int { boxes.shape[0] }
}

/// Regions averaged into bins, by the rules of `Tensor.roiAligned`; maps are `[B, h, w, C]`, bins `[R, size, size, C]`.
package protocol RegionKernels {
    func alignRegions(_ maps: [FloatArray], _ regions: RegionTable, into bins: FloatArray)
    /// The gradients of the maps, as far as they are wanted.
    func alignRegionsGradient(_ upstream: FloatArray, _ regions: RegionTable, into gradients: [GradientSum?])
}
