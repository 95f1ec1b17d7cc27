internal import CDeviceDriver
package import DeviceSeam
internal import Glibc

/// The devices of several processes that add up numbers among themselves, seen by one of them.
///
/// Every process tells the same sums in the same order. They are done on a stream of their own, in that order:
///
///     work ──┬── event ─────── more work ─────── waits ── what needs the sums
///     sums   └── waits ── sum over processes ── event ┘
///
/// A sum does not end before all processes have come to it. So while one of them is open, the host does not wait blindly
/// for its device: it asks again and again, and looks in between whether NCCL reports an error or another process has
/// told of one (`whileWaiting`). Then the sums are given up, which ends what is under way without a result, and the
/// device counts as failed.
///
/// `@unchecked Sendable`: used by the thread that made it; others see only `noteFault`, which does nothing there.
package final class DeviceLink: @unchecked Sendable {
    private let context: DeviceContext
    private let library: LinkLibrary
    private let table: cdd_nccl
    private var communicator: cdd_communicator?
    private var stream: cdd_stream?
    /// What the sums wait for, what the work waits for, and what the host waits for.
    private var (told, done, reached): (cdd_event?, cdd_event?, cdd_event?)
    private let owner = pthread_self()
    private var patience: LinkPatience
    private var hasToldOthers = false

    /// Why the sums cannot come any more, while the host waits for them; nil where nothing is known.
    private let whileWaiting: () -> String?
    /// Tells the other processes that this one takes part no more. Called once.
    private let tellOthers: () -> Void

    /// Joins the processes of a group. Returns once all have.
    ///
    /// - Parameters:
    ///   - identity: the same in all of them, of `LinkLibrary.makeIdentity`.
    ///   - rank: in `0..<size`, another in each.
    ///   - patienceSeconds: after which processes that do not come, or sums, are given up; 0 waits for ever.
    ///   - whileWaiting: asked while the host waits for the others: why they cannot come any more.
    ///   - tellOthers: is called once, when this process takes part no more.
    /// - Throws: `DeviceError` where they cannot be joined.
    package init(
        _ context: DeviceContext, _ library: LinkLibrary, identity: [UInt8], rank: Int, size: Int, patienceSeconds: Int,
        whileWaiting: @escaping () -> String? = { nil }, tellOthers: @escaping () -> Void = {}
    ) throws {
        (self.whileWaiting, self.tellOthers) = (whileWaiting, tellOthers)
        (self.context, self.library, table) = (context, library, library.table)
        patience = LinkPatience(seconds: patienceSeconds)
        let driver = context.tables.driver
        context.enter()
        try driver.require(driver.stream_create(&stream, 1), "making a stream of sums")
        // Without times.
        try driver.require(driver.event_create(&told, 2), "making an event")
        try driver.require(driver.event_create(&done, 2), "making an event")
        try driver.require(driver.event_create(&reached, 2), "making an event")
        var id = cdd_nccl_id()
        withUnsafeMutableBytes(of: &id) { $0.copyBytes(from: identity.prefix($0.count)) }
        var config = cdd_nccl_config()
        (config.size, config.magic) = (MemoryLayout<cdd_nccl_config>.stride, UInt32(CDD_NCCL_MAGIC))
        (config.version, config.blocking) = (UInt32(CDD_NCCL_CONFIG_VERSION), 0)
        let code = table.`init`(&communicator, Int32(size), id, Int32(rank), &config)
        if let reason = isOpen(code) ?? reasonAgainstJoining() {
            tellOthers()
            close(aborting: true)
            throw DeviceError("NCCL cannot join \(size) cards: \(reason)")
        }
        context.use(self)
    }

    /// - Returns: why a call has failed; nil where it has not.
    private func isOpen(_ code: Int32) -> String? {
        guard code != Int32(CDD_NCCL_SUCCESS), code != Int32(CDD_NCCL_IN_PROGRESS) else { return nil }
        let last = table.last_error(communicator).map { String(cString: $0) } ?? ""
        return library.describe(code) + (last.isEmpty ? "" : " (\(last))")
    }

    private func reasonAgainstJoining() -> String? {
        var pause = LinkPause()
        patience.begin()
        while true {
            var state: Int32 = 0
            let code = table.async_error(communicator, &state)
            if let reason = isOpen(code) ?? isOpen(state) { return reason }
            if state == Int32(CDD_NCCL_SUCCESS) { return nil }
            if let reason = whileWaiting() { return reason }
            if patience.isOver { return "not all of them came within \(patience.seconds) s" }
            pause.step()
        }
    }

    deinit {
        guard communicator != nil || stream != nil else { return }
        close(aborting: context.hasFailed)
    }

    /// Ends the group on this side. What is under way has ended before, or is given up.
    private func close(aborting: Bool) {
        context.enter()
        let driver = context.tables.driver
        if let communicator {
            if aborting || !finalizes() {
                _ = table.abort(communicator)
            } else {
                _ = table.destroy(communicator)
            }
        }
        communicator = nil
        _ = driver.stream_destroy(stream)
        for event in [told, done, reached] { _ = driver.event_destroy(event) }
        (stream, told, done, reached) = (nil, nil, nil, nil)
    }

    /// - Returns: whether the group has come to rest. It has where all processes end like this one; others are not waited
    /// for long.
    private func finalizes() -> Bool {
        guard isOpen(table.finalize(communicator)) == nil else { return false }
        var pause = LinkPause()
        var patience = LinkPatience(seconds: 5)
        patience.begin()
        while !patience.isOver {
            var state: Int32 = 0
            guard table.async_error(communicator, &state) == 0, isOpen(state) == nil else { return false }
            if state == Int32(CDD_NCCL_SUCCESS) { return true }
            pause.step()
        }
        return false
    }
}

// MARK: - Sums

extension DeviceLink {
    /// Tells the sums of arrays, in place, which come once all the device was told so far is done. What it is told after
    /// `join()` sees them; until then nobody may use the arrays, nor give them back.
    package func sum(_ arrays: [FloatArray]) {
        begin(arrays.map { LinkOperand(address: $0.address, count: $0.count, type: Int32(CDD_NCCL_FLOAT)) })
    }

    /// The same in double precision.
    package func sum(_ array: SumArray) {
        begin([LinkOperand(address: array.address, count: array.count, type: Int32(CDD_NCCL_DOUBLE))])
    }

    /// What the device is told from now on comes after the sums. The host does not wait.
    package func join() {
        guard isUsable() else { return }
        context.enter()
        context.check(context.tables.driver.event_record(done, stream), "recording an event")
        context.check(context.tables.driver.stream_wait_event(context.stream, done, 0), "waiting for an event")
    }

    /// Sums that were given up once must not be missing without a word.
    private func isUsable() -> Bool {
        if context.hasFailed {
            noteFault()
        } else if communicator == nil {
            context.fail(DeviceFailure("the sums over the devices of all students were given up before"))
        }
        return !context.hasFailed
    }

    private func begin(_ operands: [LinkOperand]) {
        let operands = operands.filter { $0.count > 0 }
        guard isUsable(), !operands.isEmpty else { return }
        context.enter()
        let driver = context.tables.driver
        context.check(driver.event_record(told, context.stream), "recording an event")
        context.check(driver.stream_wait_event(stream, told, 0), "waiting for an event")
        context.note("a sum over students")
        require(table.group_start())
        for operand in operands where !context.hasFailed {
            let memory = UnsafeMutableRawPointer(bitPattern: UInt(operand.address))
            require(
                table.all_reduce(
                    memory, memory, operand.count, operand.type, Int32(CDD_NCCL_SUM), communicator, stream))
        }
        guard !context.hasFailed else { return }
        require(table.group_end())
        waitUntilTold()
    }

    private func require(_ code: Int32) {
        guard !context.hasFailed, let reason = isOpen(code) else { return }
        fail(reason)
    }

    private func fail(_ reason: String) {
        context.fail(DeviceFailure("the sums over the devices of all students failed: NCCL reports: \(reason)"))
    }

    /// The library tells the stream on a thread of its own; events that are recorded before it has are too early.
    private func waitUntilTold() {
        var pause = LinkPause()
        patience.begin()
        while !context.hasFailed {
            var state: Int32 = 0
            require(table.async_error(communicator, &state))
            require(state)
            if state == Int32(CDD_NCCL_SUCCESS) { return }
            look()
            pause.step()
        }
    }
}

/// Numbers of a sum.
private struct LinkOperand {
    let address: UInt64
    let count: Int
    let type: Int32
}

// MARK: - Waiting

extension DeviceLink {
    /// Whether the calling thread is the one that tells sums, and may look for the others.
    private var isOwner: Bool { pthread_equal(owner, pthread_self()) != 0 }

    /// Waits until all that a stream was told is done, or the device has failed.
    func wait(for stream: cdd_stream?) {
        guard isOwner else {
            return context.check(context.tables.driver.stream_wait(stream), "waiting for the device")
        }
        context.check(context.tables.driver.event_record(reached, stream), "recording an event")
        wait(for: reached, "waiting for the device")
    }

    /// Waits until an event has come, or the device has failed.
    func wait(for event: cdd_event?, _ action: String) {
        guard isOwner else { return context.check(context.tables.driver.event_wait(event), action) }
        var pause = LinkPause()
        patience.begin()
        while !context.hasFailed {
            let code = context.tables.driver.event_query(event)
            guard code == Int32(CDD_NOT_READY) else { return context.check(code, action) }
            look()
            pause.step()
        }
        noteFault()
    }

    /// What the host waited for is there.
    func noteArrival() {
        if isOwner { patience.begin() }
    }

    /// Looks, on behalf of a host that waits, whether the sums can still come.
    func look() {
        guard isOwner, let communicator, !context.hasFailed, patience.asksAgain
        else { return }
        var state: Int32 = 0
        require(table.async_error(communicator, &state))
        require(state)
        guard !context.hasFailed else { return }
        if let reason = whileWaiting() {
            context.fail(
                DeviceFailure("the sums over the devices of all students were given up: \(reason)", isConsequence: true))
        } else if patience.isOver {
            fail("no sum has ended for \(patience.seconds) s; distribution.stallSeconds is the time to wait")
        }
    }

    /// Gives up the sums of a device that has failed, which others must hear of: they wait for them.
    func noteFault() {
        guard isOwner, !hasToldOthers else { return }
        hasToldOthers = true
        tellOthers()
        if let communicator { _ = table.abort(communicator) }
        communicator = nil
    }
}
