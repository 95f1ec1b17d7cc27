/// Numbers as people read them, without locale.
public enum NumberText {
    /// `value` with `digits` digits after the point, rounded half away from zero; `nan`, `inf` as they are.
    public static func fixed(_ value: Double, digits: Int) -> String {
        precondition((0...12).contains(digits), "NumberText: digits must be in 0...12, got \(digits)")
        let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = Int(scaled)
        let text = String(whole)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        let sign = value < 0 && whole != 0 ? "-" : ""
        guard digits > 0 else { return sign + padded }
        return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
    }

    /// A score with one digit after the point; `-` where there is none.
    public static func percent(_ value: Double?) -> String {
        value.map { $0.isFinite ? fixed($0, digits: 1) : "-" } ?? "-"
    }

    /// About three significant digits: `0.00123`, `1.23`, `123`.
    public static func significant(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        switch abs(value) {
        case 0: return "0"
        case ..<1e-4: return scientific(value)
        case ..<0.01: return fixed(value, digits: 5)
        case ..<0.1: return fixed(value, digits: 4)
        case ..<1: return fixed(value, digits: 3)
        case ..<10: return fixed(value, digits: 2)
        case ..<100: return fixed(value, digits: 1)
        case ..<1e9: return fixed(value, digits: 0)
        default: return scientific(value)
        }
    }

    /// `45s`, `3m20s`, `2h05m`, `4d03h`; `?` when unknown.
    public static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        let total = Int(seconds.rounded())
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch total {
        case ..<60: return "\(total)s"
        case ..<3600: return "\(total / 60)m\(padded(total % 60))s"
        case ..<86_400: return "\(total / 3600)h\(padded(total % 3600 / 60))m"
        default: return "\(total / 86_400)d\(padded(total % 86_400 / 3600))h"
        }
    }

    private static func scientific(_ value: Double) -> String {
        var exponent = 0
        var mantissa = abs(value)
        while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        return (value < 0 ? "-" : "") + fixed(mantissa, digits: 2) + "e\(exponent)"
    }
}
