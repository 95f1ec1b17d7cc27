/// What the camera sees at every sample: which surface, and how near.
///
/// Convex polygons are drawn in any order; the nearest wins.
struct SampleBuffer {
    let width: Int
    let height: Int
    /// 1 / camera depth; 0 where there is only sky.
    private(set) var inverseDepth: [Float]
    /// Index into the mesh's surfaces; 0 is the sky.
    private(set) var surface: [UInt16]
    /// Whether the sun is hidden from the ground here.
    private(set) var shadow: [Bool]

    /// Nothing nearer than this is drawn, metres.
    private static let nearPlane: Float = 0.4

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        inverseDepth = [Float](repeating: 0, count: width * height)
        surface = [UInt16](repeating: 0, count: width * height)
        shadow = [Bool](repeating: false, count: width * height)
    }

    /// The samples for inner loops; valid inside `withView` only.
    struct View {
        let inverseDepth: UnsafeBufferPointer<Float>
        let surface: UnsafeBufferPointer<UInt16>
        let shadow: UnsafeBufferPointer<Bool>
    }

    func withView(_ body: (View) -> Void) {
        inverseDepth.withUnsafeBufferPointer { inverseDepth in
            surface.withUnsafeBufferPointer { surface in
                shadow.withUnsafeBufferPointer { shadow in
                    body(View(inverseDepth: inverseDepth, surface: surface, shadow: shadow))
                }
            }
        }
    }

    /// Draws every polygon and shadow of `mesh`.
    mutating func draw(_ mesh: Mesh, with projection: Projection) {
        let points = mesh.vertices.map(projection.cameraSpace)
        var clipped: [SIMD3<Float>] = []
        for polygon in mesh.polygons {
            Self.clip(points[polygon.vertices], into: &clipped)
            fill(clipped, projection) { buffers, index, inverseDepth in
                if inverseDepth > buffers.inverseDepth[index] {
                    buffers.inverseDepth[index] = inverseDepth
                    buffers.surface[index] = polygon.surface
                }
            }
        }
        let isGround = mesh.surfaces.map(\.isGround)
        for hull in mesh.shadows {
            Self.clip(hull.map(projection.cameraSpace)[...], into: &clipped)
            fill(clipped, projection) { buffers, index, _ in
                if isGround[Int(buffers.surface[index])] { buffers.shadow[index] = true }
            }
        }
    }

    /// The part of a convex polygon beyond the near plane (Sutherland and Hodgman, 1974, one plane).
    private static func clip(_ polygon: ArraySlice<SIMD3<Float>>, into result: inout [SIMD3<Float>]) {
        result.removeAll(keepingCapacity: true)
        guard var previous = polygon.last else { return }
        for point in polygon {
            if (point.z >= nearPlane) != (previous.z >= nearPlane) {
                let t = (nearPlane - previous.z) / (point.z - previous.z)
                result.append(previous + (point - previous) * t)
            }
            if point.z >= nearPlane { result.append(point) }
            previous = point
        }
    }

    /// Where a fill writes; valid inside `fill` only.
    private struct Buffers {
        let inverseDepth: UnsafeMutableBufferPointer<Float>
        let surface: UnsafeMutableBufferPointer<UInt16>
        let shadow: UnsafeMutableBufferPointer<Bool>
    }

    /// Calls `write` for each sample inside a convex polygon, with 1 / depth there.
    ///
    /// On a plane `n . p = d`, `1 / z = n . ray / d`, which is linear in row and column.
    @inline(__always)
    private mutating func fill(
        _ polygon: [SIMD3<Float>], _ projection: Projection, write: (Buffers, Int, Float) -> Void
    ) {
        guard polygon.count >= 3 else { return }
        var normal = SIMD3<Float>()
        for index in 1..<(polygon.count - 1) {
            normal += cross(polygon[index] - polygon[0], polygon[index + 1] - polygon[0])
        }
        let distance = dot(normal, polygon[0])
        guard abs(distance) > 1e-6 * dot(normal, normal).squareRoot() else { return }
        let slope = SIMD2(normal.x, -normal.y) / (distance * projection.focal)
        let atCenter = normal.z / distance
        let outline = polygon.map(projection.raster)
        let top = outline.reduce(Float.infinity) { min($0, $1.y) }
        let bottom = outline.reduce(-Float.infinity) { max($0, $1.y) }
        let rows = Self.sampleRange(top, bottom, height)
        let width = self.width
        withBuffers { buffers in
            for row in rows {
                let y = Float(row) + 0.5
                let columns = Self.span(of: outline, atRow: y, width: width)
                var value =
                    atCenter + slope.y * (y - projection.centerY)
                    + slope.x * (Float(columns.lowerBound) + 0.5 - projection.centerX)
                for index in (row &* width &+ columns.lowerBound)..<(row &* width &+ columns.upperBound) {
                    write(buffers, index, value)
                    value += slope.x
                }
            }
        }
    }

    @inline(__always)
    private mutating func withBuffers(_ body: (Buffers) -> Void) {
        inverseDepth.withUnsafeMutableBufferPointer { inverseDepth in
            surface.withUnsafeMutableBufferPointer { surface in
                shadow.withUnsafeMutableBufferPointer { shadow in
                    body(Buffers(inverseDepth: inverseDepth, surface: surface, shadow: shadow))
                }
            }
        }
    }

    /// Samples whose centre lies in `low..<high`, within `0..<count`.
    @inline(__always)
    private static func sampleRange(_ low: Float, _ high: Float, _ count: Int) -> Range<Int> {
        let first = Int(clamped((low - 0.5).rounded(.up), 0, Float(count)))
        let end = Int(clamped((high - 0.5).rounded(.up), 0, Float(count)))
        return first..<max(first, end)
    }

    /// The columns of a convex outline that one row of samples meets.
    @inline(__always)
    private static func span(of outline: [SIMD2<Float>], atRow y: Float, width: Int) -> Range<Int> {
        var low = Float.infinity
        var high = -Float.infinity
        var previous = outline[outline.count - 1]
        for point in outline {
            if (point.y > y) != (previous.y > y) {
                let x = previous.x + (point.x - previous.x) * ((y - previous.y) / (point.y - previous.y))
                low = min(low, x)
                high = max(high, x)
            }
            previous = point
        }
        return low <= high ? sampleRange(low, high, width) : 0..<0
    }
}
