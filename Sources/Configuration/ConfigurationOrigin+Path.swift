internal import Basics

extension ConfigurationOrigin {
    /// What the path of a file means that was written here.
    ///
    /// One that begins with `./` or `../` starts at the folder of the setting that says so, as in `extends`, and on the
    /// command line at the working folder. It becomes absolute, so that a run's `resolved.yaml`, which lies elsewhere,
    /// means the same file. Any other path stays as it is.
    func path(_ text: String) -> String {
        guard text.hasPrefix("./") || text.hasPrefix("../") else { return text }
        if case .file(let file, _) = self { return FilePath.absolute(text, in: FilePath.folder(of: file)) }
        return FilePath.absolute(text)
    }
}
