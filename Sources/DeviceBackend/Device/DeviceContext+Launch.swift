internal import CDeviceDriver

extension DeviceContext {
    /// Queues a kernel that does each of `count` numbers on its own.
    func launch(_ name: String, each count: Int, _ arguments: [any KernelArgument]) {
        guard count > 0 else { return }
        let function = function(name)
        precondition(function.isEach, "device: \(name) needs its groups")
        launch(function, (min((count + 255) / 256, 1 << 20), 1, 1), arguments)
    }

    /// Queues a kernel for a grid of groups.
    func launch(_ name: String, groups: (x: Int, y: Int, z: Int), _ arguments: [any KernelArgument]) {
        guard groups.x > 0, groups.y > 0, groups.z > 0 else { return }
        let function = function(name)
        precondition(!function.isEach, "device: \(name) has no groups")
        launch(function, groups, arguments)
    }

    private func launch(
        _ function: DeviceFunction, _ groups: (x: Int, y: Int, z: Int), _ arguments: [any KernelArgument]
    ) {
        guard let x = UInt32(exactly: groups.x), let y = UInt32(exactly: groups.y), let z = UInt32(exactly: groups.z)
        else { preconditionFailure("device: a grid of \(groups) is too large for \(function.name)") }
        let list = ArgumentList(arguments, of: function)
        note(function.name, groups: groups)
        let (handle, name, threads) = (function.handle, function.name, UInt32(function.threads))
        let signature = [UInt64(UInt(bitPattern: handle)), UInt64(x) << 32 | UInt64(y), UInt64(z)] + list.words
        // Arrays that nobody else holds are given back after the kernel has its place in the order of work, not before.
        withExtendedLifetime(arguments) {
            submit(signature: signature, "launching \(name) in \(x) x \(y) x \(z) groups") { tables, stream in
                var list = list
                return list.withPointers {
                    tables.driver.launch(handle, x, y, z, threads, 1, 1, 0, stream, $0, nil)
                }
            }
        }
        if Self.waitsForEach { wait() }
    }

    /// Whether a launch's failure is to be told at that launch, rather than at the next wait; for finding one.
    static let waitsForEach = DeviceSwitch.sync.isOn
}
