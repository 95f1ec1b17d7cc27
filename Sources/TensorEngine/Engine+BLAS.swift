internal import COpenBLAS

extension Engine {
    /// The linear algebra library in use with its version and build options, as it describes itself.
    public static var blasDescription: String {
        guard let text = openblas_get_config() else { return "OpenBLAS" }
        return String(cString: text).split(separator: " ").joined(separator: " ")
    }
}
