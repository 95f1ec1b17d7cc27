import Basics
import Testing

/// Expected values: the xxhash library, `xxhash.xxh64_hexdigest(data, seed=0)` of Python's package of that name.
@Suite struct XXHash64Tests {
    @Test(arguments: [
        ("", 0xEF46_DB37_51D8_E999 as UInt64), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
    ])
    func equalsTheReferenceOnShortTexts(text: String, expected: UInt64) {
        #expect(Array(text.utf8).withUnsafeBytes { XXHash64.hash($0) } == expected)
    }

    @Test(arguments: [
        (31, 0xA2AA_5F33_CC4A_6119 as UInt64), (32, 0x23C3_C17E_F790_FD97),
        (33, 0x50A7_CFC7_BA58_8784), (39, 0x880B_BEEA_606E_4B37), (44, 0xA4B1_9436_AB40_EDB0),
        (63, 0x5E3E_54B4_31C7_493C), (64, 0x0EB6_4B3E_F6EE_B01F), (1000, 0x5F23_5FA0_33F1_A3FB),
    ])
    func equalsTheReferenceAtEveryTailLength(count: Int, expected: UInt64) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
        #expect(bytes.withUnsafeBytes { XXHash64.hash($0) } == expected)
    }
}
