internal import CMemory

/// The end of a process that gets no more memory: one sentence with sizes, what it was at work on and the remedy, and
/// exit status 1.
public enum MemoryShortage {
    /// What a user of this command can do about it; ends the sentence.
    public static func setRemedy(_ text: String) { cmem_set_remedy(text) }

    /// The file or part that is worked on from now on; nil for none.
    public static func isAtWork(on subject: String?) {
        if let subject { cmem_set_subject(subject) } else { cmem_set_subject(nil) }
    }

    /// What stands before the sentence, and what a launcher that listens reads behind it.
    public static func setReport(before: String, record: String?) {
        if let record { cmem_set_report(before, record) } else { cmem_set_report(before, nil) }
    }

    /// Ends the process, as the system refused memory.
    public static func end(refused bytes: Int, for what: String) -> Never {
        cmem_refuse(bytes, what)
    }

    /// Ends the process, as the system refused something that takes memory, such as a thread.
    public static func end(refused what: String) -> Never { cmem_give_up(what) }

    /// Bytes of addresses that the process may still take; nil without a limit (`ulimit -v`).
    public static var addressRoom: Int? {
        let room = cmem_address_room()
        return room < Int.max ? Int(room) : nil
    }

    /// Bytes that may still be taken: the least of what the machine, the container and the process's limit leave; nil
    /// where nothing says so.
    public static var availableBytes: Int? {
        let bytes = cmem_available()
        return bytes < Int.max ? Int(bytes) : nil
    }

    /// Tells of addresses that were taken for memory that is still to be used; negative where it now is, or is given
    /// back.
    public static func noteReserved(_ bytes: Int) { cmem_note_reserved(Int64(bytes)) }
}
