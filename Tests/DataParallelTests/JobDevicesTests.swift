import DataParallel
import TensorEngine
import Testing

/// What ranks make of what each says of its device.
@Suite struct JobDevicesTests {
    /// A rank on a card of its host.
    private func rank(
        _ number: Int, _ kind: String = "cuda", card: String = "", isAuto: Bool = false, isStudent: Bool = true,
        memory: Int = 80 << 30, refusal: String = ""
    ) -> JobDevices.Account {
        var account = JobDevices.Account()
        (account.rank, account.host, account.identity) = (number, "node", card)
        account.kind = refusal.isEmpty ? kind : ""
        (account.isAuto, account.isStudent, account.memoryBytes) = (isAuto, isStudent, memory)
        (account.name, account.refusal, account.precision) = ("H100", refusal, "fp32")
        return account
    }

    @Test func anAccountTravelsWhole() {
        for account in [rank(3, "standin"), rank(0, card: "a.b", isAuto: true), rank(1, refusal: "no driver\nat all")] {
            #expect(JobDevices.Account(encoded: account.encoded) == account)
        }
    }

    @Test func autoTakesCardsWhereAllStudentsHaveOne() {
        let accounts = [rank(0, card: "a", isAuto: true), rank(1, card: "b", isAuto: true)]
        let (agreed, lines) = JobDevices.agree(accounts)
        #expect(agreed == accounts)
        #expect(lines.isEmpty)
    }

    @Test func autoTakesTheProcessorOnAllStudentsWhereOneHasNoCardAndSaysWhy() {
        let accounts = [
            rank(0, card: "a", isAuto: true), rank(1, isAuto: true, refusal: "there is no driver"),
            rank(2, card: "b", isAuto: true, isStudent: false),
        ]
        let (agreed, lines) = JobDevices.agree(accounts)
        #expect(agreed.map(\.kind) == ["cpu", "cpu", "cuda"])
        #expect(lines == ["note: auto computes on the processor on all students: rank 1 on node: there is no driver"])
    }

    @Test func autoNeedsEnoughOfACardForEachOfItsRanks() {
        let accounts = (0..<3).map { rank($0, card: "a", isAuto: true, memory: 5 << 30) }
        let (agreed, lines) = JobDevices.agree(accounts)
        #expect(agreed.map(\.kind) == ["cpu", "cpu", "cpu"])
        #expect(
            lines == [
                "note: auto computes on the processor on all students: rank 0 on node: its card H100 has 5120 MiB for "
                    + "3 ranks, less than 2048 MiB each"
            ])
        let (alone, none) = JobDevices.agree([rank(0, card: "a", isAuto: true, memory: 1 << 30)])
        #expect(alone.map(\.kind) == ["cpu"])
        #expect(
            none == [
                "note: auto computes on the processor: its card H100 has 1024 MiB for 1 rank, less than 2048 MiB each"
            ])
    }

    @Test func whatComputesIsSaidWhereItIsNotTheProcessorAlone() {
        #expect(JobDevices(accounts: [rank(0, "cpu"), rank(1, "cpu", isStudent: false)]).summary(.fp32) == nil)
        #expect(JobDevices(accounts: [rank(0), rank(1)]).summary(.tf32) == "computes on cuda (H100); products in tf32")
        let mixed = JobDevices(accounts: [rank(0), rank(1), rank(2, "cpu", isStudent: false)])
        #expect(mixed.summary(.fp32) == "students compute on cuda (H100), teachers on cpu")
        #expect(mixed.teacherKind == "cpu")
    }

    /// Labels are rounded as their students' numbers are, by a processor beside processors alone.
    @Test func teachersOnTheProcessorRoundForStudentsOnIt() {
        func precisions(_ kinds: (student: String, teacher: String)) -> [String] {
            var accounts = [rank(0, kinds.student), rank(1, kinds.teacher, isStudent: false)]
            for index in accounts.indices { accounts[index].precision = "bf16" }
            return JobDevices.agree(accounts).accounts.map(\.precision)
        }
        #expect(precisions(("cpu", "cpu")) == ["bf16", "bf16"])
        #expect(precisions(("cuda", "cpu")) == ["bf16", "fp32"])
        #expect(precisions(("cpu", "standin")) == ["bf16", "bf16"])
    }

    @Test func ranksThatShareACardAreWarned() {
        #expect(JobDevices.sharings([rank(0, card: "a"), rank(1, card: "b"), rank(2, "cpu"), rank(3, "cpu")]).isEmpty)
        let lines = JobDevices.sharings([rank(0, card: "a"), rank(1, card: "b"), rank(2, card: "a")])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("warning: ranks 0, 2 on node share one card, H100: they take turns") == true)
        var elsewhere = rank(1, card: "a")
        elsewhere.host = "other"
        #expect(JobDevices.sharings([rank(0, card: "a"), elsewhere]).isEmpty)
    }

    @Test func studentsMustShareOneKindAndTeachersNeedNot() throws {
        try JobDevices.requireOneKind([rank(0), rank(1), rank(2, "cpu", isStudent: false)])
        let error = #expect(throws: UnusableDevice.self) {
            try JobDevices.requireOneKind([rank(0), rank(1, "standin"), rank(2, "cpu", isStudent: false)])
        }
        #expect(
            error?.description
                == "the students of a job must share one kind of device: rank 0 on node computes on cuda, rank 1 on "
                + "node computes on standin; give engine.device (or CAUSEWAY_DEVICE) alike on all of them. Teachers "
                + "may compute on another: engine.teacherDevice")
    }

    @Test func studentsMustShareOnePrecisionAndTeachersNeedNot() throws {
        var (other, teacher) = (rank(1), rank(2, isStudent: false))
        (other.precision, teacher.precision) = ("bf16", "tf32")
        try JobDevices.requireOneKind([rank(0), rank(1), teacher])
        let error = #expect(throws: UnusableDevice.self) { try JobDevices.requireOneKind([rank(0), other, teacher]) }
        #expect(
            error?.description
                == "the students of a job must share one precision: rank 0 on node computes in fp32, rank 1 on node "
                + "computes in bf16; give engine.precision (or CAUSEWAY_PRECISION) alike on all of them")
    }
}
