/// The layouts a folder of images can have.
public enum DatasetKind: String, Sendable, CaseIterable, ConfigurationChoice {
    case toytown, cityscapes, gta, synthia, camvid
}
