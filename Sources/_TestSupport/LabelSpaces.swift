public import Datasets

/// The label spaces of `configs/labels`.
extension LabelSpace {
    public static let cityscapes19 = read("cityscapes19")
    public static let camvid11 = read("camvid11")
    public static let synthia = read("synthia")
    public static let synthia16 = read("synthia16")

    private static func read(_ name: String) -> LabelSpace {
        do {
            return try LabelSpaceLibrary.standard.read(RepositoryFile.path("configs/labels/\(name).yaml"))
        } catch {
            preconditionFailure("LabelSpace: \(error)")
        }
    }
}
