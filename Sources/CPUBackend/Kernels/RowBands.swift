internal import CKernels

/// Upsampled maps cut into bands of rows, which a kernel makes and forgets: a band's gradient goes to a copy of the few
/// small rows that it was made from, and the bands of a map are added up in their order. They depend on sizes alone.
struct RowBands {
    private static let rowsPerBand = 32

    private let resizing: UnsafePointer<ck_resizing>
    let bandsPerMap: Int
    /// Bands of the whole batch.
    let count: Int
    /// The most small rows that a band may read.
    let mostSmallRows: Int

    init(_ resizing: UnsafePointer<ck_resizing>, batch: Int) {
        self.resizing = resizing
        bandsPerMap = (resizing.pointee.out_h + Self.rowsPerBand - 1) / Self.rowsPerBand
        count = batch * bandsPerMap
        mostSmallRows = (0..<bandsPerMap).reduce(0) { max($0, Self.smallRows($1, resizing).count) }
    }

    /// The map of a band, and the band's place in it.
    func place(of band: Int) -> (map: Int, index: Int) { (band / bandsPerMap, band % bandsPerMap) }

    /// Large rows of a band, by its place in a map.
    func rows(_ index: Int) -> Range<Int> { Self.rows(index, resizing.pointee.out_h) }

    /// The small rows that the rows of a band are made from.
    func smallRows(_ index: Int) -> Range<Int> { Self.smallRows(index, resizing) }

    /// Adds what the bands of one map left, in their order.
    ///
    /// - Parameters:
    ///   - partial: of all bands, `stride` floats from one to the next.
    ///   - rowLength: of a small row.
    ///   - sum: of all maps.
    func collect(
        _ partial: UnsafePointer<Float>, stride: Int, rowLength: Int, map: Int, into sum: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<bandsPerMap {
            let rows = smallRows(index)
            ck_accumulate(
                sum + (map * resizing.pointee.in_h + rows.lowerBound) * rowLength,
                partial + (map * bandsPerMap + index) * stride, rows.count * rowLength)
        }
    }

    private static func rows(_ band: Int, _ height: Int) -> Range<Int> {
        band * rowsPerBand..<min(height, (band + 1) * rowsPerBand)
    }

    private static func smallRows(_ band: Int, _ resizing: UnsafePointer<ck_resizing>) -> Range<Int> {
        let rows = rows(band, resizing.pointee.out_h)
        guard let samples = resizing.pointee.rows, let last = rows.last else { return 0..<0 }
        return Int(samples[rows.lowerBound].low)..<Int(samples[last].high) + 1
    }
}
