internal import ImageIO

/// Makes pixels of samples: colours are averaged, classes are taken from one sample.
struct PictureResolver {
    /// Samples along each side of a pixel.
    static let samplesPerSide = 2

    let samples: SampleBuffer
    let surfaces: [Surface]
    let projection: Projection

    var width: Int { samples.width / Self.samplesPerSide }
    var height: Int { samples.height / Self.samplesPerSide }

    /// Colours, `[H, W, 3]`, not yet limited to `0...1`.
    func colors(light: Lighting) -> FloatImage {
        var pixels = [Float](repeating: 0, count: width * height * 3)
        NoiseTable.shared.withView { noise in
            let shader = SceneShader(light: light, noise: noise)
            pixels.withUnsafeMutableBufferPointer { pixels in
                surfaces.withUnsafeBufferPointer { surfaces in
                    for row in 0..<height { shade(row, of: pixels, surfaces, shader) }
                }
            }
        }
        return FloatImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    private func shade(
        _ row: Int, of pixels: UnsafeMutableBufferPointer<Float>, _ surfaces: UnsafeBufferPointer<Surface>,
        _ shader: SceneShader
    ) {
        samples.withView { view in
            for column in 0..<width {
                let color = color(row: row, column: column, view, surfaces, shader)
                let target = (row &* width &+ column) &* 3
                pixels[target] = color.x
                pixels[target &+ 1] = color.y
                pixels[target &+ 2] = color.z
            }
        }
    }

    /// One pixel: shaded once where its four samples see one smooth surface, else four times.
    @inline(__always)
    private func color(
        row: Int, column: Int, _ view: SampleBuffer.View, _ surfaces: UnsafeBufferPointer<Surface>,
        _ shader: SceneShader
    ) -> SIMD3<Float> {
        let first = row &* 2 &* samples.width &+ column &* 2
        let last = first &+ samples.width &+ 1
        let surface = view.surface[first]
        let isUniform =
            surface == view.surface[first &+ 1] && surface == view.surface[last &- 1]
            && surface == view.surface[last] && view.shadow[first] == view.shadow[last]
            && !surfaces[Int(surface)].texture.isStructural
        if isUniform {
            return color(
                surfaces[Int(surface)], isSky: surface == 0,
                depth: 2 / (view.inverseDepth[first] + view.inverseDepth[last]),
                isShadowed: view.shadow[first], column: Float(column &* 2 &+ 1), row: Float(row &* 2 &+ 1), shader)
        }
        var sum = SIMD3<Float>()
        for index in 0..<4 {
            let (dx, dy) = (index & 1, index >> 1)
            let sample = first &+ dy &* samples.width &+ dx
            let surface = view.surface[sample]
            sum += color(
                surfaces[Int(surface)], isSky: surface == 0, depth: 1 / view.inverseDepth[sample],
                isShadowed: view.shadow[sample], column: Float(column &* 2 &+ dx) + 0.5,
                row: Float(row &* 2 &+ dy) + 0.5, shader)
        }
        return sum * 0.25
    }

    @inline(__always)
    private func color(
        _ surface: Surface, isSky: Bool, depth: Float, isShadowed: Bool, column: Float, row: Float,
        _ shader: SceneShader
    ) -> SIMD3<Float> {
        let ray = projection.ray(column: column, row: row)
        if isSky { return shader.sky(along: ray) }
        return shader.color(
            of: surface, at: projection.position + ray * depth, depth: depth, isShadowed: isShadowed)
    }

    /// Cityscapes label ids, `[H, W, 1]`.
    var labels: LabelMap {
        LabelMap(height: height, width: width, channels: 1, pixels: ids(surfaces.map(\.label)))
    }

    /// Cityscapes instance ids, `[H, W, 1]`.
    var instances: InstanceMap {
        InstanceMap(height: height, width: width, channels: 1, pixels: ids(surfaces.map(\.instance)))
    }

    private func ids<ID>(_ bySurface: [ID]) -> [ID] {
        var result: [ID] = []
        result.reserveCapacity(width * height)
        for row in 0..<height {
            let first = row * Self.samplesPerSide * samples.width
            for column in 0..<width {
                result.append(bySurface[Int(samples.surface[first + column * Self.samplesPerSide])])
            }
        }
        return result
    }
}
