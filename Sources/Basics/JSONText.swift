/// Text as JSON writes it.
public enum JSONText {
    /// In quotes, with what JSON does not allow within them escaped.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20: result += "\\u" + UInt16(scalar.value).hexadecimalDigits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
