public import Annotations

/// An object's pixels as a bitmap of its box, to be read at many points of the image.
public struct MaskBitmap: Sendable {
    private let box: PixelBox
    /// `[box.height, box.width]`, 1 on the object.
    private let pixels: [UInt8]
    private let height: Int
    private let width: Int

    /// - Parameters:
    ///   - height: of the image whose sides points are shares of.
    /// - Precondition: the mask lies inside the image.
    public init(_ mask: ObjectMask, height: Int, width: Int) {
        box = mask.box
        precondition(
            box.bottom <= height && box.right <= width, "MaskBitmap: \(box) in an image of \(height)x\(width) pixels")
        self.height = height
        self.width = width
        var pixels = [UInt8](repeating: 0, count: box.height * box.width)
        for run in mask.runs {
            let row = (Int(run.row) - box.top) * box.width - box.left
            for column in Int(run.start)..<Int(run.end) { pixels[row + column] = 1 }
        }
        self.pixels = pixels
    }

    /// Bilinear values in `0...1` between pixel centres; beyond the image everything is 0 (`grid_sample` of PyTorch
    /// with zeros for padding, `align_corners=False`).
    ///
    /// - Parameters:
    ///   - points: `(x, y)` each, in shares of the image's sides; finite.
    ///   - values: takes a value a point.
    public func sample(at points: UnsafeBufferPointer<Float>, into values: UnsafeMutableBufferPointer<Float>) {
        let (columns, rows) = (Float(width), Float(height))
        // No point outside of these reads a pixel of the box.
        let (left, right) = (Float(box.left) - 1, Float(box.right))
        let (top, bottom) = (Float(box.top) - 1, Float(box.bottom))
        pixels.withUnsafeBufferPointer { pixels in
            for place in values.indices {
                let x = points[2 * place] * columns - 0.5
                let y = points[2 * place + 1] * rows - 0.5
                guard x > left, x < right, y > top, y < bottom else {
                    values[place] = 0
                    continue
                }
                let (column, row) = (x.rounded(.down), y.rounded(.down))
                let (right, down) = (x - column, y - row)
                let (i, j) = (Int(row) - box.top, Int(column) - box.left)
                func pixel(_ i: Int, _ j: Int) -> Float {
                    i >= 0 && i < box.height && j >= 0 && j < box.width ? Float(pixels[i * box.width + j]) : 0
                }
                values[place] =
                    (1 - down) * ((1 - right) * pixel(i, j) + right * pixel(i, j + 1))
                    + down * ((1 - right) * pixel(i + 1, j) + right * pixel(i + 1, j + 1))
            }
        }
    }
}
