internal import Basics
internal import Collectives
internal import Evaluation

extension ProcessGroup {
    /// Where rank 0 tells how many of the images are done; the other ranks tell nothing.
    func progress(_ title: String, of count: Int) -> (_ done: Int) -> Void {
        guard rank == 0 else { return { _ in } }
        let progress = CountProgress(title, total: count)
        return { progress.show($0) }
    }

    /// What `body` finds in the images that all ranks share, in the order of the images. Collective.
    ///
    /// - Parameters:
    ///   - name: of what is scored, for errors.
    ///   - body: looks at a share of the images; makes no call of a group.
    func sharing<Element: Codable & Sendable>(
        _ name: String, _ body: (ImageShare) throws(EvaluationError) -> ImageList<Element>
    ) throws -> ImageList<Element> {
        let own = try working { () throws(EvaluationError) in try body(ImageShare(rank: rank, count: size)) }
        return try merged(own, name)
    }

    /// What all ranks have of their images, in the order of the images. Collective.
    func merged<Element: Codable & Sendable>(
        _ own: ImageList<Element>, _ name: String
    ) throws -> ImageList<Element> {
        guard size > 1 else { return own }
        var merged = ImageList<Element>()
        for bytes in try allGather(try TallyCoding.bytes(of: own, of: name)) {
            merged.merge(try TallyCoding.tally(from: bytes, of: name))
        }
        return merged
    }
}
