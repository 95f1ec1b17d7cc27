/// Which driver a device is reached through.
package enum DeviceKind: Sendable, Hashable {
    /// A graphics card, counted among those the driver shows.
    case card(Int)
    /// The driver of ours that runs the same kernels on the host, for tests.
    case standIn
}
