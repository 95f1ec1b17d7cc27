import DeviceBackend
import Testing

@Suite struct `What the stand-in is asked to do wrong` {
    @Test func `words and sizes are read, and equal texts are equal`() throws {
        #expect(try StandInFaults("") == StandInFaults(""))
        #expect(try StandInFaults("memory:200M,rank:1") == StandInFaults("rank:1,memory:204800K"))
        #expect(try StandInFaults("failing-launch:5") != StandInFaults("failing-launch:5,step:2"))
        #expect(try StandInFaults("as-card,no-driver,no-compiler,devices:0,driver:11020,seed:3") != StandInFaults(""))
    }

    @Test(arguments: [
        "memory", "memory:", "memory:1T", "memory:-1", "as-card:1", "cards", "devices:9999999999", "failing-launch:0",
        "step:0",
    ])
    func `what is no word ends with those that are`(text: String) {
        let error = #expect(throws: DeviceError.self) { try StandInFaults(text) }
        #expect(error?.description.contains("CAUSEWAY_STANDIN: '\(text)' is none of memory:BYTES") == true)
    }

    @Test(arguments: [
        ("skipped-kernel:layer_nrm", "CAUSEWAY_STANDIN: there is no kernel 'layer_nrm'; names stand behind KERNEL in "),
        ("step:2,rank:1", "CAUSEWAY_STANDIN: step:N needs failing-launch:N or failing-sum:N beside it"),
    ])
    func `a fault that would never come is no fault`(text: String, reason: String) throws {
        let error = #expect(throws: DeviceError.self) { try StandInFaults(text) }
        #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
        #expect(try StandInFaults("skipped-kernel:layer_norm") != StandInFaults(""))
    }
}

@Suite struct `Switches of a device` {
    @Test(arguments: DeviceSwitch.allCases) func `are on with 1, off with 0, and nothing else is an answer`(
        element: DeviceSwitch
    ) throws {
        #expect(try element.value(of: "1"))
        #expect(try !element.value(of: "0"))
        #expect(try element.value(of: "") == element.value(of: nil))
        for text in ["yes", "off", "2", " 1"] {
            let error = #expect(throws: DeviceError.self) { try element.value(of: text) }
            #expect(error?.description == "\(element.rawValue)=\(text) is no answer; say 1 or 0, or unset it")
        }
    }
}
