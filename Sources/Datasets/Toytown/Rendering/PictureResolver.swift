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
        samples.inverseDepth.withUnsafeBufferPointer { depths in
            samples.surface.withUnsafeBufferPointer { indices in
                samples.shadow.withUnsafeBufferPointer { shadows in
                    for column in 0..<width {
                        let first = row &* 2 &* samples.width &+ column &* 2
                        let below = first &+ samples.width
                        let surface = indices[first]
                        let isUniform = surface == indices[first &+ 1] && surface == indices[below]
                            && surface == indices[below &+ 1]
                            && shadows[first] == shadows[below &+ 1]
                            && !surfaces[Int(surface)].texture.isSharp
                        var color = SIMD3<Float>()
                        if isUniform {
                            color = self.color(
                                surfaces[Int(surface)], isSky: surface == 0,
                                inverseDepth: (depths[first] + depths[below &+ 1]) / 2, isShadowed: shadows[first],
                                column: Float(column &* 2 &+ 1), row: Float(row &* 2 &+ 1), shader)
                        } else {
                            for index in 0..<4 {
                                let (dx, dy) = (index & 1, index >> 1)
                                let sample = first &+ dy &* samples.width &+ dx
                                color += self.color(
                                    surfaces[Int(indices[sample])], isSky: indices[sample] == 0,
                                    inverseDepth: depths[sample], isShadowed: shadows[sample],
                                    column: Float(column &* 2 &+ dx) + 0.5, row: Float(row &* 2 &+ dy) + 0.5, shader)
                            }
                            color *= 0.25
                        }
                        let target = (row &* width &+ column) &* 3
                        pixels[target] = color.x
                        pixels[target &+ 1] = color.y
                        pixels[target &+ 2] = color.z
                    }
                }
            }
        }
    }

    @inline(__always)
    private func color(
        _ surface: Surface, isSky: Bool, inverseDepth: Float, isShadowed: Bool, column: Float, row: Float,
        _ shader: SceneShader
    ) -> SIMD3<Float> {
        let ray = projection.ray(column: column, row: row)
        if isSky { return shader.sky(along: ray) }
        let depth = 1 / inverseDepth
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
