internal import Glibc

/// A pinhole camera over a raster of samples, and its inverse.
///
/// Camera space: x right, y up, z forward. A point lands at column `centerX + focal * x / z` and row
/// `centerY - focal * y / z`.
struct Projection {
    let position: SIMD3<Float>
    let right: SIMD3<Float>
    let up: SIMD3<Float>
    let forward: SIMD3<Float>
    let focal: Float
    let centerX: Float
    let centerY: Float

    /// - Parameters:
    ///   - width: samples in a row.
    ///   - height: rows of samples.
    init(camera: SceneCamera, width: Int, height: Int) {
        position = SIMD3(0, camera.height, 0)
        let (sinYaw, cosYaw) = (sinf(camera.yaw), cosf(camera.yaw))
        let (sinPitch, cosPitch) = (sinf(camera.pitch), cosf(camera.pitch))
        forward = SIMD3(sinYaw * cosPitch, -sinPitch, cosYaw * cosPitch)
        right = SIMD3(cosYaw, 0, -sinYaw)
        up = SIMD3(sinYaw * sinPitch, cosPitch, cosYaw * sinPitch)
        focal = Float(width) / 2 / tanf(camera.fieldOfView / 2)
        centerX = Float(width) / 2
        centerY = Float(height) * 0.47
    }

    func cameraSpace(_ point: SIMD3<Float>) -> SIMD3<Float> {
        let offset = point - position
        return SIMD3(dot(offset, right), dot(offset, up), dot(offset, forward))
    }

    /// Where a point in camera space lands: column and row.
    func raster(_ point: SIMD3<Float>) -> SIMD2<Float> {
        SIMD2(centerX + focal * point.x / point.z, centerY - focal * point.y / point.z)
    }

    /// The direction through a raster position, scaled so that its camera depth is 1.
    func ray(column: Float, row: Float) -> SIMD3<Float> {
        forward + right * ((column - centerX) / focal) - up * ((row - centerY) / focal)
    }
}

@inline(__always)
func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float { a.x * b.x + a.y * b.y + a.z * b.z }

@inline(__always)
func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

func normalized(_ v: SIMD3<Float>) -> SIMD3<Float> {
    let length = dot(v, v).squareRoot()
    return length > 0 ? v / length : SIMD3(0, 1, 0)
}

@inline(__always)
func mix(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ t: Float) -> SIMD3<Float> { a + (b - a) * t }

@inline(__always)
func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

@inline(__always)
func clamped(_ x: Float, _ low: Float = 0, _ high: Float = 1) -> Float { min(max(x, low), high) }
