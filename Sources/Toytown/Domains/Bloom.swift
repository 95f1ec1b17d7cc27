/// The glow that a lens spreads around bright lights.
struct Bloom {
    let strength: Float
    /// What is brighter than this glows.
    private static let threshold: Float = 0.8
    /// Side of the squares in which light is collected, pixels.
    private static let cell = 6

    /// Adds to each pixel the light collected around it: sums over squares, spread twice to their neighbours.
    func add(to pixels: inout [Float], height: Int, width: Int) {
        let rows = (height + Self.cell - 1) / Self.cell
        let columns = (width + Self.cell - 1) / Self.cell
        var cells = [SIMD3<Float>](repeating: SIMD3(), count: rows * columns)
        for y in 0..<height {
            for x in 0..<width {
                let index = (y * width + x) * 3
                let color = SIMD3(pixels[index], pixels[index + 1], pixels[index + 2])
                let brightness = max(color.x, color.y, color.z)
                if brightness > Self.threshold {
                    cells[y / Self.cell * columns + x / Self.cell] += color * min(brightness - Self.threshold, 0.6)
                }
            }
        }
        for _ in 0..<2 { cells = spread(cells, rows: rows, columns: columns) }
        let gain = strength / Float(Self.cell)
        for y in 0..<height {
            for x in 0..<width {
                let glow = interpolated(cells, rows: rows, columns: columns, x: x, y: y) * gain
                let index = (y * width + x) * 3
                for channel in 0..<3 { pixels[index + channel] += glow[channel] }
            }
        }
    }

    /// Each cell's mean with its eight neighbours.
    private func spread(_ cells: [SIMD3<Float>], rows: Int, columns: Int) -> [SIMD3<Float>] {
        var result = cells
        for row in 0..<rows {
            for column in 0..<columns {
                var sum = SIMD3<Float>()
                for y in max(0, row - 1)...min(rows - 1, row + 1) {
                    for x in max(0, column - 1)...min(columns - 1, column + 1) { sum += cells[y * columns + x] }
                }
                result[row * columns + column] = sum / 9
            }
        }
        return result
    }

    private func interpolated(
        _ cells: [SIMD3<Float>], rows: Int, columns: Int, x: Int, y: Int
    ) -> SIMD3<Float> {
        let column = clamped((Float(x) + 0.5) / Float(Self.cell) - 0.5, 0, Float(columns - 1))
        let row = clamped((Float(y) + 0.5) / Float(Self.cell) - 0.5, 0, Float(rows - 1))
        let (c0, r0) = (Int(column), Int(row))
        let (c1, r1) = (min(c0 + 1, columns - 1), min(r0 + 1, rows - 1))
        let top = mix(cells[r0 * columns + c0], cells[r0 * columns + c1], column - Float(c0))
        let bottom = mix(cells[r1 * columns + c0], cells[r1 * columns + c1], column - Float(c0))
        return mix(top, bottom, row - Float(r0))
    }
}
