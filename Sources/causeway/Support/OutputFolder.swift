internal import Glibc

/// Where a command writes pictures beside those that it reads.
enum OutputFolder {
    /// Checks that predictions land neither among the images nor over them: the next run would take them for images.
    ///
    /// - Parameters:
    ///   - out: folder that is written; it need not be there.
    ///   - images: folder that is read.
    ///   - folders: names of the folders that are written below `out`.
    static func require(_ out: String, apartFrom images: String, folders: [String]) throws {
        let (target, source) = (resolved(out), resolved(images))
        if target == source || target.hasPrefix(source + "/") {
            throw CommandError(
                "--out \(out): lies in the folder of --images, \(images), so that the next run would take predictions for "
                    + "images; give a folder beside it")
        }
        for folder in folders where source == "\(target)/\(folder)" || source.hasPrefix("\(target)/\(folder)/") {
            throw CommandError(
                "--out \(out): predictions are written to \(out)/\(folder), where the images of --images, \(images), lie; give "
                    + "another folder")
        }
    }

    /// The path without links, as far as it is there.
    private static func resolved(_ path: String) -> String {
        if let real = realpath(path.isEmpty ? "." : path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        var parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard let last = parts.popLast() else { return "/" }
        let parent = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
        let folder = resolved(parent)
        return folder == "/" ? "/\(last)" : "\(folder)/\(last)"
    }
}
