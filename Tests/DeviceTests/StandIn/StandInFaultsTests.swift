import DeviceBackend
import Testing

@Suite struct `What the stand-in is asked to do wrong` {
    @Test func `words and sizes are read, and equal texts are equal`() throws {
        #expect(try StandInFaults("") == StandInFaults(""))
        #expect(try StandInFaults("memory:200M,rank:1") == StandInFaults("rank:1,memory:204800K"))
        #expect(try StandInFaults("failing-launch:5") != StandInFaults("failing-launch:5,step:2"))
        #expect(try StandInFaults("as-card,no-driver,no-compiler,devices:0,driver:11020,seed:3") != StandInFaults(""))
    }

    @Test func `a step without the launch that fails in it is no request`() {
        let error = #expect(throws: DeviceError.self) { try StandInFaults("step:3") }
        #expect(
            error?.description
                == "CAUSEWAY_STANDIN: step:N is the step that failing-launch:N counts in; give both, such as "
                + "failing-launch:1,step:3")
    }

    @Test(arguments: ["memory", "memory:", "memory:1T", "memory:-1", "as-card:1", "cards", "devices:9999999999"])
    func `what is no word ends with those that are`(text: String) {
        let error = #expect(throws: DeviceError.self) { try StandInFaults(text) }
        #expect(error?.description.contains("CAUSEWAY_STANDIN: '\(text)' is none of memory:BYTES") == true)
    }
}
