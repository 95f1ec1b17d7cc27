internal import Basics
internal import Glibc

/// Folders that are written, beside the images that are read.
package enum OutputPlace {
    /// Checks that a folder lies in none that holds images of a data set: what is written there would be taken for
    /// images the next time.
    ///
    /// - Parameters:
    ///   - name: of the folder in errors, such as `--out here`.
    ///   - images: paths of the images.
    /// - Throws: `notWritable`
    package static func require(_ out: String, named name: String, apartFrom images: [String]) throws(DatasetError) {
        let target = resolved(out)
        let folders = Set(images.map { FilePath.folder(of: $0) }).sorted()
        guard let folder = folders.first(where: { contains(resolved($0), target) }) else { return }
        throw DatasetError(
            .notWritable,
            "\(name): lies in \(folder), among images of the data set, and what is written there would be taken for images the "
                + "next time; give a folder outside of it")
    }

    /// Whether a path is a folder or lies in it.
    package static func contains(_ folder: String, _ path: String) -> Bool {
        path == folder || path.hasPrefix(folder == "/" ? folder : folder + "/")
    }

    /// The path without links, as far as it is there.
    package static func resolved(_ path: String) -> String {
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
